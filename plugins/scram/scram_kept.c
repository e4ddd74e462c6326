#include "scram_kept.h"

#include "mem.h"
#include "users_name.h"

#include <string.h>

_Static_assert(SEAL_SALT_MIN == SCRAM_SALT_MIN && SEAL_SALT_MAX == SCRAM_SALT_MAX &&
                   SEAL_HASH_MAX == SCRAM_HASH_MAX && SEAL_NAME_MAX == USERS_NAME_MAX &&
                   SEAL_ITERATIONS_MIN == SCRAM_ITERATIONS_MIN &&
                   SEAL_ITERATIONS_MAX <= SCRAM_ITERATIONS_MAX,
    "what is sealed fits a credential");
_Static_assert(SEAL_OFFER_MAX <= SCHLOSS_AUTH_CREDENTIAL_MAX &&
                   SEAL_STORED_MAX <= SCHLOSS_AUTH_CREDENTIAL_MAX,
    "what is sealed fits a message");

struct entry {
    uint64_t serial;
    struct scram_credential credential;
};

struct key {
    uint8_t bytes[1 + USERS_NAME_MAX];
    size_t length;
};

void scram_kept_init(struct scram_kept *k)
{
    *k = (struct scram_kept){.has_keys = false};
    table_init(&k->by_name, SCRAM_KEPT_MAX);
}

static void entry_free(struct entry *e)
{
    if (e != NULL) {
        mem_wipe(e, sizeof(*e));
        mem_free(e);
    }
}

void scram_kept_fini(struct scram_kept *k)
{
    struct entry *e;

    for (size_t cursor = 0; (e = table_next(&k->by_name, &cursor)) != NULL;) {
        entry_free(e);
    }
    table_fini(&k->by_name);
    mem_wipe(k, sizeof(*k));
}

void scram_kept_set_secret(struct scram_kept *k, const void *secret, size_t length)
{
    seal_keys_derive(&k->keys, secret, length);
    k->has_keys = true;
}

/* --- what broker says --------------------------------------------------------------- */

/* Who, and by which mechanism: what can be asked of a client-first, and nothing else. */
static bool read_key(const struct schloss_auth_credential *c, struct key *key,
    enum scram_mechanism *mechanism_out)
{
    size_t at;

    if (c->name.length == 0 || c->name.length > USERS_NAME_MAX ||
        users_name_problem(c->name.bytes, c->name.length, &at) != NULL ||
        !scram_mechanism_find(c->mechanism.bytes, c->mechanism.length, mechanism_out)) {
        return false;
    }
    key->bytes[0] = (uint8_t)*mechanism_out;
    memcpy(key->bytes + 1, c->name.bytes, c->name.length);
    key->length = 1 + c->name.length;
    return true;
}

static uint8_t sealed_mechanism(enum scram_mechanism mechanism)
{
    return mechanism == SCRAM_SHA_256 ? SEAL_SCRAM_SHA_256 : SEAL_SCRAM_SHA_512;
}

static bool is_of(const struct seal_credential *opened,
    const struct schloss_auth_credential *c, enum scram_mechanism mechanism)
{
    return seal_credential_is_of(
        opened, c->name.bytes, c->name.length, sealed_mechanism(mechanism), c->cost);
}

enum err scram_kept_offer(struct scram_kept *k, const struct schloss_auth_credential *c,
    struct schloss_auth_bytes *stored_out)
{
    struct seal_credential opened;
    enum scram_mechanism mechanism;
    struct key key;

    if (!k->has_keys) {
        return ERR_UNSUPPORTED;
    }
    if (!read_key(c, &key, &mechanism) ||
        seal_offer_open(&k->keys, c->bytes.bytes, c->bytes.length, &opened) != OK) {
        return ERR_INVALID;
    }
    const bool good = is_of(&opened, c, mechanism) && c->serial > 0;
    if (good) {
        opened.serial = c->serial;
        const size_t length = seal_store(&k->keys, &opened, k->stored);
        *stored_out = (struct schloss_auth_bytes){k->stored, length};
    }
    mem_wipe(&opened, sizeof(opened));
    return good ? OK : ERR_INVALID;
}

static void fill(
    struct entry *e, const struct seal_credential *opened, enum scram_mechanism mechanism)
{
    struct scram_credential *c = &e->credential;

    e->serial = opened->serial;
    c->mechanism = mechanism;
    c->iterations = opened->iterations;
    c->salt_length = opened->salt_length;
    memcpy(c->salt, opened->salt, sizeof(c->salt));
    memcpy(c->stored_key, opened->stored_key, sizeof(c->stored_key));
    memcpy(c->server_key, opened->server_key, sizeof(c->server_key));
    c->disabled = false;
}

static enum err put(struct scram_kept *k, const struct key *key,
    const struct seal_credential *opened, enum scram_mechanism mechanism)
{
    struct entry *before = table_get(&k->by_name, key->bytes, key->length);

    if (before != NULL && opened->serial < before->serial) {
        return ERR_INVALID; /* an older one in the place of a newer */
    }
    if (before != NULL) {
        fill(before, opened, mechanism);
        return OK;
    }
    struct entry *e = mem_alloc(1, sizeof(*e));
    if (e == NULL) {
        return ERR_NOMEM;
    }
    fill(e, opened, mechanism);
    enum err why = table_put(&k->by_name, key->bytes, key->length, e);
    if (why != OK) {
        entry_free(e);
    }
    return why;
}

enum err scram_kept_keep(struct scram_kept *k, const struct schloss_auth_credential *c)
{
    struct seal_credential opened;
    enum scram_mechanism mechanism;
    struct key key;

    if (!k->has_keys) {
        return ERR_UNSUPPORTED;
    }
    if (!read_key(c, &key, &mechanism) ||
        seal_store_open(&k->keys, c->bytes.bytes, c->bytes.length, &opened) != OK) {
        return ERR_INVALID;
    }
    enum err e = ERR_INVALID;
    if (is_of(&opened, c, mechanism) && opened.serial == c->serial) {
        e = put(k, &key, &opened, mechanism);
    }
    mem_wipe(&opened, sizeof(opened));
    return e;
}

enum err scram_kept_remove(struct scram_kept *k, const struct schloss_auth_credential *c)
{
    enum scram_mechanism mechanism;
    struct key key;

    if (!read_key(c, &key, &mechanism)) {
        return ERR_INVALID;
    }
    entry_free(table_remove(&k->by_name, key.bytes, key.length));
    return OK;
}

/* --- looking ------------------------------------------------------------------------ */

const struct scram_credential *scram_kept_find(const struct scram_kept *k,
    enum scram_mechanism mechanism, const char *name, size_t length)
{
    struct key key = {.bytes = {(uint8_t)mechanism}, .length = 1 + length};

    if (length == 0 || length > USERS_NAME_MAX) {
        return NULL;
    }
    memcpy(key.bytes + 1, name, length);
    const struct entry *e = table_get(&k->by_name, key.bytes, key.length);
    return e == NULL ? NULL : &e->credential;
}

const struct scram_credential *scram_kept_next(const struct scram_kept *k, size_t *cursor)
{
    const struct entry *e = table_next(&k->by_name, cursor);

    return e == NULL ? NULL : &e->credential;
}
