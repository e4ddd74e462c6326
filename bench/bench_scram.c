#include "bench_scram.h"

#include "rand.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITERATIONS_MAX 1000000
#define BINDING        "c=biws" /* base64 of "n,,": no channel binding */

void bench_scram_begin(
    struct bench_scram *s, const char *user, char out[BENCH_SCRAM_TEXT])
{
    (void)snprintf(s->nonce, sizeof(s->nonce), "%016llx%016llx",
        (unsigned long long)rand_u64(), (unsigned long long)rand_u64());
    (void)snprintf(s->first_bare, sizeof(s->first_bare), "n=%.200s,r=%s", user, s->nonce);
    (void)snprintf(out, BENCH_SCRAM_TEXT, "n,,%.300s", s->first_bare);
}

static void hmac(
    const uint8_t key[BENCH_SCRAM_HASH], const char *text, uint8_t out[BENCH_SCRAM_HASH])
{
    if (HMAC(EVP_sha256(), key, BENCH_SCRAM_HASH, (const uint8_t *)text, strlen(text),
            out, NULL) == NULL) {
        fatal("there is no HMAC");
    }
}

static enum err salt(struct bench_scram_salted *s, const char *base64, int iterations,
    const char *password)
{
    uint8_t bytes[96];
    size_t length = strlen(base64);
    size_t padding = strspn(base64 + strcspn(base64, "="), "=");

    if (length == 0 || length > 88 || length % 4 != 0 || padding > 2 || iterations < 1 ||
        iterations > ITERATIONS_MAX ||
        EVP_DecodeBlock(bytes, (const uint8_t *)base64, (int)length) < 0) {
        return ERR_INVALID;
    }
    length = length / 4 * 3 - padding;
    if (length > sizeof(s->salt)) {
        return ERR_INVALID;
    }
    if (s->iterations == iterations && s->salt_length == length &&
        memcmp(s->salt, bytes, length) == 0) {
        return OK;
    }
    memcpy(s->salt, bytes, length);
    s->salt_length = length;
    s->iterations = iterations;
    return PKCS5_PBKDF2_HMAC(password, (int)strlen(password), bytes, (int)length,
               iterations, EVP_sha256(), BENCH_SCRAM_HASH, s->hash) == 1
               ? OK
               : ERR_NOMEM;
}

/* r=NONCE,s=SALT,i=ITERATIONS, in place; what follows is of no use. */
static enum err split(char *said, char **nonce, char **base64, int *iterations)
{
    char *salt_at = strstr(said, ",s=");
    char *count_at = salt_at == NULL ? NULL : strstr(salt_at, ",i=");

    if (strncmp(said, "r=", 2) != 0 || count_at == NULL) {
        return ERR_INVALID;
    }
    *salt_at = '\0';
    *count_at = '\0';
    *nonce = said + 2;
    *base64 = salt_at + 3;
    *iterations = (int)strtol(count_at + 3, NULL, 10);
    return OK;
}

static void make_proof(
    const struct bench_scram_salted *salted, const char *message, char out[64])
{
    uint8_t client_key[BENCH_SCRAM_HASH];
    uint8_t stored_key[BENCH_SCRAM_HASH];
    uint8_t proof[BENCH_SCRAM_HASH];

    hmac(salted->hash, "Client Key", client_key);
    if (EVP_Digest(
            client_key, sizeof(client_key), stored_key, NULL, EVP_sha256(), NULL) != 1) {
        fatal("there is no SHA-256");
    }
    hmac(stored_key, message, proof);
    for (size_t i = 0; i < sizeof(proof); i++) {
        proof[i] ^= client_key[i];
    }
    (void)EVP_EncodeBlock((uint8_t *)out, proof, sizeof(proof));
}

enum err bench_scram_prove(const struct bench_scram *s, const void *said, size_t length,
    const char *password, struct bench_scram_salted *salted, char out[BENCH_SCRAM_TEXT])
{
    char first[BENCH_SCRAM_TEXT];
    char parts[BENCH_SCRAM_TEXT];
    char message[4 * BENCH_SCRAM_TEXT];
    char proof[64];
    char *nonce = NULL;
    char *base64 = NULL;
    int iterations = 0;

    if (length >= sizeof(first)) {
        return ERR_INVALID;
    }
    memcpy(first, said, length);
    first[length] = '\0';
    memcpy(parts, first, sizeof(parts));
    enum err e = split(parts, &nonce, &base64, &iterations);
    if (e == OK && strncmp(nonce, s->nonce, strlen(s->nonce)) != 0) {
        e = ERR_INVALID;
    }
    e = e == OK ? salt(salted, base64, iterations, password) : e;
    if (e != OK) {
        return e;
    }
    (void)snprintf(
        message, sizeof(message), "%s,%s," BINDING ",r=%s", s->first_bare, first, nonce);
    make_proof(salted, message, proof);
    (void)snprintf(out, BENCH_SCRAM_TEXT, BINDING ",r=%.400s,p=%s", nonce, proof);
    return OK;
}
