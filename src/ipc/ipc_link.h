/*
 * ipc_link - a channel that lives in an event loop.
 *
 * Messages go to the dispatch table; what can not be sent at once is sent when the socket
 * takes it. When the channel ends (closed, breached, or the loop fails) on_end is called
 * once; it may free the link. A handler may end the link that it serves, but not free it.
 *
 * Ownership: the link owns its channel; loop, table and context are borrowed.
 */
#ifndef IPC_LINK_H
#define IPC_LINK_H

#include "ipc_dispatch.h"
#include "loop.h"

struct ipc_link {
    struct ipc_channel channel;
    struct loop *loop;
    struct loop_watch watch;
    struct loop_timer again; /* more messages than the budget were read at once */
    const struct ipc_handler *handlers; /* IPC_MSG_COUNT rows */
    void *context;                      /* of the handlers and of on_end */
    void (*on_end)(void *context, enum err why);
    unsigned budget; /* messages handled before others get their turn */
};

/* Takes channel (initialised). on_end must not be NULL. */
enum err ipc_link_init(struct ipc_link *l, struct loop *loop, struct ipc_channel *channel,
    const struct ipc_handler handlers[IPC_MSG_COUNT], void *context,
    void (*on_end)(void *context, enum err why)) MUST_CHECK;
/* Harmless on a zeroed or finished link. */
void ipc_link_fini(struct ipc_link *l);
bool ipc_link_is_open(const struct ipc_link *l);

/* As ipc_channel_send(). An error does not call on_end: the caller decides. */
enum err ipc_link_send(struct ipc_link *l, enum ipc_msg msg, uint64_t request,
    const void *message, int fd) MUST_CHECK;

/*
 * Handles everything that is already there, for when another channel's message must not
 * be judged before it. May call on_end, after which the link is not touched.
 */
void ipc_link_drain(struct ipc_link *l);

/*
 * Stop or resume reading, to let a peer wait: from then on no message of it is handled. A
 * peer that leaves meanwhile ends the link, whatever it had sent.
 */
enum err ipc_link_pause(struct ipc_link *l, bool paused) MUST_CHECK;

#endif
