/*
 * policy_signature - detached Ed25519 signatures in the form of minisign.
 *
 * A signature file has four lines: an untrusted comment, the signature with the id of its
 * key, a trusted comment, and a second signature over the first one and that comment. The
 * legacy kind `Ed` signs the bytes themselves, `ED` their BLAKE2b of 64 bytes. A public
 * key file has two lines: an untrusted comment, and the key with its id.
 *
 * Trust: files and messages may hold any bytes. An id only says which key to try; what
 * counts is the key.
 *
 * Ownership: a parsed signature borrows its trusted comment from the text.
 */
#ifndef POLICY_SIGNATURE_H
#define POLICY_SIGNATURE_H

#include "policy.h"

#include <stdint.h>

#define POLICY_SIGNATURE_TEXT_MAX    ((size_t)4096) /* of a file of either kind */
#define POLICY_SIGNATURE_COMMENT_MAX ((size_t)1024)
#define POLICY_SIGNATURE_ID_BYTES    8
#define POLICY_SIGNATURE_KEY_BYTES   32
#define POLICY_SIGNATURE_BYTES       64
#define POLICY_SIGNATURE_ID_TEXT     17 /* hex digits as minisign shows them, and NUL */

struct policy_signature_key {
    uint8_t id[POLICY_SIGNATURE_ID_BYTES];
    uint8_t key[POLICY_SIGNATURE_KEY_BYTES];
};

struct policy_signature {
    bool is_hashed;
    uint8_t id[POLICY_SIGNATURE_ID_BYTES];
    uint8_t bytes[POLICY_SIGNATURE_BYTES];
    uint8_t whole[POLICY_SIGNATURE_BYTES]; /* over `bytes` and the trusted comment */
    struct policy_view comment; /* the trusted one; no control character but tab */
};

enum policy_signature_verdict {
    POLICY_SIGNATURE_GOOD,
    POLICY_SIGNATURE_OTHER_KEY,     /* its id is not this key's */
    POLICY_SIGNATURE_OTHER_MESSAGE, /* not made by this key over these bytes */
    POLICY_SIGNATURE_OTHER_COMMENT, /* the trusted comment was changed */
};

/* False: not in that form. */
bool policy_signature_key_parse(
    struct policy_view text, struct policy_signature_key *out) MUST_CHECK;
bool policy_signature_parse(
    struct policy_view text, struct policy_signature *out) MUST_CHECK;
enum policy_signature_verdict policy_signature_verify(const struct policy_signature *s,
    const struct policy_signature_key *key, struct policy_view message);
void policy_signature_id_text(
    const uint8_t id[POLICY_SIGNATURE_ID_BYTES], char out[POLICY_SIGNATURE_ID_TEXT]);

#endif
