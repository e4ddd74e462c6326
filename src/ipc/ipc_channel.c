#include "ipc_channel.h"

#include "clock.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PACKET_MAX  ((size_t)65536)
#define STREAM_READ ((size_t)256 * 1024)
/* A stream that never pauses must not keep its reader from everybody else. */
#define READS_A_CALL 16
#define PAYLOAD_MAX  (PACKET_MAX - IPC_HEADER_BYTES)
#define TOTAL_BYTES  4 /* the u32 in front of a first fragment */
/* A buffer that grew beyond this for one large message is not kept for the next. */
#define KEPT_MAX ((size_t)1024 * 1024)
/* Room for more than the one descriptor that is ever taken: a surplus is seen and closed.
 */
#define DESCRIPTORS_MAX 4

struct ipc_packet {
    struct ipc_packet *next;
    int fd; /* -1: none */
    bool fd_owned;
    size_t length;
    size_t sent; /* streams only */
    uint8_t bytes[];
};

enum err ipc_channel_init(struct ipc_channel *c, int fd, enum ipc_form form,
    enum ipc_role self, enum ipc_role peer, size_t queue_max)
{
    *c = (struct ipc_channel){.fd = fd,
        .self = self,
        .peer = peer,
        .form = form,
        .state = 1,
        .queue_max = queue_max};
    buf_init(&c->in, (size_t)IPC_BATCH_MAX + STREAM_READ + PACKET_MAX);
    if (form == IPC_PACKETS) {
        c->packet = mem_alloc(PACKET_MAX, 1);
        if (c->packet == NULL) {
            return ERR_NOMEM;
        }
    }
    return OK;
}

static void drop_first(struct ipc_channel *c)
{
    struct ipc_packet *p = c->first;

    c->first = p->next;
    if (c->first == NULL) {
        c->last = NULL;
    }
    c->queued -= p->length;
    if (p->fd_owned) {
        (void)close(p->fd);
    }
    mem_wipe(p->bytes, p->length);
    mem_free(p);
}

void ipc_channel_fini(struct ipc_channel *c)
{
    while (c->first != NULL) {
        drop_first(c);
    }
    if (c->in.bytes != NULL) {
        mem_wipe(c->in.bytes, c->in.length);
    }
    buf_fini(&c->in);
    if (c->packet != NULL) {
        mem_wipe(c->packet, PACKET_MAX);
        mem_free(c->packet);
        c->packet = NULL;
    }
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    c->fd = -1;
}

/* Takes back what was queued behind `before` (NULL: everything); none of it was sent. */
static void unqueue(struct ipc_channel *c, struct ipc_packet *before)
{
    struct ipc_packet *tail = before != NULL ? before->next : c->first;

    if (before != NULL) {
        before->next = NULL;
    } else {
        c->first = NULL;
    }
    c->last = before;
    while (tail != NULL) {
        struct ipc_packet *next = tail->next;
        c->queued -= tail->length;
        mem_wipe(tail->bytes, tail->length);
        mem_free(tail);
        tail = next;
    }
}

/* Queues header, an optional total, and bytes. fd is borrowed until keep_descriptor(). */
static enum err queue_packet(struct ipc_channel *c, const struct ipc_header *header,
    const uint8_t *total, const uint8_t *bytes, size_t length, int fd)
{
    size_t head = IPC_HEADER_BYTES + (total != NULL ? TOTAL_BYTES : 0);
    struct ipc_packet *p = NULL;

    if (c->queued + head + length <= c->queue_max) {
        p = mem_alloc(1, sizeof(*p) + head + length);
    }
    if (p == NULL) {
        return c->queued + head + length <= c->queue_max ? ERR_NOMEM : ERR_FULL;
    }
    p->fd = fd;
    p->length = head + length;
    ipc_header_encode(header, p->bytes);
    if (total != NULL) {
        memcpy(p->bytes + IPC_HEADER_BYTES, total, TOTAL_BYTES);
    }
    if (length > 0) {
        memcpy(p->bytes + head, bytes, length);
    }
    if (c->last != NULL) {
        c->last->next = p;
    } else {
        c->first = p;
    }
    c->last = p;
    c->queued += p->length;
    return OK;
}

/*
 * When the message with the caller's descriptor is still in the queue: only the warden
 * may duplicate one, for the others the profile has no such call. What can be neither
 * sent nor kept is taken back, so that it never leaves without its descriptor.
 */
