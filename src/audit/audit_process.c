#include "audit_process.h"

#include "audit_line.h"
#include "clock.h"
#include "log.h"
#include "mem.h"

#include <errno.h>
#include <unistd.h>

#define SOURCES_MAX 128 /* each reload leaves a `keys` behind for its last handshakes */
#define LINE_LIMIT  (64 * 1024)

struct source {
    struct ipc_link link;
    struct audit *audit;
    enum ipc_role role;
    bool waits; /* for AUDIT_SYNCED */
    uint64_t number;
};

struct audit {
    struct role role;
    int fd; /* append-only */
    bool dirty;
    bool failed;
    uint64_t sequence;
    struct buf line;
    struct source *sources[SOURCES_MAX];
};

static const struct ipc_handler handlers[IPC_MSG_COUNT];

static void on_source_end(void *context, enum err why)
{
    struct source *s = context;

    if (why == ERR_INVALID) {
        log_err("%s sent an event that breaks the rules: its channel is closed [AUD002]",
            ipc_role_name(s->role));
    }
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (s->audit->sources[i] == s) {
            s->audit->sources[i] = NULL;
        }
    }
    ipc_link_fini(&s->link);
    mem_free(s);
}

static enum err write_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_IO;
        }
        bytes += n;
        length -= (size_t)n;
    }
    return OK;
}

static enum err record(struct audit *a, enum ipc_role from, const struct ipc_event *event)
{
    buf_reset(&a->line);
    audit_line_add(&a->line, ++a->sequence, from, event);
    enum err e = buf_error(&a->line);
    if (e == OK) {
        e = write_all(a->fd, a->line.bytes, a->line.length);
    }
    if (e != OK) {
        log_err("the audit file can not be written: errno=%d [AUD001]", errno);
        a->failed = true;
        a->role.stopping = true; /* the warden starts another and wires it anew */
        return OK;
    }
    a->dirty = true;
    return OK;
}

static enum err on_event(void *context, const struct ipc_received *m)
{
    struct source *s = context;

    return record(s->audit, s->role, &m->body.event);
}

static enum err on_sync(void *context, const struct ipc_received *m)
{
    struct source *s = context;

    s->waits = true;
    s->number = m->body.audit_sync.number;
    return OK;
}

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    struct source *warden = context;
    struct audit *a = warden->audit;
    size_t slot = 0;

    while (slot < SOURCES_MAX && a->sources[slot] != NULL) {
        slot++;
    }
    struct source *s = slot < SOURCES_MAX ? mem_alloc(1, sizeof(*s)) : NULL;
    if (s == NULL) {
        (void)close(m->fd);
        return ERR_FULL;
    }
    *s = (struct source){.audit = a, .role = (enum ipc_role)m->body.peer_add.role};
    struct ipc_channel channel;
    enum err e =
        ipc_channel_init(&channel, m->fd, IPC_PACKETS, IPC_AUDIT, s->role, 65536);
    if (e == OK) {
        e = ipc_link_init(&s->link, a->role.loop, &channel, handlers, s, on_source_end);
    } else {
        ipc_channel_fini(&channel);
    }
    if (e != OK) {
        mem_free(s);
        return e;
    }
    a->sources[slot] = s;
    return OK;
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct source *warden = context;

    warden->audit->fd = m->fd;
    warden->audit->role.started = true;
    return OK;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct source *warden = context;

    (void)m;
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (warden->audit->sources[i] != NULL) {
            ipc_link_drain(&warden->audit->sources[i]->link);
        }
    }
    warden->audit->role.stopping = true;
    return OK;
}

/* A source that does not read its answers loses its channel. */
static void answer(struct source *s)
{
    struct ipc_audit_synced synced = {.number = s->number};

    s->waits = false;
    if (ipc_link_send(&s->link, IPC_MSG_AUDIT_SYNCED, 0, &synced, -1) != OK) {
        on_source_end(s, ERR_FULL);
    }
}

/* Once a round, not once an event. */
static void on_round(void *context)
{
    struct audit *a = context;

    if (a->failed) {
        return; /* nothing is promised any more */
    }
    if (a->dirty) {
        a->dirty = false;
        if (fdatasync(a->fd) != 0) {
            log_err("the audit file can not be synced: errno=%d [AUD001]", errno);
            a->failed = true;
            a->role.stopping = true;
            return;
        }
    }
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (a->sources[i] != NULL && a->sources[i]->waits) {
            answer(a->sources[i]);
        }
    }
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_STARTING | ROLE_RUNNING, on_peer_add},
    [IPC_MSG_AUDIT_START] = {IPC_WARDEN, ROLE_STARTING, on_start},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
    [IPC_MSG_EVENT] = {IPC_WARDEN | IPC_KEYS | IPC_BROKER, IPC_ANY_STATE, on_event},
    [IPC_MSG_AUDIT_SYNC] = {IPC_BROKER, IPC_ANY_STATE, on_sync},
};

int audit_process(int argc, char **argv)
{
    struct audit a = {.fd = -1};
    struct source warden = {.audit = &a, .role = IPC_WARDEN};
    int status;

    buf_init(&a.line, LINE_LIMIT);
    role_begin(&a.role, IPC_AUDIT, argc, argv, handlers, &warden);
    role_await_start(&a.role);
    if (buf_reserve(&a.line, LINE_LIMIT) == NULL) {
        role_refuse("no memory for the line buffer");
    }
    loop_on_round(a.role.loop, on_round, &a);
    role_enter(&a.role);
    status = role_run(&a.role);
    on_round(&a);
    return a.failed ? ROLE_EXIT_FAULT : status;
}
