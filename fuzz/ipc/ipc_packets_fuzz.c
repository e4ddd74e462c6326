#include "ipc_channel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * First byte: who reads (bits 3-5) and who sends (bits 0-2). Then packets: a control byte
 * (bits 0-1: how many descriptors; bit 2: zeros follow, up to the largest packet), u16
 * length, bytes.
 */
#define PACKET    65536
#define FILL      0x04
#define PACKETS   8
#define ROLE_MASK 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static uint8_t packet[PACKET];

/* Takes one packet off the input; returns its length, 0 at the end. */
static size_t next_packet(const uint8_t **data, size_t *size, size_t *descriptors_out)
{
    if (*size < 3) {
        return 0;
    }
    uint8_t control = (*data)[0];
    size_t length = (size_t)(*data)[1] | (size_t)(*data)[2] << 8;
    *data += 3;
    *size -= 3;
    length = length < *size ? length : *size;
    memcpy(packet, *data, length);
    *data += length;
    *size -= length;
    *descriptors_out = control & 3;
    if ((control & FILL) != 0) {
        memset(packet + length, 0, PACKET - length);
        length = PACKET;
    }
    return length;
}

static void send_packet(int fd, size_t length, size_t descriptors)
{
    struct iovec iov = {.iov_base = packet, .iov_len = length};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(3 * sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

    if (descriptors > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(descriptors * sizeof(int));
        for (size_t i = 0; i < descriptors; i++) {
            memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &fd, sizeof(int));
        }
    }
    demand(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length);
}

static void check(const struct ipc_channel *c, const struct ipc_received *m)
{
    const struct ipc_info *info = ipc_info(m->msg);
    struct buf out;

    demand((info->from & c->peer) != 0 && (info->to & c->self) != 0);
    demand((m->fd >= 0) == (info->fds == 1));
    buf_init(&out, info->length_max);
    ipc_encode(m->msg, &m->body, &out);
    demand(buf_error(&out) == OK);
    buf_fini(&out);
    if (m->fd >= 0) {
        (void)close(m->fd);
    }
}

/* The number that the next descriptor would get: the same as before, or one stayed. */
static int next_descriptor(void)
{
    int fd = dup(STDOUT_FILENO);

    demand(fd >= 0);
    (void)close(fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipc_channel c;
    int ends[2];
    size_t descriptors;

    if (size == 0) {
        return 0;
    }
    int before = next_descriptor();
    enum ipc_role self = (enum ipc_role)(1 << (data[0] >> 3 & ROLE_MASK));
    enum ipc_role peer = (enum ipc_role)(1 << (data[0] & ROLE_MASK));
    data++;
    size--;
    demand(ipc_pair(IPC_PACKETS, ends) == OK);
    demand(ipc_channel_init(&c, ends[0], IPC_PACKETS, self, peer, 0) == OK);
    enum err e = OK;
    for (int i = 0; i < PACKETS && (e == OK || e == ERR_AGAIN); i++) {
        struct ipc_received m;
        size_t length = next_packet(&data, &size, &descriptors);
        if (length == 0) {
            break;
        }
        send_packet(ends[1], length, descriptors);
        e = ipc_channel_receive(&c, &m);
        demand(e == OK || e == ERR_AGAIN || e == ERR_INVALID);
        demand(e == OK || m.fd == -1);
        if (e == OK) {
            check(&c, &m);
        }
    }
    ipc_channel_fini(&c);
    (void)close(ends[1]);
    demand(next_descriptor() == before);
    return 0;
}
