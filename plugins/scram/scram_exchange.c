#include "scram_exchange.h"

#include "rand.h"

#include <stdio.h>
#include <string.h>

void scram_exchange_init(struct scram_exchange *x, enum scram_mechanism mechanism)
{
    *x = (struct scram_exchange){.mechanism = mechanism};
}

void scram_exchange_fini(struct scram_exchange *x)
{
    secret_free(&x->bare);
    mem_wipe(x, sizeof(*x));
}

void scram_exchange_nonce(char out[SCRAM_SERVER_NONCE + 1])
{
    uint8_t bytes[SCRAM_SERVER_NONCE / 4 * 3];

    rand_bytes(bytes, sizeof(bytes));
    scram_base64_encode(bytes, sizeof(bytes), out);
}

/* --- client-first ----------------------------------------------------------------- */

static void write_server_first(
    struct scram_exchange *x, const struct scram_view *client_nonce, const char *nonce)
{
    char salt[SCRAM_BASE64_LENGTH(SCRAM_SALT_MAX) + 1];

    scram_base64_encode(x->credential.salt, x->credential.salt_length, salt);
    int length = snprintf(x->server_first, sizeof(x->server_first), "r=%.*s%s,s=%s,i=%u",
        (int)client_nonce->length, client_nonce->bytes, nonce, salt,
        x->credential.iterations);
    INVARIANT(length > 0 && (size_t)length < sizeof(x->server_first));
    x->server_first_length = (size_t)length;
    x->nonce_length = client_nonce->length + strlen(nonce);
}

enum schloss_auth_reason scram_exchange_first(struct scram_exchange *x,
    struct scram_lookup *l, const struct scram_part *message, const char *nonce)
{
    struct scram_first m;

    enum schloss_auth_reason reason =
        scram_message_first(&m, message->bytes, message->length);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    const struct scram_part name = {m.name, m.name_length};
    if (scram_lookup_find(l, x->mechanism, &name, &x->credential, &x->known) != OK ||
        secret_set(&x->bare, m.bare.bytes, m.bare.length) != OK) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    memcpy(x->name, m.name, m.name_length);
    x->name_length = m.name_length;
    scram_base64_encode((const uint8_t *)m.gs2.bytes, m.gs2.length, x->binding);
    write_server_first(x, &m.nonce, nonce);
    return SCHLOSS_AUTH_REASON_NONE;
}

/* --- client-final ----------------------------------------------------------------- */

static bool is_same(const struct scram_view *view, const char *bytes, size_t length)
{
    return view->length == length && mem_equal_constant_time(view->bytes, bytes, length);
}

enum schloss_auth_reason scram_exchange_check(const struct scram_exchange *x,
    const struct scram_part *message, struct scram_final *out)
{
    struct scram_final m;

    enum schloss_auth_reason reason = scram_message_final(
        &m, scram_hash_size(x->mechanism), message->bytes, message->length);
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    if (!is_same(&m.nonce, x->server_first + 2, x->nonce_length) ||
        !is_same(&m.binding, x->binding, strlen(x->binding))) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    *out = m;
    return SCHLOSS_AUTH_REASON_NONE;
}

/* HMAC over what RFC 5802 calls AuthMessage. */
static enum err sign(const struct scram_exchange *x, struct scram_crypto *crypto,
    const struct scram_final *final, const uint8_t *key, uint8_t *out)
{
    const struct scram_part key_part = {key, scram_hash_size(x->mechanism)};
    const struct scram_part message[] = {
        {x->bare.bytes, x->bare.length},
        {",", 1},
        {x->server_first, x->server_first_length},
        {",", 1},
        {final->without_proof.bytes, final->without_proof.length},
    };

    return scram_crypto_hmac(crypto, x->mechanism, &key_part, message,
        sizeof(message) / sizeof(message[0]), out);
}

/* The client's key is what is left of the proof, and its hash is what is stored. */
static enum err compare(const struct scram_exchange *x, struct scram_crypto *crypto,
    const struct scram_final *final, bool *same_out)
{
    uint8_t key[SCRAM_HASH_MAX];
    uint8_t hash[SCRAM_HASH_MAX];
    const size_t size = scram_hash_size(x->mechanism);
    const struct scram_part key_part = {key, size};

    enum err e = sign(x, crypto, final, x->credential.stored_key, key);
    if (e == OK) {
        for (size_t i = 0; i < size; i++) {
            key[i] ^= final->proof[i];
        }
        e = scram_crypto_digest(crypto, x->mechanism, &key_part, hash);
    }
    if (e == OK) {
        *same_out = mem_equal_constant_time(hash, x->credential.stored_key, size);
    }
    mem_wipe(key, sizeof(key));
    mem_wipe(hash, sizeof(hash));
    return e;
}

static enum scram_proof judge(const struct scram_exchange *x, bool same)
{
    if (!x->known) {
        return SCRAM_UNKNOWN;
    }
    if (x->credential.disabled) {
        return SCRAM_DISABLED;
    }
    return same ? SCRAM_PROVED : SCRAM_WRONG;
}

enum err scram_exchange_prove(const struct scram_exchange *x, struct scram_crypto *crypto,
    const struct scram_final *final, enum scram_proof *proof_out,
    char answer_out[SCRAM_SERVER_FINAL_MAX])
{
    uint8_t signature[SCRAM_HASH_MAX];
    bool same = false;

    INVARIANT(x->bare.bytes != NULL); /* there was a client-first */
    enum err e = compare(x, crypto, final, &same);
    if (e == OK) { /* for who fails too: the same work */
        e = sign(x, crypto, final, x->credential.server_key, signature);
    }
    if (e == OK) {
        *proof_out = judge(x, same);
    }
    if (e == OK && *proof_out == SCRAM_PROVED) {
        memcpy(answer_out, "v=", 2);
        scram_base64_encode(signature, scram_hash_size(x->mechanism), answer_out + 2);
    }
    mem_wipe(signature, sizeof(signature));
    return e;
}

enum err scram_exchange_is_current(
    const struct scram_exchange *x, struct scram_lookup *l, bool *current_out)
{
    const struct scram_part name = {x->name, x->name_length};
    struct scram_credential now;
    bool known = false;

    memset(&now, 0, sizeof(now));
    enum err e = scram_lookup_find(l, x->mechanism, &name, &now, &known);
    *current_out = e == OK && known && !now.disabled &&
                   mem_equal_constant_time(now.stored_key, x->credential.stored_key,
                       scram_hash_size(x->mechanism));
    mem_wipe(&now, sizeof(now));
    return e;
}
