#include "test.h"

#include "wire_reader.h"
#include "wire_writer.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void check(struct buf *b, const uint8_t *bytes, size_t len)
{
    assert_int_equal(buf_error(b), OK);
    assert_int_equal(b->length, len);
    assert_memory_equal(b->bytes, bytes, len);
    buf_fini(b);
    buf_init(b, 1 << 20);
}

static void fixed_widths_are_big_endian(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    wire_write_bool(&b, true);
    wire_write_bool(&b, false);
    check(&b, BYTES(1, 0));
    wire_write_i8(&b, -2);
    wire_write_i16(&b, -2);
    wire_write_u16(&b, 0x8001);
    check(&b, BYTES(0xfe, 0xff, 0xfe, 0x80, 0x01));
    wire_write_i32(&b, INT32_MIN);
    wire_write_u32(&b, 0xfffefdfc);
    check(&b, BYTES(0x80, 0, 0, 0, 0xff, 0xfe, 0xfd, 0xfc));
    wire_write_i64(&b, 0x0102030405060708);
    wire_write_f64(&b, 1.5);
    check(&b, BYTES(1, 2, 3, 4, 5, 6, 7, 8, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0));
    wire_write_uuid(&b, (struct wire_uuid){{1, 2, 3, 4, 5, 6, 7, 8, 9}});
    check(&b, BYTES(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0));
    buf_fini(&b);
}

static void varints_are_as_short_as_can_be(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    wire_write_uvarint(&b, 0x7f);
    wire_write_uvarint(&b, 0x80);
    wire_write_uvarint(&b, UINT32_MAX);
    check(&b, BYTES(0x7f, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f));
    wire_write_varint(&b, -1);
    wire_write_varint(&b, 150);
    wire_write_varint(&b, INT32_MIN);
    check(&b, BYTES(1, 0xac, 2, 0xff, 0xff, 0xff, 0xff, 0x0f));
    wire_write_varlong(&b, -1);
    wire_write_varlong(&b, INT64_MAX);
    check(&b, BYTES(1, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1));
    buf_fini(&b);
}

static void what_varints_write_they_read(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    for (int shift = 0; shift < 64; shift++) {
        int64_t around = (int64_t)(UINT64_C(1) << shift);
        for (int64_t step = -1; step <= 1; step++) {
            int64_t value = (int64_t)((uint64_t)around + (uint64_t)step);
            buf_reset(&b);
            wire_write_varlong(&b, value);
            wire_write_varint(&b, (int32_t)value);
            wire_write_uvarint(&b, (uint32_t)value);
            struct wire_reader r = wire_reader_init(b.bytes, b.length);
            assert_true(wire_read_varlong(&r) == value);
            assert_true(wire_read_varint(&r) == (int32_t)value);
            assert_true(wire_read_uvarint(&r) == (uint32_t)value);
            assert_int_equal(wire_reader_finish(&r), WIRE_OK);
        }
    }
    buf_fini(&b);
}

static void strings_and_bytes_have_both_forms(void **state)
{
    (void)state;
    const struct wire_view null = {NULL, 0};
    const struct wire_view empty = {(const uint8_t *)"", 0};
    const struct wire_view ab = {(const uint8_t *)"ab", 2};
    struct buf b;
    buf_init(&b, 1 << 20);
    wire_write_string(&b, null, false);
    wire_write_string(&b, empty, false);
    wire_write_string(&b, ab, false);
    check(&b, BYTES(0xff, 0xff, 0, 0, 0, 2, 'a', 'b'));
    wire_write_string(&b, null, true);
    wire_write_string(&b, empty, true);
    wire_write_string(&b, ab, true);
    check(&b, BYTES(0, 1, 3, 'a', 'b'));
    wire_write_bytes(&b, null, false);
    wire_write_bytes(&b, ab, false);
    check(&b, BYTES(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 'a', 'b'));
    wire_write_bytes(&b, null, true);
    wire_write_bytes(&b, empty, true);
    wire_write_bytes(&b, ab, true);
    check(&b, BYTES(0, 1, 3, 'a', 'b'));
    buf_fini(&b);
}

static void counts_have_both_forms(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    wire_write_count(&b, -1, false);
    wire_write_count(&b, 3, false);
    check(&b, BYTES(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3));
    wire_write_count(&b, -1, true);
    wire_write_count(&b, 0, true);
    wire_write_count(&b, INT32_MAX, true);
    check(&b, BYTES(0, 1, 0x80, 0x80, 0x80, 0x80, 8));
    buf_fini(&b);
}

static void the_longest_string_fits_both_forms(void **state)
{
    (void)state;
    struct buf b;
    uint8_t *text = calloc(1, WIRE_STRING_MAX);
    assert_non_null(text);
    buf_init(&b, 1 << 20);
    for (int flexible = 0; flexible < 2; flexible++) {
        wire_write_string(&b, (struct wire_view){text, WIRE_STRING_MAX}, flexible != 0);
        assert_int_equal(buf_error(&b), OK);
        struct wire_reader r = wire_reader_init(b.bytes, b.length);
        assert_int_equal(wire_read_string(&r, flexible != 0, false).len, WIRE_STRING_MAX);
        assert_int_equal(wire_reader_finish(&r), WIRE_OK);
        buf_reset(&b);
    }
    buf_fini(&b);
    free(text);
}

static void a_full_buffer_stays_full(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    wire_write_i32(&b, 1);
    wire_write_i16(&b, 1);
    wire_write_i8(&b, 1);
    assert_int_equal(buf_error(&b), ERR_FULL);
    assert_int_equal(b.length, 4);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_widths_are_big_endian),
        cmocka_unit_test(varints_are_as_short_as_can_be),
        cmocka_unit_test(what_varints_write_they_read),
        cmocka_unit_test(strings_and_bytes_have_both_forms),
        cmocka_unit_test(counts_have_both_forms),
        cmocka_unit_test(the_longest_string_fits_both_forms),
        cmocka_unit_test(a_full_buffer_stays_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
