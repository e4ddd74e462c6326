#include "mem.h"
#include "store.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MESSAGES_A_ROUND 32
/* The largest message but PRODUCE, and what the channel reads ahead. */
#define MESSAGE_ROOM ((size_t)2 * 1024 * 1024)
/* One answer with one batch of any size behind a full window. */
#define QUEUE_MAX (STORE_GATE_WINDOW + (size_t)IPC_BATCH_MAX + MESSAGE_ROOM)

struct store_gate *store_gate_find(const struct store *s, uint64_t number)
{
    return table_get(&s->gates, &number, sizeof(number));
}

struct store_gate *store_gate_find_introduced(struct store *s, uint64_t number)
{
    struct store_gate *g = store_gate_find(s, number);

    if (g == NULL) {
        ipc_link_drain(&s->role.warden);
        g = store_gate_find(s, number);
    }
    return g;
}

void store_gate_allow(struct store_gate *g, int32_t max_message_bytes)
{
    size_t most = max_message_bytes > IPC_BATCH_MAX ? (size_t)IPC_BATCH_MAX
                                                    : (size_t)max_message_bytes;

    if (g->channel.in.limit < most + MESSAGE_ROOM) {
        g->channel.in.limit = most + MESSAGE_ROOM;
    }
}

/* What all gates together have not taken yet. */
static void count_queued(struct store_gate *g, size_t now)
{
    g->store->queued = g->store->queued - g->counted + now;
    g->counted = now;
}

void store_gate_end(struct store_gate *g, uint16_t reason)
{
    struct store *s = g->store;
    struct ipc_gate_kill kill = {.gate = g->number, .reason = reason};

    if (g->dead) {
        return;
    }
    g->dead = true;
    g->next_dead = s->dead;
    s->dead = g;
    (void)table_remove(&s->gates, &g->number, sizeof(g->number));
    loop_remove(s->role.loop, &g->watch);
    loop_timer_cancel(s->role.loop, &g->stall);
    loop_timer_cancel(s->role.loop, &g->resume);
    store_fetch_drop(g);
    store_grant_remove_all(g);
    store_quota_release(g);
    count_queued(g, 0);
    enum err e = reason == 0
                     ? OK
                     : ipc_link_send(&s->role.warden, IPC_MSG_GATE_KILL, 0, &kill, -1);
    if (e != OK && e != ERR_CLOSED) { /* closed: the warden ends us all */
        log_err("the warden can not be told about gate %llu [STO013]",
            (unsigned long long)g->number);
    }
}

static void on_stall(void *context)
{
    store_gate_end(context, IPC_KILL_QUEUE);
}

/* Time runs while something waits for the gate, anew whenever it takes some of it. */
static void watch_stall(struct store_gate *g, bool progress)
{
    struct loop *loop = g->store->role.loop;

    if (!ipc_channel_wants_write(&g->channel)) {
        loop_timer_cancel(loop, &g->stall);
    } else if ((progress || !g->stall.armed) &&
               loop_timer_set(loop, &g->stall, loop_now_ms(loop) + STORE_STALL_MS) !=
                   OK) {
        store_gate_end(g, IPC_KILL_QUEUE);
    }
}

static bool may_read(const struct store_gate *g)
{
    return !g->store->draining && !g->quota.muted &&
           g->produce_count < STORE_PRODUCES_A_GATE &&
           g->channel.queued < STORE_GATE_WINDOW;
}

void store_gate_settle(struct store_gate *g)
{
    uint32_t events = 0;

    if (g->dead) {
        return;
    }
    bool progress = g->channel.queued < g->counted;
    count_queued(g, g->channel.queued);
    watch_stall(g, progress);
    if (g->dead) {
        return;
    }
    events |= may_read(g) ? (uint32_t)EPOLLIN : 0;
    events |= ipc_channel_wants_write(&g->channel) ? (uint32_t)EPOLLOUT : 0;
    enum err e = loop_set_events(g->store->role.loop, &g->watch, events);
    /* What is in our buffer already, epoll does not tell of again. */
    if (e == OK && may_read(g) && ipc_channel_has_message(&g->channel)) {
        e = loop_timer_set(
            g->store->role.loop, &g->resume, loop_now_ms(g->store->role.loop));
    }
    if (e != OK) {
        store_gate_end(g, IPC_KILL_QUEUE);
    }
}

