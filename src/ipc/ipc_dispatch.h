/*
 * ipc_dispatch - one table a process: which message is taken in which state, and by whom.
 *
 * The catalogue says who may send what to whom; the table says when. A message without a
 * row, or in a state that its row does not name, is a violation: ERR_INVALID, and the
 * caller ends that channel (and the gate behind it), never the process.
 */
#ifndef IPC_DISPATCH_H
#define IPC_DISPATCH_H

#include "ipc_channel.h"

#define IPC_ANY_STATE (~0u)

struct ipc_handler {
    unsigned from; /* roles that may send it to this process; subset of the catalogue's */
    unsigned states; /* bits of ipc_channel.state in which it is taken; 0: no such row */
    /* Borrow: the message and its views live until the handler returns. Takes m->fd. */
    enum err (*handle)(void *context, const struct ipc_received *m);
};

/*
 * Receives and handles until nothing is there (OK), at most `budget` messages; any other
 * result ends the channel: ERR_CLOSED, ERR_INVALID (a breach), or what a handler
 * returned.
 */
enum err ipc_dispatch(struct ipc_channel *c,
    const struct ipc_handler handlers[IPC_MSG_COUNT], void *context,
    unsigned budget) MUST_CHECK;

#endif
