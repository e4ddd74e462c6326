#include "oauth_token.h"

#include "mem.h"
#include "oauth_base64.h"

#include <string.h>
#include <strings.h>

enum part { HEADER, PAYLOAD, SIGNATURE, PARTS };

struct token {
    struct schloss_auth_bytes text[PARTS];
    struct schloss_auth_bytes decoded[PARTS];
    struct schloss_auth_bytes is_signed; /* header and payload with their dot */
};

/* Three parts between two dots, none of them empty. */
static bool split(struct token *t, struct schloss_auth_bytes whole)
{
    const char *pos = whole.bytes;
    size_t left = whole.length;

    for (unsigned part = 0; part < SIGNATURE; part++) {
        const char *dot = left == 0 ? NULL : memchr(pos, '.', left);
        if (dot == NULL || dot == pos) {
            return false;
        }
        t->text[part] = (struct schloss_auth_bytes){pos, (size_t)(dot - pos)};
        left -= (size_t)(dot - pos) + 1;
        pos = dot + 1;
    }
    t->text[SIGNATURE] = (struct schloss_auth_bytes){pos, left};
    t->is_signed = (struct schloss_auth_bytes){whole.bytes, whole.length - left - 1};
    return left > 0;
}

/* Behind each other into memory of as many bytes as the token has, which is more. */
static bool decode(struct token *t, uint8_t *memory, size_t size)
{
    for (unsigned part = 0; part < PARTS; part++) {
        size_t length;
        if (oauth_base64_decode(memory, size, t->text[part], &length) != OK) {
            return false;
        }
        t->decoded[part] = (struct schloss_auth_bytes){memory, length};
        memory += length;
        size -= length;
    }
    return true;
}

/* --- the header ------------------------------------------------------------------- */

static bool has_good_type(const json_t *header)
{
    static const char *const types[] = {
        "JWT", "application/jwt", "at+jwt", "application/at+jwt"};
    struct schloss_auth_bytes type;

    if (json_object_get(header, "typ") == NULL) {
        return true;
    }
    if (!oauth_json_text(header, "typ", &type)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (type.length == strlen(types[i]) &&
            strncasecmp(type.bytes, types[i], type.length) == 0) {
            return true;
        }
    }
    return false;
}

struct choice {
    const struct oauth_key *key;
    enum oauth_algorithm algorithm;
};

/* What the header asks for, as far as it is allowed. */
static enum schloss_auth_reason choose(const struct oauth_settings *settings,
    const struct oauth_jwks *keys, const json_t *header, struct choice *out)
{
    struct schloss_auth_bytes alg;
    struct schloss_auth_bytes kid;

    if (json_object_get(header, "crit") != NULL || !has_good_type(header)) {
        return SCHLOSS_AUTH_REASON_TOKEN_FORM;
    }
    if (!oauth_json_text(header, "alg", &alg) ||
        !oauth_algorithm_of(alg, &out->algorithm) ||
        (settings->algorithms & OAUTH_BIT(out->algorithm)) == 0) {
        return SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM;
    }
    if (!oauth_json_text(header, "kid", &kid)) {
        return SCHLOSS_AUTH_REASON_TOKEN_KEY;
    }
    out->key = oauth_jwks_find(keys, kid);
    if (out->key == NULL) {
        return SCHLOSS_AUTH_REASON_TOKEN_KEY;
    }
    return (out->key->algorithms & OAUTH_BIT(out->algorithm)) != 0
               ? SCHLOSS_AUTH_REASON_NONE
               : SCHLOSS_AUTH_REASON_TOKEN_ALGORITHM;
}

static enum schloss_auth_reason check_signature(const struct oauth_settings *settings,
    const struct oauth_jwks *keys, const struct token *t)
{
    const struct schloss_auth_bytes *bytes = &t->decoded[HEADER];
    struct choice choice = {.key = NULL};
    json_t *header = NULL;

    enum err e = oauth_json_parse(bytes->bytes, bytes->length, &header);
    if (e != OK) {
        return e == ERR_NOMEM ? SCHLOSS_AUTH_REASON_INTERNAL
                              : SCHLOSS_AUTH_REASON_TOKEN_FORM;
    }
    enum schloss_auth_reason reason = choose(settings, keys, header, &choice);
    json_decref(header);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    e = oauth_key_verify(
        choice.key, choice.algorithm, t->is_signed, t->decoded[SIGNATURE]);
    if (e == ERR_NOMEM) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    return e == OK ? SCHLOSS_AUTH_REASON_NONE : SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE;
}

/* --- the whole -------------------------------------------------------------------- */

static enum schloss_auth_reason check_decoded(const struct oauth_settings *settings,
    const struct oauth_jwks *keys, const struct token *t, int64_t now_ms,
    struct oauth_identity *out)
{
    const struct schloss_auth_bytes *bytes = &t->decoded[PAYLOAD];
    json_t *claims = NULL;

    enum schloss_auth_reason reason = check_signature(settings, keys, t);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    enum err e = oauth_json_parse(bytes->bytes, bytes->length, &claims);
    if (e != OK) {
        return e == ERR_NOMEM ? SCHLOSS_AUTH_REASON_INTERNAL
                              : SCHLOSS_AUTH_REASON_TOKEN_CLAIMS;
    }
    reason = oauth_claims_check(settings, claims, now_ms, out);
    json_decref(claims);
    return reason;
}

enum schloss_auth_reason oauth_token_check(const struct oauth_settings *settings,
    const struct oauth_jwks *keys, struct schloss_auth_bytes token, int64_t now_ms,
    struct oauth_identity *out)
{
    struct token t;
    enum schloss_auth_reason reason = SCHLOSS_AUTH_REASON_TOKEN_FORM;

    if (token.length > OAUTH_TOKEN_MAX || !split(&t, token)) {
        return SCHLOSS_AUTH_REASON_TOKEN_FORM;
    }
    uint8_t *memory = mem_alloc(1, token.length);
    if (memory == NULL) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    if (decode(&t, memory, token.length)) {
        reason = check_decoded(settings, keys, &t, now_ms, out);
    }
    mem_wipe(memory, token.length);
    mem_free(memory);
    return reason;
}
