/*
 * wire_schema - the tables that say what each message of the protocol looks like.
 *
 * A schema lists the fields of one struct in the order of the wire, each with the
 * versions that have it and its place in the C struct. Codec, fixed form and description
 * all walk the same tables. How tables are written: wire_message.h.
 *
 * Trust: tables are ours and constant; values are whatever a peer or sibling sent.
 */
#ifndef WIRE_SCHEMA_H
#define WIRE_SCHEMA_H

#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_type {
    WIRE_TYPE_BOOL,
    WIRE_TYPE_INT8,
    WIRE_TYPE_INT16,
    WIRE_TYPE_UINT16,
    WIRE_TYPE_INT32,
    WIRE_TYPE_UINT32,
    WIRE_TYPE_INT64,
    WIRE_TYPE_FLOAT64,
    WIRE_TYPE_UUID,
    WIRE_TYPE_STRING,   /* struct wire_view, UTF-8 */
    WIRE_TYPE_BYTES,    /* struct wire_view */
    WIRE_TYPE_RECORDS,  /* struct wire_view, record batches */
    WIRE_TYPE_STRUCT,   /* the nested struct by value */
    WIRE_TYPE_OPTIONAL, /* a pointer to the nested struct; NULL is null */
    WIRE_TYPE_ARRAY,    /* struct wire_array of `element` */
};

/* first <= version < end; all zero means never. */
struct wire_versions {
    int16_t first;
    int16_t end;
};

#define WIRE_VERSIONS_OPEN INT16_MAX /* as `end`: no last version */

enum wire_default {
    WIRE_DEFAULT_NONE,   /* nothing stated: zero, empty; null for records */
    WIRE_DEFAULT_NUMBER, /* also bool */
    WIRE_DEFAULT_EMPTY,  /* the empty string, stated */
    WIRE_DEFAULT_NULL,
};

struct wire_schema;

struct wire_field {
    const char *name; /* as the protocol spells it */
    size_t offset;    /* in the C struct */
    enum wire_type type;
    enum wire_type element; /* of an array */
    struct wire_versions versions;
    struct wire_versions nullable;
    struct wire_versions tagged; /* in these versions it is a tagged field */
    uint32_t tag;
    enum wire_default default_kind;
    int64_t default_number;
    const struct wire_schema *nested; /* of a struct, optional or not, or of an array */
};

struct wire_schema {
    const char *name; /* as the protocol spells it */
    const struct wire_field *fields;
    size_t count;
    size_t struct_size;
};

bool wire_versions_include(struct wire_versions versions, int16_t version);
/* NULL: it has no field of that name. */
const struct wire_field *wire_field_find(
    const struct wire_schema *schema, const char *name);
/* In at least one version. */
bool wire_versions_any(struct wire_versions versions);

/* Bytes that a value takes in a C struct or array; not for structs, optional ones and
 * arrays. */
size_t wire_type_size(enum wire_type type);
/* Bytes that one element of this array takes in memory. */
size_t wire_element_size(const struct wire_field *field);

/* message: a C struct of this schema; what it held before is forgotten. */
void wire_set_defaults(const struct wire_schema *schema, void *message);
/* value: where the field is, not the struct that holds it. */
bool wire_is_default(const struct wire_field *field, const void *value);

/* What the optional struct at `value` points to, or NULL. */
const void *wire_optional_get(const void *value);
void wire_optional_set(void *value_out, const void *target);

#endif
