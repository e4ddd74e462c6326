/*
 * gate_scram - AlterUserScramCredentials, before broker hears of it: what logs somebody in
 * is sealed to the process that checks logins.
 *
 * Of each upsertion the salted password becomes a sealed credential, the salt nothing: so
 * broker, store and the log never hold either. One that can not be sealed (its salt or its
 * salted password have no fitting length, its mechanism is not known, or nobody takes
 * credentials of it) keeps neither; broker refuses it.
 *
 * Trust: the request is a client's; the key is broker's word. A broker that is taken over
 * could name a key of its own, and read what is set from then on.
 *
 * Ownership: the new request lives in the gate's arena.
 */
#ifndef GATE_SCRAM_H
#define GATE_SCRAM_H

#include "gate.h"

/* As many changes as broker takes in one request. */
#define GATE_SCRAM_CHANGES_MAX 10000

/* ERR_FULL: more changes than that. *sealed_out is the request that may leave. */
enum err gate_scram_seal(
    struct gate *g, const void *request, const void **sealed_out) MUST_CHECK;
/* Wipes the frame in hand: it held salted passwords. */
void gate_scram_forget(struct gate *g);

#endif
