#include "scram_client.h"

#include "test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 512

struct keys {
    const EVP_MD *digest;
    unsigned size;
    uint8_t client[64];
    uint8_t stored[64];
    uint8_t server[64];
};

static void hmac(const struct keys *k, const uint8_t *key, const char *text, uint8_t *out)
{
    unsigned length = 0;

    assert_non_null(HMAC(
        k->digest, key, (int)k->size, (const uint8_t *)text, strlen(text), out, &length));
    assert_int_equal(length, k->size);
}

static struct keys keys_of(const char *mechanism, const char *password,
    const uint8_t *salt, int salt_length, int iterations)
{
    struct keys k = {
        .digest = strcmp(mechanism, "SCRAM-SHA-256") == 0 ? EVP_sha256() : EVP_sha512()};
    uint8_t salted[64];

    k.size = (unsigned)EVP_MD_get_size(k.digest);
    assert_int_equal(PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, salt_length,
                         iterations, k.digest, (int)k.size, salted),
        1);
    hmac(&k, salted, "Client Key", k.client);
    hmac(&k, salted, "Server Key", k.server);
    assert_int_equal(EVP_Digest(k.client, k.size, k.stored, NULL, k.digest, NULL), 1);
    return k;
}

static const char *base64(const void *bytes, size_t length, char *out)
{
    (void)EVP_EncodeBlock((uint8_t *)out, bytes, (int)length);
    return out;
}

/* How many bytes that was. */
static int from_base64(const char *text, size_t length, uint8_t *out)
{
    int decoded = EVP_DecodeBlock(out, (const uint8_t *)text, (int)length);

    assert_true(decoded > 0);
    return decoded - (text[length - 1] == '=') - (text[length - 2] == '=');
}

/* Writes, or ends the test where it does not fit. */
__attribute__((format(printf, 3, 4))) static void write_text(
    char *out, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(out, size, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < size);
}

void scram_client_run(struct scram_client *c, const void *server_first, size_t length)
{
    char first[PIECE];
    char nonce[PIECE];
    char text[PIECE];
    char message[2 * SCRAM_CLIENT_MAX];
    uint8_t salt[PIECE];
    uint8_t proof[64];
    int iterations = 0;

    write_text(first, sizeof(first), "%.*s", (int)length, (const char *)server_first);
    assert_int_equal(
        sscanf(first, "r=%511[^,],s=%511[^,],i=%d", nonce, text, &iterations), 3);
    int salt_length = from_base64(text, strlen(text), salt);
    const struct keys k =
        keys_of(c->mechanism, c->password, salt, salt_length, iterations);
    write_text(c->final, sizeof(c->final), "c=%s,r=%s",
        base64(c->gs2, strlen(c->gs2), text), nonce);
    write_text(message, sizeof(message), "%s,%s,%s", c->bare, first, c->final);
    hmac(&k, k.stored, message, proof);
    for (unsigned i = 0; i < k.size; i++) {
        proof[i] ^= k.client[i];
    }
    const size_t used = strlen(c->final);
    write_text(
        c->final + used, sizeof(c->final) - used, ",p=%s", base64(proof, k.size, text));
    hmac(&k, k.server, message, proof);
    write_text(
        c->server_final, sizeof(c->server_final), "v=%s", base64(proof, k.size, text));
}

void scram_client_line(const char *name, const char *mechanism, const char *password,
    const char *salt, int iterations, char *out, size_t size)
{
    char salt_text[128];
    char stored[128];
    char server[128];
    const struct keys k = keys_of(
        mechanism, password, (const uint8_t *)salt, (int)strlen(salt), iterations);

    write_text(out, size, "%s:%s$%d:%s$%s:%s\n", name, mechanism, iterations,
        base64(salt, strlen(salt), salt_text), base64(k.stored, k.size, stored),
        base64(k.server, k.size, server));
}
