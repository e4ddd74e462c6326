/*
 * wire_reader - read the primitive fields of one frame (big-endian, as the Kafka protocol
 * has it).
 *
 * Trust: none; all bytes are the peer's choice. Reads are checked against the end of the
 * frame. After one that failed the others fail too and give zero or an empty view, so
 * that a decoder need not look before it has called wire_reader_finish().
 *
 * Ownership: reader and views point into the frame, which must outlive them. No memory
 * is allocated.
 */
#ifndef WIRE_READER_H
#define WIRE_READER_H

#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
    const uint8_t *pos;
    size_t left;
    enum wire_err err;
};

struct wire_reader wire_reader_init(const uint8_t *frame, size_t len);
/* WIRE_ERR_TRAILING when bytes are left over. */
enum wire_err wire_reader_finish(struct wire_reader *r)
    __attribute__((warn_unused_result));
/* Records an error that a caller found, unless there is one already. */
void wire_reader_fail(struct wire_reader *r, enum wire_err err);

bool wire_read_bool(struct wire_reader *r);
int8_t wire_read_i8(struct wire_reader *r);
int16_t wire_read_i16(struct wire_reader *r);
uint16_t wire_read_u16(struct wire_reader *r);
int32_t wire_read_i32(struct wire_reader *r);
uint32_t wire_read_u32(struct wire_reader *r);
int64_t wire_read_i64(struct wire_reader *r);
double wire_read_f64(struct wire_reader *r);
struct wire_uuid wire_read_uuid(struct wire_reader *r);

uint32_t wire_read_uvarint(struct wire_reader *r); /* at most 5 bytes, 32 bits */
int32_t wire_read_varint(struct wire_reader *r);   /* zigzag */
int64_t wire_read_varlong(struct wire_reader *r);  /* zigzag, at most 10 bytes */

/*
 * Strings and bytes, int16/int32 length or compact (uvarint length + 1) form. A null
 * value is WIRE_ERR_NULL unless nullable; null has ptr == NULL, empty has ptr != NULL and
 * len == 0.
 */
struct wire_view wire_read_string(struct wire_reader *r, bool flexible, bool nullable);
struct wire_view wire_read_bytes(struct wire_reader *r, bool flexible, bool nullable);

/*
 * Array length; -1 for null (WIRE_ERR_NULL unless nullable). An error where so many
 * elements, of elem_size_min (> 0) bytes or more, are longer than what is left of the
 * frame: no decode loop is longer than what the peer sent.
 */
int32_t wire_read_count(
    struct wire_reader *r, bool flexible, bool nullable, size_t elem_size_min);

/* len raw bytes, or an empty view and WIRE_ERR_SHORT. */
struct wire_view wire_read_raw(struct wire_reader *r, size_t len);
/* Steps over a tagged-field section whose tags nobody knows. */
void wire_skip_tags(struct wire_reader *r);

#endif
