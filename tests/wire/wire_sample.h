/*
 * wire_sample - a message for tests that has what no real one has all of: each type, each
 * kind of default, tags whose order in the table is not their order on the wire, inline
 * and tagged versions of one field.
 */
#ifndef WIRE_SAMPLE_H
#define WIRE_SAMPLE_H

#include "wire_table.h"

/* clang-format off */
#define sample_part_FIELDS(S, FIELD)                                                     \
    FIELD(S, SINCE(0), int8, small, "Small", DEFAULT(3))                                 \
    FIELD(S, SINCE(0), string, text, "Text", DEFAULT_EMPTY)                              \
    FIELD(S, SINCE(0), array(int32), numbers, "Numbers")
WIRE_STRUCT(sample_part);

#define sample_FIELDS(S, FIELD)                                                          \
    FIELD(S, SINCE(0), bool, flag, "Flag", DEFAULT(true))                                \
    FIELD(S, SINCE(0), int8, i8, "I8", DEFAULT(-1))                                      \
    FIELD(S, SINCE(0), int16, i16, "I16", DEFAULT(-1))                                   \
    FIELD(S, SINCE(0), uint16, u16, "U16", DEFAULT(65535))                               \
    FIELD(S, SINCE(0), int32, i32, "I32", DEFAULT(INT32_MIN))                            \
    FIELD(S, SINCE(0), uint32, u32, "U32", DEFAULT(UINT32_MAX))                          \
    FIELD(S, SINCE(0), int64, i64, "I64", DEFAULT(INT64_MAX))                            \
    FIELD(S, SINCE(0), float64, f64, "F64", DEFAULT(2))                                  \
    FIELD(S, SINCE(0), uuid, id, "Id")                                                   \
    FIELD(S, SINCE(0), string, text, "Text", NULLABLE(SINCE(1)), DEFAULT_NULL)           \
    FIELD(S, BETWEEN(1, 1), string, gone, "Gone")                                        \
    FIELD(S, SINCE(0), bytes, blob, "Blob", NULLABLE(BETWEEN(1, 2)))                     \
    FIELD(S, SINCE(0), records, records, "Records", NULLABLE(SINCE(0)))                  \
    FIELD(S, SINCE(0), structure(sample_part), part, "Part")                             \
    FIELD(S, SINCE(0), structs(sample_part), parts, "Parts", NULLABLE(SINCE(1)),         \
        DEFAULT_NULL)                                                                    \
    FIELD(S, SINCE(0), array(string), names, "Names")                                    \
    FIELD(S, SINCE(2), structs(sample_part), tagged_parts, "TaggedParts",                \
        TAGGED(7, SINCE(2)))                                                             \
    FIELD(S, SINCE(0), int32, moved, "Moved", TAGGED(3, SINCE(2)), DEFAULT(5))           \
    FIELD(S, SINCE(2), structure(sample_part), tagged_part, "TaggedPart",                \
        TAGGED(0, SINCE(2)))                                                             \
    FIELD(S, SINCE(2), string, tagged_text, "TaggedText", NULLABLE(SINCE(2)),            \
        TAGGED(200, SINCE(2)))                                                           \
    FIELD(S, SINCE(3), bytes, tagged_blob, "TaggedBlob", NULLABLE(SINCE(3)),             \
        TAGGED(201, SINCE(3)), DEFAULT_NULL)
WIRE_STRUCT(sample);
/* clang-format on */

WIRE_TABLE(sample_part, "SamplePart")
WIRE_TABLE(sample, "Sample")

#endif
