#include "password_backoff.h"

#include "mem.h"
#include "rand.h"

#include <sodium.h>
#include <string.h>

struct password_backoff_entry {
    uint8_t pair[PASSWORD_BACKOFF_HASH];
    uint32_t failures; /* 0: empty */
    int64_t last_ms;   /* the last failure */
    int64_t turn_ms;   /* the next free turn */
};

#define ENTRIES ((size_t)PASSWORD_BACKOFF_SETS * PASSWORD_BACKOFF_WAYS)

enum err password_backoff_init(struct password_backoff *b)
{
    *b = (struct password_backoff){.entries = NULL};
    if (sodium_init() < 0) {
        return ERR_UNSUPPORTED;
    }
    b->entries = mem_alloc(ENTRIES, sizeof(*b->entries));
    if (b->entries == NULL) {
        return ERR_NOMEM;
    }
    rand_bytes(b->key, sizeof(b->key));
    return OK;
}

void password_backoff_fini(struct password_backoff *b)
{
    mem_free(b->entries);
    mem_wipe(b, sizeof(*b));
}

static void hash_pair(const struct password_backoff *b, const struct password_pair *pair,
    uint8_t out[PASSWORD_BACKOFF_HASH])
{
    crypto_generichash_state state;
    const uint64_t name_length = pair->name_length;

    (void)crypto_generichash_init(&state, b->key, sizeof(b->key), PASSWORD_BACKOFF_HASH);
    (void)crypto_generichash_update(
        &state, (const unsigned char *)&name_length, sizeof(name_length));
    (void)crypto_generichash_update(
        &state, (const unsigned char *)pair->name, pair->name_length);
    (void)crypto_generichash_update(
        &state, (const unsigned char *)pair->address, pair->address_length);
    (void)crypto_generichash_final(&state, out, PASSWORD_BACKOFF_HASH);
}

static struct password_backoff_entry *set_of(
    const struct password_backoff *b, const uint8_t hash[PASSWORD_BACKOFF_HASH])
{
    size_t set = ((size_t)hash[0] | (size_t)hash[1] << 8) % PASSWORD_BACKOFF_SETS;

    return b->entries + set * PASSWORD_BACKOFF_WAYS;
}

static struct password_backoff_entry *find(
    struct password_backoff *b, const uint8_t hash[PASSWORD_BACKOFF_HASH])
{
    struct password_backoff_entry *set = set_of(b, hash);

    for (size_t i = 0; i < PASSWORD_BACKOFF_WAYS; i++) {
        if (set[i].failures > 0 && memcmp(set[i].pair, hash, sizeof(set[i].pair)) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

static int64_t pause_ms(uint32_t failures)
{
    int64_t pause = PASSWORD_PAUSE_MIN_MS;

    for (uint32_t i = PASSWORD_FREE_FAILURES; i < failures; i++) {
        pause *= 2;
        if (pause >= PASSWORD_PAUSE_MAX_MS) {
            return PASSWORD_PAUSE_MAX_MS;
        }
    }
    return pause;
}

bool password_backoff_turn(struct password_backoff *b, const struct password_pair *pair,
    int64_t now_ms, uint32_t *wait_ms_out)
{
    uint8_t hash[PASSWORD_BACKOFF_HASH];

    hash_pair(b, pair, hash);
    struct password_backoff_entry *entry = find(b, hash);
    if (entry == NULL || entry->failures < PASSWORD_FREE_FAILURES ||
        now_ms - entry->last_ms >= PASSWORD_FORGET_MS) {
        *wait_ms_out = 0;
        return true;
    }
    int64_t turn_ms = entry->turn_ms > now_ms ? entry->turn_ms : now_ms;
    if (turn_ms - now_ms > PASSWORD_WAIT_MAX_MS) {
        return false;
    }
    entry->turn_ms = turn_ms + pause_ms(entry->failures);
    *wait_ms_out = (uint32_t)(turn_ms - now_ms);
    return true;
}

static struct password_backoff_entry *make(
    struct password_backoff *b, const uint8_t hash[PASSWORD_BACKOFF_HASH])
{
    struct password_backoff_entry *set = set_of(b, hash);
    struct password_backoff_entry *place = &set[0];

    for (size_t i = 0; i < PASSWORD_BACKOFF_WAYS; i++) {
        if (set[i].failures == 0) {
            place = &set[i];
            break;
        }
        if (set[i].last_ms < place->last_ms) {
            place = &set[i];
        }
    }
    *place = (struct password_backoff_entry){.failures = 0};
    memcpy(place->pair, hash, sizeof(place->pair));
    return place;
}

void password_backoff_failed(
    struct password_backoff *b, const struct password_pair *pair, int64_t now_ms)
{
    uint8_t hash[PASSWORD_BACKOFF_HASH];

    hash_pair(b, pair, hash);
    struct password_backoff_entry *entry = find(b, hash);
    if (entry == NULL) {
        entry = make(b, hash);
    }
    if (now_ms - entry->last_ms >= PASSWORD_FORGET_MS) {
        entry->failures = 0;
        entry->turn_ms = 0;
    }
    if (entry->failures < UINT32_MAX) {
        entry->failures++;
    }
    entry->last_ms = now_ms;
    if (entry->failures >= PASSWORD_FREE_FAILURES) {
        int64_t turn_ms = now_ms + pause_ms(entry->failures);
        entry->turn_ms = turn_ms > entry->turn_ms ? turn_ms : entry->turn_ms;
    }
}

void password_backoff_succeeded(
    struct password_backoff *b, const struct password_pair *pair)
{
    uint8_t hash[PASSWORD_BACKOFF_HASH];

    hash_pair(b, pair, hash);
    struct password_backoff_entry *entry = find(b, hash);
    if (entry != NULL) {
        *entry = (struct password_backoff_entry){.failures = 0};
    }
}
