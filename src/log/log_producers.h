/*
 * log_producers - what idempotent producers last wrote to one partition.
 *
 * Keeps the epoch and the last five batches of each producer id, which is how many
 * requests a client may have in flight. Bounded twice: in one log, and in all
 * logs of the process together. The producer of this log that was silent longest gives
 * way to a new one, and one that was silent for the expiry time counts as unknown.
 * An unknown producer may begin with any sequence, as in Apache Kafka, because its state
 * may have expired.
 *
 * Ownership: owns its entries; the budget is borrowed.
 */
#ifndef LOG_PRODUCERS_H
#define LOG_PRODUCERS_H

#include "err.h"
#include "log_budget.h"
#include "log_code.h"
#include "record_batch.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_PRODUCER_BATCHES 5

struct log_producer_batch {
    int32_t first_sequence;
    int32_t last_sequence;
    int64_t base_offset;
    int64_t last_offset;
    int64_t timestamp; /* max timestamp: the append time on such topics */
};

struct log_producer;

struct log_producers {
    struct table by_id;
    struct log_producer *oldest; /* least recently written */
    struct log_producer *newest;
    size_t max;
    int64_t expiry_ms;
    struct log_budget *budget; /* borrowed; NULL: only max counts */
};

void log_producers_init(
    struct log_producers *p, size_t max, int64_t expiry_ms, struct log_budget *budget);
void log_producers_fini(struct log_producers *p);
size_t log_producers_count(const struct log_producers *p);

/*
 * May this batch (of a producer) be appended? LOG_CODE_NONE and *duplicate_out == NULL:
 * yes. LOG_CODE_NONE and a batch: it was appended before, there. Otherwise 45 or 47.
 */
enum log_code log_producers_check(const struct log_producers *p,
    const struct record_batch_header *h, int64_t now_ms,
    const struct log_producer_batch **duplicate_out);
/*
 * Makes sure that log_producers_note() for this producer cannot fail. May drop the oldest.
 * ERR_FULL: other logs use up the budget, and this one has none that could give way.
 */
enum err log_producers_reserve(
    struct log_producers *p, int64_t producer_id, int64_t now_ms) MUST_CHECK;
/* What is known of one producer. */
struct log_producer_state {
    int64_t id;
    int16_t epoch;
    int32_t first_sequence; /* of its last batch, like all that follows */
    int32_t last_sequence;
    int64_t base_offset;
    int64_t last_offset;
    int64_t last_timestamp;
};
/* Each producer that is not forgotten, once; *cursor starts at 0; false at the end. */
bool log_producers_next(const struct log_producers *p, size_t *cursor, int64_t now_ms,
    struct log_producer_state *out);
/*
 * One that was written down: it takes its place as the one that was silent longest, and
 * was last heard of at its timestamp. Nothing where it is known, or silent for the expiry
 * time. ERR_FULL: there is no room, and no other gives way.
 */
enum err log_producers_restore(struct log_producers *p,
    const struct log_producer_state *state, int64_t now_ms) MUST_CHECK;
/* The batch is in the log, with its final offsets. After log_producers_reserve(). */
void log_producers_note(
    struct log_producers *p, const struct record_batch_header *h, int64_t now_ms);

#endif
