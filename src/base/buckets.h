/*
 * buckets - those who share a rate, found by a number: what they used is remembered also
 * while nobody is there.
 *
 * Trust: a peer may cause new numbers as often as it likes. Their count is bounded; where
 * it is reached, those are forgotten that nobody holds, first the ones without a debt.
 *
 * Ownership: struct buckets owns them; a held one stays until it is released.
 */
#ifndef BUCKETS_H
#define BUCKETS_H

#include "bucket.h"
#include "table.h"

#include <stddef.h>
#include <stdint.h>

struct buckets_row {
    uint64_t id;
    struct bucket bucket;
    uint32_t holders;
};

struct buckets {
    struct table by_id;
};

void buckets_init(struct buckets *b, size_t max);
/* All of them, held or not. */
void buckets_fini(struct buckets *b);
/*
 * The one of that number, which has this rate from now on; one that nobody held begins full
 * at another rate. NULL: no room for another.
 */
struct buckets_row *buckets_hold(
    struct buckets *b, uint64_t id, double rate, int64_t now_ms);
/*
 * Holds the one of that number (0: none) in place of *row. Who goes on with the same one at
 * another rate goes on with its debt. ERR_NOMEM: no room for another; *row is NULL then.
 */
enum err buckets_change(struct buckets *b, struct buckets_row **row, uint64_t id,
    double rate, int64_t now_ms) MUST_CHECK;
/* Accepts NULL inside; *row is NULL afterwards. */
void buckets_release(struct buckets_row **row);

#endif
