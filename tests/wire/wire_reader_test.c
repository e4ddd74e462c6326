#include "test.h"

#include "wire_reader.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define FRAME(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void check_end(struct wire_reader *r, enum wire_err wanted)
{
    assert_int_equal(wire_reader_finish(r), wanted);
    assert_int_equal(wire_read_i64(r), 0);
    assert_int_equal(r->left, 0);
}

static void fixed_widths_are_big_endian(void **state)
{
    (void)state;
    static const uint8_t frame[] = {1, 0, 7, 0x80, 0xff, 0xfe, 0xff, 0xfe, 0x80, 0, 0, 1,
        0xff, 0xff, 0xff, 0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0};
    struct wire_reader r = wire_reader_init(frame, sizeof(frame));

    assert_true(wire_read_bool(&r));
    assert_false(wire_read_bool(&r));
    assert_true(wire_read_bool(&r));
    assert_int_equal(wire_read_i8(&r), -128);
    assert_int_equal(wire_read_i16(&r), -2);
    assert_int_equal(wire_read_u16(&r), 0xfffe);
    assert_int_equal(wire_read_i32(&r), INT32_MIN + 1);
    assert_int_equal(wire_read_u32(&r), 0xfffffffd);
    assert_int_equal(wire_read_i64(&r), 0x0102030405060708);
    assert_true(wire_read_f64(&r) == 1.5);
    check_end(&r, WIRE_OK);
}

static void uuids_are_sixteen_raw_bytes(void **state)
{
    (void)state;
    uint8_t frame[16];
    for (size_t i = 0; i < sizeof(frame); i++) {
        frame[i] = (uint8_t)(i + 1);
    }
    struct wire_reader r = wire_reader_init(frame, sizeof(frame));
    struct wire_uuid uuid = wire_read_uuid(&r);
    assert_memory_equal(uuid.bytes, frame, sizeof(frame));
    check_end(&r, WIRE_OK);

    r = wire_reader_init(frame, 15);
    uuid = wire_read_uuid(&r);
    assert_int_equal(uuid.bytes[0], 0);
    check_end(&r, WIRE_ERR_SHORT);
}

