/*
 * selftest_forge - handshakes with a client certificate, as a gate shows them to broker:
 * recorded from a genuine client, and made up from parts.
 *
 * A transcript is nine messages of TLS 1.3. What a forger can not have is a signature of
 * a key that is not his; everything else he can put together as he likes, and does.
 *
 * Ownership: a handshake owns its bytes; selftest_handshake_fini() frees them.
 */
#ifndef SELFTEST_FORGE_H
#define SELFTEST_FORGE_H

#include "selftest_certificate.h"
#include "selftest_intruder.h"

enum selftest_part {
    SELFTEST_CLIENT_HELLO,
    SELFTEST_SERVER_HELLO,
    SELFTEST_EXTENSIONS,
    SELFTEST_REQUEST,
    SELFTEST_SERVER_CERTIFICATE,
    SELFTEST_SERVER_VERIFY,
    SELFTEST_SERVER_FINISHED,
    SELFTEST_CLIENT_CERTIFICATE,
    SELFTEST_CLIENT_VERIFY,
    SELFTEST_PARTS
};

struct selftest_handshake {
    struct buf parts[SELFTEST_PARTS];
    size_t count; /* of those that are there */
    const EVP_MD *digest;
};

void selftest_handshake_fini(struct selftest_handshake *h);
/* Connects as that client, by whose name its files are called, and is let in. */
bool selftest_forge_record(const struct selftest_instance *i, const char *client,
    struct selftest_handshake *out);

/* The part is this certificate. */
bool selftest_forge_certificate(struct selftest_handshake *h, enum selftest_part part,
    const struct selftest_certificate *c);
/* What the holder of a key signs in this part: everything before it. */
size_t selftest_forge_text(
    const struct selftest_handshake *h, enum selftest_part part, uint8_t out[256]);
/* The part is this signature. */
bool selftest_forge_signature(struct selftest_handshake *h, enum selftest_part part,
    const void *signature, size_t length);
/* ... or one made with that key. */
bool selftest_forge_sign(struct selftest_handshake *h, enum selftest_part part,
    const struct selftest_certificate *by);

/* Everything, one after the other. out is initialised. */
void selftest_forge_join(const struct selftest_handshake *h, struct buf *out);

#endif
