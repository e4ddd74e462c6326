#include "ipc_channel.h"

#include <sys/socket.h>
#include <unistd.h>

/* First byte: who reads and who sends, as in ipc_packets_fuzz.c; second: bytes a write.
 */
#define ROLE_MASK      7
#define SIZE_MAX_BYTES 65536 /* what fits into the socket at once */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void check(const struct ipc_channel *c, const struct ipc_received *m)
{
    const struct ipc_info *info = ipc_info(m->msg);
    struct buf out;

    demand((info->from & c->peer) != 0 && (info->to & c->self) != 0);
    demand(m->fd == -1);
    buf_init(&out, info->length_max);
    ipc_encode(m->msg, &m->body, &out);
    demand(buf_error(&out) == OK);
    buf_fini(&out);
}

/* Nothing is waited for that would be refused. */
static void check_waiting(const struct ipc_channel *c)
{
    enum ipc_msg msg;

    if (c->in.length - c->in_used < IPC_HEADER_BYTES) {
        return;
    }
    struct ipc_header h = ipc_header_decode(c->in.bytes + c->in_used);
    demand(ipc_find(h.number, &msg) == OK && h.length <= ipc_info(msg)->length_max);
}

static enum err drain(struct ipc_channel *c)
{
    struct ipc_received m;
    enum err e;

    while ((e = ipc_channel_receive(c, &m)) == OK) {
        check(c, &m);
    }
    if (e == ERR_AGAIN) {
        check_waiting(c);
    }
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipc_channel c;
    int ends[2];

    if (size < 2 || size > SIZE_MAX_BYTES) {
        return 0;
    }
    enum ipc_role self = (enum ipc_role)(1 << (data[0] >> 3 & ROLE_MASK));
    enum ipc_role peer = (enum ipc_role)(1 << (data[0] & ROLE_MASK));
    size_t step = data[1] > 0 ? data[1] : size;
    demand(ipc_pair(IPC_STREAM, ends) == OK);
    demand(ipc_channel_init(&c, ends[0], IPC_STREAM, self, peer, 0) == OK);
    enum err e = ERR_AGAIN;
    for (size_t at = 2; at < size && e == ERR_AGAIN; at += step) {
        size_t part = size - at < step ? size - at : step;
        demand(send(ends[1], data + at, part, MSG_NOSIGNAL) == (ssize_t)part);
        e = drain(&c);
    }
    (void)close(ends[1]);
    e = e == ERR_AGAIN ? drain(&c) : e;
    demand(e == ERR_CLOSED || e == ERR_INVALID);
    ipc_channel_fini(&c);
    return 0;
}
