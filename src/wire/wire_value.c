#include "wire_value.h"

#include "err.h"
#include "wire_writer.h"

#include <string.h>

_Static_assert(sizeof(bool) == 1, "a bool is one byte, in memory as on the wire");

size_t wire_value_width(enum wire_type type)
{
    switch (type) {
    case WIRE_TYPE_BOOL:
    case WIRE_TYPE_INT8:
        return 1;
    case WIRE_TYPE_INT16:
    case WIRE_TYPE_UINT16:
        return 2;
    case WIRE_TYPE_INT32:
    case WIRE_TYPE_UINT32:
        return 4;
    case WIRE_TYPE_INT64:
    case WIRE_TYPE_FLOAT64:
        return 8;
    case WIRE_TYPE_UUID:
        return sizeof(struct wire_uuid);
    default:
        fatal("wire_value: type %d has no fixed width", (int)type);
    }
}

void wire_value_read(enum wire_type type, struct wire_reader *r, void *value_out)
{
    switch (type) {
    case WIRE_TYPE_BOOL:
        *(bool *)value_out = wire_read_bool(r);
        return;
    case WIRE_TYPE_INT8:
        *(int8_t *)value_out = wire_read_i8(r);
        return;
    case WIRE_TYPE_INT16:
        *(int16_t *)value_out = wire_read_i16(r);
        return;
    case WIRE_TYPE_UINT16:
        *(uint16_t *)value_out = wire_read_u16(r);
        return;
    case WIRE_TYPE_INT32:
        *(int32_t *)value_out = wire_read_i32(r);
        return;
    case WIRE_TYPE_UINT32:
        *(uint32_t *)value_out = wire_read_u32(r);
        return;
    case WIRE_TYPE_INT64:
        *(int64_t *)value_out = wire_read_i64(r);
        return;
    case WIRE_TYPE_FLOAT64:
        *(double *)value_out = wire_read_f64(r);
        return;
    case WIRE_TYPE_UUID:
        *(struct wire_uuid *)value_out = wire_read_uuid(r);
        return;
    default:
        fatal("wire_value: type %d has no fixed width", (int)type);
    }
}

void wire_value_write(enum wire_type type, const void *value, struct buf *out)
{
    switch (type) {
    case WIRE_TYPE_BOOL:
        wire_write_bool(out, *(const bool *)value);
        return;
    case WIRE_TYPE_INT8:
        wire_write_i8(out, *(const int8_t *)value);
        return;
    case WIRE_TYPE_INT16:
        wire_write_i16(out, *(const int16_t *)value);
        return;
    case WIRE_TYPE_UINT16:
        wire_write_u16(out, *(const uint16_t *)value);
        return;
    case WIRE_TYPE_INT32:
        wire_write_i32(out, *(const int32_t *)value);
        return;
    case WIRE_TYPE_UINT32:
        wire_write_u32(out, *(const uint32_t *)value);
        return;
    case WIRE_TYPE_INT64:
        wire_write_i64(out, *(const int64_t *)value);
        return;
    case WIRE_TYPE_FLOAT64:
        wire_write_f64(out, *(const double *)value);
        return;
    case WIRE_TYPE_UUID:
        wire_write_uuid(out, *(const struct wire_uuid *)value);
        return;
    default:
        fatal("wire_value: type %d has no fixed width", (int)type);
    }
}

void wire_value_set(enum wire_type type, int64_t number, void *value_out)
{
    switch (type) {
    case WIRE_TYPE_BOOL:
        *(bool *)value_out = number != 0;
        return;
    case WIRE_TYPE_INT8:
        *(int8_t *)value_out = (int8_t)number;
        return;
    case WIRE_TYPE_INT16:
    case WIRE_TYPE_UINT16:
        *(uint16_t *)value_out = (uint16_t)number;
        return;
    case WIRE_TYPE_INT32:
    case WIRE_TYPE_UINT32:
        *(uint32_t *)value_out = (uint32_t)number;
        return;
    case WIRE_TYPE_INT64:
        *(int64_t *)value_out = number;
        return;
    case WIRE_TYPE_FLOAT64:
        *(double *)value_out = (double)number;
        return;
    default:
        INVARIANT(number == 0);
        memset(value_out, 0, wire_value_width(type));
    }
}

bool wire_value_equals(enum wire_type type, int64_t number, const void *value)
{
    uint8_t wanted[sizeof(struct wire_uuid)];

    wire_value_set(type, number, wanted);
    return memcmp(value, wanted, wire_value_width(type)) == 0;
}
