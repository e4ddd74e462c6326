#include "password_cache.h"

#include "mem.h"
#include "rand.h"

#include <sodium.h>
#include <string.h>

struct password_cache_entry {
    uint8_t digest[PASSWORD_DIGEST_SIZE];
    int64_t until_ms; /* 0: empty */
};

#define ENTRIES ((size_t)PASSWORD_CACHE_SETS * PASSWORD_CACHE_WAYS)

enum err password_cache_init(struct password_cache *c)
{
    *c = (struct password_cache){.entries = NULL};
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

void password_cache_fini(struct password_cache *c)
{
    if (c->entries != NULL) {
        mem_wipe(c->entries, ENTRIES * sizeof(*c->entries));
        mem_free(c->entries);
    }
    mem_wipe(c, sizeof(*c));
}

/* Lengths go in too: where one part ends and the next begins must not be movable. */
static void add_part(crypto_generichash_state *state, const char *bytes, size_t length)
{
    const uint64_t length_wide = length;

    (void)crypto_generichash_update(
        state, (const unsigned char *)&length_wide, sizeof(length_wide));
    (void)crypto_generichash_update(state, (const unsigned char *)bytes, length);
}

static void digest_make(const struct password_cache *c,
    const struct password_proof *proof, uint8_t out[PASSWORD_DIGEST_SIZE])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, c->key, sizeof(c->key), PASSWORD_DIGEST_SIZE);
    add_part(&state, proof->name, proof->name_length);
    add_part(&state, proof->hash, strlen(proof->hash));
    add_part(&state, proof->password, proof->password_length);
    (void)crypto_generichash_final(&state, out, PASSWORD_DIGEST_SIZE);
    mem_wipe(&state, sizeof(state));
}

static struct password_cache_entry *set_of(
    const struct password_cache *c, const uint8_t digest[PASSWORD_DIGEST_SIZE])
{
    size_t set = ((size_t)digest[0] | (size_t)digest[1] << 8) % PASSWORD_CACHE_SETS;

    return c->entries + set * PASSWORD_CACHE_WAYS;
}

bool password_cache_has(
    const struct password_cache *c, const struct password_proof *proof, int64_t now_ms)
{
    uint8_t digest[PASSWORD_DIGEST_SIZE];
    bool found = false;

    digest_make(c, proof, digest);
    const struct password_cache_entry *set = set_of(c, digest);
    for (size_t i = 0; i < PASSWORD_CACHE_WAYS; i++) {
        bool same = mem_equal_constant_time(set[i].digest, digest, sizeof(digest));
        found |= same && set[i].until_ms > now_ms;
    }
    mem_wipe(digest, sizeof(digest));
    return found;
}

void password_cache_add(
    struct password_cache *c, const struct password_proof *proof, int64_t now_ms)
{
    uint8_t digest[PASSWORD_DIGEST_SIZE];

    digest_make(c, proof, digest);
    struct password_cache_entry *set = set_of(c, digest);
    struct password_cache_entry *place = &set[0];
    for (size_t i = 0; i < PASSWORD_CACHE_WAYS; i++) {
        if (mem_equal_constant_time(set[i].digest, digest, sizeof(digest))) {
            place = &set[i];
            break;
        }
        if (set[i].until_ms < place->until_ms) {
            place = &set[i];
        }
    }
    memcpy(place->digest, digest, sizeof(digest));
    place->until_ms = now_ms + PASSWORD_CACHE_TTL_MS;
    mem_wipe(digest, sizeof(digest));
}
