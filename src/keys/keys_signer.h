/*
 * keys_signer - a private key that this library does not hold: somebody else signs.
 *
 * Without one the key comes from a file and OpenSSL signs; see src/token for the other.
 *
 * Ownership: context is the signer's; it lasts as long as the process.
 */
#ifndef KEYS_SIGNER_H
#define KEYS_SIGNER_H

#include "ipc_channel.h"
#include "keys_key.h"

#define KEYS_SIGNATURE_MAX 512 /* RSA-4096 */
#define KEYS_TEXT_MAX      512 /* as SIGN has it */

/* What is to be signed. */
struct keys_order {
    enum keys_type type;
    bool pss;             /* RSA: PSS, with as much salt as digest; else PKCS#1 1.5 */
    const char *digest;   /* "SHA256" and the like; NULL: Ed25519 */
    const uint8_t *bytes; /* that digest of the text; of Ed25519 the text itself */
    size_t length;
};

struct keys_signer {
    void *context;
    /* A message of the warden that is for it alone. */
    enum err (*given)(void *context, const struct ipc_received *m) MUST_CHECK;
    /* fd: what unlocks the key; borrowed. ERR_INVALID with the problem said. */
    enum err (*open)(void *context, enum keys_type type, int fd,
        struct keys_problem *problem) MUST_CHECK;
    /* ERR_IO, after a line in the log. */
    enum err (*sign)(void *context, const struct keys_order *order,
        uint8_t signature[KEYS_SIGNATURE_MAX], size_t *length_out) MUST_CHECK;
    /* What it reads while it signs: descriptors of files and directories; borrowed. */
    const int *(*paths)(void *context, size_t *count_out);
};

#endif
