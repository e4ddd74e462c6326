/* The fixed form's rules, on small tables; every real message: wire_messages_test.c. */
#include "test.h"

#include "wire_fixed.h"
#include "wire_sample.h"

#include <stdlib.h>
#include <string.h>

#define FRAME(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* clang-format off */
#define little_FIELDS(S, FIELD)                                                          \
    FIELD(S, SINCE(5), bool, flag, "Flag")                                               \
    FIELD(S, SINCE(0), string, text, "Text", NULLABLE(SINCE(9)))                         \
    FIELD(S, SINCE(3), int16, tagged, "Tagged", TAGGED(0, SINCE(3)), DEFAULT(1))         \
    FIELD(S, SINCE(0), array(string), names, "Names")
WIRE_STRUCT(little);

#define blob_FIELDS(S, FIELD)                                                            \
    FIELD(S, SINCE(0), bytes, blob, "Blob")                                              \
    FIELD(S, SINCE(0), structs(sample_part), parts, "Parts", NULLABLE(SINCE(2)))
WIRE_STRUCT(blob);
/* clang-format on */

WIRE_TABLE(little, "Little")
WIRE_TABLE(blob, "Blob")

static enum wire_err decode(
    const struct wire_schema *schema, const uint8_t *frame, size_t len, void *out)
{
    struct wire_reader r = wire_reader_init(frame, len);
    struct arena a;

    arena_init(&a, 4096);
    enum wire_err err = wire_fixed_decode(schema, &r, &a, out);
    arena_fini(&a);
    return err;
}

static void every_field_is_there_whatever_the_version(void **state)
{
    (void)state;
    struct little l;
    struct buf b;

    wire_set_defaults(&little_schema, &l);
    l.text = (struct wire_view){(const uint8_t *)"hi", 2};
    buf_init(&b, 4096);
    wire_fixed_encode(&little_schema, &l, &b);
    static const uint8_t wanted[] = {0, 0, 0, 0, 2, 'h', 'i', 0, 1, 0, 0, 0, 0};
    assert_int_equal(b.length, sizeof(wanted));
    assert_memory_equal(b.bytes, wanted, sizeof(wanted));
    buf_fini(&b);
}

static void bools_are_zero_or_one(void **state)
{
    (void)state;
    struct little l;

    assert_int_equal(
        decode(&little_schema, FRAME(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), &l), WIRE_OK);
    assert_false(l.flag);
    assert_int_equal(
        decode(&little_schema, FRAME(1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), &l), WIRE_OK);
    assert_true(l.flag);
    assert_int_equal(decode(&little_schema, FRAME(2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), &l),
        WIRE_ERR_VALUE);
    assert_int_equal(decode(&little_schema, FRAME(255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), &l),
        WIRE_ERR_VALUE);
}

static void null_is_accepted_where_some_version_has_it(void **state)
{
    (void)state;
    struct little l;
    struct blob o;

    assert_int_equal(
        decode(&little_schema, FRAME(0, 255, 255, 255, 255, 0, 1, 0, 0, 0, 0), &l),
        WIRE_OK);
    assert_null(l.text.ptr);
    assert_int_equal(
        decode(&little_schema, FRAME(0, 255, 255, 255, 254, 0, 1, 0, 0, 0, 0), &l),
        WIRE_ERR_LIMIT);
    assert_int_equal(
        decode(&little_schema, FRAME(0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255), &l),
        WIRE_ERR_NULL);
    assert_int_equal(decode(&little_schema,
                         FRAME(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 255, 255, 255, 255), &l),
        WIRE_ERR_NULL);
    assert_int_equal(
        decode(&blob_schema, FRAME(0, 0, 0, 0, 255, 255, 255, 255), &o), WIRE_OK);
    assert_int_equal(o.parts.count, -1);
    assert_int_equal(
        decode(&blob_schema, FRAME(255, 255, 255, 255, 0, 0, 0, 0), &o), WIRE_ERR_NULL);
}

static void null_is_written_where_some_version_has_it(void **state)
{
    (void)state;
    struct little l;
    struct buf b;

    wire_set_defaults(&little_schema, &l);
    l.text.ptr = NULL;
    buf_init(&b, 4096);
    wire_fixed_encode(&little_schema, &l, &b);
    assert_int_equal(buf_error(&b), OK);
    l.names.count = -1;
    wire_fixed_encode(&little_schema, &l, &b);
    assert_int_equal(buf_error(&b), ERR_INVALID);
    buf_reset(&b);
    struct wire_view nothing = {NULL, 0};
    l.names = (struct wire_array){&nothing, 1};
    wire_fixed_encode(&little_schema, &l, &b);
    assert_int_equal(buf_error(&b), ERR_INVALID);
    buf_reset(&b);
    struct blob o = {.parts = {NULL, -1}};
    wire_fixed_encode(&blob_schema, &o, &b);
    assert_int_equal(buf_error(&b), ERR_INVALID);
    buf_fini(&b);
}

static void strings_are_utf8_of_at_most_32767_bytes(void **state)
{
    (void)state;
    struct little l;
    size_t len = 1 + 4 + WIRE_STRING_MAX + 2 + 4;
    uint8_t *frame = calloc(1, len + 1);

    assert_non_null(frame);
    memcpy(frame, "\0\0\0\x7f\xff", 5);
    assert_int_equal(decode(&little_schema, frame, len, &l), WIRE_OK);
    assert_int_equal(l.text.len, WIRE_STRING_MAX);
    memcpy(frame, "\0\0\0\x80\0", 5);
    assert_int_equal(decode(&little_schema, frame, len + 1, &l), WIRE_ERR_LIMIT);
    free(frame);
    assert_int_equal(
        decode(&little_schema, FRAME(0, 0, 0, 0, 1, 0x80, 0, 1, 0, 0, 0, 0), &l),
        WIRE_ERR_UTF8);
}

