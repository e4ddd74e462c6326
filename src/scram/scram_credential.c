#include "scram_credential.h"

#include "mem.h"
#include "rand.h"
#include "text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* libsodium takes some bytes above 0x7f for letters: only what it would write itself is
 * right. */
bool scram_base64_decode(
    const char *text, size_t length, uint8_t *out, size_t max, size_t *length_out)
{
    char again[SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX) + 1];
    size_t decoded = 0;

    INVARIANT(max <= SCRAM_HASH_MAX);
    if (length >= sizeof(again) ||
        sodium_base642bin(out, max, text, length, NULL, &decoded, NULL,
            sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    scram_base64_encode(out, decoded, again);
    const bool same =
        strlen(again) == length && mem_equal_constant_time(again, text, length);
    mem_wipe(again, sizeof(again));
    *length_out = decoded;
    return same;
}

void scram_base64_encode(const uint8_t *bytes, size_t length, char *out)
{
    (void)sodium_bin2base64(out, SCRAM_BASE64_LENGTH(length) + 1, bytes, length,
        sodium_base64_VARIANT_ORIGINAL);
}

/* --- text ------------------------------------------------------------------------- */

/* What is left of a text, part by part. */
struct cursor {
    const char *start;
    const char *pos;
    const char *end;
};

/* The bytes before the next separator, which is stepped over; NULL: there is none. */
static const char *take_part(struct cursor *c, char separator, size_t *length_out)
{
    const char *part = c->pos;
    const char *found = memchr(part, separator, (size_t)(c->end - part));

    if (found == NULL) {
        return NULL;
    }
    *length_out = (size_t)(found - part);
    c->pos = found + 1;
    return part;
}

static bool take_iterations(struct cursor *c, uint32_t *out)
{
    size_t length = 0;
    int64_t value = 0;
    const char *part = take_part(c, ':', &length);

    if (part == NULL || length == 0 || part[0] == '0' ||
        text_to_i64(part, length, SCRAM_ITERATIONS_MIN, SCRAM_ITERATIONS_MAX, &value) !=
            OK) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool take_salt(struct cursor *c, struct scram_credential *out)
{
    size_t length = 0;
    const char *part = take_part(c, '$', &length);

    return part != NULL &&
           scram_base64_decode(
               part, length, out->salt, sizeof(out->salt), &out->salt_length) &&
           out->salt_length >= SCRAM_SALT_MIN;
}

static bool decode_key(const char *text, size_t length, size_t size, uint8_t *out)
{
    size_t decoded = 0;

    return scram_base64_decode(text, length, out, size, &decoded) && decoded == size;
}

/* The server key, which ends the text or has a flag behind it. */
static bool take_last(struct cursor *c, struct scram_credential *out)
{
    static const char flag[] = ":disabled";
    size_t length = (size_t)(c->end - c->pos);
    const size_t expected = SCRAM_BASE64_LENGTH(scram_hash_size(out->mechanism));

    out->disabled = length == expected + sizeof(flag) - 1 &&
                    memcmp(c->pos + expected, flag, sizeof(flag) - 1) == 0;
    length = out->disabled ? expected : length;
    return decode_key(c->pos, length, scram_hash_size(out->mechanism), out->server_key);
}

static const char *parse(struct scram_credential *out, struct cursor *c)
{
    size_t length = 0;

    const char *part = take_part(c, '$', &length);
    if (part == NULL || !scram_mechanism_find(part, length, &out->mechanism)) {
        return "this does not begin with SCRAM-SHA-256$ or SCRAM-SHA-512$";
    }
    c->start = c->pos;
    if (!take_iterations(c, &out->iterations)) {
        return "the iterations are not a number from 4096 to 1000000 and a ':'";
    }
    c->start = c->pos;
    if (!take_salt(c, out)) {
        return "the salt is not base64 of 8 to 64 bytes and a '$'";
    }
    c->start = c->pos;
    part = take_part(c, ':', &length);
    if (part == NULL ||
        !decode_key(part, length, scram_hash_size(out->mechanism), out->stored_key)) {
        return "the stored key is not base64 of this mechanism's size and a ':'";
    }
    c->start = c->pos;
    if (!take_last(c, out)) {
        return "the server key is not base64 of this mechanism's size, or what follows "
               "it is not ':disabled'";
    }
    return NULL;
}

const char *scram_credential_parse(
    struct scram_credential *out, const char *text, size_t length, size_t *at_out)
{
    struct scram_credential credential = {.iterations = 0};
    struct cursor c = {.start = text, .pos = text, .end = text + length};

    const char *problem = parse(&credential, &c);
    *at_out = (size_t)(c.start - text);
    if (problem == NULL) {
        *out = credential;
    }
    mem_wipe(&credential, sizeof(credential));
    return problem;
}

void scram_credential_format(
    const struct scram_credential *c, char out[SCRAM_CREDENTIAL_MAX])
{
    char salt[SCRAM_BASE64_LENGTH(SCRAM_SALT_MAX) + 1];
    char stored_key[SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX) + 1];
    char server_key[SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX) + 1];
    const size_t size = scram_hash_size(c->mechanism);

    scram_base64_encode(c->salt, c->salt_length, salt);
    scram_base64_encode(c->stored_key, size, stored_key);
    scram_base64_encode(c->server_key, size, server_key);
    int length = snprintf(out, SCRAM_CREDENTIAL_MAX, "%s$%u:%s$%s:%s%s",
        scram_mechanism_name(c->mechanism), c->iterations, salt, stored_key, server_key,
        c->disabled ? ":disabled" : "");
    INVARIANT(length > 0 && (size_t)length < SCRAM_CREDENTIAL_MAX);
    mem_wipe(stored_key, sizeof(stored_key));
    mem_wipe(server_key, sizeof(server_key));
}

