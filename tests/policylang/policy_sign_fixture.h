/* policy_sign_fixture - keys and signatures in minisign's form, made with libsodium. */
#ifndef POLICY_SIGN_FIXTURE_H
#define POLICY_SIGN_FIXTURE_H

#include "test.h"

#include "policy_manifest.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static inline struct policy_view fixture_view(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

struct fixture_key {
    uint8_t id[8];
    uint8_t public[32];
    uint8_t secret[64];
};

static inline struct fixture_key fixture_key_of(uint8_t number)
{
    struct fixture_key k;
    uint8_t seed[32];

    memset(seed, number, sizeof(seed));
    memset(k.id, number, sizeof(k.id));
    assert_int_equal(crypto_sign_seed_keypair(k.public, k.secret, seed), 0);
    return k;
}

static inline void fixture_add64(struct buf *out, const void *bytes, size_t length)
{
    char text[512];

    (void)sodium_bin2base64(
        text, sizeof(text), bytes, length, sodium_base64_VARIANT_ORIGINAL);
    buf_add_format(out, "%s\n", text);
}

static inline void fixture_public(const struct fixture_key *k, struct buf *out)
{
    uint8_t bytes[42] = "Ed";

    memcpy(bytes + 2, k->id, 8);
    memcpy(bytes + 10, k->public, 32);
    buf_add_text(out, "untrusted comment: of a test\n");
    fixture_add64(out, bytes, sizeof(bytes));
}

static inline void fixture_sign(const struct fixture_key *k, struct policy_view message,
    const char *comment, struct buf *out)
{
    uint8_t hash[64];
    uint8_t bytes[74] = "ED";
    uint8_t whole[64 + 256];
    uint8_t global[64];

    assert_int_equal(
        crypto_generichash(hash, sizeof(hash), message.ptr, message.len, NULL, 0), 0);
    memcpy(bytes + 2, k->id, 8);
    (void)crypto_sign_detached(bytes + 10, NULL, hash, sizeof(hash), k->secret);
    memcpy(whole, bytes + 10, 64);
    memcpy(whole + 64, comment, strlen(comment));
    (void)crypto_sign_detached(global, NULL, whole, 64 + strlen(comment), k->secret);
    buf_add_text(out, "untrusted comment: of a test\n");
    fixture_add64(out, bytes, sizeof(bytes));
    buf_add_format(out, "trusted comment: %s\n", comment);
    fixture_add64(out, global, sizeof(global));
}

#endif
