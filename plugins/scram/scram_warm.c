#include "scram_warm.h"

#include "mem.h"
#include "rand.h"
#include "scram_exchange.h"

#include <stdio.h>
#include <string.h>

#define NAME "dummy"

/* A credential of no password: its client key is drawn, and what is stored follows. */
struct dummy {
    struct scram_lookup lookup;
    enum scram_mechanism mechanism;
    uint8_t client_key[SCRAM_HASH_MAX];
    uint8_t stored_key[SCRAM_HASH_MAX];
};

static bool dummy_load(struct dummy *d, struct scram_crypto *crypto)
{
    struct scram_credential c = {.mechanism = d->mechanism,
        .iterations = SCRAM_ITERATIONS_MIN,
        .salt_length = SCRAM_SALT_MIN};
    char text[SCRAM_CREDENTIAL_MAX];
    char file[sizeof(text) + 16];
    struct users_problem problem;
    const struct scram_part key = {d->client_key, scram_hash_size(d->mechanism)};

    rand_bytes(d->client_key, sizeof(d->client_key));
    if (scram_crypto_digest(crypto, d->mechanism, &key, d->stored_key) != OK) {
        return false;
    }
    memcpy(c.stored_key, d->stored_key, sizeof(c.stored_key));
    scram_credential_format(&c, text);
    int length = snprintf(file, sizeof(file), NAME ":%s\n", text);
    bool good =
        length > 0 && scram_lookup_load(&d->lookup, file, (size_t)length, &problem) == OK;
    mem_wipe(text, sizeof(text));
    mem_wipe(file, sizeof(file));
    return good;
}

/* What a client sends who has the key. */
static bool write_final(struct dummy *d, struct scram_crypto *crypto,
    const struct scram_exchange *x, struct buf *out)
{
    uint8_t proof[SCRAM_HASH_MAX];
    char text[SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX) + 1];
    const size_t size = scram_hash_size(d->mechanism);
    const struct scram_part key = {d->stored_key, size};

    buf_add_text(out, "c=biws,");
    buf_add(out, x->server_first, 2 + x->nonce_length);
    if (buf_error(out) != OK) {
        return false;
    }
    const struct scram_part message[] = {
        {x->bare.bytes, x->bare.length},
        {",", 1},
        {x->server_first, x->server_first_length},
        {",", 1},
        {out->bytes, out->length},
    };
    if (scram_crypto_hmac(crypto, d->mechanism, &key, message, 5, proof) != OK) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        proof[i] ^= d->client_key[i];
    }
    scram_base64_encode(proof, size, text);
    buf_add_text(out, ",p=");
    buf_add_text(out, text);
    mem_wipe(proof, sizeof(proof));
    mem_wipe(text, sizeof(text));
    return buf_error(out) == OK;
}

static bool exchange(struct dummy *d, struct scram_crypto *crypto,
    struct scram_exchange *x, const char *first, enum scram_proof expected)
{
    char nonce[SCRAM_SERVER_NONCE + 1];
    char answer[SCRAM_SERVER_FINAL_MAX];
    const struct scram_part message = {first, strlen(first)};
    struct scram_final final;
    enum scram_proof proof = SCRAM_WRONG;
    struct buf out;

    scram_exchange_nonce(nonce);
    if (scram_exchange_first(x, &d->lookup, &message, nonce) !=
        SCHLOSS_AUTH_REASON_NONE) {
        return false;
    }
    buf_init(&out, SCRAM_MESSAGE_MAX);
    bool good = write_final(d, crypto, x, &out);
    const struct scram_part answered = {out.bytes, out.length};
    good = good && scram_exchange_check(x, &answered, &final) == SCHLOSS_AUTH_REASON_NONE;
    if (good) {
        if (expected == SCRAM_WRONG) {
            final.proof[0] ^= 1;
        }
        good = scram_exchange_prove(x, crypto, &final, &proof, answer) == OK &&
               proof == expected;
    }
    buf_fini(&out);
    return good;
}

static bool login(struct dummy *d, struct scram_crypto *crypto, const char *first,
    enum scram_proof expected)
{
    struct scram_exchange x;

    scram_exchange_init(&x, d->mechanism);
    bool good = exchange(d, crypto, &x, first, expected);
    scram_exchange_fini(&x);
    return good;
}

static bool run_mechanism(struct scram_crypto *crypto, enum scram_mechanism mechanism)
{
    struct dummy d = {.mechanism = mechanism};

    scram_lookup_init(&d.lookup, crypto);
    bool good = dummy_load(&d, crypto) &&
                login(&d, crypto, "n,,n=" NAME ",r=x", SCRAM_PROVED) &&
                login(&d, crypto, "n,,n=" NAME ",r=x", SCRAM_WRONG) &&
                login(&d, crypto, "n,,n=nobody,r=x", SCRAM_UNKNOWN);
    scram_lookup_fini(&d.lookup);
    mem_wipe(&d, sizeof(d));
    return good;
}

bool scram_warm_run(struct scram_crypto *crypto)
{
    bool good = true;

    for (unsigned m = 0; good && m < SCRAM_MECHANISMS; m++) {
        good = run_mechanism(crypto, (enum scram_mechanism)m);
    }
    return good;
}
