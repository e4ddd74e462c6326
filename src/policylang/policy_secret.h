/*
 * policy_secret - secret keys that sign policies, in the form of minisign.
 *
 * A key file is either plain or encrypted with a password through scrypt.
 *
 * Trust: a key file may hold any bytes; what it asks scrypt to spend is bounded by what
 * minisign itself asks for (1 GiB).
 *
 * Ownership: values only; whoever has a struct policy_secret wipes it with _fini().
 */
#ifndef POLICY_SECRET_H
#define POLICY_SECRET_H

#include "buf.h"
#include "mem.h"
#include "policy_signature.h"

struct policy_secret {
    uint8_t id[POLICY_SIGNATURE_ID_BYTES];
    uint8_t key[64]; /* as libsodium has it: seed and public key */
};

bool policy_secret_is_encrypted(struct policy_view text);
/* password: NULL or empty for a plain one. ERR_INVALID: no such file; ERR_DENIED: another
 * password; ERR_NOMEM: not the memory that scrypt takes. */
enum err policy_secret_parse(struct policy_view text, const struct secret *password,
    struct policy_secret *out) MUST_CHECK;
enum err policy_secret_make(struct policy_secret *out) MUST_CHECK;
void policy_secret_fini(struct policy_secret *s);

/* A key file; out holds the secret, encrypted where there is a password. */
enum err policy_secret_write(const struct policy_secret *s, const struct secret *password,
    struct buf *out) MUST_CHECK;
void policy_secret_write_public(const struct policy_secret *s, struct buf *out);
/* A signature file. comment: the trusted one, at most POLICY_SIGNATURE_COMMENT_MAX bytes,
 * one line. */
enum err policy_secret_sign(const struct policy_secret *s, struct policy_view message,
    const char *comment, struct buf *out) MUST_CHECK;

#endif
