#include "auditlog_key.h"

#include "mem.h"
#include "rand.h"

#include <string.h>
#include <unistd.h>

static const uint8_t magic[8] = {'S', 'C', 'H', 'L', 'A', 'U', 'D', '1'};

#define PAIR_BYTES (AUDITLOG_SECRET + AUDITLOG_PUBLIC_MAX)
#define HEAD_BYTES (8 + 1 + 8 + AUDITLOG_TRAIL + 8 + 8 + AUDITLOG_HASH)
#define SUM_AT     (AUDITLOG_SLOT - AUDITLOG_HASH)

_Static_assert(HEAD_BYTES + 2 * PAIR_BYTES <= SUM_AT, "a slot has room");

enum err auditlog_key_make(struct auditlog_key *k, struct auditlog_crypto *crypto,
    enum auditlog_algorithm algorithm)
{
    *k = (struct auditlog_key){.epoch = 0};
    rand_bytes(k->trail, sizeof(k->trail));
    enum err e = auditlog_pair_make(crypto, algorithm, &k->now);
    if (e == OK) {
        e = auditlog_pair_make(crypto, algorithm, &k->next);
    }
    if (e != OK) {
        auditlog_key_wipe(k);
    }
    return e;
}

enum err auditlog_key_evolve(struct auditlog_key *k, struct auditlog_crypto *crypto)
{
    struct auditlog_pair fresh;
    enum err e = auditlog_pair_make(crypto, k->next.key.algorithm, &fresh);

    if (e == OK) {
        auditlog_pair_wipe(&k->now);
        k->now = k->next;
        k->next = fresh;
        k->epoch++;
    }
    auditlog_pair_wipe(&fresh);
    return e;
}

void auditlog_key_wipe(struct auditlog_key *k)
{
    mem_wipe(k, sizeof(*k));
}

/* --- slots -------------------------------------------------------------------------- */

static uint8_t *put_u64(uint8_t *out, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
    return out + 8;
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t value = 0;

    for (size_t i = 0; i < 8; i++) {
        value |= (uint64_t)in[i] << (8 * i);
    }
    return value;
}

static uint8_t *put(uint8_t *out, const void *bytes, size_t length)
{
    memcpy(out, bytes, length);
    return out + length;
}

static uint8_t *put_pair(uint8_t *out, const struct auditlog_pair *pair)
{
    out = put(out, pair->secret, AUDITLOG_SECRET);
    return put(out, pair->key.bytes, AUDITLOG_PUBLIC_MAX);
}

static const uint8_t *get_pair(
    const uint8_t *in, enum auditlog_algorithm algorithm, struct auditlog_pair *out)
{
    out->key.algorithm = algorithm;
    out->key.length = auditlog_public_length(algorithm);
    memcpy(out->secret, in, AUDITLOG_SECRET);
    memcpy(out->key.bytes, in + AUDITLOG_SECRET, AUDITLOG_PUBLIC_MAX);
    return in + PAIR_BYTES;
}

enum err auditlog_key_encode(const struct auditlog_key *k, struct auditlog_crypto *crypto,
    uint8_t out[AUDITLOG_SLOT])
{
    const struct auditlog_bytes part = {out, SUM_AT};
    uint8_t *at = out;

    memset(out, 0, AUDITLOG_SLOT);
    at = put(at, magic, sizeof(magic));
    *at++ = (uint8_t)k->now.key.algorithm;
    at = put_u64(at, k->generation);
    at = put(at, k->trail, AUDITLOG_TRAIL);
    at = put_u64(at, k->epoch);
    at = put_u64(at, k->signed_to.seq);
    at = put(at, k->signed_to.hash, AUDITLOG_HASH);
    at = put_pair(at, &k->now);
    (void)put_pair(at, &k->next);
    return auditlog_hash(crypto, &part, 1, out + SUM_AT);
}

