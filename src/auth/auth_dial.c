#include "auth_dial.h"

#include "clock.h"
#include "log.h"

#include <unistd.h>

#define QUEUE_MAX ((size_t)4096)
#define GRACE_MS  250 /* the dial keeps the same time, and then answers */

void auth_dial_init(struct auth_dial *d)
{
    *d = (struct auth_dial){.channel = {.fd = -1}};
}

void auth_dial_fini(struct auth_dial *d)
{
    ipc_channel_fini(&d->channel);
    d->channel.fd = -1;
}

enum err auth_dial_link(struct auth_dial *d, int fd)
{
    auth_dial_fini(d);
    enum err e =
        ipc_channel_init(&d->channel, fd, IPC_PACKETS, IPC_AUTH, IPC_DIAL, QUEUE_MAX);
    if (e != OK) {
        auth_dial_fini(d);
    }
    return e;
}

/* An answer that comes too late is to a question that nobody asks any more. */
static enum err await(struct auth_dial *d, int64_t deadline_ms, int *fd_out)
{
    struct ipc_received m;

    for (;;) {
        enum err e = ipc_channel_wait(&d->channel, deadline_ms, &m);
        if (e != OK) {
            return e;
        }
        bool answers = m.request == d->request;
        if (answers && m.msg == IPC_MSG_DIALED) {
            *fd_out = m.fd;
            return OK;
        }
        if (m.fd >= 0) {
            (void)close(m.fd);
        }
        if (answers) {
            return ERR_NOT_FOUND;
        }
    }
}

int auth_dial_connect(struct auth_dial *d, uint32_t timeout_ms)
{
    int fd = -1;

    if (timeout_ms > AUTH_DIAL_TIMEOUT_MAX_MS) {
        timeout_ms = AUTH_DIAL_TIMEOUT_MAX_MS;
    }
    if (d->channel.fd < 0) {
        return -1;
    }
    const struct ipc_dial ask = {.timeout_ms = timeout_ms};
    enum err e = ipc_channel_send(&d->channel, IPC_MSG_DIAL, ++d->request, &ask, -1);
    if (e == OK) {
        e = await(d, clock_mono_ms() + timeout_ms + GRACE_MS, &fd);
    }
    if (e == ERR_INVALID) {
        log_err("the dial sent what it may not send: its channel is closed [AUTH028]");
    }
    if (e != OK && e != ERR_NOT_FOUND && e != ERR_TIMEOUT && e != ERR_FULL) {
        auth_dial_fini(d);
    }
    return fd;
}
