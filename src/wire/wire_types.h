/*
 * wire_types - the values that protocol structs are made of, and what a peer can do
 * wrong.
 */
#ifndef WIRE_TYPES_H
#define WIRE_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Longest string, in bytes: what an int16 length can say. Compact strings obey it too. */
#define WIRE_STRING_MAX 0x7fff

enum wire_err {
    WIRE_OK = 0,
    WIRE_ERR_SHORT,    /* the frame ended inside a field */
    WIRE_ERR_VARINT,   /* a varint does not fit its type */
    WIRE_ERR_NULL,     /* null, where the schema wants a value */
    WIRE_ERR_LIMIT,    /* a length or count above what we accept, or below -1 */
    WIRE_ERR_TRAILING, /* bytes left over after the last field */
    WIRE_ERR_UTF8,     /* a string that is not UTF-8 */
    WIRE_ERR_VALUE,    /* a value outside its type, or a tag twice or out of order */
    WIRE_ERR_MEMORY,   /* the arena of this message is full */
    WIRE_ERR_VERSION,  /* no such API or version */
};

const char *wire_err_text(enum wire_err e);

/* Bytes somewhere else; not NUL-terminated. ptr == NULL is the protocol's null. */
struct wire_view {
    const uint8_t *ptr;
    size_t len;
};

struct wire_uuid {
    uint8_t bytes[16];
};

/* A decoded array. count == -1 is the protocol's null. items is borrowed from the arena.
 */
struct wire_array {
    void *items;
    int32_t count;
};

#endif
