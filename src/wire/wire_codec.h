/*
 * wire_codec - a message's bytes at one version <-> its C struct, for every table.
 *
 * Trust: the bytes are a client's. Version ranges, null, tags and UTF-8 are checked; a
 * count is believed only as far as the bytes at hand could hold that many elements;
 * memory comes from the arena alone, so its limit is the limit of one message; nesting is
 * that of the schema.
 *
 * Ownership: views of a decoded message borrow the frame, its arrays the arena.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "arena.h"
#include "buf.h"
#include "wire_reader.h"
#include "wire_schema.h"

/*
 * Reads one message that uses up the reader. Fields that this version lacks get their
 * defaults. flexible: whether this version has tags and compact lengths. message_out is
 * meaningless unless the result is WIRE_OK.
 */
enum wire_err wire_decode(const struct wire_schema *schema, int16_t version,
    bool flexible, struct wire_reader *r, struct arena *a, void *message_out)
    __attribute__((warn_unused_result));

/*
 * Appends the message. Fields that this version lacks are left out, tagged ones also
 * where they have their default. A null that this version does not allow makes the
 * buffer's error ERR_INVALID.
 */
void wire_encode(const struct wire_schema *schema, int16_t version, bool flexible,
    const void *message, struct buf *out);

#endif
