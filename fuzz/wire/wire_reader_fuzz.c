#include "wire_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static volatile uint8_t sink;

/* Touches the whole view, so that a sanitizer sees one that leaves the frame. */
static void look_at(struct wire_view view)
{
    for (size_t i = 0; i < view.len; i++) {
        sink = view.ptr[i];
    }
}

static void read_one(struct wire_reader *r, uint8_t op)
{
    bool flexible = (op & 0x80) != 0;
    bool nullable = (op & 0x40) != 0;

    switch (op & 0x0f) {
    case 0:
        (void)wire_read_bool(r);
        break;
    case 1:
        (void)wire_read_i16(r);
        break;
    case 2:
        (void)wire_read_i32(r);
        break;
    case 3:
        (void)wire_read_f64(r);
        break;
    case 4:
        (void)wire_read_uuid(r);
        break;
    case 5:
        (void)wire_read_uvarint(r);
        break;
    case 6:
        (void)wire_read_varint(r);
        break;
    case 7:
        (void)wire_read_varlong(r);
        break;
    case 8:
        look_at(wire_read_string(r, flexible, nullable));
        break;
    case 9:
        look_at(wire_read_bytes(r, flexible, nullable));
        break;
    case 10: {
        int32_t count = wire_read_count(r, flexible, nullable, 3);
        check(
            count >= (nullable ? -1 : 0) && (count <= 0 || (size_t)count <= r->left / 3));
        break;
    }
    case 11:
        wire_skip_tags(r);
        break;
    default:
        look_at(wire_read_raw(r, op >> 4));
    }
}

/* Up to 16 operations and a zero, then the frame that they read: no byte outside it is
 * touched, the reader only moves forward, and after an error it gives nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t ops = 0;

    while (ops < size && ops < 16 && data[ops] != 0) {
        ops++;
    }
    size_t start = ops < size ? ops + 1 : ops;
    struct wire_reader r = wire_reader_init(data + start, size - start);
    for (size_t i = 0; i < ops; i++) {
        size_t before = r.left;
        read_one(&r, data[i]);
        check(r.left <= before);
        check(r.err == WIRE_OK || r.left == 0);
    }
    enum wire_err err = r.err;
    size_t left = r.left;
    check(
        wire_reader_finish(&r) == (err == WIRE_OK && left > 0 ? WIRE_ERR_TRAILING : err));
    check(wire_read_i64(&r) == 0);
    return 0;
}
