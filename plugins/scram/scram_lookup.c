#include "scram_lookup.h"

#include "mem.h"
#include "rand.h"

#include <stdlib.h>
#include <string.h>

void scram_lookup_init(struct scram_lookup *l, struct scram_crypto *crypto)
{
    *l = (struct scram_lookup){.crypto = crypto};
    scram_file_init(&l->file);
    scram_kept_init(&l->kept);
    rand_bytes(l->key, sizeof(l->key));
    rand_bytes(l->no_key, sizeof(l->no_key));
}

void scram_lookup_fini(struct scram_lookup *l)
{
    scram_file_fini(&l->file);
    scram_kept_fini(&l->kept);
    mem_wipe(l, sizeof(*l));
}

/* --- shapes ----------------------------------------------------------------------- */

static uint64_t shape_of(const struct scram_credential *c)
{
    return (uint64_t)c->iterations << 8 | c->salt_length;
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Of equally frequent ones the one with the fewest iterations. */
static uint64_t most_frequent(uint64_t *shapes, size_t count)
{
    uint64_t best = (uint64_t)SCRAM_ITERATIONS_MIN << 8 | SCRAM_SALT_SIZE;
    size_t best_run = 0;
    size_t run = 0;

    if (count > 0) {
        qsort(shapes, count, sizeof(*shapes), compare);
    }
    for (size_t i = 0; i < count; i++) {
        run = i > 0 && shapes[i] == shapes[i - 1] ? run + 1 : 1;
        if (run > best_run) {
            best_run = run;
            best = shapes[i];
        }
    }
    return best;
}

static size_t list_shapes(
    const struct scram_lookup *l, enum scram_mechanism mechanism, uint64_t *out)
{
    const struct scram_credential *c;
    size_t count = 0;

    for (size_t i = 0; i < l->file.count; i++) {
        c = &l->file.entries[i]->credential;
        if (c->mechanism == mechanism) {
            out[count++] = shape_of(c);
        }
    }
    for (size_t cursor = 0; (c = scram_kept_next(&l->kept, &cursor)) != NULL;) {
        if (c->mechanism == mechanism) {
            out[count++] = shape_of(c);
        }
    }
    return count;
}

static enum err find_shapes(struct scram_lookup *l)
{
    uint64_t *shapes = mem_alloc(l->file.count + l->kept.by_name.count, sizeof(*shapes));
    if (shapes == NULL) {
        return ERR_NOMEM;
    }
    l->shapes_are_old = false;
    for (unsigned m = 0; m < SCRAM_MECHANISMS; m++) {
        const size_t count = list_shapes(l, (enum scram_mechanism)m, shapes);
        const uint64_t shape = most_frequent(shapes, count);
        l->shapes[m] = (struct scram_shape){(uint32_t)(shape >> 8), shape & 0xff};
    }
    mem_free(shapes);
    return OK;
}

/* --- the key ---------------------------------------------------------------------- */

static enum err derive_key(struct scram_lookup *l, const struct scram_part *secret)
{
    static const struct scram_part purpose = {"schloss scram phantom", 21};

    enum err e = scram_crypto_hmac(l->crypto, SCRAM_SHA_512, secret, &purpose, 1, l->key);
    l->key_is_lasting = e == OK;
    if (e == OK) {
        scram_kept_set_secret(&l->kept, secret->bytes, secret->length);
    }
    return e;
}

enum err scram_lookup_set_key(struct scram_lookup *l, const void *bytes, size_t length)
{
    const struct scram_part secret = {bytes, length};

    if (length < SCRAM_KEY_FILE_MIN || length > SCRAM_KEY_FILE_MAX) {
        return ERR_INVALID;
    }
    return derive_key(l, &secret);
}

enum err scram_lookup_load(struct scram_lookup *l, const void *bytes, size_t length,
    struct users_problem *problem_out)
{
    const struct scram_part secret = {l->file.phantom_key, sizeof(l->file.phantom_key)};

    enum err e = scram_file_parse(&l->file, bytes, length, problem_out);
    if (e == OK) {
        e = find_shapes(l);
    }
    if (e == OK && l->file.has_phantom_key) {
        e = derive_key(l, &secret);
    }
    return e;
}

/* --- names ------------------------------------------------------------------------ */

static enum err phantom_make(struct scram_lookup *l, enum scram_mechanism mechanism,
    const struct scram_part *name, struct scram_credential *out)
{
    const char *mechanism_name = scram_mechanism_name(mechanism);
    const struct scram_part key = {l->key, sizeof(l->key)};
    const struct scram_part parts[] = {
        {mechanism_name, strlen(mechanism_name) + 1}, /* its NUL ends it */
        *name,
    };

    _Static_assert(SCRAM_SALT_MAX <= SCRAM_HASH_MAX, "one HMAC makes a salt");
    *out = (struct scram_credential){.mechanism = mechanism,
        .iterations = l->shapes[mechanism].iterations,
        .salt_length = l->shapes[mechanism].salt_length};
    memcpy(out->stored_key, l->no_key, sizeof(out->stored_key));
    memcpy(out->server_key, l->no_key, sizeof(out->server_key));
    return scram_crypto_hmac(l->crypto, SCRAM_SHA_512, &key, parts, 2, out->salt);
}

bool scram_lookup_is_in_file(
    const struct scram_lookup *l, const char *name, size_t length)
{
    bool is_in = false;

    for (unsigned m = 0; m < SCRAM_MECHANISMS; m++) {
        is_in |= scram_file_find(&l->file, (enum scram_mechanism)m, name, length) != NULL;
    }
    return is_in;
}

/* NULL: none. Both are looked for, whoever it is. */
static const struct scram_credential *credential_of(const struct scram_lookup *l,
    enum scram_mechanism mechanism, const char *name, size_t length)
{
    const struct scram_entry *entry = scram_file_find(&l->file, mechanism, name, length);
    const struct scram_credential *kept =
        scram_kept_find(&l->kept, mechanism, name, length);
    const bool is_in_file = scram_lookup_is_in_file(l, name, length);

    if (entry != NULL) {
        return &entry->credential;
    }
    return is_in_file ? NULL : kept;
}

enum err scram_lookup_find(struct scram_lookup *l, enum scram_mechanism mechanism,
    const struct scram_part *name, struct scram_credential *out, bool *known_out)
{
    struct scram_credential found;

    if (l->shapes_are_old && find_shapes(l) != OK) {
        return ERR_NOMEM;
    }
    enum err e = phantom_make(l, mechanism, name, &found);
    const struct scram_credential *known =
        credential_of(l, mechanism, name->bytes, name->length);
    if (e == OK) {
        *out = known != NULL ? *known : found;
        *known_out = known != NULL;
    }
    mem_wipe(&found, sizeof(found));
    return e;
}

bool scram_lookup_may_stay(const struct scram_lookup *l, const char *name, size_t length)
{
    bool stays = false;

    for (unsigned m = 0; m < SCRAM_MECHANISMS; m++) {
        const struct scram_credential *known =
            credential_of(l, (enum scram_mechanism)m, name, length);
        stays |= known != NULL && !known->disabled;
    }
    return stays;
}

/* --- what is set over the network --------------------------------------------------- */

enum err scram_lookup_told(struct scram_lookup *l,
    const struct schloss_auth_credential *credential,
    struct schloss_auth_bytes *stored_out)
{
    l->shapes_are_old = true;
    switch (credential->act) {
    case SCHLOSS_AUTH_CREDENTIAL_OFFER:
        if (scram_lookup_is_in_file(l, credential->name.bytes, credential->name.length)) {
            return ERR_EXISTS;
        }
        return scram_kept_offer(&l->kept, credential, stored_out);
    case SCHLOSS_AUTH_CREDENTIAL_KEEP:
        return scram_kept_keep(&l->kept, credential);
    case SCHLOSS_AUTH_CREDENTIAL_REMOVE:
        return scram_kept_remove(&l->kept, credential);
    default:
        return ERR_INVALID;
    }
}
