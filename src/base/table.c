#include "table.h"

#include "mem.h"
#include "rand.h"

#include <stdbool.h>
#include <string.h>

struct table_slot {
    uint8_t *key; /* NULL: never used; TOMBSTONE: was used */
    size_t length;
    uint64_t hash;
    void *value;
};

static uint8_t tombstone;
#define TOMBSTONE (&tombstone)

static uint64_t seed[2];
static bool seeded;

void table_seed(void)
{
    if (!seeded) {
        rand_bytes(seed, sizeof(seed));
        seeded = true;
    }
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"). */
uint64_t table_hash(const void *bytes, size_t length)
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du,
        seed[0] ^ 0x6c7967656e657261u, seed[1] ^ 0x7465646279746573u};
    const uint8_t *p = bytes;
    uint64_t last = (uint64_t)length << 56;

    for (size_t left = length; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = 0; i < length % 8; i++) {
        last |= (uint64_t)p[i] << (8 * i);
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void table_init(struct table *t, size_t limit)
{
    table_seed();
    *t = (struct table){.limit = limit};
}

void table_fini(struct table *t)
{
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->slots[i].key != TOMBSTONE) {
            mem_free(t->slots[i].key);
        }
    }
    mem_free(t->slots);
    *t = (struct table){.limit = t->limit};
}

/* The slot of the key, or the first free one on its way; NULL only in a table without
 * slots. */
static struct table_slot *find(
    const struct table *t, const void *key, size_t length, uint64_t hash)
{
    struct table_slot *free_slot = NULL;

    if (t->capacity == 0) {
        return NULL;
    }
    for (size_t i = hash & (t->capacity - 1);; i = (i + 1) & (t->capacity - 1)) {
        struct table_slot *slot = &t->slots[i];
        if (slot->key == NULL) {
            return free_slot != NULL ? free_slot : slot;
        }
        if (slot->key == TOMBSTONE) {
            free_slot = free_slot != NULL ? free_slot : slot;
        } else if (slot->hash == hash && slot->length == length &&
                   memcmp(slot->key, key, length) == 0) {
            return slot;
        }
    }
}

static bool is_live(const struct table_slot *slot)
{
    return slot != NULL && slot->key != NULL && slot->key != TOMBSTONE;
}

/* Keeps one slot in four free, so that find() always ends. */
static enum err make_room(struct table *t)
{
    if (t->capacity > 0 && t->used + 1 <= t->capacity / 4 * 3) {
        return OK;
    }
    size_t capacity = 16;
    while (capacity / 2 < t->count + 1) {
        capacity *= 2;
    }
    struct table bigger = {.capacity = capacity, .limit = t->limit};
    bigger.slots = mem_alloc(capacity, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < t->capacity; i++) {
        const struct table_slot *old = &t->slots[i];
        if (is_live(old)) {
            *find(&bigger, old->key, old->length, old->hash) = *old;
            bigger.count++;
        }
    }
    bigger.used = bigger.count;
    mem_free(t->slots);
    *t = bigger;
    return OK;
}

enum err table_put(struct table *t, const void *key, size_t length, void *value)
{
    INVARIANT(value != NULL);
    uint64_t hash = table_hash(key, length);
    struct table_slot *slot = find(t, key, length, hash);

    if (is_live(slot)) {
        slot->value = value;
        return OK;
    }
    if (t->count >= t->limit) {
        return ERR_FULL;
    }
    enum err e = make_room(t);
    if (e != OK) {
        return e;
    }
    uint8_t *copy = (uint8_t *)mem_copy_text(key, length);
    if (copy == NULL) {
        return ERR_NOMEM;
    }
    slot = find(t, key, length, hash);
    t->used += slot->key == NULL ? 1 : 0;
    t->count++;
    *slot =
        (struct table_slot){.key = copy, .length = length, .hash = hash, .value = value};
    return OK;
}

void *table_get(const struct table *t, const void *key, size_t length)
{
    const struct table_slot *slot = find(t, key, length, table_hash(key, length));

    return is_live(slot) ? slot->value : NULL;
}

void *table_remove(struct table *t, const void *key, size_t length)
{
    struct table_slot *slot = find(t, key, length, table_hash(key, length));

    if (!is_live(slot)) {
        return NULL;
    }
    void *value = slot->value;
    mem_free(slot->key);
    *slot = (struct table_slot){.key = TOMBSTONE};
    t->count--;
    return value;
}

void *table_next(const struct table *t, size_t *cursor)
{
    while (*cursor < t->capacity) {
        const struct table_slot *slot = &t->slots[(*cursor)++];
        if (is_live(slot)) {
            return slot->value;
        }
    }
    return NULL;
}
