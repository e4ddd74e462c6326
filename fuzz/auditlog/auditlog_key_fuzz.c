/*
 * Any bytes as audit.key. Of the slots that are whole the newer counts, and only those;
 * what was read is what would be written again, and with it the trail can go on: whatever
 * its secrets are, nothing of that leaves its memory.
 */
#include "auditlog_key.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WHOLE (AUDITLOG_SLOT_AT + AUDITLOG_SLOT)
#define SUM   (AUDITLOG_SLOT - AUDITLOG_HASH)

/* The first byte says how the others become the file. */
#define RAW   0x80 /* as they are; else the first slot, then the second */
#define SUM_0 1    /* with the right sum */
#define SUM_1 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct auditlog_crypto crypto;
static int fd = -1;

static void demand(bool condition)
{
    if (!condition) {
        abort();
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put_sum(uint8_t *slot)
{
    const struct auditlog_bytes part = {slot, SUM};

    demand(auditlog_hash(&crypto, &part, 1, slot + SUM) == OK);
}

static bool has_sum(const uint8_t *slot)
{
    uint8_t copy[AUDITLOG_SLOT];

    memcpy(copy, slot, sizeof(copy));
    put_sum(copy);
    return memcmp(copy, slot, sizeof(copy)) == 0;
}

/* How long the file is. */
static size_t make(const uint8_t *data, size_t size, uint8_t file[WHOLE])
{
    uint8_t how = data[0];

    data++;
    size--;
    memset(file, 0, WHOLE);
    if ((how & RAW) != 0) {
        memcpy(file, data, smaller(size, WHOLE));
        return smaller(size, WHOLE);
    }
    size_t first = smaller(size, AUDITLOG_SLOT);
    memcpy(file, data, first);
    memcpy(file + AUDITLOG_SLOT_AT, data + first, smaller(size - first, AUDITLOG_SLOT));
    if ((how & SUM_0) != 0) {
        put_sum(file);
    }
    if ((how & SUM_1) != 0) {
        put_sum(file + AUDITLOG_SLOT_AT);
    }
    return WHOLE;
}

static bool is_same(const struct auditlog_key *a, const struct auditlog_key *b)
{
    uint8_t x[AUDITLOG_SLOT];
    uint8_t y[AUDITLOG_SLOT];

    demand(auditlog_key_encode(a, &crypto, x) == OK);
    demand(auditlog_key_encode(b, &crypto, y) == OK);
    return memcmp(x, y, sizeof(x)) == 0;
}

/* From a copy of its own, so that a read behind it is seen. */
static bool decodes(const uint8_t *bytes, struct auditlog_key *out)
{
    uint8_t *slot = malloc(AUDITLOG_SLOT);
    uint8_t again[AUDITLOG_SLOT];
    struct auditlog_key k;
    struct auditlog_key untouched;

    demand(slot != NULL);
    memcpy(slot, bytes, AUDITLOG_SLOT);
    memset(&k, 0xee, sizeof(k));
    untouched = k;
    bool good = auditlog_key_decode(slot, &crypto, &k) == OK;
    free(slot);
    if (!good) {
        demand(memcmp(&k, &untouched, sizeof(k)) == 0);
        return false;
    }
    demand(has_sum(bytes));
    demand(auditlog_algorithm_name(k.now.key.algorithm) != NULL);
    demand(k.next.key.algorithm == k.now.key.algorithm);
    demand(k.now.key.length == auditlog_public_length(k.now.key.algorithm));
    demand(k.next.key.length == k.now.key.length && k.now.key.length > 0);
    demand(auditlog_key_encode(&k, &crypto, again) == OK);
    demand(auditlog_key_decode(again, &crypto, out) == OK && is_same(&k, out));
    return true;
}

static enum err load(const uint8_t *bytes, size_t length, struct auditlog_key *out)
{
    demand(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    demand(pwrite(fd, bytes, length, 0) == (ssize_t)length);
    return auditlog_key_load(fd, &crypto, out);
}

/* The next of the process that has it: stored, evolved, used. */
static void go_on(struct auditlog_key *k)
{
    uint8_t signature[AUDITLOG_SIGNATURE_MAX];
    struct auditlog_key again;
    struct auditlog_public next = k->next.key;
    size_t length = 0;
    const uint64_t epoch = k->epoch;

    if (auditlog_sign(&crypto, &k->now, "text", 4, signature, &length) == OK) {
        demand(length <= sizeof(signature));
        (void)auditlog_is_signed(&crypto, &k->now.key, "text", 4, signature, length);
    }
    if (k->generation > UINT64_MAX - 3) {
        return; /* no file was written so often */
    }
    demand(auditlog_key_store(fd, &crypto, k, false) == OK);
    demand(lseek(fd, 0, SEEK_SET) == 0);
    demand(auditlog_key_load(fd, &crypto, &again) == OK && is_same(k, &again));
    if (auditlog_key_evolve(k, &crypto) == OK) {
        demand(k->epoch == epoch + 1 && auditlog_public_equals(&k->now.key, &next));
        demand(auditlog_key_store(fd, &crypto, k, true) == OK);
        demand(lseek(fd, 0, SEEK_SET) == 0);
        demand(auditlog_key_load(fd, &crypto, &again) == OK && is_same(k, &again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t file[WHOLE];
    struct auditlog_key slots[2];
    struct auditlog_key k;

    if (fd < 0) {
        fd = memfd_create("audit.key", MFD_CLOEXEC);
        demand(fd >= 0 && auditlog_crypto_open(&crypto, false) == OK);
    }
    if (size == 0) {
        return 0;
    }
    size_t length = make(data, size, file);
    bool first = length >= AUDITLOG_SLOT && decodes(file, &slots[0]);
    bool second = length >= WHOLE && decodes(file + AUDITLOG_SLOT_AT, &slots[1]);
    enum err e = load(file, length, &k);
    if (!first && !second) {
        demand(e == (length == 0 ? ERR_NOT_FOUND : ERR_CORRUPT));
        return 0;
    }
    bool newer = second && (!first || slots[1].generation > slots[0].generation);
    demand(e == OK && is_same(&k, &slots[newer ? 1 : 0]));
    go_on(&k);
    auditlog_key_wipe(&k);
    return 0;
}
