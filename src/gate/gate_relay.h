/*
 * gate_relay - requests that broker decides and answers: in fixed form to it and back.
 *
 * Trust: broker is believed. Where it is gone, or can not be understood, the gate ends.
 *
 * Limits: one at a time. The answer lives in the arena of the request.
 */
#ifndef GATE_RELAY_H
#define GATE_RELAY_H

#include "gate.h"

/* Beyond the time to authenticate, for broker's answer. */
#define GATE_AUTH_GRACE_MS 5000

/* The answer goes out, too. ERR_CLOSED: answered, now end. */
enum err gate_relay(
    struct gate *g, const struct wire_request_header *h, const void *request) MUST_CHECK;
/* The same for AlterUserScramCredentials: what is secret in it is sealed before. */
enum err gate_relay_scram(
    struct gate *g, const struct wire_request_header *h, const void *request) MUST_CHECK;

/* Only asks; *answer holds broker's response. ERR_FULL: larger than it may be. */
enum err gate_relay_ask(struct gate *g, const struct wire_request_header *h,
    const void *request, bool raw_sasl, struct ipc_received *answer) MUST_CHECK;
/* Broker's answer, decoded; NULL when it can not be. */
void *gate_relay_answer(
    struct gate *g, const struct wire_api *api, const struct ipc_received *answer);

#endif
