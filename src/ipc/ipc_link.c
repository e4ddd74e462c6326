#include "ipc_link.h"

#include <sys/epoll.h>

#define BUDGET_A_ROUND 32
#define BUDGET_A_DRAIN 65536

static uint32_t wanted_events(const struct ipc_link *l)
{
    uint32_t reading = l->watch.events & EPOLLIN;

    return reading | (ipc_channel_wants_write(&l->channel) ? (uint32_t)EPOLLOUT : 0);
}

static bool is_reading(const struct ipc_link *l)
{
    return l->watch.active && (l->watch.events & EPOLLIN) != 0;
}

/* One by one, since a handler may pause or end this very link. */
static enum err handle_messages(struct ipc_link *l, unsigned budget)
{
    while (budget-- > 0 && is_reading(l)) {
        uint64_t before = l->channel.received;
        enum err e = ipc_dispatch(&l->channel, l->handlers, l->context, 1);
        if (e != OK || l->channel.received == before) {
            return e;
        }
    }
    return OK;
}

/* epoll does not tell of what was read from a stream already: come back by ourselves. */
static enum err continue_later(struct ipc_link *l)
{
    if (!is_reading(l) || !ipc_channel_has_message(&l->channel)) {
        return OK;
    }
    return loop_timer_set(l->loop, &l->again, loop_now_ms(l->loop));
}

static void process(struct ipc_link *l, uint32_t events, unsigned budget)
{
    enum err e = OK;

    if ((events & EPOLLOUT) != 0) {
        e = ipc_channel_flush(&l->channel);
    }
    if (e == OK && !is_reading(l) && (events & (EPOLLHUP | EPOLLERR)) != 0) {
        e = ERR_CLOSED; /* paused: epoll would tell us of it for ever */
    }
    if (e == OK && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        e = handle_messages(l, budget);
    }
    if (e == OK && l->watch.active) {
        e = loop_set_events(l->loop, &l->watch, wanted_events(l));
    }
    if (e == OK) {
        e = continue_later(l);
    }
    if (e != OK && l->watch.active) {
        loop_remove(l->loop, &l->watch);
        loop_timer_cancel(l->loop, &l->again);
        l->on_end(l->context, e);
    }
}

static void on_event(void *context, uint32_t events)
{
    struct ipc_link *l = context;

    process(l, events, l->budget);
}

static void on_again(void *context)
{
    struct ipc_link *l = context;

    process(l, EPOLLIN, l->budget);
}

enum err ipc_link_init(struct ipc_link *l, struct loop *loop, struct ipc_channel *channel,
    const struct ipc_handler handlers[IPC_MSG_COUNT], void *context,
    void (*on_end)(void *context, enum err why))
{
    *l = (struct ipc_link){.channel = *channel,
        .loop = loop,
        .handlers = handlers,
        .context = context,
        .on_end = on_end,
        .budget = BUDGET_A_ROUND};
    *channel = (struct ipc_channel){.fd = -1};
    l->again = (struct loop_timer){.on_timer = on_again, .context = l};
    l->watch = (struct loop_watch){
        .fd = l->channel.fd, .events = EPOLLIN, .on_event = on_event, .context = l};
    enum err e = loop_add(loop, &l->watch);
    if (e != OK) {
        ipc_channel_fini(&l->channel);
    }
    return e;
}

void ipc_link_fini(struct ipc_link *l)
{
    if (l->loop == NULL) {
        return;
    }
    loop_remove(l->loop, &l->watch);
    loop_timer_cancel(l->loop, &l->again);
    ipc_channel_fini(&l->channel);
    l->loop = NULL;
}

bool ipc_link_is_open(const struct ipc_link *l)
{
    return l->loop != NULL && l->channel.fd >= 0;
}

enum err ipc_link_send(
    struct ipc_link *l, enum ipc_msg msg, uint64_t request, const void *message, int fd)
{
    if (!ipc_link_is_open(l)) {
        return ERR_CLOSED;
    }
    enum err e = ipc_channel_send(&l->channel, msg, request, message, fd);
    if (e == OK && l->watch.active) {
        e = loop_set_events(l->loop, &l->watch, wanted_events(l));
    }
    return e;
}

void ipc_link_drain(struct ipc_link *l)
{
    if (is_reading(l)) {
        process(l, EPOLLIN, BUDGET_A_DRAIN);
    }
}

enum err ipc_link_pause(struct ipc_link *l, bool paused)
{
    uint32_t events = wanted_events(l) & ~(uint32_t)EPOLLIN;

    if (!l->watch.active) {
        return OK;
    }
    enum err e =
        loop_set_events(l->loop, &l->watch, paused ? events : events | (uint32_t)EPOLLIN);
    return e == OK ? continue_later(l) : e;
}
