/*
 * gate_frame - when the next request is read, and how much of it at once.
 *
 * A client that was told to wait is not read before its time is over. Of a large request
 * the rest stays in the kernel until broker has memory for it (broker_room.h).
 */
#ifndef GATE_FRAME_H
#define GATE_FRAME_H

#include "gate.h"

/* The next request into g->frame, without its length. ERR_CLOSED: the client left, or said
 * what can not be; ERR_TIMEOUT: it was silent. */
enum err gate_frame_read(struct gate *g) MUST_CHECK;
/* The request in hand is answered: its memory is given back. */
void gate_frame_end(struct gate *g);

#endif