static enum err keep_descriptor(
    struct ipc_channel *c, struct ipc_packet *before, int fd, enum err e)
{
    struct ipc_packet *p = c->last;

    if (p == NULL || p->fd != fd || p->fd_owned) {
        return e;
    }
    p->fd = c->self == IPC_WARDEN ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    p->fd_owned = p->fd >= 0;
    if (p->fd_owned) {
        return e;
    }
    unqueue(c, before != NULL && c->first != p ? before : NULL);
    return e == OK ? ERR_FULL : e;
}

static enum err queue_fragments(
    struct ipc_channel *c, struct ipc_header header, const uint8_t *bytes, size_t length)
{
    uint8_t total[TOTAL_BYTES] = {(uint8_t)length, (uint8_t)(length >> 8),
        (uint8_t)(length >> 16), (uint8_t)(length >> 24)};
    struct ipc_packet *before = c->last;
    bool first = true;

    /* All or nothing: half a message in the queue would make the channel useless. */
    if (c->queued + length + (length / 4096 + 2) * IPC_HEADER_BYTES > c->queue_max) {
        return ERR_FULL;
    }
    while (length > 0) {
        size_t room = PAYLOAD_MAX - (first ? TOTAL_BYTES : 0);
        size_t part = length < room ? length : room;
        header.flags = first ? IPC_FLAG_FIRST : IPC_FLAG_NEXT;
        header.length = (uint32_t)(part + (first ? TOTAL_BYTES : 0));
        enum err e = queue_packet(c, &header, first ? total : NULL, bytes, part, -1);
        if (e != OK) {
            unqueue(c, before);
            return e;
        }
        bytes += part;
        length -= part;
        first = false;
    }
    return OK;
}

enum err ipc_channel_send(struct ipc_channel *c, enum ipc_msg msg, uint64_t request,
    const void *message, int fd)
{
    const struct ipc_info *info = ipc_info(msg);
    struct ipc_header header = {.number = info->number, .request = request};
    struct ipc_packet *before = c->last;
    struct buf body;
    enum err e;

    INVARIANT((info->from & c->self) != 0 && (info->to & c->peer) != 0);
    INVARIANT((fd >= 0) == (info->fds == 1));
    if (c->fd < 0) {
        return ERR_CLOSED;
    }
    buf_init(&body, info->length_max + 1);
    ipc_encode(msg, message, &body);
    e = buf_error(&body);
    header.length = (uint32_t)body.length;
    if (e == OK && c->form == IPC_PACKETS && body.length > PAYLOAD_MAX) {
        /* A descriptor travels with a whole message only. */
        e = fd >= 0 ? ERR_FULL : queue_fragments(c, header, body.bytes, body.length);
    } else if (e == OK) {
        e = queue_packet(c, &header, NULL, body.bytes, body.length, fd);
    }
    if (body.bytes != NULL) {
        mem_wipe(body.bytes, body.length);
    }
    buf_fini(&body);
    if (e == OK) {
        e = ipc_channel_flush(c);
    }
    return fd >= 0 ? keep_descriptor(c, before, fd, e) : e;
}

static ssize_t send_packet(int fd, struct ipc_packet *p)
{
    struct iovec iov = {.iov_base = p->bytes + p->sent, .iov_len = p->length - p->sent};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

    if (p->fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &p->fd, sizeof(int));
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum err ipc_channel_flush(struct ipc_channel *c)
{
    while (c->first != NULL) {
        ssize_t n = send_packet(c->fd, c->first);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno == EAGAIN) {
                return OK;
            }
            return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
        }
        c->first->sent += (size_t)n;
        if (c->first->sent >= c->first->length) {
            drop_first(c);
        }
    }
    return OK;
}

void ipc_channel_forget(struct ipc_channel *c)
{
    if (c->packet != NULL) {
        mem_wipe(c->packet, PACKET_MAX);
    }
    if (c->in.bytes != NULL && c->total == 0 && c->form == IPC_PACKETS) {
        mem_wipe(c->in.bytes, c->in.capacity);
    }
}

bool ipc_channel_wants_write(const struct ipc_channel *c)
{
    return c->first != NULL;
}

/* The one descriptor that came along, if any. False: there were more, or other things. */
static bool take_descriptor(struct msghdr *message, int *fd_out)
{
    bool good = (message->msg_flags & MSG_CTRUNC) == 0;

    for (struct cmsghdr *cm = CMSG_FIRSTHDR(message); cm != NULL;
         cm = CMSG_NXTHDR(message, cm)) {
        if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS) {
            good = false;
            continue;
        }
        size_t count = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int), sizeof(int));
            if (*fd_out < 0) {
                *fd_out = fd;
            } else {
                (void)close(fd);
                good = false;
            }
        }
    }
    return good;
}

