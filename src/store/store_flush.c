#include "store_flush.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define THREAD_STACK ((size_t)256 * 1024)

static struct store_flush_job *take_done(struct store_flush *f)
{
    INVARIANT(pthread_mutex_lock(&f->lock) == 0);
    struct store_flush_job *done = f->done;
    f->done = NULL;
    INVARIANT(pthread_mutex_unlock(&f->lock) == 0);
    return done;
}

static void on_event(void *context, uint32_t events)
{
    struct store_flush *f = context;
    uint64_t count = 0;

    (void)events;
    (void)!read(f->watch.fd, &count, sizeof(count));
    for (struct store_flush_job *job = take_done(f); job != NULL;) {
        struct store_flush_job *next = job->next;
        f->running--;
        f->on_done(job);
        job = next;
    }
}

enum err store_flush_init(struct store_flush *f, struct loop *loop,
    void (*on_done)(struct store_flush_job *job))
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    *f = (struct store_flush){.loop = loop,
        .on_done = on_done,
        .watch = {.fd = fd, .events = EPOLLIN, .on_event = on_event, .context = f}};
    f->last = &f->first;
    if (fd < 0) {
        return ERR_IO;
    }
    if (pthread_mutex_init(&f->lock, NULL) != 0 ||
        pthread_cond_init(&f->wake, NULL) != 0) {
        (void)close(fd);
        f->watch.fd = -1;
        return ERR_NOMEM;
    }
    return loop_add(loop, &f->watch);
}

/* Waits for a job. NULL: the end. Called and returns with the lock held. */
static struct store_flush_job *wait_for_job(struct store_flush *f)
{
    while (f->first == NULL && !f->stop) {
        INVARIANT(pthread_cond_wait(&f->wake, &f->lock) == 0);
    }
    struct store_flush_job *job = f->first;
    if (job != NULL) {
        f->first = job->next;
        f->last = f->first == NULL ? &f->first : f->last;
    }
    return job;
}

static void *run(void *context)
{
    struct store_flush *f = context;
    static const uint64_t one = 1;

    INVARIANT(pthread_mutex_lock(&f->lock) == 0);
    for (;;) {
        struct store_flush_job *job = wait_for_job(f);
        if (job == NULL) {
            break;
        }
        INVARIANT(pthread_mutex_unlock(&f->lock) == 0);
        int result = log_flush_run(&job->flush);
        INVARIANT(pthread_mutex_lock(&f->lock) == 0);
        job->result = result;
        job->next = f->done;
        f->done = job;
        (void)!write(f->watch.fd, &one, sizeof(one)); /* only full when unread: enough */
    }
    INVARIANT(pthread_mutex_unlock(&f->lock) == 0);
    return NULL;
}

enum err store_flush_start(struct store_flush *f, unsigned count)
{
    pthread_attr_t attributes;

    INVARIANT(count <= STORE_FLUSHERS_MAX);
    if (pthread_attr_init(&attributes) != 0) {
        return ERR_NOMEM;
    }
    enum err e = pthread_attr_setstacksize(&attributes, THREAD_STACK) == 0 ? OK : ERR_IO;
    while (e == OK && f->count < count) {
        e = pthread_create(&f->threads[f->count], &attributes, run, f) == 0 ? OK : ERR_IO;
        f->count += e == OK ? 1 : 0;
    }
    (void)pthread_attr_destroy(&attributes);
    return e;
}

void store_flush_submit(struct store_flush *f, struct store_flush_job *job)
{
    job->next = NULL;
    if (f->count == 0) {
        job->result = log_flush_run(&job->flush);
        f->on_done(job);
        return;
    }
    f->running++;
    INVARIANT(pthread_mutex_lock(&f->lock) == 0);
    *f->last = job;
    f->last = &job->next;
    INVARIANT(pthread_cond_signal(&f->wake) == 0);
    INVARIANT(pthread_mutex_unlock(&f->lock) == 0);
}

void store_flush_fini(struct store_flush *f)
{
    if (f->loop == NULL) {
        return;
    }
    INVARIANT(f->running == 0);
    INVARIANT(pthread_mutex_lock(&f->lock) == 0);
    f->stop = true;
    INVARIANT(pthread_cond_broadcast(&f->wake) == 0);
    INVARIANT(pthread_mutex_unlock(&f->lock) == 0);
    for (unsigned i = 0; i < f->count; i++) {
        (void)pthread_join(f->threads[i], NULL);
    }
    loop_remove(f->loop, &f->watch);
    (void)close(f->watch.fd);
    (void)pthread_mutex_destroy(&f->lock);
    (void)pthread_cond_destroy(&f->wake);
    f->loop = NULL;
}
