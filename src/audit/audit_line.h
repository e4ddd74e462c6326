/*
 * audit_line - one event as one line of JSON.
 *
 * Trust: events come from broker, keys and warden, and carry text that a peer chose.
 * Everything is escaped and bounded; no field holds payload or a secret.
 */
#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include "buf.h"
#include "ipc_message.h"

/* Appends the line but for its end, which seals it. source: who sent the event, which the
 * socket proves. */
void audit_line_add(struct buf *out, uint64_t sequence, enum ipc_role source,
    const struct ipc_event *event);

#endif
