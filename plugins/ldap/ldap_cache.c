#include "ldap_cache.h"

#include "mem.h"
#include "rand.h"

#include <sodium.h>
#include <string.h>

struct ldap_cache_entry {
    uint8_t digest[LDAP_CACHE_DIGEST];
    int64_t until_ms; /* 0: empty */
    char *groups;     /* owned; NULL: none */
    size_t length;
    size_t count;
};

#define ENTRIES ((size_t)LDAP_CACHE_SETS * LDAP_CACHE_WAYS)

enum err ldap_cache_init(struct ldap_cache *c, int64_t keeps_ms)
{
    *c = (struct ldap_cache){.keeps_ms = keeps_ms};
    if (sodium_init() < 0) {
        return ERR_UNSUPPORTED;
    }
    c->entries = mem_alloc(ENTRIES, sizeof(*c->entries));
    if (c->entries == NULL) {
        return ERR_NOMEM;
    }
    rand_bytes(c->key, sizeof(c->key));
    return OK;
}

void ldap_cache_fini(struct ldap_cache *c)
{
    if (c->entries != NULL) {
        for (size_t i = 0; i < ENTRIES; i++) {
            mem_free(c->entries[i].groups);
        }
        mem_wipe(c->entries, ENTRIES * sizeof(*c->entries));
        mem_free(c->entries);
    }
    mem_wipe(c, sizeof(*c));
}

/* Lengths go in too: where one part ends and the next begins must not be movable. */
static void add_part(crypto_generichash_state *state, const char *bytes, size_t length)
{
    const uint64_t wide = length;

    (void)crypto_generichash_update(state, (const unsigned char *)&wide, sizeof(wide));
    (void)crypto_generichash_update(state, (const unsigned char *)bytes, length);
}

static void make_digest(const struct ldap_cache *c, const struct ldap_login *login,
    uint8_t out[LDAP_CACHE_DIGEST])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, c->key, sizeof(c->key), LDAP_CACHE_DIGEST);
    add_part(&state, login->name, login->name_length);
    add_part(&state, login->password, login->password_length);
    (void)crypto_generichash_final(&state, out, LDAP_CACHE_DIGEST);
    mem_wipe(&state, sizeof(state));
}

static struct ldap_cache_entry *set_of(
    const struct ldap_cache *c, const uint8_t digest[LDAP_CACHE_DIGEST])
{
    size_t set = ((size_t)digest[0] | (size_t)digest[1] << 8) % LDAP_CACHE_SETS;

    return c->entries + set * LDAP_CACHE_WAYS;
}

static void copy_groups(const struct ldap_cache_entry *entry, struct ldap_groups *out)
{
    if (entry->length > 0) {
        memcpy(out->names, entry->groups, entry->length);
    }
    out->length = entry->length;
    out->count = entry->count;
}

bool ldap_cache_has(const struct ldap_cache *c, const struct ldap_login *login,
    int64_t now_ms, struct ldap_groups *out)
{
    uint8_t digest[LDAP_CACHE_DIGEST];
    const struct ldap_cache_entry *found = NULL;

    make_digest(c, login, digest);
    const struct ldap_cache_entry *set = set_of(c, digest);
    for (size_t i = 0; i < LDAP_CACHE_WAYS; i++) {
        bool same = mem_equal_constant_time(set[i].digest, digest, sizeof(digest));
        found = same && set[i].until_ms > now_ms ? &set[i] : found;
    }
    mem_wipe(digest, sizeof(digest));
    if (found != NULL) {
        copy_groups(found, out);
    }
    return found != NULL;
}

/* False: there is no memory for them, and the entry is empty. */
static bool set_groups(struct ldap_cache_entry *entry, const struct ldap_groups *groups)
{
    mem_free(entry->groups);
    *entry = (struct ldap_cache_entry){.until_ms = 0};
    if (groups->length == 0) {
        return true;
    }
    entry->groups = mem_alloc(groups->length, 1);
    if (entry->groups == NULL) {
        return false;
    }
    memcpy(entry->groups, groups->names, groups->length);
    entry->length = groups->length;
    entry->count = groups->count;
    return true;
}

void ldap_cache_add(struct ldap_cache *c, const struct ldap_login *login, int64_t now_ms,
    const struct ldap_groups *groups)
{
    uint8_t digest[LDAP_CACHE_DIGEST];

    if (c->keeps_ms == 0) {
        return;
    }
    make_digest(c, login, digest);
    struct ldap_cache_entry *set = set_of(c, digest);
    struct ldap_cache_entry *place = set;
    for (size_t i = 0; i < LDAP_CACHE_WAYS; i++) {
        if (memcmp(set[i].digest, digest, sizeof(digest)) == 0) {
            place = &set[i];
            break;
        }
        if (set[i].until_ms < place->until_ms) {
            place = &set[i];
        }
    }
    if (set_groups(place, groups)) {
        memcpy(place->digest, digest, sizeof(digest));
        place->until_ms = now_ms + c->keeps_ms;
    }
    mem_wipe(digest, sizeof(digest));
}
