/*
 * wire_message - the notation in which messages are written, and how C structs come from
 * it.
 *
 * A message is written once, as a list of fields in the order of the wire:
 *
 *     #define metadata_request_topic_FIELDS(S, FIELD)                                   \
 *         FIELD(S, SINCE(10), uuid, topic_id, "TopicId")                                \
 *         FIELD(S, SINCE(0), string, name, "Name", NULLABLE(SINCE(10)))
 *     WIRE_STRUCT(metadata_request_topic);
 *
 * Columns: the versions that have it, type, C member, the protocol's name; then, where
 * they apply, NULLABLE(versions), TAGGED(tag, versions) and DEFAULT(number),
 * DEFAULT_EMPTY or DEFAULT_NULL. Types: bool int8 int16 uint16 int32 uint32 int64 float64
 * uuid string bytes records, array(plain type), structure(name) and structs(name) for a
 * nested struct and an array of them. A nested struct that can be null is optional(name)
 * with NULLABLE for all its versions and DEFAULT_NULL; its member is a pointer, NULL for
 * null, else borrowed from the arena.
 *
 * WIRE_STRUCT makes `struct metadata_request_topic`; wire_table.h makes
 * `metadata_request_topic_schema` of the same list, in the .c file.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "wire_schema.h"

#define WIRE_C_bool            bool
#define WIRE_C_int8            int8_t
#define WIRE_C_int16           int16_t
#define WIRE_C_uint16          uint16_t
#define WIRE_C_int32           int32_t
#define WIRE_C_uint32          uint32_t
#define WIRE_C_int64           int64_t
#define WIRE_C_float64         double
#define WIRE_C_uuid            struct wire_uuid
#define WIRE_C_string          struct wire_view
#define WIRE_C_bytes           struct wire_view
#define WIRE_C_records         struct wire_view
#define WIRE_C_array(element)  struct wire_array
#define WIRE_C_structs(name)   struct wire_array
#define WIRE_C_structure(name) struct name
#define WIRE_C_optional(name)  const struct name *

#define WIRE_MEMBER(S, versions, type, member, ...) WIRE_C_##type member;

#define WIRE_STRUCT(name)                                                                \
    struct name {                                                                        \
        name##_FIELDS(name, WIRE_MEMBER)                                                 \
    };                                                                                   \
    extern const struct wire_schema name##_schema

#endif
