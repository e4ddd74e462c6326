/*
 * gate_versions - ApiVersions, which the gate answers by itself: the list is no secret
 * and the same for everybody, also before authentication.
 */
#ifndef GATE_VERSIONS_H
#define GATE_VERSIONS_H

#include "gate.h"
#include "wire_api_versions.h"

/* Answers into g->out; *accepted_out: without an error code. A version that we do not
 * know gets error 35 in the v0 layout (KIP-511). */
enum err gate_versions(struct gate *g, const struct wire_request_header *h,
    const struct api_versions_request *request, bool *accepted_out) MUST_CHECK;
enum err gate_versions_unsupported(struct gate *g, int32_t correlation_id) MUST_CHECK;

#endif
