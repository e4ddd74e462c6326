#include "seal_credential.h"

#include "mem.h"

#include <sodium.h>
#include <string.h>

#define TEXT_VERSION 1

static const struct {
    const char *name;
    size_t size;
} mechanisms[] = {
    [SEAL_SCRAM_SHA_256] = {"SCRAM-SHA-256", crypto_auth_hmacsha256_BYTES},
    [SEAL_SCRAM_SHA_512] = {"SCRAM-SHA-512", crypto_auth_hmacsha512_BYTES},
};

enum err seal_prepare(void)
{
    return sodium_init() < 0 ? ERR_UNSUPPORTED : OK;
}

static bool is_mechanism(uint8_t mechanism)
{
    return mechanism < sizeof(mechanisms) / sizeof(mechanisms[0]) &&
           mechanisms[mechanism].name != NULL;
}

size_t seal_hash_size(uint8_t mechanism)
{
    return is_mechanism(mechanism) ? mechanisms[mechanism].size : 0;
}

const char *seal_mechanism_name(uint8_t mechanism)
{
    return is_mechanism(mechanism) ? mechanisms[mechanism].name : NULL;
}

bool seal_credential_is_good(const struct seal_credential *c)
{
    return is_mechanism(c->mechanism) && c->iterations >= SEAL_ITERATIONS_MIN &&
           c->iterations <= SEAL_ITERATIONS_MAX && c->name_length >= 1 &&
           c->name_length <= SEAL_NAME_MAX && c->salt_length >= SEAL_SALT_MIN &&
           c->salt_length <= SEAL_SALT_MAX;
}

/* --- from a salted password ------------------------------------------------------- */

static void hmac(uint8_t mechanism, const uint8_t *key, const char *text, uint8_t *out)
{
    const uint8_t *bytes = (const uint8_t *)text;
    crypto_auth_hmacsha256_state small;
    crypto_auth_hmacsha512_state large;

    if (mechanism == SEAL_SCRAM_SHA_256) {
        (void)crypto_auth_hmacsha256_init(&small, key, mechanisms[mechanism].size);
        (void)crypto_auth_hmacsha256_update(&small, bytes, strlen(text));
        (void)crypto_auth_hmacsha256_final(&small, out);
        mem_wipe(&small, sizeof(small));
    } else {
        (void)crypto_auth_hmacsha512_init(&large, key, mechanisms[mechanism].size);
        (void)crypto_auth_hmacsha512_update(&large, bytes, strlen(text));
        (void)crypto_auth_hmacsha512_final(&large, out);
        mem_wipe(&large, sizeof(large));
    }
}

void seal_credential_derive(struct seal_credential *c, const uint8_t *salted_password)
{
    uint8_t client_key[SEAL_HASH_MAX];

    INVARIANT(is_mechanism(c->mechanism));
    memset(c->stored_key, 0, sizeof(c->stored_key));
    memset(c->server_key, 0, sizeof(c->server_key));
    hmac(c->mechanism, salted_password, "Client Key", client_key);
    if (c->mechanism == SEAL_SCRAM_SHA_256) {
        (void)crypto_hash_sha256(
            c->stored_key, client_key, mechanisms[c->mechanism].size);
    } else {
        (void)crypto_hash_sha512(
            c->stored_key, client_key, mechanisms[c->mechanism].size);
    }
    hmac(c->mechanism, salted_password, "Server Key", c->server_key);
    mem_wipe(client_key, sizeof(client_key));
}

/* --- text ------------------------------------------------------------------------- */

static size_t put_number(uint8_t *out, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        out[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    return width;
}

static size_t put_bytes(uint8_t *out, const uint8_t *bytes, size_t length)
{
    out[0] = (uint8_t)length;
    memcpy(out + 1, bytes, length);
    return 1 + length;
}

size_t seal_credential_encode(const struct seal_credential *c, uint8_t out[SEAL_TEXT_MAX])
{
    size_t at = 0;

    INVARIANT(seal_credential_is_good(c));
    const size_t size = mechanisms[c->mechanism].size;
    out[at++] = TEXT_VERSION;
    out[at++] = c->mechanism;
    at += put_number(out + at, c->iterations, sizeof(c->iterations));
    at += put_number(out + at, c->serial, sizeof(c->serial));
    at += put_bytes(out + at, c->name, c->name_length);
    at += put_bytes(out + at, c->salt, c->salt_length);
    memcpy(out + at, c->stored_key, size);
    memcpy(out + at + size, c->server_key, size);
    return at + 2 * size;
}

/* What is left of a text; what is behind its end reads as nothing, and is remembered. */
struct cursor {
    const uint8_t *at;
    size_t left;
    bool broken;
};

static bool take(struct cursor *c, void *out, size_t length)
{
    if (c->broken || length > c->left) {
        c->broken = true;
        return false;
    }
    if (length > 0) {
        memcpy(out, c->at, length);
    }
    c->at += length;
    c->left -= length;
    return true;
}

static uint64_t take_number(struct cursor *c, size_t width)
{
    uint8_t bytes[sizeof(uint64_t)];
    uint64_t value = 0;

    if (take(c, bytes, width)) {
        for (size_t i = 0; i < width; i++) {
            value = value << 8 | bytes[i];
        }
    }
    return value;
}

static size_t take_bytes(struct cursor *c, uint8_t *out, size_t max)
{
    const size_t length = (size_t)take_number(c, 1);

    if (length > max) {
        c->broken = true;
    }
    return take(c, out, length) ? length : 0;
}

static enum err decode(struct cursor *c, struct seal_credential *out)
{
    const uint64_t version = take_number(c, 1);

    out->mechanism = (uint8_t)take_number(c, 1);
    out->iterations = (uint32_t)take_number(c, sizeof(out->iterations));
    out->serial = take_number(c, sizeof(out->serial));
    out->name_length = take_bytes(c, out->name, sizeof(out->name));
    out->salt_length = take_bytes(c, out->salt, sizeof(out->salt));
    if (c->broken || version != TEXT_VERSION || !seal_credential_is_good(out)) {
        return ERR_INVALID;
    }
    const size_t size = mechanisms[out->mechanism].size;
    return take(c, out->stored_key, size) && take(c, out->server_key, size) &&
                   c->left == 0
               ? OK
               : ERR_INVALID;
}

enum err seal_credential_decode(
    const uint8_t *text, size_t length, struct seal_credential *out)
{
    struct seal_credential credential;
    struct cursor c = {.at = text, .left = length};

    memset(&credential, 0, sizeof(credential));
    enum err e = decode(&c, &credential);
    if (e == OK) {
        *out = credential;
    }
    mem_wipe(&credential, sizeof(credential));
    return e;
}

bool seal_credential_is_of(const struct seal_credential *c, const void *name,
    size_t name_length, uint8_t mechanism, uint32_t iterations)
{
    return c->mechanism == mechanism && c->iterations == iterations &&
           c->name_length == name_length && memcmp(c->name, name, name_length) == 0;
}