static void end_for(struct store_gate *g, enum err why)
{
    if (why == ERR_CLOSED) {
        store_gate_end(g, 0);
        return;
    }
    /* ERR_FULL: it announced more than its grants allow. */
    bool breach = why == ERR_INVALID || why == ERR_FULL;
    uint64_t left_out = 0;
    if (breach && log_limit_allows(&g->store->log_limit, loop_now_ms(g->store->role.loop),
                      &left_out)) {
        log_warn("gate %llu broke the rules of its channel: it is ended; %llu more not "
                 "shown [STO014]",
            (unsigned long long)g->number, (unsigned long long)left_out);
    }
    store_gate_end(g, breach ? IPC_KILL_BREACH : IPC_KILL_QUEUE);
}

bool store_gate_send(
    struct store_gate *g, enum ipc_msg msg, uint64_t request, const void *message)
{
    if (g->dead) {
        return false;
    }
    enum err e = ipc_channel_send(&g->channel, msg, request, message, -1);
    if (e != OK) {
        store_gate_end(g, e == ERR_CLOSED ? 0 : IPC_KILL_QUEUE);
        return false;
    }
    store_gate_settle(g);
    return !g->dead;
}

/* One message a turn, since each may change whether we want another. */
static enum err take_messages(struct store_gate *g, bool hung_up)
{
    for (unsigned i = 0; i < MESSAGES_A_ROUND && !g->dead; i++) {
        if (!may_read(g)) {
            return hung_up ? ERR_CLOSED : OK;
        }
        uint64_t before = g->channel.received;
        enum err e = ipc_dispatch(&g->channel, store_handlers, g, 1);
        if (e != OK || g->channel.received == before) {
            return e;
        }
    }
    return OK;
}

static void on_event(void *context, uint32_t events)
{
    struct store_gate *g = context;
    enum err e = OK;

    /* What a gate may send depends on its grants: hear broker out first. */
    ipc_link_drain(&g->store->broker);
    if (!g->dead && (events & EPOLLOUT) != 0) {
        e = ipc_channel_flush(&g->channel);
        if (e == OK) {
            store_fetch_continue(g);
        }
    }
    if (e == OK && !g->dead && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        e = take_messages(g, (events & (EPOLLHUP | EPOLLERR)) != 0);
    }
    if (e != OK) {
        end_for(g, e);
    }
    store_gate_settle(g);
}

static void on_resume(void *context)
{
    on_event(context, EPOLLIN);
}

static struct store_gate *gate_new(struct store *s, uint64_t number, int fd)
{
    struct store_gate *g = mem_alloc(1, sizeof(*g));

    if (g == NULL) {
        (void)close(fd);
        return NULL;
    }
    *g = (struct store_gate){.store = s, .number = number};
    g->stall = (struct loop_timer){.on_timer = on_stall, .context = g};
    g->resume = (struct loop_timer){.on_timer = on_resume, .context = g};
    table_init(&g->grants, STORE_GRANTS_A_GATE);
    enum err e =
        ipc_channel_init(&g->channel, fd, IPC_STREAM, IPC_STORE, IPC_GATE, QUEUE_MAX);
    g->channel.in.limit = MESSAGE_ROOM;
    store_gate_allow(g, s->config.message_max_bytes);
    g->watch = (struct loop_watch){
        .fd = fd, .events = EPOLLIN, .on_event = on_event, .context = g};
    if (e == OK) {
        e = table_put(&s->gates, &g->number, sizeof(g->number), g);
    }
    if (e == OK) {
        e = loop_add(s->role.loop, &g->watch);
    }
    if (e != OK) {
        (void)table_remove(&s->gates, &g->number, sizeof(g->number));
        ipc_channel_fini(&g->channel);
        mem_free(g);
        return NULL;
    }
    return g;
}

enum err store_gate_on_add(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    uint64_t number = m->body.gate_add.gate;

    if (number == 0 || store_gate_find(s, number) != NULL) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    if (s->draining) {
        (void)close(m->fd);
        return OK;
    }
    if (gate_new(s, number, m->fd) == NULL) {
        /* It sees its channel end, and ends. */
        log_err("gate %llu can not be taken on [STO015]", (unsigned long long)number);
    }
    return OK;
}

enum err store_gate_on_gone(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    struct store_gate *g = store_gate_find(s, m->body.gate_gone.gate);

    if (g != NULL) {
        store_gate_end(g, 0);
    }
    return OK;
}

void store_gate_reap(struct store *s)
{
    while (s->dead != NULL) {
        struct store_gate *g = s->dead;
        s->dead = g->next_dead;
        ipc_channel_fini(&g->channel);
        table_fini(&g->grants);
        store_produce_drop(g);
        mem_free(g);
    }
}

void store_gate_close_all(struct store *s)
{
    struct store_gate *g;

    for (size_t cursor = 0; (g = table_next(&s->gates, &cursor)) != NULL;) {
        store_gate_end(g, 0);
    }
    store_gate_reap(s);
}
