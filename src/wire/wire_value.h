/*
 * wire_value - values of fixed width, which look the same in every form of a message.
 *
 * For the types from WIRE_TYPE_BOOL to WIRE_TYPE_UUID; any other is our own fault and
 * fatal.
 *
 * Trust and ownership: those of wire_reader and wire_writer.
 */
#ifndef WIRE_VALUE_H
#define WIRE_VALUE_H

#include "buf.h"
#include "wire_reader.h"
#include "wire_schema.h"

/* Bytes, on the wire and in memory alike. */
size_t wire_value_width(enum wire_type type);

void wire_value_read(enum wire_type type, struct wire_reader *r, void *value_out);
void wire_value_write(enum wire_type type, const void *value, struct buf *out);

/* number must be one that the type can hold; a uuid can only be set to 0. */
void wire_value_set(enum wire_type type, int64_t number, void *value_out);
bool wire_value_equals(enum wire_type type, int64_t number, const void *value);

#endif
