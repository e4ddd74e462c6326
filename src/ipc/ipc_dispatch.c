#include "ipc_dispatch.h"

#include <unistd.h>

enum err ipc_dispatch(struct ipc_channel *c,
    const struct ipc_handler handlers[IPC_MSG_COUNT], void *context, unsigned budget)
{
    struct ipc_received m;

    for (unsigned i = 0; i < budget; i++) {
        enum err e = ipc_channel_receive(c, &m);
        if (e == ERR_AGAIN) {
            return OK;
        }
        if (e != OK) {
            return e;
        }
        const struct ipc_handler *h = &handlers[m.msg];
        if (h->handle == NULL || (h->from & c->peer) == 0 ||
            (h->states & c->state) == 0) {
            if (m.fd >= 0) {
                (void)close(m.fd);
            }
            return ERR_INVALID;
        }
        e = h->handle(context, &m);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}
