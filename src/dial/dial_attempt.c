#include "dial_attempt.h"

#include "clock.h"
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

bool dial_rate_allows(struct dial_rate *r, int64_t now_ms)
{
    if (r->start_ms == 0 || now_ms - r->start_ms >= DIAL_RATE_MS) {
        *r = (struct dial_rate){.start_ms = now_ms};
    }
    if (r->used == DIAL_RATE_MAX) {
        return false;
    }
    r->used++;
    return true;
}

static socklen_t name_of(const struct dial_address *a, union name *out)
{
    memset(out, 0, sizeof(*out));
    if (a->is_v6) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(a->port);
        memcpy(&out->v6.sin6_addr, a->bytes, 16);
        return sizeof(out->v6);
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(a->port);
    memcpy(&out->v4.sin_addr, a->bytes, 4);
    return sizeof(out->v4);
}

static void say(const struct dial_address *a, int error)
{
    char text[INET6_ADDRSTRLEN] = "";

    (void)inet_ntop(a->is_v6 ? AF_INET6 : AF_INET, a->bytes, text, sizeof(text));
    log_warn("no connection to address=%s port=%u: %s [DIA001]", text, a->port,
        strerrordesc_np(error));
}

/* Out of the loop; the socket stays. */
static void unwatch(struct dial_attempt *a)
{
    loop_remove(a->loop, &a->watch);
    loop_timer_cancel(a->loop, &a->timer);
}

static void drop_socket(struct dial_attempt *a)
{
    unwatch(a);
    if (a->fd >= 0) {
        (void)close(a->fd);
        a->fd = -1;
    }
}

static void end(struct dial_attempt *a, enum err why)
{
    int fd = a->fd;
    const int on = 1;

    unwatch(a);
    a->fd = -1;
    a->active = false;
    if (fd >= 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    a->on_end(a->context, fd, why);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void go_on(struct dial_attempt *a);

static const struct dial_address *present(const struct dial_attempt *a)
{
    return &a->addresses->items[a->next - 1];
}

static void on_event(void *context, uint32_t events)
{
    struct dial_attempt *a = context;
    int error = 0;
    socklen_t size = sizeof(error);

    (void)events;
    if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        error = errno;
    }
    if (error == 0) {
        end(a, OK);
        return;
    }
    say(present(a), error);
    drop_socket(a);
    go_on(a);
}

static void on_timer(void *context)
{
    struct dial_attempt *a = context;

    say(present(a), ETIMEDOUT);
    drop_socket(a);
    go_on(a);
}

static enum err watch(struct dial_attempt *a, int64_t due_ms)
{
    a->watch = (struct loop_watch){
        .fd = a->fd, .events = EPOLLOUT, .on_event = on_event, .context = a};
    a->timer = (struct loop_timer){.on_timer = on_timer, .context = a};
    enum err e = loop_add(a->loop, &a->watch);

    return e == OK ? loop_timer_set(a->loop, &a->timer, due_ms) : e;
}

/* OK: connected. ERR_AGAIN: it may become so. */
static enum err try_next(struct dial_attempt *a, int64_t now_ms)
{
    int64_t share_ms =
        (a->deadline_ms - now_ms) / (int64_t)(a->addresses->count - a->next);
    const struct dial_address *address = &a->addresses->items[a->next++];
    union name name;
    socklen_t size = name_of(address, &name);

    a->fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0) {
        say(address, errno);
        return ERR_IO;
    }
    if (connect(a->fd, &name.any, size) == 0) {
        return OK;
    }
    if (errno == EINPROGRESS && watch(a, now_ms + share_ms) == OK) {
        return ERR_AGAIN;
    }
    say(address, errno);
    drop_socket(a);
    return ERR_IO;
}

static void go_on(struct dial_attempt *a)
{
    for (;;) {
        int64_t now_ms = clock_mono_ms();
        if (a->next == a->addresses->count || now_ms >= a->deadline_ms) {
            end(a, a->next == a->addresses->count ? ERR_CLOSED : ERR_TIMEOUT);
            return;
        }
        if (!dial_rate_allows(a->rate, now_ms)) {
            end(a, ERR_FULL);
            return;
        }
        enum err e = try_next(a, now_ms);
        if (e == OK) {
            end(a, OK);
        }
        if (e == OK || e == ERR_AGAIN) {
            return;
        }
    }
}

void dial_attempt_begin(struct dial_attempt *a, uint32_t timeout_ms)
{
    a->active = true;
    a->fd = -1;
    a->next = 0;
    a->deadline_ms =
        clock_mono_ms() +
        (timeout_ms < DIAL_TIMEOUT_MAX_MS ? timeout_ms : DIAL_TIMEOUT_MAX_MS);
    go_on(a);
}

void dial_attempt_cancel(struct dial_attempt *a)
{
    if (a->active) {
        drop_socket(a);
        a->active = false;
    }
}