/* Reads with one byte missing fail, give zero and leave nothing. */
static void every_fixed_width_needs_all_its_bytes(void **state)
{
    (void)state;
    static const uint8_t ones[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    for (size_t len = 0; len < 8; len++) {
        struct wire_reader r = wire_reader_init(ones, len);
        assert_int_equal(wire_read_i64(&r), 0);
        check_end(&r, WIRE_ERR_SHORT);
        r = wire_reader_init(ones, len);
        assert_true(wire_read_f64(&r) == 0);
        check_end(&r, WIRE_ERR_SHORT);
        r = wire_reader_init(ones, len);
        assert_int_equal(wire_read_u32(&r), len < 4 ? 0 : UINT32_MAX);
        r = wire_reader_init(ones, len);
        assert_int_equal(wire_read_u16(&r), len < 2 ? 0 : UINT16_MAX);
        r = wire_reader_init(ones, len);
        assert_int_equal(wire_read_i8(&r), len < 1 ? 0 : -1);
    }
}

static void check_varint(
    const uint8_t *frame, size_t len, int32_t value, enum wire_err wanted)
{
    struct wire_reader r = wire_reader_init(frame, len);

    assert_int_equal(wire_read_varint(&r), value);
    check_end(&r, wanted);
}

static void check_varlong(
    const uint8_t *frame, size_t len, int64_t value, enum wire_err wanted)
{
    struct wire_reader r = wire_reader_init(frame, len);

    assert_int_equal(wire_read_varlong(&r), value);
    check_end(&r, wanted);
}

static void varints_fill_their_type_and_no_more(void **state)
{
    (void)state;
    check_varint(FRAME(0), 0, WIRE_OK);
    check_varint(FRAME(1), -1, WIRE_OK);
    check_varint(FRAME(2), 1, WIRE_OK);
    check_varint(FRAME(0xac, 0x02), 150, WIRE_OK);
    check_varint(FRAME(0x80, 0x00), 0, WIRE_OK); /* padded, as Kafka accepts it */
    check_varint(FRAME(0xfe, 0xff, 0xff, 0xff, 0x0f), INT32_MAX, WIRE_OK);
    check_varint(FRAME(0xff, 0xff, 0xff, 0xff, 0x0f), INT32_MIN, WIRE_OK);
    check_varint(FRAME(0xff, 0xff, 0xff, 0xff, 0x10), 0, WIRE_ERR_VARINT);
    check_varint(FRAME(0xff, 0xff, 0xff, 0xff, 0x8f, 0), 0, WIRE_ERR_VARINT);
    check_varint(FRAME(0x80), 0, WIRE_ERR_SHORT);
    check_varint(FRAME(0x80, 0x80, 0x80, 0x80), 0, WIRE_ERR_SHORT);
}

static void varlongs_fill_their_type_and_no_more(void **state)
{
    (void)state;
    check_varlong(FRAME(3), -2, WIRE_OK);
    check_varlong(
        FRAME(0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1), INT64_MAX, WIRE_OK);
    check_varlong(
        FRAME(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1), INT64_MIN, WIRE_OK);
    check_varlong(
        FRAME(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 2), 0, WIRE_ERR_VARINT);
    check_varlong(
        FRAME(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0x81, 0), 0, WIRE_ERR_VARINT);
    check_varlong(FRAME(0xff, 255, 255, 255, 255, 255, 255, 255, 255), 0, WIRE_ERR_SHORT);
}

static void unsigned_varints_fill_their_type(void **state)
{
    (void)state;
    struct wire_reader r = wire_reader_init(FRAME(0xff, 0xff, 0xff, 0xff, 0x0f));
    assert_int_equal(wire_read_uvarint(&r), UINT32_MAX);
    check_end(&r, WIRE_OK);
    r = wire_reader_init(FRAME(0x7f));
    assert_int_equal(wire_read_uvarint(&r), 127);
    check_end(&r, WIRE_OK);
}

/* len SIZE_MAX: null */
static void check_string(const uint8_t *frame, size_t frame_len, bool flexible,
    bool nullable, size_t len, enum wire_err wanted)
{
    struct wire_reader r = wire_reader_init(frame, frame_len);
    struct wire_view view = wire_read_string(&r, flexible, nullable);

    if (wanted == WIRE_OK && len == SIZE_MAX) {
        assert_null(view.ptr);
    } else {
        assert_non_null(view.ptr);
        assert_int_equal(view.len, wanted == WIRE_OK ? len : 0);
    }
    check_end(&r, wanted);
}

static void strings_are_null_empty_or_text(void **state)
{
    (void)state;
    check_string(FRAME(0, 0), false, false, 0, WIRE_OK);
    check_string(FRAME(0, 2, 'a', 'b'), false, false, 2, WIRE_OK);
    check_string(FRAME(0xff, 0xff), false, true, SIZE_MAX, WIRE_OK);
    check_string(FRAME(0xff, 0xff), false, false, 0, WIRE_ERR_NULL);
    check_string(FRAME(0xff, 0xfe), false, true, 0, WIRE_ERR_LIMIT);
    check_string(FRAME(0, 2, 'a'), false, false, 0, WIRE_ERR_SHORT);
    check_string(FRAME(0), false, true, 0, WIRE_ERR_SHORT);
    check_string(FRAME(1), true, false, 0, WIRE_OK);
    check_string(FRAME(3, 'a', 'b'), true, false, 2, WIRE_OK);
    check_string(FRAME(0), true, true, SIZE_MAX, WIRE_OK);
    check_string(FRAME(0), true, false, 0, WIRE_ERR_NULL);
    check_string(FRAME(3, 'a'), true, false, 0, WIRE_ERR_SHORT);
    check_string(FRAME(0xff, 0xff, 0xff, 0xff, 0x0f), true, true, 0, WIRE_ERR_LIMIT);
}

static void compact_strings_end_at_32767_bytes(void **state)
{
    (void)state;
    uint8_t *frame = calloc(1, 3 + 0x8000);
    assert_non_null(frame);
    memcpy(frame, "\x80\x80\x02", 3); /* 0x8000: 32767 + 1 */
    check_string(frame, 3 + 0x7fff, true, false, 0x7fff, WIRE_OK);
    memcpy(frame, "\x81\x80\x02", 3);
    check_string(frame, 3 + 0x8000, true, false, 0, WIRE_ERR_LIMIT);
    free(frame);
}

static void bytes_have_int32_or_compact_lengths(void **state)
{
    (void)state;
    struct wire_reader r = wire_reader_init(FRAME(0, 0, 0, 2, 8, 9, 3, 6, 7, 0));
    struct wire_view view = wire_read_bytes(&r, false, false);
    assert_int_equal(view.len, 2);
    assert_int_equal(view.ptr[1], 9);
    view = wire_read_bytes(&r, true, false);
    assert_int_equal(view.len, 2);
    assert_int_equal(view.ptr[0], 6);
    assert_null(wire_read_bytes(&r, true, true).ptr);
    check_end(&r, WIRE_OK);

    r = wire_reader_init(FRAME(0xff, 0xff, 0xff, 0xff));
    assert_null(wire_read_bytes(&r, false, true).ptr);
    check_end(&r, WIRE_OK);
    r = wire_reader_init(FRAME(0xff, 0xff, 0xff, 0xfe));
    assert_non_null(wire_read_bytes(&r, false, true).ptr);
    check_end(&r, WIRE_ERR_LIMIT);
    r = wire_reader_init(FRAME(0x7f, 0xff, 0xff, 0xff, 0));
    (void)wire_read_bytes(&r, false, true);
    check_end(&r, WIRE_ERR_SHORT);
}

static void check_count(const uint8_t *frame, size_t len, bool flexible, bool nullable,
    size_t elem_size_min, int32_t count, enum wire_err wanted)
{
    struct wire_reader r = wire_reader_init(frame, len);

    assert_int_equal(wire_read_count(&r, flexible, nullable, elem_size_min), count);
    assert_int_equal(r.err, wanted);
}

static void counts_are_bounded_by_the_bytes_present(void **state)
{
    (void)state;
    check_count(FRAME(0, 0, 0, 2, 0, 0, 0, 0), false, false, 2, 2, WIRE_OK);
    check_count(FRAME(0, 0, 0, 2, 0, 0, 0), false, false, 2, 0, WIRE_ERR_SHORT);
    check_count(FRAME(0, 0, 0, 3, 0, 0, 0, 0, 0), false, false, 2, 0, WIRE_ERR_SHORT);
    check_count(FRAME(0, 0, 0, 0), false, false, 1, 0, WIRE_OK);
    check_count(FRAME(0xff, 0xff, 0xff, 0xff), false, true, 1, -1, WIRE_OK);
    check_count(FRAME(0xff, 0xff, 0xff, 0xff), false, false, 1, 0, WIRE_ERR_NULL);
    check_count(FRAME(0x80, 0, 0, 0), false, true, 1, 0, WIRE_ERR_LIMIT);
    check_count(FRAME(0x7f, 0xff, 0xff, 0xff, 0), false, true, 1, 0, WIRE_ERR_SHORT);
    check_count(FRAME(3, 0, 0), true, false, 1, 2, WIRE_OK);
    check_count(FRAME(4, 0, 0), true, false, 1, 0, WIRE_ERR_SHORT);
    check_count(FRAME(0), true, true, 1, -1, WIRE_OK);
    check_count(FRAME(0), true, false, 1, 0, WIRE_ERR_NULL);
    check_count(FRAME(255, 255, 255, 255, 15), true, true, 1, 0, WIRE_ERR_LIMIT);
}

static void check_tags(const uint8_t *frame, size_t len, enum wire_err wanted)
{
    struct wire_reader r = wire_reader_init(frame, len);

    wire_skip_tags(&r);
    check_end(&r, wanted);
}

static void unknown_tags_are_stepped_over_in_ascending_order(void **state)
{
    (void)state;
    check_tags(FRAME(0), WIRE_OK);
    check_tags(FRAME(1, 0, 0), WIRE_OK);
    check_tags(FRAME(2, 4, 1, 9, 5, 0), WIRE_OK);
    check_tags(FRAME(1, 255, 255, 255, 255, 15, 0), WIRE_OK);
    check_tags(FRAME(2, 4, 1, 9, 4, 0), WIRE_ERR_VALUE);
    check_tags(FRAME(2, 4, 1, 9, 3, 0), WIRE_ERR_VALUE);
    check_tags(FRAME(2, 4, 1, 9, 5, 1), WIRE_ERR_SHORT);
    check_tags(FRAME(2, 4, 1, 9), WIRE_ERR_SHORT);
    check_tags(FRAME(255, 255, 255, 255, 15, 0, 0), WIRE_ERR_SHORT);
}

static void the_first_error_sticks(void **state)
{
    (void)state;
    struct wire_reader r = wire_reader_init(FRAME(1, 2, 3));
    wire_reader_fail(&r, WIRE_ERR_VALUE);
    wire_reader_fail(&r, WIRE_ERR_LIMIT);
    assert_int_equal(wire_read_i8(&r), 0);
    assert_int_equal(wire_read_raw(&r, 0).len, 0);
    assert_int_equal(wire_read_count(&r, false, true, 1), 0);
    check_end(&r, WIRE_ERR_VALUE);
}

static void bytes_left_over_are_an_error(void **state)
{
    (void)state;
    struct wire_reader r = wire_reader_init(FRAME(1, 2));
    (void)wire_read_i8(&r);
    assert_int_equal(wire_reader_finish(&r), WIRE_ERR_TRAILING);
}

static void an_empty_frame_has_no_null_views(void **state)
{
    (void)state;
    struct wire_reader r = wire_reader_init(NULL, 0);
    assert_non_null(wire_read_raw(&r, 0).ptr);
    check_end(&r, WIRE_OK);
}

static void raw_bytes_end_with_the_frame(void **state)
{
    (void)state;
    struct wire_reader r = wire_reader_init(FRAME(1, 2, 3));
    assert_int_equal(wire_read_raw(&r, 3).len, 3);
    check_end(&r, WIRE_OK);
    r = wire_reader_init(FRAME(1, 2, 3));
    assert_int_equal(wire_read_raw(&r, 4).len, 0);
    check_end(&r, WIRE_ERR_SHORT);
}

static void each_error_has_its_own_text(void **state)
{
    (void)state;
    for (int e = WIRE_OK; e <= WIRE_ERR_VERSION + 1; e++) {
        for (int other = WIRE_OK; other < e; other++) {
            assert_string_not_equal(wire_err_text(e), wire_err_text(other));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_widths_are_big_endian),
        cmocka_unit_test(uuids_are_sixteen_raw_bytes),
        cmocka_unit_test(every_fixed_width_needs_all_its_bytes),
        cmocka_unit_test(varints_fill_their_type_and_no_more),
        cmocka_unit_test(varlongs_fill_their_type_and_no_more),
        cmocka_unit_test(unsigned_varints_fill_their_type),
        cmocka_unit_test(strings_are_null_empty_or_text),
        cmocka_unit_test(compact_strings_end_at_32767_bytes),
        cmocka_unit_test(bytes_have_int32_or_compact_lengths),
        cmocka_unit_test(counts_are_bounded_by_the_bytes_present),
        cmocka_unit_test(unknown_tags_are_stepped_over_in_ascending_order),
        cmocka_unit_test(the_first_error_sticks),
        cmocka_unit_test(bytes_left_over_are_an_error),
        cmocka_unit_test(an_empty_frame_has_no_null_views),
        cmocka_unit_test(raw_bytes_end_with_the_frame),
        cmocka_unit_test(each_error_has_its_own_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
