#include "loop.h"

#include "clock.h"
#include "mem.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_A_ROUND 64
#define AWAY_MS        100 /* later than this is not the timer's lateness but our own */

struct loop {
    int epoll_fd;
    bool stopping;
    bool running; /* timers */
    int64_t now_ms;
    uint64_t round;           /* of timers, so that none runs twice in one */
    struct loop_timer **heap; /* the earliest first */
    size_t timers;
    size_t heap_capacity;
    /* The events of the present round, so that a removed watch is not called. */
    struct epoll_event events[EVENTS_A_ROUND];
    int events_count;
    void (*on_round)(void *context);
    void *round_context;
};

struct loop *loop_new(void)
{
    struct loop *l = mem_alloc(1, sizeof(*l));

    if (l == NULL) {
        return NULL;
    }
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->now_ms = clock_mono_ms();
    if (l->epoll_fd < 0) {
        mem_free(l);
        return NULL;
    }
    return l;
}

void loop_free(struct loop **l)
{
    if (*l != NULL) {
        (void)close((*l)->epoll_fd);
        mem_free((*l)->heap);
        mem_free(*l);
        *l = NULL;
    }
}

enum err loop_add(struct loop *l, struct loop_watch *w)
{
    struct epoll_event event = {.events = w->events, .data.ptr = w};

    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->fd, &event) != 0) {
        return ERR_IO;
    }
    w->active = true;
    return OK;
}

enum err loop_set_events(struct loop *l, struct loop_watch *w, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = w};

    if (events == w->events) {
        return OK;
    }
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &event) != 0) {
        return ERR_IO;
    }
    w->events = events;
    return OK;
}

void loop_remove(struct loop *l, struct loop_watch *w)
{
    if (!w->active) {
        return;
    }
    w->active = false;
    (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    for (int i = 0; i < l->events_count; i++) {
        if (l->events[i].data.ptr == w) {
            l->events[i].data.ptr = NULL;
        }
    }
}

static void heap_place(struct loop *l, struct loop_timer *t, size_t slot)
{
    l->heap[slot] = t;
    t->slot = slot;
    t->armed = true;
}

static void heap_up(struct loop *l, struct loop_timer *t, size_t slot)
{
    while (slot > 0 && l->heap[(slot - 1) / 2]->due_ms > t->due_ms) {
        heap_place(l, l->heap[(slot - 1) / 2], slot);
        slot = (slot - 1) / 2;
    }
    heap_place(l, t, slot);
}

static void heap_down(struct loop *l, struct loop_timer *t, size_t slot)
{
    for (;;) {
        size_t child = 2 * slot + 1;
        if (child >= l->timers) {
            break;
        }
        if (child + 1 < l->timers &&
            l->heap[child + 1]->due_ms < l->heap[child]->due_ms) {
            child++;
        }
        if (l->heap[child]->due_ms >= t->due_ms) {
            break;
        }
        heap_place(l, l->heap[child], slot);
        slot = child;
    }
    heap_place(l, t, slot);
}

void loop_timer_cancel(struct loop *l, struct loop_timer *t)
{
    if (!t->armed) {
        return;
    }
    size_t slot = t->slot;
    t->armed = false;
    struct loop_timer *last = l->heap[--l->timers];
    if (last == t) {
        return;
    }
    if (slot > 0 && l->heap[(slot - 1) / 2]->due_ms > last->due_ms) {
        heap_up(l, last, slot);
    } else {
        heap_down(l, last, slot);
    }
}

enum err loop_timer_set(struct loop *l, struct loop_timer *t, int64_t due_ms)
{
    loop_timer_cancel(l, t);
    if (l->timers == l->heap_capacity) {
        size_t capacity = l->heap_capacity == 0 ? 64 : l->heap_capacity * 2;
        struct loop_timer **heap =
            mem_resize(l->heap, capacity, sizeof(struct loop_timer *));
        if (heap == NULL) {
            return ERR_NOMEM;
        }
        l->heap = heap;
        l->heap_capacity = capacity;
    }
    t->due_ms = l->running && due_ms < l->now_ms ? l->now_ms : due_ms;
    t->round = l->round;
    heap_up(l, t, l->timers++);
    return OK;
}

static void run_timers(struct loop *l)
{
    /* A timer that is set from here on waits for the next round, also when it is due. */
    l->round++;
    l->running = true;
    while (l->timers > 0 && l->heap[0]->due_ms <= l->now_ms &&
           l->heap[0]->round != l->round) {
        struct loop_timer *t = l->heap[0];
        loop_timer_cancel(l, t);
        t->on_timer(t->context);
    }
    l->running = false;
}

static int wait_time(const struct loop *l, int timeout_ms)
{
    if (l->timers == 0) {
        return timeout_ms;
    }
    int64_t until = l->heap[0]->due_ms - clock_mono_ms();
    until = until < 0 ? 0 : until;
    if (timeout_ms >= 0 && timeout_ms < until) {
        return timeout_ms;
    }
    return until > INT_MAX ? INT_MAX : (int)until;
}

static void run_events(struct loop *l)
{
    for (int i = 0; i < l->events_count; i++) {
        struct loop_watch *w = l->events[i].data.ptr;
        /* A callback before may have removed the watch or lost the interest. */
        uint32_t events =
            w == NULL ? 0 : l->events[i].events & (w->events | EPOLLERR | EPOLLHUP);
        if (events != 0) {
            w->on_event(w->context, events);
        }
    }
    l->events_count = 0;
}

enum err loop_once(struct loop *l, int timeout_ms)
{
    int n = epoll_wait(l->epoll_fd, l->events, EVENTS_A_ROUND, wait_time(l, timeout_ms));

    if (n < 0 && errno != EINTR) {
        return ERR_IO;
    }
    l->now_ms = clock_mono_ms();
    l->events_count = n < 0 ? 0 : n;
    /* What is due has happened before what comes now. Only where this process was kept from
     * running may what waits here be older: nobody's time ends while their word lies unread. */
    bool was_away = l->timers > 0 && l->now_ms - l->heap[0]->due_ms > AWAY_MS;
    if (!was_away) {
        run_timers(l);
    }
    run_events(l);
    if (was_away) {
        run_timers(l);
    }
    if (l->on_round != NULL) {
        l->on_round(l->round_context);
    }
    return OK;
}

enum err loop_run(struct loop *l)
{
    enum err e = OK;

    while (!l->stopping && e == OK) {
        e = loop_once(l, -1);
    }
    return e;
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
}

void loop_on_round(struct loop *l, void (*on_round)(void *context), void *context)
{
    l->on_round = on_round;
    l->round_context = context;
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}
