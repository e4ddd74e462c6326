#include "wire_writer.h"

#include "err.h"

#include <string.h>

static void write_big_endian(struct buf *b, uint64_t value, size_t width)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    buf_add(b, bytes, width);
}

void wire_write_bool(struct buf *b, bool value)
{
    write_big_endian(b, value ? 1 : 0, 1);
}

void wire_write_i8(struct buf *b, int8_t value)
{
    write_big_endian(b, (uint8_t)value, 1);
}

void wire_write_i16(struct buf *b, int16_t value)
{
    write_big_endian(b, (uint16_t)value, 2);
}

void wire_write_u16(struct buf *b, uint16_t value)
{
    write_big_endian(b, value, 2);
}

void wire_write_i32(struct buf *b, int32_t value)
{
    write_big_endian(b, (uint32_t)value, 4);
}

void wire_write_u32(struct buf *b, uint32_t value)
{
    write_big_endian(b, value, 4);
}

void wire_write_i64(struct buf *b, int64_t value)
{
    write_big_endian(b, (uint64_t)value, 8);
}

void wire_write_f64(struct buf *b, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    write_big_endian(b, bits, 8);
}

void wire_write_uuid(struct buf *b, struct wire_uuid value)
{
    buf_add(b, value.bytes, sizeof(value.bytes));
}

static void write_varint_bits(struct buf *b, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;

    while (value >= 0x80) {
        bytes[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[n++] = (uint8_t)value;
    buf_add(b, bytes, n);
}

void wire_write_uvarint(struct buf *b, uint32_t value)
{
    write_varint_bits(b, value);
}

void wire_write_varint(struct buf *b, int32_t value)
{
    write_varint_bits(b, (uint32_t)value << 1 ^ (value < 0 ? UINT32_MAX : 0));
}

void wire_write_varlong(struct buf *b, int64_t value)
{
    write_varint_bits(b, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void wire_write_string(struct buf *b, struct wire_view value, bool flexible)
{
    INVARIANT(value.len <= WIRE_STRING_MAX);
    if (flexible) {
        wire_write_uvarint(b, value.ptr == NULL ? 0 : (uint32_t)value.len + 1);
    } else {
        wire_write_i16(b, value.ptr == NULL ? -1 : (int16_t)value.len);
    }
    if (value.ptr != NULL) {
        buf_add(b, value.ptr, value.len);
    }
}

void wire_write_bytes(struct buf *b, struct wire_view value, bool flexible)
{
    INVARIANT(value.len <= INT32_MAX);
    wire_write_count(b, value.ptr == NULL ? -1 : (int32_t)value.len, flexible);
    if (value.ptr != NULL) {
        buf_add(b, value.ptr, value.len);
    }
}

void wire_write_count(struct buf *b, int32_t count, bool flexible)
{
    INVARIANT(count >= -1);
    if (flexible) {
        wire_write_uvarint(b, (uint32_t)(count + (int64_t)1));
    } else {
        wire_write_i32(b, count);
    }
}
