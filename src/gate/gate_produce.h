/*
 * gate_produce - Produce: every batch is checked here, then goes to store under a grant.
 *
 * The gate checks what a client deserves to hear about (codec, records, timestamps);
 * store checks again what protects the log, since a gate may have been taken over.
 */
#ifndef GATE_PRODUCE_H
#define GATE_PRODUCE_H

#include "gate.h"

/*
 * Answers the request into g->out; *answer_out false: acks=0, nothing is sent.
 * ERR_CLOSED: the connection has to end (acks=0 and something failed).
 */
enum err gate_produce(struct gate *g, const struct wire_request_header *h,
    const void *request, bool *answer_out) MUST_CHECK;

#endif
