/*
 * scram_exchange - the server's side of one SCRAM login (RFC 5802, section 3).
 *
 *     scram_exchange_first()  client-first in, server-first out
 *     scram_exchange_check()  is this client-final part of this exchange
 *     scram_exchange_prove()  is its proof that of the user; server-final out
 *
 * A client-final must repeat the whole nonce, the client's and ours (to compare only one
 * half would let a recorded exchange be sent again), and as channel binding the very gs2
 * header of its client-first. Unknown users, disabled ones and wrong proofs cost the same
 * and are answered alike.
 *
 * Trust: messages are a peer's. Ownership: owns a copy of what the proof is computed over
 * and of the credential, and wipes them. The lookup is borrowed for a call.
 *
 * Limits: those of scram_message.h.
 */
#ifndef SCRAM_EXCHANGE_H
#define SCRAM_EXCHANGE_H

#include "scram_lookup.h"
#include "scram_message.h"

#define SCRAM_SERVER_FIRST_MAX                                                           \
    (sizeof("r=,s=,i=1000000") + SCRAM_CLIENT_NONCE_MAX + SCRAM_SERVER_NONCE +           \
        SCRAM_BASE64_LENGTH(SCRAM_SALT_MAX))
#define SCRAM_SERVER_FINAL_MAX (sizeof("v=") + SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX))

struct scram_exchange {
    enum scram_mechanism mechanism;
    struct scram_credential credential;
    bool known;
    char name[USERS_NAME_MAX];
    size_t name_length;
    struct secret bare; /* client-first without its gs2 header */
    char binding[SCRAM_BASE64_LENGTH(SCRAM_GS2_MAX) + 1]; /* what c= must be */
    char server_first[SCRAM_SERVER_FIRST_MAX];            /* r=NONCE,s=...,i=... */
    size_t server_first_length;
    size_t nonce_length; /* of both, at server_first + 2 */
};

enum scram_proof {
    SCRAM_PROVED = 0x39,
    SCRAM_WRONG = 0x5c,
    SCRAM_UNKNOWN = 0xa6,  /* no such user, or not with this mechanism */
    SCRAM_DISABLED = 0xc5, /* right or wrong */
};

void scram_exchange_init(struct scram_exchange *x, enum scram_mechanism mechanism);
void scram_exchange_fini(struct scram_exchange *x);
/* SCRAM_SERVER_NONCE random printable characters. */
void scram_exchange_nonce(char out[SCRAM_SERVER_NONCE + 1]);

/* Once. NONE: x->server_first is the answer. nonce: ours. */
enum schloss_auth_reason scram_exchange_first(struct scram_exchange *x,
    struct scram_lookup *l, const struct scram_part *message,
    const char *nonce) MUST_CHECK;
/* Behind scram_exchange_first(). NONE: *out is what scram_exchange_prove() takes. */
enum schloss_auth_reason scram_exchange_check(const struct scram_exchange *x,
    const struct scram_part *message, struct scram_final *out) MUST_CHECK;
/* answer_out: server-final, NUL-terminated; written with SCRAM_PROVED only. An error: it
 * could not be computed. */
enum err scram_exchange_prove(const struct scram_exchange *x, struct scram_crypto *crypto,
    const struct scram_final *final, enum scram_proof *proof_out,
    char answer_out[SCRAM_SERVER_FINAL_MAX]) MUST_CHECK;

/* Behind it: whether the credential is still the user's. Another may have been set, or it
 * may have been taken away, since the client was told its salt. */
enum err scram_exchange_is_current(
    const struct scram_exchange *x, struct scram_lookup *l, bool *current_out) MUST_CHECK;

#endif
