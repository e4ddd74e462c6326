/*
 * gate_fetch - Fetch: exact byte ranges from store, under grants.
 *
 * No incremental fetch sessions are kept (session id 0 in every answer, which every
 * client takes).
 */
#ifndef GATE_FETCH_H
#define GATE_FETCH_H

#include "gate.h"

/* Answers the request into g->out. */
enum err gate_fetch(
    struct gate *g, const struct wire_request_header *h, const void *request) MUST_CHECK;

#endif