static void long_values_are_written_as_they_were_read(void **state)
{
    (void)state;
    const size_t len = WIRE_STRING_MAX + 1;
    uint8_t *bytes = calloc(1, len);
    struct little l;
    struct blob o;
    struct buf b;

    assert_non_null(bytes);
    wire_set_defaults(&little_schema, &l);
    l.text = (struct wire_view){bytes, WIRE_STRING_MAX};
    buf_init(&b, 1 << 20);
    wire_fixed_encode(&little_schema, &l, &b);
    assert_int_equal(decode(&little_schema, b.bytes, b.length, &l), WIRE_OK);
    assert_int_equal(l.text.len, WIRE_STRING_MAX);
    buf_reset(&b);
    wire_set_defaults(&blob_schema, &o);
    o.blob = (struct wire_view){bytes, len};
    wire_fixed_encode(&blob_schema, &o, &b);
    assert_int_equal(decode(&blob_schema, b.bytes, b.length, &o), WIRE_OK);
    assert_int_equal(o.blob.len, len);
    buf_fini(&b);
    free(bytes);
}

/* A part takes at least 1 + 4 + 4 bytes, a name 4. */
static void counts_need_room_for_their_elements(void **state)
{
    (void)state;
    struct blob o;
    struct little l;
    uint8_t frame[4 + 4 + 2 * 9] = {[7] = 2};

    assert_int_equal(decode(&blob_schema, frame, sizeof(frame), &o), WIRE_OK);
    assert_int_equal(o.parts.count, 2);
    assert_int_equal(decode(&blob_schema, frame, sizeof(frame) - 1, &o), WIRE_ERR_SHORT);
    struct wire_reader r = wire_reader_init(frame, sizeof(frame) - 1);
    struct arena a;
    arena_init(&a, 4096);
    assert_int_equal(wire_fixed_decode(&blob_schema, &r, &a, &o), WIRE_ERR_SHORT);
    assert_int_equal(a.used, 0); /* refused before memory is taken */
    arena_fini(&a);
    frame[7] = 3;
    assert_int_equal(decode(&blob_schema, frame, sizeof(frame), &o), WIRE_ERR_SHORT);
    frame[4] = 0x7f;
    assert_int_equal(decode(&blob_schema, frame, sizeof(frame), &o), WIRE_ERR_SHORT);
    assert_int_equal(
        decode(&little_schema, FRAME(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0), &l),
        WIRE_ERR_SHORT);
}

static void the_arena_limits_what_a_message_may_take(void **state)
{
    (void)state;
    const uint8_t frame[4 + 4 + 2 * 9] = {[7] = 2};
    struct blob o;

    for (size_t limit = 0; limit <= 2 * sizeof(struct sample_part); limit++) {
        struct wire_reader r = wire_reader_init(frame, sizeof(frame));
        struct arena a;
        arena_init(&a, limit);
        enum wire_err err = wire_fixed_decode(&blob_schema, &r, &a, &o);
        assert_int_equal(
            err, limit < 2 * sizeof(struct sample_part) ? WIRE_ERR_MEMORY : WIRE_OK);
        arena_fini(&a);
    }
}

static void each_type_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct sample s;
    struct sample again;
    struct arena a;
    struct buf b;
    struct buf b_again;

    wire_set_defaults(&sample_schema, &s);
    s.u16 = 0x8000;
    s.f64 = -0.5;
    s.id.bytes[3] = 9;
    s.records = (struct wire_view){(const uint8_t *)"r", 1};
    s.parts = (struct wire_array){&s.part, 1};
    arena_init(&a, 4096);
    buf_init(&b, 4096);
    buf_init(&b_again, 4096);
    wire_fixed_encode(&sample_schema, &s, &b);
    assert_int_equal(buf_error(&b), OK);
    for (size_t len = 0; len <= b.length; len++) {
        struct wire_reader r = wire_reader_init(b.bytes, len);
        enum wire_err err = wire_fixed_decode(&sample_schema, &r, &a, &again);
        assert_int_equal(err == WIRE_OK, len == b.length);
    }
    assert_int_equal(again.u16, 0x8000);
    assert_true(again.f64 == -0.5);
    assert_int_equal(again.parts.count, 1);
    assert_int_equal(((const struct sample_part *)again.parts.items)->small, 3);
    wire_fixed_encode(&sample_schema, &again, &b_again);
    assert_int_equal(b.length, b_again.length);
    assert_memory_equal(b.bytes, b_again.bytes, b.length);
    buf_fini(&b_again);
    buf_fini(&b);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_there_whatever_the_version),
        cmocka_unit_test(bools_are_zero_or_one),
        cmocka_unit_test(null_is_accepted_where_some_version_has_it),
        cmocka_unit_test(null_is_written_where_some_version_has_it),
        cmocka_unit_test(strings_are_utf8_of_at_most_32767_bytes),
        cmocka_unit_test(long_values_are_written_as_they_were_read),
        cmocka_unit_test(counts_need_room_for_their_elements),
        cmocka_unit_test(the_arena_limits_what_a_message_may_take),
        cmocka_unit_test(each_type_arrives_as_it_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