/* --- from a password -------------------------------------------------------------- */

enum err scram_credential_derive(struct scram_credential *c, struct scram_crypto *crypto,
    const struct scram_part *password)
{
    static const struct scram_part client = {"Client Key", sizeof("Client Key") - 1};
    static const struct scram_part server = {"Server Key", sizeof("Server Key") - 1};
    uint8_t salted[SCRAM_HASH_MAX];
    uint8_t client_key[SCRAM_HASH_MAX];
    const size_t size = scram_hash_size(c->mechanism);
    const struct scram_part salt = {c->salt, c->salt_length};
    const struct scram_part salted_part = {salted, size};
    const struct scram_part client_part = {client_key, size};

    enum err e = scram_crypto_salted_password(
        crypto, c->mechanism, password, &salt, c->iterations, salted);
    if (e == OK) {
        e = scram_crypto_hmac(crypto, c->mechanism, &salted_part, &client, 1, client_key);
    }
    if (e == OK) {
        e = scram_crypto_digest(crypto, c->mechanism, &client_part, c->stored_key);
    }
    if (e == OK) {
        e = scram_crypto_hmac(
            crypto, c->mechanism, &salted_part, &server, 1, c->server_key);
    }
    mem_wipe(salted, sizeof(salted));
    mem_wipe(client_key, sizeof(client_key));
    return e;
}

enum err scram_credential_make(struct scram_credential *out, struct scram_crypto *crypto,
    enum scram_mechanism mechanism, const struct scram_part *password,
    enum users_cost cost)
{
    struct scram_credential c = {.mechanism = mechanism,
        .iterations = cost == USERS_COST_GENERATED ? SCRAM_ITERATIONS_MIN
                                                   : SCRAM_ITERATIONS_DEFAULT,
        .salt_length = SCRAM_SALT_SIZE};

    if (password->length < USERS_PASSWORD_MIN || password->length > USERS_PASSWORD_MAX ||
        memchr(password->bytes, '\0', password->length) != NULL) {
        return ERR_INVALID;
    }
    rand_bytes(c.salt, c.salt_length);
    enum err e = scram_credential_derive(&c, crypto, password);
    if (e == OK) {
        *out = c;
    }
    mem_wipe(&c, sizeof(c));
    return e;
}
