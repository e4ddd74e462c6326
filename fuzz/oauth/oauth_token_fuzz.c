/*
 * The first byte says how: a whole token as a peer would send it; or a header and, behind
 * an LF, claims, which are signed here with the fixed key, so that what stands behind the
 * signature is reached too.
 */
#include "oauth_token.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS 1500000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static struct {
    bool started;
    struct oauth_settings settings;
    struct oauth_jwks keys;
    EVP_PKEY *signer;
} world;

/* The key pair of RFC 8037 appendix A. */
static const uint8_t private_key[32] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60,
    0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
    0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
static const char jwks[] =
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

static void start(void)
{
    static const struct schloss_auth_setting settings[] = {
        {OAUTH_SET_AUDIENCE, "a,b"}, {OAUTH_SET_ISSUER, "i"}};
    struct oauth_jwks_problem problem;
    const char *key;
    const char *why;

    world.started = true;
    oauth_json_start();
    demand(oauth_settings_read(&world.settings, settings, 2, &key, &why) == OK);
    demand(oauth_jwks_load(&world.keys, jwks, sizeof(jwks) - 1, &problem) == OK);
    world.signer = EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, NULL, private_key, sizeof(private_key));
    demand(world.signer != NULL);
}

static size_t add_base64(char *out, size_t at, const uint8_t *bytes, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 6; held -= 6) {
            out[at] = digits[bits >> (held - 6) & 63];
            at++;
        }
    }
    if (held > 0) {
        out[at] = digits[bits << (6 - held) & 63];
        at++;
    }
    return at;
}

/* The token of a header and claims; out has room for twice the input and a signature. */
static size_t make_token(char *out, const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
    const size_t header = end == NULL ? size : (size_t)(end - data);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t signature[64];
    size_t signed_length = sizeof(signature);

    size_t length = add_base64(out, 0, data, header);
    out[length] = '.';
    length++;
    if (end != NULL) {
        length = add_base64(out, length, end + 1, size - header - 1);
    }
    demand(
        context != NULL &&
        EVP_DigestSignInit(context, NULL, NULL, NULL, world.signer) == 1 &&
        EVP_DigestSign(context, signature, &signed_length, (uint8_t *)out, length) == 1);
    EVP_MD_CTX_free(context);
    out[length] = '.';
    return add_base64(out, length + 1, signature, sizeof(signature));
}

static bool has(const uint8_t *data, size_t size, const char *text)
{
    return memmem(data, size, text, strlen(text)) != NULL;
}

static void check_identity(const struct oauth_identity *who)
{
    demand(who->name_length >= 1 && who->name_length <= USERS_NAME_MAX);
    demand(who->expires_ms > NOW_MS);
    demand(who->expires_ms <= NOW_MS + world.settings.lifetime_max_ms);
    for (size_t i = 0; i < who->name_length; i++) {
        demand((uint8_t)who->name[i] >= 0x20 && who->name[i] != 0x7f);
    }
}

static enum schloss_auth_reason check(
    const void *token, size_t length, struct oauth_identity *who)
{
    /* A block of its very size, so that one byte too far is noticed. */
    uint8_t *copy = calloc(1, length > 0 ? length : 1);

    demand(copy != NULL);
    if (length > 0) {
        memcpy(copy, token, length);
    }
    enum schloss_auth_reason reason = oauth_token_check(&world.settings, &world.keys,
        (struct schloss_auth_bytes){copy, length}, NOW_MS, who);
    demand(reason != SCHLOSS_AUTH_REASON_INTERNAL);
    free(copy);
    return reason;
}

/* Nobody comes in without the signature of the key. */
static void send_as_it_is(const uint8_t *data, size_t size)
{
    static const char known[] = /* signed for the corpus: the one that is let in */
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ."
        "eyJpc3MiOiJpIiwiYXVkIjoiYSIsInN1YiI6InUiLCJleHAiOjIwMDB9.";
    struct oauth_identity who;

    if (check(data, size, &who) == SCHLOSS_AUTH_REASON_NONE) {
        demand(size > sizeof(known) && memcmp(data, known, sizeof(known) - 1) == 0);
        check_identity(&who);
    }
}

static void send_signed(const uint8_t *data, size_t size)
{
    struct oauth_identity who;
    char *token = malloc(2 * size + 128);

    demand(token != NULL);
    size_t length = make_token(token, data, size);
    if (check(token, length, &who) == SCHLOSS_AUTH_REASON_NONE) {
        check_identity(&who);
        demand(length <= OAUTH_TOKEN_MAX);
        demand(has(data, size, "exp") || has(data, size, "\\"));
        demand(has(data, size, "aud") || has(data, size, "\\"));
        demand(has(data, size, "iss") || has(data, size, "\\"));
        token[length - 20] = token[length - 20] == 'A' ? 'B' : 'A';
        demand(check(token, length, &who) == SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE);
    }
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!world.started) {
        start();
    }
    if (size == 0) {
        return 0;
    }
    if (data[0] == 's') {
        send_signed(data + 1, size - 1);
    } else {
        send_as_it_is(data + 1, size - 1);
    }
    return 0;
}
