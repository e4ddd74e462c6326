/*
 * wire_table - makes the constant schema of a list of fields. Only for the .c files of
 * messages; the notation is explained in wire_message.h.
 */
#ifndef WIRE_TABLE_H
#define WIRE_TABLE_H

#include "wire_message.h"

/* clang-format off */
#define SINCE(first_version)           {(first_version), WIRE_VERSIONS_OPEN}
#define BETWEEN(first_version, last)   {(first_version), (last) + 1}
#define NULLABLE(...)                  .nullable = __VA_ARGS__
#define TAGGED(tag_number, ...)        .tag = (tag_number), .tagged = __VA_ARGS__
#define DEFAULT(number)                .default_kind = WIRE_DEFAULT_NUMBER,              \
                                       .default_number = (number)
#define DEFAULT_EMPTY                  .default_kind = WIRE_DEFAULT_EMPTY
#define DEFAULT_NULL                   .default_kind = WIRE_DEFAULT_NULL

#define WIRE_T_bool                    .type = WIRE_TYPE_BOOL
#define WIRE_T_int8                    .type = WIRE_TYPE_INT8
#define WIRE_T_int16                   .type = WIRE_TYPE_INT16
#define WIRE_T_uint16                  .type = WIRE_TYPE_UINT16
#define WIRE_T_int32                   .type = WIRE_TYPE_INT32
#define WIRE_T_uint32                  .type = WIRE_TYPE_UINT32
#define WIRE_T_int64                   .type = WIRE_TYPE_INT64
#define WIRE_T_float64                 .type = WIRE_TYPE_FLOAT64
#define WIRE_T_uuid                    .type = WIRE_TYPE_UUID
#define WIRE_T_string                  .type = WIRE_TYPE_STRING
#define WIRE_T_bytes                   .type = WIRE_TYPE_BYTES
#define WIRE_T_records                 .type = WIRE_TYPE_RECORDS
#define WIRE_T_structure(of)           .type = WIRE_TYPE_STRUCT, .nested = &of##_schema
#define WIRE_T_optional(of)            .type = WIRE_TYPE_OPTIONAL, .nested = &of##_schema
#define WIRE_T_structs(of)             .type = WIRE_TYPE_ARRAY,                          \
                                       .element = WIRE_TYPE_STRUCT, .nested = &of##_schema
#define WIRE_T_array(of)               .type = WIRE_TYPE_ARRAY, WIRE_E_##of
#define WIRE_E_bool                    .element = WIRE_TYPE_BOOL
#define WIRE_E_int8                    .element = WIRE_TYPE_INT8
#define WIRE_E_int16                   .element = WIRE_TYPE_INT16
#define WIRE_E_uint16                  .element = WIRE_TYPE_UINT16
#define WIRE_E_int32                   .element = WIRE_TYPE_INT32
#define WIRE_E_uint32                  .element = WIRE_TYPE_UINT32
#define WIRE_E_int64                   .element = WIRE_TYPE_INT64
#define WIRE_E_float64                 .element = WIRE_TYPE_FLOAT64
#define WIRE_E_uuid                    .element = WIRE_TYPE_UUID
#define WIRE_E_string                  .element = WIRE_TYPE_STRING
#define WIRE_E_bytes                   .element = WIRE_TYPE_BYTES

#define WIRE_ROW(S, versions_, type_, member, name_, ...)                                \
    {.name = (name_), .offset = offsetof(struct S, member), .versions = versions_,       \
     WIRE_T_##type_, __VA_ARGS__},
/* clang-format on */

#define WIRE_TABLE(c_name, protocol_name)                                                \
    static const struct wire_field c_name##_fields[] = {                                 \
        c_name##_FIELDS(c_name, WIRE_ROW)};                                              \
    const struct wire_schema c_name##_schema = {                                         \
        .name = (protocol_name),                                                         \
        .fields = c_name##_fields,                                                       \
        .count = sizeof(c_name##_fields) / sizeof(c_name##_fields[0]),                   \
        .struct_size = sizeof(struct c_name),                                            \
    };

#endif