/* Reads one packet; *fd_out is the one descriptor that came along, or -1. */
static enum err read_packet(struct ipc_channel *c, size_t *length_out, int *fd_out)
{
    struct iovec iov = {.iov_base = c->packet, .iov_len = PACKET_MAX};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    *fd_out = -1;
    if (c->peer != IPC_GATE) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
    }
    do {
        n = recvmsg(c->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return errno == EAGAIN ? ERR_AGAIN : errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
    }
    bool good = c->peer == IPC_GATE || take_descriptor(&message, fd_out);
    if (c->peer == IPC_WARDEN && (message.msg_flags & MSG_CTRUNC) != 0 && *fd_out < 0) {
        /* Our table of descriptors is full: this message is lost, the channel is not. */
        return ERR_AGAIN;
    }
    if (n == 0) {
        return ERR_CLOSED;
    }
    if (!good || (message.msg_flags & MSG_TRUNC) != 0 || n < IPC_HEADER_BYTES) {
        return ERR_INVALID;
    }
    *length_out = (size_t)n;
    return OK;
}

/* Checks everything that the header alone can tell. */
static enum err check_header(
    const struct ipc_channel *c, const struct ipc_header *header, enum ipc_msg *msg_out)
{
    if (ipc_find(header->number, msg_out) != OK) {
        return ERR_INVALID;
    }
    const struct ipc_info *info = ipc_info(*msg_out);
    bool allowed = (info->from & c->peer) != 0 && (info->to & c->self) != 0;
    return allowed && (header->flags & ~IPC_FLAG_KNOWN) == 0 ? OK : ERR_INVALID;
}

/*
 * A packet that is one part of a larger message: OK when it was the last. Each part but
 * the last must be full, or a peer could keep us reading one byte at a time.
 */
static enum err take_fragment(struct ipc_channel *c, const struct ipc_header *header,
    enum ipc_msg msg, const uint8_t *bytes, size_t length)
{
    if (header->flags == IPC_FLAG_FIRST) {
        if (c->total != 0 || length < TOTAL_BYTES) {
            return ERR_INVALID;
        }
        size_t total = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
                       (size_t)bytes[3] << 24;
        if (total <= PAYLOAD_MAX || total > ipc_info(msg)->length_max ||
            ipc_info(msg)->fds != 0) {
            return ERR_INVALID;
        }
        c->total = total;
        c->whole = *header;
        buf_reset(&c->in);
        bytes += TOTAL_BYTES;
        length -= TOTAL_BYTES;
    } else if (header->flags != IPC_FLAG_NEXT || c->total == 0 ||
               header->number != c->whole.number || header->request != c->whole.request) {
        return ERR_INVALID;
    }
    size_t room = PAYLOAD_MAX - (header->flags == IPC_FLAG_FIRST ? TOTAL_BYTES : 0);
    size_t left = c->total - c->in.length;
    if (length != (left < room ? left : room)) {
        return ERR_INVALID;
    }
    buf_add(&c->in, bytes, length);
    if (buf_error(&c->in) != OK) {
        return buf_error(&c->in);
    }
    return c->in.length == c->total ? OK : ERR_AGAIN;
}

static enum err take_packet(
    struct ipc_channel *c, size_t length, struct ipc_received *out)
{
    struct ipc_header header = ipc_header_decode(c->packet);
    const uint8_t *bytes = c->packet + IPC_HEADER_BYTES;

    length -= IPC_HEADER_BYTES;
    if (header.length != length || check_header(c, &header, &out->msg) != OK) {
        return ERR_INVALID;
    }
    if (header.flags != 0 || c->total != 0) {
        enum err e = take_fragment(c, &header, out->msg, bytes, length);
        if (e != OK) {
            return e;
        }
        bytes = c->in.bytes;
        length = c->total;
        c->total = 0;
    }
    out->request = header.request;
    return ipc_decode(out->msg, bytes, length, &out->body);
}

/* What the last call handed out is over: memory that one large message took goes back. */
static void release_large(struct ipc_channel *c)
{
    if (c->in.capacity > KEPT_MAX) {
        mem_wipe(c->in.bytes, c->in.length);
        buf_fini(&c->in);
    }
}

