#include "wire_reader.h"

#include "err.h"

#include <string.h>

#define TAG_SIZE_MIN 2 /* the tag and its size, one byte each */

/* What empty views point to, so that empty is never mistaken for null. */
static const uint8_t nothing[1];

struct wire_reader wire_reader_init(const uint8_t *frame, size_t len)
{
    INVARIANT(frame != NULL || len == 0);
    return (struct wire_reader){.pos = frame != NULL ? frame : nothing, .left = len};
}

void wire_reader_fail(struct wire_reader *r, enum wire_err err)
{
    if (r->err == WIRE_OK) {
        r->err = err;
    }
    r->left = 0;
}

enum wire_err wire_reader_finish(struct wire_reader *r)
{
    if (r->left > 0) {
        wire_reader_fail(r, WIRE_ERR_TRAILING);
    }
    return r->err;
}

/* The only bounds check: len bytes of the frame, or NULL and an error. */
static const uint8_t *take(struct wire_reader *r, size_t len)
{
    if (r->err != WIRE_OK) {
        return NULL;
    }
    if (len > r->left) {
        wire_reader_fail(r, WIRE_ERR_SHORT);
        return NULL;
    }
    const uint8_t *p = r->pos;
    r->pos += len;
    r->left -= len;
    return p;
}

static uint64_t read_big_endian(struct wire_reader *r, size_t width)
{
    const uint8_t *p = take(r, width);
    uint64_t value = 0;

    if (p == NULL) {
        return 0;
    }
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | p[i];
    }
    return value;
}

/* As Kafka does: any byte but 0 is true. */
bool wire_read_bool(struct wire_reader *r)
{
    return read_big_endian(r, 1) != 0;
}

int8_t wire_read_i8(struct wire_reader *r)
{
    return (int8_t)read_big_endian(r, 1);
}

int16_t wire_read_i16(struct wire_reader *r)
{
    return (int16_t)read_big_endian(r, 2);
}

uint16_t wire_read_u16(struct wire_reader *r)
{
    return (uint16_t)read_big_endian(r, 2);
}

int32_t wire_read_i32(struct wire_reader *r)
{
    return (int32_t)read_big_endian(r, 4);
}

uint32_t wire_read_u32(struct wire_reader *r)
{
    return (uint32_t)read_big_endian(r, 4);
}

int64_t wire_read_i64(struct wire_reader *r)
{
    return (int64_t)read_big_endian(r, 8);
}

double wire_read_f64(struct wire_reader *r)
{
    uint64_t bits = read_big_endian(r, 8);
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

struct wire_uuid wire_read_uuid(struct wire_reader *r)
{
    struct wire_uuid uuid = {{0}};
    const uint8_t *p = take(r, sizeof(uuid.bytes));

    if (p != NULL) {
        memcpy(uuid.bytes, p, sizeof(uuid.bytes));
    }
    return uuid;
}

/*
 * At most `bits` bits, seven a byte, low ones first. Padding with zero bits is accepted
 * (Kafka's own reader does); bits above the type are refused, where Kafka drops them
 * without a word.
 */
static uint64_t read_varint_bits(struct wire_reader *r, unsigned bits)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < bits; shift += 7) {
        const uint8_t *p = take(r, 1);
        if (p == NULL) {
            return 0;
        }
        uint64_t part = *p & 0x7f;
        unsigned room = bits - shift;
        if (room < 7 && (*p >> room) != 0) {
            break;
        }
        value |= part << shift;
        if (*p < 0x80) {
            return value;
        }
    }
    wire_reader_fail(r, WIRE_ERR_VARINT);
    return 0;
}

uint32_t wire_read_uvarint(struct wire_reader *r)
{
    return (uint32_t)read_varint_bits(r, 32);
}

int32_t wire_read_varint(struct wire_reader *r)
{
    uint32_t raw = (uint32_t)read_varint_bits(r, 32);

    return (int32_t)(raw >> 1 ^ (0U - (raw & 1)));
}

int64_t wire_read_varlong(struct wire_reader *r)
{
    uint64_t raw = read_varint_bits(r, 64);

    return (int64_t)(raw >> 1 ^ (UINT64_C(0) - (raw & 1)));
}

/* -1 for null, otherwise 0..INT32_MAX. 0 after an error. */
static int64_t check_length(struct wire_reader *r, int64_t length, bool nullable)
{
    if (r->err != WIRE_OK) {
        return 0;
    }
    if (length == -1 && nullable) {
        return -1;
    }
    if (length < 0 || length > INT32_MAX) {
        wire_reader_fail(r, length == -1 ? WIRE_ERR_NULL : WIRE_ERR_LIMIT);
        return 0;
    }
    return length;
}

static struct wire_view read_body(struct wire_reader *r, int64_t length)
{
    if (length < 0) {
        return (struct wire_view){NULL, 0};
    }
    return wire_read_raw(r, (size_t)length);
}

struct wire_view wire_read_string(struct wire_reader *r, bool flexible, bool nullable)
{
    int64_t said = flexible ? (int64_t)wire_read_uvarint(r) - 1 : wire_read_i16(r);
    int64_t length = check_length(r, said, nullable);

    if (length > WIRE_STRING_MAX) {
        wire_reader_fail(r, WIRE_ERR_LIMIT);
        length = 0;
    }
    return read_body(r, length);
}

struct wire_view wire_read_bytes(struct wire_reader *r, bool flexible, bool nullable)
{
    int64_t said = flexible ? (int64_t)wire_read_uvarint(r) - 1 : wire_read_i32(r);

    return read_body(r, check_length(r, said, nullable));
}

int32_t wire_read_count(
    struct wire_reader *r, bool flexible, bool nullable, size_t elem_size_min)
{
    INVARIANT(elem_size_min > 0);
    int64_t said = flexible ? (int64_t)wire_read_uvarint(r) - 1 : wire_read_i32(r);
    int64_t count = check_length(r, said, nullable);

    if (count > 0 && (uint64_t)count > r->left / elem_size_min) {
        wire_reader_fail(r, WIRE_ERR_SHORT);
        return 0;
    }
    return (int32_t)count;
}

struct wire_view wire_read_raw(struct wire_reader *r, size_t len)
{
    const uint8_t *p = take(r, len);

    if (p == NULL) {
        return (struct wire_view){nothing, 0};
    }
    return (struct wire_view){p, len};
}

void wire_skip_tags(struct wire_reader *r)
{
    int64_t last = -1;
    uint32_t count = wire_read_uvarint(r);

    if (count > r->left / TAG_SIZE_MIN) {
        wire_reader_fail(r, WIRE_ERR_SHORT);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t tag = wire_read_uvarint(r);
        (void)wire_read_raw(r, wire_read_uvarint(r));
        if (r->err != WIRE_OK || tag <= last) {
            wire_reader_fail(r, WIRE_ERR_VALUE);
            return;
        }
        last = tag;
    }
}
