#include "meta_credential.h"

#include "mem.h"
#include "meta_name.h"

#include <string.h>

struct key {
    uint8_t bytes[1 + META_CREDENTIAL_NAME_MAX];
    size_t length;
};

const char *meta_mechanism_name(int8_t mechanism)
{
    switch (mechanism) {
    case META_SCRAM_SHA_256:
        return "SCRAM-SHA-256";
    case META_SCRAM_SHA_512:
        return "SCRAM-SHA-512";
    default:
        return NULL;
    }
}

const char *meta_credential_error(const struct meta_credential *c, bool remove)
{
    if (c->name.len == 0 || c->name.len > META_CREDENTIAL_NAME_MAX) {
        return "a user's name has 1 to 255 bytes";
    }
    if (meta_mechanism_name(c->mechanism) == NULL) {
        return "there is no SCRAM mechanism of that number";
    }
    if (remove) {
        return NULL;
    }
    if (c->iterations < META_ITERATIONS_MIN || c->iterations > META_ITERATIONS_MAX) {
        return "iterations are from 4096 to 16384";
    }
    if (c->sealed.len == 0 || c->sealed.len > META_CREDENTIAL_SEALED_MAX) {
        return "a credential is sealed in 1 to 1024 bytes";
    }
    return NULL;
}

void meta_credentials_init(struct meta_credentials *all)
{
    *all = (struct meta_credentials){.serial = 0};
    table_init(&all->by_key, META_CREDENTIALS_MAX);
}

void meta_credentials_fini(struct meta_credentials *all)
{
    struct meta_credential *row;

    for (size_t cursor = 0; (row = table_next(&all->by_key, &cursor)) != NULL;) {
        mem_free(row);
    }
    table_fini(&all->by_key);
}

/* False: no such name can be. */
static bool make_key(struct key *key, struct wire_view name, int8_t mechanism)
{
    if (name.len == 0 || name.len > META_CREDENTIAL_NAME_MAX) {
        return false;
    }
    key->bytes[0] = (uint8_t)mechanism;
    memcpy(key->bytes + 1, name.ptr, name.len);
    key->length = 1 + name.len;
    return true;
}

const struct meta_credential *meta_credential_find(
    const struct meta_credentials *all, struct wire_view name, int8_t mechanism)
{
    struct key key;

    return make_key(&key, name, mechanism)
               ? table_get(&all->by_key, key.bytes, key.length)
               : NULL;
}

const struct meta_credential *meta_credential_next(
    const struct meta_credentials *all, size_t *cursor)
{
    return table_next(&all->by_key, cursor);
}

/* One piece of memory: the row, and behind it what its views look at. */
static struct meta_credential *copy(const struct meta_credential *c)
{
    struct meta_credential *row =
        mem_alloc(1, sizeof(*row) + c->name.len + c->sealed.len);

    if (row == NULL) {
        return NULL;
    }
    uint8_t *name = (uint8_t *)(row + 1);
    uint8_t *sealed = name + c->name.len;
    memcpy(name, c->name.ptr, c->name.len);
    memcpy(sealed, c->sealed.ptr, c->sealed.len);
    *row = *c;
    row->name.ptr = name;
    row->sealed.ptr = sealed;
    return row;
}

/* Credentials of several users may be written in another order than they got serials. */
static void note_serial(struct meta_credentials *all, int64_t serial)
{
    all->serial = serial > all->serial ? serial : all->serial;
}

static bool is_old(const struct meta_credential *before, const struct meta_credential *c)
{
    return c->serial <= 0 || (before != NULL && c->serial <= before->serial);
}

enum err meta_credential_set(
    struct meta_credentials *all, const struct meta_credential *c)
{
    struct key key;

    if (meta_credential_error(c, false) != NULL ||
        !make_key(&key, c->name, c->mechanism)) {
        return ERR_CORRUPT;
    }
    struct meta_credential *before = table_get(&all->by_key, key.bytes, key.length);
    if (is_old(before, c)) {
        return ERR_CORRUPT;
    }
    struct meta_credential *row = copy(c);
    enum err e =
        row == NULL ? ERR_NOMEM : table_put(&all->by_key, key.bytes, key.length, row);
    if (e != OK) {
        mem_free(row);
        return e;
    }
    mem_free(before);
    note_serial(all, c->serial);
    return OK;
}

enum err meta_credential_remove(
    struct meta_credentials *all, const struct meta_credential *c)
{
    struct key key;

    if (meta_credential_error(c, true) != NULL ||
        !make_key(&key, c->name, c->mechanism) ||
        is_old(table_get(&all->by_key, key.bytes, key.length), c)) {
        return ERR_CORRUPT;
    }
    mem_free(table_remove(&all->by_key, key.bytes, key.length));
    note_serial(all, c->serial);
    return OK;
}
