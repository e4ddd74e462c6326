/*
 * gate_offsets - ListOffsets by time: the record itself, where store named its batch.
 *
 * Store reads no compressed records, since that is no work for who holds everybody's: it
 * names the batch. The gate of a client who may read the topic looks into it here. Who may
 * only describe the topic is told where the batch begins.
 */
#ifndef GATE_OFFSETS_H
#define GATE_OFFSETS_H

#include "gate.h"

struct list_offsets_request;
struct list_offsets_response;

/* Makes the rows of broker's answer exact, where that can be. */
void gate_offsets_refine(struct gate *g, const struct list_offsets_request *request,
    struct list_offsets_response *response);

#endif
