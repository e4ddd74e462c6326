/*
 * record_builder - put records of our own into one uncompressed batch.
 *
 * For what the broker itself writes (metadata, group offsets) and for tests. Errors stick
 * in the buffer, as with every writer; a record that cannot be expressed is our own fault
 * and fatal.
 *
 * Ownership: writes to the end of the caller's buffer. Nothing else may be appended to it
 * between record_builder_begin() and record_builder_finish().
 */
#ifndef RECORD_BUILDER_H
#define RECORD_BUILDER_H

#include "buf.h"
#include "err.h"
#include "record_batch.h"
#include "record_reader.h"
#include "wire_types.h"

#include <stddef.h>
#include <stdint.h>

struct record_builder {
    struct buf *out; /* borrowed: caller */
    size_t start;    /* of the batch in out */
    struct record_batch_header header;
};

struct record_builder_options {
    int64_t base_timestamp;
    int64_t producer_id; /* -1: none */
    int16_t producer_epoch;
    int32_t base_sequence;
    int16_t attributes; /* enum record_attribute; codec bits stay 0 */
};

/* What most callers want: no producer. */
struct record_builder_options record_builder_plain(int64_t base_timestamp);

struct record_builder record_builder_begin(
    struct buf *out, const struct record_builder_options *options);
/* key and value: ptr == NULL is null. headers may be NULL when header_count is 0. */
void record_builder_add(struct record_builder *b, int64_t timestamp, struct wire_view key,
    struct wire_view value, const struct record_header *headers, size_t header_count);
/*
 * Writes the header: base offset 0, leader epoch -1, CRC right. The batch then begins at
 * b->start. A batch without records is an error (ERR_INVALID).
 */
enum err record_builder_finish(struct record_builder *b) MUST_CHECK;

#endif
