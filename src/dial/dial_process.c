#include "dial_process.h"

#include "clock.h"

#include <string.h>
#include <unistd.h>

#define LINE_QUEUE   ((size_t)4096)
#define LIMIT_BURST  5
#define LIMIT_PERIOD 60000

static const struct ipc_handler handlers[IPC_MSG_COUNT];

static void end_line(struct dial_line *l)
{
    dial_attempt_cancel(&l->attempt);
    ipc_link_fini(&l->link);
}

static void on_line_end(void *context, enum err why)
{
    if (why == ERR_INVALID) {
        log_err("the plugin's process sent what it may not send: its channel is closed "
                "[DIA003]");
    }
    end_line(context);
}

/* --- its plugin --------------------------------------------------------------------- */

static void say_no(struct dial *d)
{
    uint64_t left_out = 0;

    if (log_limit_allows(&d->limit, clock_mono_ms(), &left_out)) {
        log_warn("more than %d connections within a minute: no more until it is over "
                 "left_out=%llu [DIA002]",
            DIAL_RATE_MAX, (unsigned long long)left_out);
    }
}

static void on_attempt_end(void *context, int fd, enum err why)
{
    struct dial_line *l = context;
    const struct ipc_dialed dialed = {0};
    const struct ipc_dial_failed failed = {.error = (uint16_t)why};

    if (why == ERR_FULL) {
        say_no(l->dial);
    }
    enum err e =
        fd >= 0 ? ipc_link_send(&l->link, IPC_MSG_DIALED, l->request, &dialed, fd)
                : ipc_link_send(&l->link, IPC_MSG_DIAL_FAILED, l->request, &failed, -1);
    if (e != OK) {
        ipc_link_fini(&l->link); /* it does not read what it asked for, or is gone */
    }
}

/* Who asks again does not wait for the answer before any more. */
static enum err on_dial(void *context, const struct ipc_received *m)
{
    struct dial_line *l = context;

    dial_attempt_cancel(&l->attempt);
    l->request = m->request;
    dial_attempt_begin(&l->attempt, m->body.dial.timeout_ms);
    return OK;
}

enum err dial_process_add(struct dial *d, int fd)
{
    struct ipc_channel channel;
    size_t i = 0;

    while (i < DIAL_LINES_MAX && ipc_link_is_open(&d->lines[i].link)) {
        i++;
    }
    if (i == DIAL_LINES_MAX) {
        (void)close(fd);
        return ERR_FULL;
    }
    struct dial_line *l = &d->lines[i];
    *l = (struct dial_line){.dial = d,
        .attempt = {.loop = d->role.loop,
            .addresses = &d->addresses,
            .rate = &d->rate,
            .on_end = on_attempt_end,
            .context = l,
            .fd = -1}};
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_DIAL, IPC_AUTH, LINE_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    return ipc_link_init(&l->link, d->role.loop, &channel, handlers, l, on_line_end);
}

void dial_process_fini(struct dial *d)
{
    for (size_t i = 0; i < DIAL_LINES_MAX; i++) {
        if (d->lines[i].dial != NULL) {
            end_line(&d->lines[i]);
        }
    }
}

/* --- the warden --------------------------------------------------------------------- */

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    struct dial *d = context;

    if (m->body.peer_add.role != IPC_AUTH) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    enum err e = dial_process_add(d, m->fd);
    if (e != OK) {
        log_err("the plugin's process can not be heard: %s [DIA004]", err_text(e));
    }
    return OK;
}

static enum err on_dial_address(void *context, const struct ipc_received *m)
{
    struct dial *d = context;
    const struct ipc_dial_address *told = &m->body.dial_address;

    if (d->addresses.count == DIAL_ADDRESSES_MAX || told->port == 0) {
        return ERR_INVALID;
    }
    struct dial_address *a = &d->addresses.items[d->addresses.count++];
    *a = (struct dial_address){.is_v6 = told->is_v6 != 0, .port = told->port};
    memcpy(a->bytes, told->address.bytes, sizeof(a->bytes));
    return OK;
}

static enum err on_dial_start(void *context, const struct ipc_received *m)
{
    struct dial *d = context;

    (void)m;
    if (d->addresses.count == 0) {
        return ERR_INVALID;
    }
    d->role.started = true;
    return OK;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct dial *d = context;

    (void)m;
    d->role.stopping = true;
    return OK;
}

static enum err on_alive_ask(void *context, const struct ipc_received *m)
{
    struct dial *d = context;
    const struct ipc_alive answer = {0};

    (void)m;
    return ipc_link_send(&d->role.warden, IPC_MSG_ALIVE, 0, &answer, -1);
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_peer_add},
    [IPC_MSG_DIAL_ADDRESS] = {IPC_WARDEN, ROLE_STARTING, on_dial_address},
    [IPC_MSG_DIAL_START] = {IPC_WARDEN, ROLE_STARTING, on_dial_start},
    [IPC_MSG_STOP] = {IPC_WARDEN, ROLE_STARTING | ROLE_RUNNING, on_stop},
    [IPC_MSG_ALIVE_ASK] = {IPC_WARDEN, ROLE_RUNNING, on_alive_ask},
    [IPC_MSG_DIAL] = {IPC_AUTH, IPC_ANY_STATE, on_dial},
};

int dial_process(int argc, char **argv)
{
    static struct dial d; /* the process's root struct */
    uint16_t ports[DIAL_ADDRESSES_MAX];

    d.limit = (struct log_limit){.burst = LIMIT_BURST, .period_ms = LIMIT_PERIOD};
    role_begin(&d.role, IPC_DIAL, argc, argv, handlers, &d);
    role_await_start(&d.role);
    for (size_t i = 0; i < d.addresses.count; i++) {
        ports[i] = d.addresses.items[i].port;
    }
    role_enter_but_ports(&d.role, ports, d.addresses.count);
    int status = role_run(&d.role);
    dial_process_fini(&d);
    return status;
}
