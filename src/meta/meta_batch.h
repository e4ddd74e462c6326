/*
 * meta_batch - the encoded records of one decision, to be written as one record batch.
 *
 * One batch is one decision: it is in the log as a whole or not at all, so that half a
 * topic is never replayed.
 *
 * Ownership: owns the bytes. Errors stick, ask meta_batch_error() once.
 */
#ifndef META_BATCH_H
#define META_BATCH_H

#include "buf.h"
#include "meta_record.h"

struct meta_batch {
    struct buf bytes;
    size_t *ends; /* where each value ends */
    size_t count;
    size_t capacity;
    enum err error;
};

/* limit: bytes in all. */
void meta_batch_init(struct meta_batch *batch, size_t limit);
void meta_batch_fini(struct meta_batch *batch);
void meta_batch_reset(struct meta_batch *batch);
void meta_batch_add(struct meta_batch *batch, const struct meta_record *record);
enum err meta_batch_error(const struct meta_batch *batch) MUST_CHECK;
/* i < count. Borrows the batch, until it changes. */
struct wire_view meta_batch_value(const struct meta_batch *batch, size_t i);

#endif
