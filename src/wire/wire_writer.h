/*
 * wire_writer - the twin of wire_reader: primitive fields into a growing buffer with a
 * limit.
 *
 * Errors stick in the buffer (ERR_FULL, ERR_NOMEM); ask buf_error() once at the end. A
 * value that the form cannot hold (a string above 32767 bytes where the length is an
 * int16) is our own fault and fatal: what peers sent was bounded when it was read.
 *
 * Ownership: writes into the caller's struct buf.
 */
#ifndef WIRE_WRITER_H
#define WIRE_WRITER_H

#include "buf.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void wire_write_bool(struct buf *b, bool value);
void wire_write_i8(struct buf *b, int8_t value);
void wire_write_i16(struct buf *b, int16_t value);
void wire_write_u16(struct buf *b, uint16_t value);
void wire_write_i32(struct buf *b, int32_t value);
void wire_write_u32(struct buf *b, uint32_t value);
void wire_write_i64(struct buf *b, int64_t value);
void wire_write_f64(struct buf *b, double value);
void wire_write_uuid(struct buf *b, struct wire_uuid value);
void wire_write_uvarint(struct buf *b, uint32_t value);
void wire_write_varint(struct buf *b, int32_t value);  /* zigzag */
void wire_write_varlong(struct buf *b, int64_t value); /* zigzag */

/* view.ptr == NULL writes null. */
void wire_write_string(struct buf *b, struct wire_view value, bool flexible);
void wire_write_bytes(struct buf *b, struct wire_view value, bool flexible);
/* count -1 writes null. */
void wire_write_count(struct buf *b, int32_t count, bool flexible);

#endif
