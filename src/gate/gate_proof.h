/*
 * gate_proof - the client's certificate, shown to broker for others to judge.
 *
 * Trust: nothing that this process says of a certificate is believed. It hands on the
 * handshake, which nobody can make up: client and server signed it.
 */
#ifndef GATE_PROOF_H
#define GATE_PROOF_H

#include "gate.h"

/* Once it is known which listeners there are. Refuses the start where certificates can
 * not be asked for. */
void gate_proof_prepare(struct gate *g);
/* Before the handshake: asks for what the client's listener wants. */
enum err gate_proof_ask(struct gate *g) MUST_CHECK;
/*
 * After the handshake: shows what came of it, and waits for the verdict. ERR_CLOSED: the
 * connection is to end.
 */
enum err gate_proof_show(struct gate *g, int64_t deadline_ms) MUST_CHECK;

#endif
