/*
 * loop - one event loop a process: descriptors and timers, one thread.
 *
 * Ownership: the loop borrows descriptors; remove a watch before closing its descriptor.
 * Watches and timers are embedded in the caller's objects and must outlive their
 * registration. A callback may remove any watch or timer, its own included.
 */
#ifndef LOOP_H
#define LOOP_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct loop_watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT, ... */
    void (*on_event)(void *context, uint32_t events);
    void *context;
    bool active;
};

struct loop_timer {
    int64_t due_ms; /* monotonic */
    void (*on_timer)(void *context);
    void *context;
    bool armed;     /* private */
    size_t slot;    /* private: where in the heap */
    uint64_t round; /* private: when it was set */
};

struct loop *loop_new(void) MUST_CHECK;
void loop_free(struct loop **l);

enum err loop_add(struct loop *l, struct loop_watch *w) MUST_CHECK;
/* Change which events are of interest. */
enum err loop_set_events(
    struct loop *l, struct loop_watch *w, uint32_t events) MUST_CHECK;
/* Harmless on a watch that is not registered. */
void loop_remove(struct loop *l, struct loop_watch *w);

/*
 * (Re)arm a timer; the callback runs once, at or after due_ms, and before the events of
 * that round, unless it is more than 100 ms late: then the process itself was away, and
 * events that wait go first. Set by a timer it runs in the next round at the earliest; set
 * by an event, possibly behind the events of this one.
 */
enum err loop_timer_set(struct loop *l, struct loop_timer *t, int64_t due_ms) MUST_CHECK;
void loop_timer_cancel(struct loop *l, struct loop_timer *t);

/* Runs until loop_stop(); returns OK then, ERR_IO when epoll itself fails. */
enum err loop_run(struct loop *l) MUST_CHECK;
/* One round, waiting at most timeout_ms (negative: until something happens). */
enum err loop_once(struct loop *l, int timeout_ms) MUST_CHECK;
void loop_stop(struct loop *l);
/* Called at the end of each round, after all callbacks; NULL: none. For work that is
 * better batched. */
void loop_on_round(struct loop *l, void (*on_round)(void *context), void *context);
int64_t loop_now_ms(const struct loop *l);

#endif
