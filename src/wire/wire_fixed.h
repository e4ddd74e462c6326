/*
 * wire_fixed - the one form in which messages cross between our processes.
 *
 * The same tables as wire_codec's, but no versions: every field is there, in the order of
 * the table. Numbers have their full width, big-endian; strings, bytes and arrays an
 * int32 length or count, -1 for null; a struct that may be null a bool before it; no
 * tags, no varints. So the large decoder never runs where decisions are made, and this
 * one stays small.
 *
 * Trust: the bytes are those of a sibling that may have been taken over. Null is accepted
 * where some version has it; bools are 0 or 1; strings are UTF-8 of at most 32767 bytes;
 * counts are bounded by the bytes at hand, memory by the arena. Each message has exactly
 * one such form: encoding what was decoded gives the same bytes.
 *
 * Ownership: views of a decoded message borrow the bytes, its arrays the arena.
 */
#ifndef WIRE_FIXED_H
#define WIRE_FIXED_H

#include "arena.h"
#include "buf.h"
#include "wire_reader.h"
#include "wire_schema.h"

/* Reads one message that uses up the reader. message_out means nothing unless WIRE_OK. */
enum wire_err wire_fixed_decode(const struct wire_schema *schema, struct wire_reader *r,
    struct arena *a, void *message_out) __attribute__((warn_unused_result));

/* Appends the message. A null that no version allows makes the buffer's error
 * ERR_INVALID. */
void wire_fixed_encode(
    const struct wire_schema *schema, const void *message, struct buf *out);

#endif