static enum err receive_packets(struct ipc_channel *c, struct ipc_received *out)
{
    if (c->total == 0) {
        release_large(c);
    }
    for (;;) {
        size_t length = 0;
        enum err e = read_packet(c, &length, &out->fd);
        if (e == OK) {
            e = take_packet(c, length, out);
        }
        bool fragment = e == ERR_AGAIN && length > 0;
        bool expected = e == OK && (out->fd >= 0) == (ipc_info(out->msg)->fds == 1);
        if (!expected && out->fd >= 0) {
            (void)close(out->fd);
            out->fd = -1;
            return ERR_INVALID;
        }
        if (fragment) {
            continue;
        }
        return e == OK && !expected ? ERR_INVALID : e;
    }
}

static enum err read_stream(struct ipc_channel *c)
{
    uint8_t *room = buf_reserve(&c->in, STREAM_READ);
    ssize_t n;

    if (room == NULL) {
        return buf_error(&c->in);
    }
    do {
        n = recv(c->fd, room, STREAM_READ, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        return ERR_CLOSED;
    }
    if (n < 0) {
        return errno == EAGAIN ? ERR_AGAIN : errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
    }
    buf_grew(&c->in, (size_t)n);
    return OK;
}

/* The message at the front of what was read, if all of it is there. */
static enum err take_buffered(struct ipc_channel *c, struct ipc_received *out)
{
    size_t left = c->in.length - c->in_used;

    if (left < IPC_HEADER_BYTES) {
        return ERR_AGAIN;
    }
    const uint8_t *bytes = c->in.bytes + c->in_used;
    struct ipc_header header = ipc_header_decode(bytes);
    if (check_header(c, &header, &out->msg) != OK || header.flags != 0 ||
        header.length > ipc_info(out->msg)->length_max) {
        return ERR_INVALID;
    }
    if (left - IPC_HEADER_BYTES < header.length) {
        return ERR_AGAIN;
    }
    c->in_used += IPC_HEADER_BYTES + (size_t)header.length;
    out->request = header.request;
    return ipc_decode(out->msg, bytes + IPC_HEADER_BYTES, header.length, &out->body);
}

/* Bytes move to the front once a read, not once a message: a peer may send small ones. */
static enum err receive_stream(struct ipc_channel *c, struct ipc_received *out)
{
    for (int reads = 0;; reads++) {
        enum err e = take_buffered(c, out);
        if (e != ERR_AGAIN || reads == READS_A_CALL) {
            return e;
        }
        buf_consume(&c->in, c->in_used);
        c->in_used = 0;
        if (c->in.length == 0) {
            release_large(c);
        }
        e = read_stream(c);
        if (e != OK) {
            return e;
        }
    }
}

enum err ipc_channel_receive(struct ipc_channel *c, struct ipc_received *out)
{
    out->fd = -1;
    if (c->fd < 0) {
        return ERR_CLOSED;
    }
    enum err e =
        c->form == IPC_PACKETS ? receive_packets(c, out) : receive_stream(c, out);
    c->received += e == OK ? 1 : 0;
    return e;
}

bool ipc_channel_has_message(const struct ipc_channel *c)
{
    size_t left = c->in.length - c->in_used;
    enum ipc_msg msg;

    if (c->fd < 0 || c->form != IPC_STREAM || left < IPC_HEADER_BYTES) {
        return false;
    }
    struct ipc_header header = ipc_header_decode(c->in.bytes + c->in_used);
    return check_header(c, &header, &msg) != OK ||
           header.length > ipc_info(msg)->length_max ||
           left - IPC_HEADER_BYTES >= header.length;
}

enum err ipc_channel_wait(
    struct ipc_channel *c, int64_t deadline_ms, struct ipc_received *out)
{
    for (;;) {
        enum err e = ipc_channel_flush(c);
        if (e == OK) {
            e = ipc_channel_receive(c, out);
        }
        if (e != ERR_AGAIN) {
            return e;
        }
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - clock_mono_ms();
        if (deadline_ms >= 0 && left <= 0) {
            return ERR_TIMEOUT;
        }
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        p.events = (short)(p.events | (ipc_channel_wants_write(c) ? POLLOUT : 0));
        if (poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR) {
            return ERR_IO;
        }
    }
}

enum err ipc_pair(enum ipc_form form, int ends_out[2])
{
    int type = form == IPC_PACKETS ? SOCK_SEQPACKET : SOCK_STREAM;
    int ends[2];

    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return ERR_IO;
    }
    ends_out[0] = ends[0];
    ends_out[1] = ends[1];
    return OK;
}
