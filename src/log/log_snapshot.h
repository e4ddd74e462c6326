/*
 * log_snapshot - the file `<offset>.snapshot`: what was known of each producer when the
 * log ended at that offset, in Apache Kafka's form.
 *
 *   version int16 = 1, CRC-32C uint32 of all that follows, count int32, then entries
 *
 * Of each producer there is its last batch only. Transactions are not ours: their two
 * fields are read, not kept, and written as -1.
 *
 * Trust: the file may be torn, damaged or another program's. One that says what can not
 * be is not believed at all: bytes too many or too few, a batch at or behind the offset.
 *
 * Ownership: a snapshot owns its entries. The reader says how many it takes at most.
 */
#ifndef LOG_SNAPSHOT_H
#define LOG_SNAPSHOT_H

#include "buf.h"
#include "err.h"
#include "log_fs.h"

#include <stddef.h>
#include <stdint.h>

#define LOG_SNAPSHOT_SUFFIX ".snapshot"

struct log_snapshot_entry {
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t last_sequence;
    int64_t last_offset; /* -1: no batch, only an epoch */
    int32_t offset_delta;
    int64_t timestamp;
    int32_t coordinator_epoch;
    int64_t transaction_offset; /* where the one that is open began; -1: none is */
};

struct log_snapshot {
    struct log_snapshot_entry *entries;
    size_t count;
};

void log_snapshot_fini(struct log_snapshot *s);
/* Into an empty buffer, in which errors stick. */
void log_snapshot_encode(const struct log_snapshot *s, struct buf *out);
/* ERR_CORRUPT: it is not to be believed, or of more than entries_max producers. */
enum err log_snapshot_decode(const uint8_t *bytes, size_t len, int64_t offset,
    size_t entries_max, struct log_snapshot *out) MUST_CHECK;
/* Whole or not at all; under that name durable after the directory was synced. */
enum err log_snapshot_store(const struct log_snapshot *s, const struct log_fs *fs,
    int dir, int64_t offset) MUST_CHECK;
/* The same; ERR_IO: the file can not be read, and may be whole. */
enum err log_snapshot_load(const struct log_fs *fs, int dir, int64_t offset,
    size_t entries_max, struct log_snapshot *out) MUST_CHECK;

#endif
