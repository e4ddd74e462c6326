/*
 * record_reader - walk over the records of one batch, uncompressed.
 *
 * Trust: the peer chose every byte. Each record must use up exactly the length it
 * announces, and the batch must hold exactly the announced number of records. Null is -1
 * and no other negative number. The first error sticks.
 *
 * Ownership: borrows the bytes; so do all views that it gives out. Nothing here
 * allocates.
 */
#ifndef RECORD_READER_H
#define RECORD_READER_H

#include "record_err.h"
#include "wire_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* length, attributes, timestamp delta, offset delta, key length, value length, header
 * count */
#define RECORD_SIZE_MIN 7

struct record {
    int64_t timestamp_delta;
    int32_t offset_delta;
    struct wire_view key;   /* ptr == NULL: null */
    struct wire_view value; /* ptr == NULL: null */
    int32_t header_count;
    struct wire_view headers; /* for record_header_next() */
};

struct record_reader {
    struct wire_reader rest;
    int32_t count; /* of the batch */
    int32_t index; /* of the next record; after an error, of the bad one */
    enum record_err err;
};

/* count: from the batch header; negative counts as malformed. */
struct record_reader record_reader_init(const uint8_t *bytes, size_t len, int32_t count);
/* False at the end or on error: then ask record_reader_finish(). */
bool record_reader_next(struct record_reader *r, struct record *out);
/* RECORD_OK when all records were read and nothing is left over. */
enum record_err record_reader_finish(const struct record_reader *r)
    __attribute__((warn_unused_result));

struct record_header {
    struct wire_view key;   /* never null */
    struct wire_view value; /* ptr == NULL: null */
};

/* Takes one header from record->headers; they were checked when the record was read. */
bool record_header_next(struct record *record, struct record_header *out);

#endif
