/*
 * ipc_channel - one socketpair between two processes: whole messages in, whole messages
 * out.
 *
 * Trust: the other end may have been taken over. What it may send is in the catalogue and
 * in the receiving process's dispatch table (ipc_dispatch.h); here a message is complete,
 * its number known, its sender allowed to send it to us, its length bounded before
 * anything is allocated, and exactly as many descriptors came with it as the catalogue
 * says. Any breach is ERR_INVALID, after which the channel is of no more use: close it,
 * and end the gate behind it. Gates' messages are read without room for descriptors, so
 * the kernel drops what they attach.
 *
 * Ownership: the channel owns its descriptor and its queues. What ipc_channel_receive()
 * hands out borrows the channel's buffer until the next call; a received descriptor
 * belongs to the caller.
 *
 * Never blocks: what can not be sent now is queued up to queue_max bytes (ERR_FULL
 * above).
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include "ipc_message.h"

#include <stdbool.h>

/* Packets keep their borders and may carry descriptors; a stream is for bulk between gate
 * and store. */
enum ipc_form { IPC_PACKETS, IPC_STREAM };

struct ipc_channel {
    int fd;
    enum ipc_role self;
    enum ipc_role peer;
    enum ipc_form form;
    unsigned state; /* of the dispatch table; one bit */
    size_t queue_max;
    struct ipc_packet *first; /* not yet sent, the oldest first */
    struct ipc_packet *last;
    size_t queued;
    struct buf in;   /* the message being received */
    size_t in_used;  /* stream: bytes of `in` that were handed out already */
    uint8_t *packet; /* packets: one read */
    size_t total;    /* fragments: how many bytes the whole has, 0 between messages */
    struct ipc_header whole; /* fragments: the header of the first */
    uint64_t received;       /* messages so far, for budgets */
};

struct ipc_received {
    enum ipc_msg msg;
    uint64_t request;
    union ipc_any body;
    int fd; /* -1: none */
};

/* Takes fd (every call is non-blocking, whatever its flags). queue_max: bytes that may
 * wait to be sent. */
enum err ipc_channel_init(struct ipc_channel *c, int fd, enum ipc_form form,
    enum ipc_role self, enum ipc_role peer, size_t queue_max) MUST_CHECK;
/* Closes and wipes; harmless on a zeroed or finished channel (fd -1). */
void ipc_channel_fini(struct ipc_channel *c);

/*
 * Queues one message and sends what the socket takes. fd: -1, or a descriptor that goes
 * along (borrowed; only the warden can let it wait in the queue). OK, ERR_FULL,
 * ERR_CLOSED, ERR_NOMEM or ERR_IO. ERR_FULL and ERR_NOMEM: nothing of it was queued.
 */
enum err ipc_channel_send(struct ipc_channel *c, enum ipc_msg msg, uint64_t request,
    const void *message, int fd) MUST_CHECK;
/* Sends what is queued. OK also when some is left: see ipc_channel_wants_write(). */
enum err ipc_channel_flush(struct ipc_channel *c) MUST_CHECK;
bool ipc_channel_wants_write(const struct ipc_channel *c);

/*
 * The next whole message. ERR_AGAIN: none there now. ERR_CLOSED: the other end is gone.
 * ERR_INVALID: it broke a rule. ERR_NOMEM, ERR_IO.
 */
enum err ipc_channel_receive(struct ipc_channel *c, struct ipc_received *out) MUST_CHECK;

/* Wipes what was received last: for messages that carry a password. Its views are gone then. */
void ipc_channel_forget(struct ipc_channel *c);

/*
 * A whole message of a stream (or one that will be refused) was read but not handed out
 * yet: epoll does not tell of it. Always false for packets.
 */
bool ipc_channel_has_message(const struct ipc_channel *c);

/*
 * For sequential programs: flush, then wait until a message is there or the deadline
 * (monotonic ms; negative: none) passed: ERR_TIMEOUT.
 */
enum err ipc_channel_wait(
    struct ipc_channel *c, int64_t deadline_ms, struct ipc_received *out) MUST_CHECK;

/* A connected pair, close-on-exec; ends_out[0] and [1] are alike. */
enum err ipc_pair(enum ipc_form form, int ends_out[2]) MUST_CHECK;

#endif
