#include "bench_crowd.h"

#include "bench_load.h"
#include "bench_say.h"
#include "bench_wait.h"
#include "clock.h"
#include "mem.h"
#include "rand.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX  256
#define STEP_MS     2
#define ATTEMPT_US  ((int64_t)30000000) /* a connection that hangs is given up */
#define ADDRESS_ONE 1                   /* 127.0.0.1 is left to others */

enum phase { PHASE_PAUSE, PHASE_WORK, PHASE_IN, PHASE_FAILED };

struct client {
    struct bench_login login;
    enum phase phase;
    bool watches_write;
    unsigned retries;
    int64_t due_us; /* the end of a pause, or of an attempt */
    int64_t took_us;
};

struct bench_crowd {
    struct bench_crowd_plan plan;
    struct client *clients;
    int epoll;
    size_t left;
    int64_t begun_us;
};

struct bench_crowd *bench_crowd_new(const struct bench_crowd_plan *plan)
{
    struct bench_crowd *c = mem_alloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    c->plan = *plan;
    c->clients = mem_alloc(plan->clients, sizeof(*c->clients));
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; c->clients != NULL && i < plan->clients; i++) {
        c->clients[i].login.link.fd = -1;
    }
    if (c->clients == NULL || c->epoll < 0) {
        bench_crowd_free(&c);
    }
    return c;
}

void bench_crowd_free(struct bench_crowd **crowd)
{
    struct bench_crowd *c = *crowd;

    if (c == NULL) {
        return;
    }
    for (size_t i = 0; c->clients != NULL && i < c->plan.clients; i++) {
        bench_link_close(&c->clients[i].login.link);
    }
    if (c->epoll >= 0) {
        (void)close(c->epoll);
    }
    mem_free(c->clients);
    mem_free(c);
    *crowd = NULL;
}

static enum err watch(struct bench_crowd *c, struct client *k, int operation)
{
    struct bench_link *l = &k->login.link;
    struct epoll_event event = {.data.ptr = k};

    event.events = l->wants_write ? EPOLLOUT : EPOLLIN;
    k->watches_write = l->wants_write;
    return epoll_ctl(c->epoll, operation, l->fd, &event) == 0 ? OK : ERR_IO;
}

static void pause_client(struct client *k, int64_t now_us)
{
    int64_t ms = BENCH_PAUSE_MIN_MS;

    for (unsigned i = 0; i < k->retries && ms < BENCH_PAUSE_MAX_MS; i++) {
        ms *= 2;
    }
    ms = ms > BENCH_PAUSE_MAX_MS ? BENCH_PAUSE_MAX_MS : ms;
    int64_t fifth_us = ms * 200;
    k->due_us =
        now_us + ms * 1000 - fifth_us + (int64_t)(rand_u64() % (uint64_t)(2 * fifth_us));
    k->retries++;
    k->phase = PHASE_PAUSE;
}

static void lose(struct bench_crowd *c, struct client *k)
{
    k->phase = PHASE_FAILED;
    bench_link_close(&k->login.link);
    c->left--;
}

static void begin(struct bench_crowd *c, struct client *k, struct bench_identity *who)
{
    size_t number = (size_t)(k - c->clients);
    struct in_addr from =
        bench_loopback((uint32_t)(ADDRESS_ONE + number % c->plan.addresses));
    int64_t now_us = clock_mono_us();
    enum err e = bench_login_begin(&k->login, who, (unsigned)number, from);

    k->phase = PHASE_WORK;
    k->due_us = now_us + ATTEMPT_US;
    e = e == OK ? watch(c, k, EPOLL_CTL_ADD) : e;
    if (e != OK) {
        bench_link_close(&k->login.link);
        pause_client(k, now_us);
    }
}

static void take_step(struct bench_crowd *c, struct client *k, struct bench_identity *who,
    struct bench_crowd_result *out)
{
    enum err e = bench_login_step(&k->login, who);

    if (e == OK) {
        k->phase = PHASE_IN;
        k->took_us = clock_mono_us() - c->begun_us;
        c->left--;
        (void)epoll_ctl(c->epoll, EPOLL_CTL_DEL, k->login.link.fd, NULL);
    } else if (e == ERR_AGAIN) {
        if (k->watches_write != k->login.link.wants_write &&
            watch(c, k, EPOLL_CTL_MOD) != OK) {
            lose(c, k);
        }
    } else if (e == ERR_CLOSED) {
        out->ended[k->login.state]++;
        bench_link_close(&k->login.link);
        pause_client(k, clock_mono_us());
    } else {
        lose(c, k);
    }
}

/* Those whose pause or attempt is over. */
static void look_at_clocks(
    struct bench_crowd *c, struct bench_identity *who, struct bench_crowd_result *out)
{
    int64_t now_us = clock_mono_us();

    for (size_t i = 0; i < c->plan.clients; i++) {
        struct client *k = &c->clients[i];
        if (k->due_us > now_us) {
            continue;
        }
        if (k->phase == PHASE_PAUSE) {
            begin(c, k, who);
        } else if (k->phase == PHASE_WORK) {
            out->hung++;
            bench_link_close(&k->login.link);
            pause_client(k, now_us);
        }
    }
}

static enum err sum_up(struct bench_crowd *c, struct bench_crowd_result *out)
{
    int64_t *times = mem_alloc(c->plan.clients, sizeof(*times));

    if (times == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < c->plan.clients; i++) {
        const struct client *k = &c->clients[i];
        out->retries += k->retries;
        if (k->phase == PHASE_IN) {
            times[out->logged_in++] = k->took_us;
        }
    }
    out->failed = c->plan.clients - out->logged_in;
    if (out->logged_in > 0) {
        out->p50_us = bench_percentile(times, out->logged_in, 50);
        out->p99_us = bench_percentile(times, out->logged_in, 99);
        out->all_us = times[out->logged_in - 1];
    }
    mem_free(times);
    return OK;
}

enum err bench_crowd_log_in(
    struct bench_crowd *c, struct bench_identity *who, struct bench_crowd_result *out)
{
    const int64_t deadline = bench_deadline(c->plan.ms_max);
    struct epoll_event events[EVENTS_MAX];

    *out = (struct bench_crowd_result){.logged_in = 0};
    c->left = c->plan.clients;
    c->begun_us = clock_mono_us();
    for (size_t i = 0; i < c->plan.clients; i++) {
        begin(c, &c->clients[i], who);
    }
    while (c->left > 0 && !bench_expired(deadline)) {
        int n = epoll_wait(c->epoll, events, EVENTS_MAX, STEP_MS);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        for (int i = 0; i < n; i++) {
            take_step(c, events[i].data.ptr, who, out);
        }
        look_at_clocks(c, who, out);
    }
    return bench_interrupted() ? ERR_CLOSED : sum_up(c, out);
}