enum err auditlog_key_decode(const uint8_t slot[AUDITLOG_SLOT],
    struct auditlog_crypto *crypto, struct auditlog_key *out)
{
    const struct auditlog_bytes part = {slot, SUM_AT};
    uint8_t sum[AUDITLOG_HASH];
    const uint8_t *at = slot + 9;
    enum auditlog_algorithm algorithm = (enum auditlog_algorithm)slot[8];
    enum err e = auditlog_hash(crypto, &part, 1, sum);

    if (e != OK) {
        return e;
    }
    if (memcmp(slot, magic, sizeof(magic)) != 0 ||
        auditlog_public_length(algorithm) == 0 ||
        memcmp(sum, slot + SUM_AT, sizeof(sum)) != 0) {
        return ERR_CORRUPT;
    }
    out->generation = get_u64(at);
    memcpy(out->trail, at + 8, AUDITLOG_TRAIL);
    at += 8 + AUDITLOG_TRAIL;
    out->epoch = get_u64(at);
    out->signed_to.seq = get_u64(at + 8);
    memcpy(out->signed_to.hash, at + 16, AUDITLOG_HASH);
    at = get_pair(at + 16 + AUDITLOG_HASH, algorithm, &out->now);
    (void)get_pair(at, algorithm, &out->next);
    return OK;
}

static off_t slot_at(uint64_t generation)
{
    return generation % 2 == 0 ? 0 : AUDITLOG_SLOT_AT;
}

/* All of a small file, from where it stands. ERR_IO. */
static enum err read_all(int fd, uint8_t *out, size_t size, size_t *length_out)
{
    size_t length = 0;
    ssize_t n = 1;

    while (n > 0 && length < size) {
        n = read(fd, out + length, size - length);
        length += n > 0 ? (size_t)n : 0;
    }
    *length_out = length;
    return n < 0 ? ERR_IO : OK;
}

/* The newer of those that are whole. */
static enum err choose(const uint8_t *bytes, size_t length,
    struct auditlog_crypto *crypto, struct auditlog_key *out)
{
    struct auditlog_key one;
    enum err e = ERR_CORRUPT;

    for (uint64_t i = 0; i < 2; i++) {
        size_t at = (size_t)slot_at(i);
        if (length < at + AUDITLOG_SLOT ||
            auditlog_key_decode(bytes + at, crypto, &one) != OK) {
            continue;
        }
        if (e != OK || one.generation > out->generation) {
            *out = one;
        }
        e = OK;
    }
    auditlog_key_wipe(&one);
    return e;
}

enum err auditlog_key_load(
    int fd, struct auditlog_crypto *crypto, struct auditlog_key *out)
{
    uint8_t bytes[AUDITLOG_SLOT_AT + AUDITLOG_SLOT];
    size_t length = 0;
    enum err e = read_all(fd, bytes, sizeof(bytes), &length);

    if (e == OK) {
        e = length == 0 ? ERR_NOT_FOUND : choose(bytes, length, crypto, out);
    }
    mem_wipe(bytes, sizeof(bytes));
    return e;
}

static enum err store_one(int fd, struct auditlog_crypto *crypto, struct auditlog_key *k)
{
    uint8_t slot[AUDITLOG_SLOT];

    k->generation++;
    enum err e = auditlog_key_encode(k, crypto, slot);
    if (e == OK &&
        pwrite(fd, slot, sizeof(slot), slot_at(k->generation)) != (ssize_t)sizeof(slot)) {
        e = ERR_IO;
    }
    mem_wipe(slot, sizeof(slot));
    return e;
}

enum err auditlog_key_store(
    int fd, struct auditlog_crypto *crypto, struct auditlog_key *k, bool both)
{
    enum err e = OK;

    /* One whole slot lies on disk before the other is touched. */
    for (int i = 0; e == OK && i < (both ? 2 : 1); i++) {
        e = store_one(fd, crypto, k);
        if (e == OK && fdatasync(fd) != 0) {
            e = ERR_IO;
        }
    }
    return e;
}
