/*
 * gate_fetch - Fetch: exact byte ranges from store, under grants.
 *
 * One fetch session a connection (gate_fetch_session.h) says what a client reads, so that
 * it has to name only what changed, and hears only of what changed.
 */
#ifndef GATE_FETCH_H
#define GATE_FETCH_H

#include "gate.h"

/* Answers the request into g->out. */
enum err gate_fetch(
    struct gate *g, const struct wire_request_header *h, const void *request) MUST_CHECK;

#endif
