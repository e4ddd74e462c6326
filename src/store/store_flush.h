/*
 * store_flush - a few threads that sync files and do nothing else.
 *
 * The loop hands a job over and hears by an eventfd when it is done. The threads touch
 * the job and the queues under one lock; they allocate nothing and log nothing. They
 * never end while the process runs under its filter: ending a thread takes calls that it
 * forbids.
 *
 * Ownership: jobs are embedded in the caller's objects and must live until done.
 */
#ifndef STORE_FLUSH_H
#define STORE_FLUSH_H

#include "log_partition.h"
#include "loop.h"

#include <pthread.h>

#define STORE_FLUSHERS_MAX 8

struct store_flush_job {
    struct store_flush_job *next;
    struct log_flush flush;
    int result;
    void *context; /* for on_done */
};

struct store_flush {
    struct loop *loop; /* borrowed */
    void (*on_done)(struct store_flush_job *job);
    unsigned count; /* threads; 0: jobs run in store_flush_submit() */
    pthread_t threads[STORE_FLUSHERS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct store_flush_job *first; /* under the lock, as are done and stop */
    struct store_flush_job **last;
    struct store_flush_job *done;
    bool stop;
    size_t running;          /* jobs handed over and not yet reported; the loop's alone */
    struct loop_watch watch; /* of the eventfd */
};

/* Makes the eventfd, not yet the threads. */
enum err store_flush_init(struct store_flush *f, struct loop *loop,
    void (*on_done)(struct store_flush_job *job)) MUST_CHECK;
/* After Landlock, before the filter. */
enum err store_flush_start(struct store_flush *f, unsigned count) MUST_CHECK;
void store_flush_submit(struct store_flush *f, struct store_flush_job *job);
/* For tests, which have no filter: ends the threads. No job may be running. */
void store_flush_fini(struct store_flush *f);

#endif
