/*
 * scram_message - the two messages of a SCRAM client (RFC 5802, section 7), taken apart
 * strictly.
 *
 * client-first: `n,,n=NAME,r=NONCE`, with `y` for `n`, an identity to act as (`a=`) and
 * extensions accepted. client-final: `c=BINDING,r=NONCE,p=PROOF`, extensions before the
 * proof accepted. Extensions that we do not know are ignored; they are part of what is
 * proved. Refused are channel binding (`p=`, nothing of the kind is offered), extensions
 * that must be understood (`m=`), the protocol's own letters in the place of an extension,
 * and tokenauth=true, by which Apache Kafka's clients ask for a delegation token to be
 * looked up.
 *
 * Trust: takes any bytes. Ownership: the views borrow the message; the name is a copy.
 *
 * Limits: SCRAM_MESSAGE_MAX bytes, nonces of 1 to SCRAM_CLIENT_NONCE_MAX of the client's
 * own, names of 1 to 255 bytes as users have them.
 */
#ifndef SCRAM_MESSAGE_H
#define SCRAM_MESSAGE_H

#include "scram_credential.h"
#include "users_file.h"

#include <schloss/auth_plugin.h>

#define SCRAM_MESSAGE_MAX      4096u
#define SCRAM_CLIENT_NONCE_MAX 256u
#define SCRAM_SERVER_NONCE     32u /* characters: base64 of 24 random bytes */
/* "n,a=", an identity of which each byte is escaped, and ",". */
#define SCRAM_GS2_MAX (5u + 3u * USERS_NAME_MAX)

struct scram_view {
    const char *bytes; /* not NUL-terminated */
    size_t length;
};

struct scram_first {
    struct scram_view gs2;  /* with the ',' that ends it */
    struct scram_view bare; /* all that follows */
    struct scram_view nonce;
    char name[USERS_NAME_MAX]; /* decoded; not NUL-terminated */
    size_t name_length;
};

struct scram_final {
    struct scram_view without_proof;
    struct scram_view binding; /* base64 of what should be the gs2 header */
    struct scram_view nonce;   /* the client's and the server's */
    uint8_t proof[SCRAM_HASH_MAX];
};

/* SCHLOSS_AUTH_REASON_NONE: well-formed, and *out is set. */
enum schloss_auth_reason scram_message_first(
    struct scram_first *out, const void *bytes, size_t length) MUST_CHECK;
/* The proof has exactly proof_size bytes, SCRAM_HASH_MAX at most. */
enum schloss_auth_reason scram_message_final(struct scram_final *out, size_t proof_size,
    const void *bytes, size_t length) MUST_CHECK;

#endif
