/* The codec's rules, on small tables; every real message: wire_messages_test.c. */
#include "test.h"

#include "wire_codec.h"
#include "wire_sample.h"

#include <string.h>

#define FRAME(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define ARENA_MAX  4096

/* clang-format off */
#define tags_FIELDS(S, FIELD)                                                            \
    FIELD(S, SINCE(0), int8, plain, "Plain")                                             \
    FIELD(S, SINCE(0), string, name, "Name", TAGGED(9, SINCE(0)))                        \
    FIELD(S, SINCE(0), int16, number, "Number", TAGGED(2, SINCE(0)), DEFAULT(7))         \
    FIELD(S, BETWEEN(1, 1), int8, brief, "Brief", TAGGED(3, BETWEEN(1, 1)))
WIRE_STRUCT(tags);

#define list_FIELDS(S, FIELD)                                                            \
    FIELD(S, SINCE(0), structs(sample_part), parts, "Parts", NULLABLE(SINCE(1)))
WIRE_STRUCT(list);

#define blobs_FIELDS(S, FIELD)                                                           \
    FIELD(S, SINCE(0), array(bytes), blobs, "Blobs")
WIRE_STRUCT(blobs);

#define later_FIELDS(S, FIELD)                                                           \
    FIELD(S, SINCE(5), int8, late, "Late")
WIRE_STRUCT(later);

#define hollow_FIELDS(S, FIELD)                                                          \
    FIELD(S, SINCE(0), structs(later), parts, "Parts")
WIRE_STRUCT(hollow);

#define names_FIELDS(S, FIELD)                                                           \
    FIELD(S, SINCE(0), array(string), names, "Names")
WIRE_STRUCT(names);

#define text_FIELDS(S, FIELD)                                                            \
    FIELD(S, SINCE(0), string, text, "Text", NULLABLE(SINCE(1)))                         \
    FIELD(S, SINCE(0), bytes, blob, "Blob", NULLABLE(SINCE(2)))
WIRE_STRUCT(text);
/* clang-format on */

WIRE_TABLE(tags, "Tags")
WIRE_TABLE(list, "List")
WIRE_TABLE(blobs, "Blobs")
WIRE_TABLE(names, "Names")
WIRE_TABLE(later, "Later")
WIRE_TABLE(hollow, "Hollow")
WIRE_TABLE(text, "Text")

static enum wire_err decode(const struct wire_schema *schema, int16_t version,
    bool flexible, const uint8_t *frame, size_t len, void *out)
{
    struct wire_reader r = wire_reader_init(frame, len);
    struct arena a;

    arena_init(&a, ARENA_MAX);
    enum wire_err err = wire_decode(schema, version, flexible, &r, &a, out);
    arena_fini(&a);
    return err;
}

static enum wire_err decode_tags(const uint8_t *frame, size_t len, struct tags *out)
{
    return decode(&tags_schema, 0, true, frame, len, out);
}

static void known_tags_are_decoded_and_unknown_ones_skipped(void **state)
{
    (void)state;
    struct tags t;

    assert_int_equal(decode_tags(FRAME(5, 0), &t), WIRE_OK);
    assert_int_equal(t.plain, 5);
    assert_int_equal(t.number, 7);
    assert_int_equal(t.name.len, 0);
    assert_int_equal(
        decode_tags(FRAME(5, 4, 0, 1, 99, 2, 2, 1, 0, 9, 3, 2, 'h', 10, 0), &t),
        WIRE_ERR_TRAILING); /* tag 9 says three bytes and has two */
    assert_int_equal(
        decode_tags(FRAME(5, 4, 0, 1, 99, 2, 2, 1, 0, 9, 2, 2, 'h', 10, 0), &t), WIRE_OK);
    assert_int_equal(t.number, 256);
    assert_int_equal(t.name.len, 1);
    assert_int_equal(t.name.ptr[0], 'h');
}

static void a_tag_of_another_version_is_unknown(void **state)
{
    (void)state;
    struct tags t;

    assert_int_equal(decode_tags(FRAME(5, 1, 3, 1, 8), &t), WIRE_OK);
    assert_int_equal(t.brief, 0);
    assert_int_equal(decode(&tags_schema, 1, true, FRAME(5, 1, 3, 1, 8), &t), WIRE_OK);
    assert_int_equal(t.brief, 8);
    assert_int_equal(decode(&tags_schema, 2, true, FRAME(5, 1, 3, 2, 8, 8), &t), WIRE_OK);
    assert_int_equal(t.brief, 0);
}

static void tags_ascend_and_none_comes_twice(void **state)
{
    (void)state;
    struct tags t;

    assert_int_equal(
        decode_tags(FRAME(5, 2, 2, 2, 1, 0, 2, 2, 1, 0), &t), WIRE_ERR_VALUE);
    assert_int_equal(decode_tags(FRAME(5, 2, 9, 1, 1, 2, 2, 1, 0), &t), WIRE_ERR_VALUE);
    assert_int_equal(decode_tags(FRAME(5, 2, 50, 0, 50, 0), &t), WIRE_ERR_VALUE);
    assert_int_equal(decode_tags(FRAME(5, 2, 50, 0, 51, 0), &t), WIRE_OK);
}

static void tags_stay_inside_their_size(void **state)
{
    (void)state;
    struct tags t;

    assert_int_equal(decode_tags(FRAME(5, 1, 2, 1, 1), &t), WIRE_ERR_SHORT);
    assert_int_equal(decode_tags(FRAME(5, 1, 2, 1, 1, 0), &t), WIRE_ERR_SHORT);
    assert_int_equal(decode_tags(FRAME(5, 1, 2, 3, 1, 0, 0), &t), WIRE_ERR_TRAILING);
    assert_int_equal(decode_tags(FRAME(5, 1, 2, 4, 1, 0), &t), WIRE_ERR_SHORT);
    assert_int_equal(decode_tags(FRAME(5, 2, 2, 2, 1, 0), &t), WIRE_ERR_SHORT);
    assert_int_equal(
        decode_tags(FRAME(5, 255, 255, 255, 255, 15, 0, 0), &t), WIRE_ERR_SHORT);
    assert_int_equal(decode_tags(FRAME(5, 1, 9, 1, 0), &t), WIRE_ERR_NULL);
    assert_int_equal(decode_tags(FRAME(5, 1, 9, 2, 2, 0xff), &t), WIRE_ERR_UTF8);
}

static void check_encoding(const struct wire_schema *schema, int16_t version,
    bool flexible, const void *message, const uint8_t *bytes, size_t len)
{
    struct buf b;

    buf_init(&b, 4096);
    wire_encode(schema, version, flexible, message, &b);
    assert_int_equal(buf_error(&b), OK);
    assert_int_equal(b.length, len);
    assert_memory_equal(b.bytes, bytes, len);
    buf_fini(&b);
}

static void tags_are_written_in_order_and_only_if_they_say_something(void **state)
{
    (void)state;
    struct tags t;

    wire_set_defaults(&tags_schema, &t);
    t.brief = 1;
    check_encoding(&tags_schema, 0, true, &t, FRAME(0, 0));
    t.name = (struct wire_view){(const uint8_t *)"h", 1};
    t.number = 256;
    check_encoding(&tags_schema, 0, true, &t, FRAME(0, 2, 2, 2, 1, 0, 9, 2, 2, 'h'));
    check_encoding(
        &tags_schema, 1, true, &t, FRAME(0, 3, 2, 2, 1, 0, 3, 1, 1, 9, 2, 2, 'h'));
    check_encoding(&tags_schema, 0, false, &t, FRAME(0));
}

static void sizes_of_tags_may_take_two_bytes(void **state)
{
    (void)state;
    uint8_t text[200];
    struct tags t;
    struct tags again;
    struct buf b;

    memset(text, 'x', sizeof(text));
    wire_set_defaults(&tags_schema, &t);
    t.name = (struct wire_view){text, sizeof(text)};
    buf_init(&b, 4096);
    wire_encode(&tags_schema, 0, true, &t, &b);
    assert_int_equal(b.length, 1 + 1 + 1 + 2 + 2 + sizeof(text));
    assert_memory_equal(b.bytes, "\0\1\x09\xca\x01\xc9\x01xx", 9);
    assert_int_equal(decode_tags(b.bytes, b.length, &again), WIRE_OK);
    assert_int_equal(again.name.len, sizeof(text));
    buf_fini(&b);
}

static enum wire_err decode_list(
    int16_t version, bool flexible, const uint8_t *frame, size_t len, struct list *out)
{
    return decode(&list_schema, version, flexible, frame, len, out);
}

/* A part takes at least 1 + 2 + 4 bytes, 1 + 1 + 1 + 1 where flexible. */
static void counts_need_room_for_their_elements(void **state)
{
    (void)state;
    struct list l;

    assert_int_equal(
        decode_list(0, false, FRAME(0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 0), &l), WIRE_OK);
    assert_int_equal(l.parts.count, 1);
    assert_int_equal(decode_list(0, false,
                         FRAME(0, 0, 0, 2, 9, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6), &l),
        WIRE_ERR_SHORT);
    assert_int_equal(
        decode_list(0, false, FRAME(0x7f, 0xff, 0xff, 0xff, 9, 0, 0, 0, 0, 0, 0), &l),
        WIRE_ERR_SHORT);
    assert_int_equal(decode_list(0, true, FRAME(2, 9, 1, 1, 0, 0), &l), WIRE_OK);
    assert_int_equal(l.parts.count, 1);
    assert_int_equal(decode_list(0, true, FRAME(3, 9, 1, 1, 0, 0), &l), WIRE_ERR_SHORT);
    assert_int_equal(
        decode_list(0, true, FRAME(255, 255, 255, 255, 7, 9, 1, 1, 0, 0), &l),
        WIRE_ERR_SHORT);
}

/* Two elements of the least size decode; with a byte less nothing is even allocated.
 * Where flexible, the message's own tag count stands behind the elements. */
static void check_least(
    const struct wire_schema *schema, bool flexible, const uint8_t *frame, size_t len)
{
    size_t tail = flexible ? 1 : 0;

    for (size_t missing = 0; missing <= 1 + tail; missing += 1 + tail) {
        _Alignas(max_align_t) uint8_t message[64];
        struct wire_reader r = wire_reader_init(frame, len - missing);
        struct arena a;
        arena_init(&a, ARENA_MAX);
        enum wire_err err = wire_decode(schema, 0, flexible, &r, &a, message);
        assert_int_equal(err, missing == 0 ? WIRE_OK : WIRE_ERR_SHORT);
        assert_int_equal(a.used > 0, missing == 0);
        arena_fini(&a);
    }
}

static void counts_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    uint8_t frame[64] = {[3] = 2};

    check_least(&list_schema, false, frame, 4 + 2 * 7);
    check_least(&blobs_schema, false, frame, 4 + 2 * 4);
    check_least(&names_schema, false, frame, 4 + 2 * 2);
    check_least(&list_schema, true, FRAME(3, 9, 1, 1, 0, 8, 1, 1, 0, 0));
    check_least(&blobs_schema, true, FRAME(3, 1, 1, 0));
    check_least(&names_schema, true, FRAME(3, 1, 1, 0));
}

static void elements_that_take_no_bytes_are_not_counted_for_free(void **state)
{
    (void)state;
    struct hollow h;

    assert_int_equal(decode(&hollow_schema, 0, false, FRAME(0x7f, 0xff, 0xff, 0xff), &h),
        WIRE_ERR_SHORT);
    assert_int_equal(decode(&hollow_schema, 0, false, FRAME(0, 0, 0, 0), &h), WIRE_OK);
    assert_int_equal(decode(&hollow_schema, 5, false, FRAME(0, 0, 0, 1, 7), &h), WIRE_OK);
}

static void the_arena_limits_what_a_message_may_take(void **state)
{
    (void)state;
    const uint8_t frame[] = {3, 9, 1, 1, 0, 8, 1, 1, 0, 0};
    struct list l;

    for (size_t limit = 0; limit <= 2 * sizeof(struct sample_part); limit++) {
        struct wire_reader r = wire_reader_init(frame, sizeof(frame));
        struct arena a;
        arena_init(&a, limit);
        enum wire_err err = wire_decode(&list_schema, 0, true, &r, &a, &l);
        assert_int_equal(
            err, limit < 2 * sizeof(struct sample_part) ? WIRE_ERR_MEMORY : WIRE_OK);
        arena_fini(&a);
    }
}

static void null_is_for_the_versions_that_know_it(void **state)
{
    (void)state;
    struct text t;
    struct list l;

    const uint8_t plain[] = {0xff, 0xff, 0, 0, 0, 0};
    assert_int_equal(
        decode(&text_schema, 0, false, plain, sizeof(plain), &t), WIRE_ERR_NULL);
    assert_int_equal(decode(&text_schema, 1, false, plain, sizeof(plain), &t), WIRE_OK);
    assert_null(t.text.ptr);
    assert_non_null(t.blob.ptr);
    assert_int_equal(decode(&text_schema, 0, true, FRAME(0, 1, 0), &t), WIRE_ERR_NULL);
    assert_int_equal(decode(&text_schema, 1, true, FRAME(0, 1, 0), &t), WIRE_OK);
    assert_int_equal(decode(&text_schema, 1, true, FRAME(0, 0, 0), &t), WIRE_ERR_NULL);
    assert_int_equal(decode(&text_schema, 2, true, FRAME(0, 0, 0), &t), WIRE_OK);
    assert_int_equal(decode_list(0, true, FRAME(0, 0), &l), WIRE_ERR_NULL);
    assert_int_equal(decode_list(1, true, FRAME(0, 0), &l), WIRE_OK);
    assert_int_equal(l.parts.count, -1);
}

static enum err encode_error(
    const struct wire_schema *schema, int16_t version, const void *message)
{
    struct buf b;

    buf_init(&b, 4096);
    wire_encode(schema, version, true, message, &b);
    enum err error = buf_error(&b);
    buf_fini(&b);
    return error;
}

static void null_is_not_written_where_no_reader_knows_it(void **state)
{
    (void)state;
    struct text t;
    struct list l = {.parts = {NULL, -1}};

    wire_set_defaults(&text_schema, &t);
    assert_int_equal(encode_error(&text_schema, 0, &t), OK);
    t.text.ptr = NULL;
    assert_int_equal(encode_error(&text_schema, 0, &t), ERR_INVALID);
    assert_int_equal(encode_error(&text_schema, 1, &t), OK);
    t.blob.ptr = NULL;
    assert_int_equal(encode_error(&text_schema, 1, &t), ERR_INVALID);
    assert_int_equal(encode_error(&text_schema, 2, &t), OK);
    assert_int_equal(encode_error(&list_schema, 0, &l), ERR_INVALID);
    assert_int_equal(encode_error(&list_schema, 1, &l), OK);

    struct wire_view items[] = {{(const uint8_t *)"", 0}, {NULL, 0}};
    struct names n = {.names = {items, 1}};
    assert_int_equal(encode_error(&names_schema, 0, &n), OK);
    n.names.count = 2;
    assert_int_equal(encode_error(&names_schema, 0, &n), ERR_INVALID);
}

static void strings_are_utf8_and_bytes_are_anything(void **state)
{
    (void)state;
    struct text t;

    assert_int_equal(
        decode(&text_schema, 0, true, FRAME(2, 0xff, 1, 0), &t), WIRE_ERR_UTF8);
    assert_int_equal(
        decode(&text_schema, 0, true, FRAME(3, 0xc3, 0xa9, 2, 0xff, 0), &t), WIRE_OK);
    assert_int_equal(t.text.len, 2);
    assert_int_equal(t.blob.ptr[0], 0xff);
}

static void fill_sample(struct sample *s)
{
    static struct sample_part parts[2];
    static int32_t numbers[] = {1, -1};
    static const struct wire_view names[] = {
        {(const uint8_t *)"a", 1}, {(const uint8_t *)"bc", 2}};

    wire_set_defaults(&sample_schema, s);
    wire_set_defaults(&sample_part_schema, &parts[0]);
    wire_set_defaults(&sample_part_schema, &parts[1]);
    parts[1].numbers = (struct wire_array){numbers, 2};
    s->u16 = 0x8000;
    s->u32 = 0x80000000;
    s->f64 = -0.5;
    s->text = names[1];
    s->part = parts[1];
    s->parts = (struct wire_array){parts, 2};
    s->names = (struct wire_array){(void *)(uintptr_t)names, 2};
    s->moved = 6;
    s->tagged_parts = s->parts;
    s->tagged_part.small = 4;
    s->tagged_text = (struct wire_view){NULL, 0};
    s->tagged_blob = (struct wire_view){(const uint8_t *)"", 0};
}

/* The sample at each version, flexible or not: the values arrive, each truncation is
 * refused. */
static void each_type_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct sample s;
    struct sample again;
    struct arena a;
    struct buf b;

    fill_sample(&s);
    arena_init(&a, ARENA_MAX);
    buf_init(&b, 4096);
    for (int16_t version = 0; version < 4; version++) {
        s.records =
            (struct wire_view){version < 2 ? NULL : (const uint8_t *)"r", version > 1};
        buf_reset(&b);
        wire_encode(&sample_schema, version, version > 1, &s, &b);
        assert_int_equal(buf_error(&b), OK);
        for (size_t len = 0; len <= b.length; len++) {
            arena_reset(&a);
            struct wire_reader r = wire_reader_init(b.bytes, len);
            enum wire_err err =
                wire_decode(&sample_schema, version, version > 1, &r, &a, &again);
            assert_int_equal(err == WIRE_OK, len == b.length);
        }
        assert_int_equal(again.u16, 0x8000);
        assert_int_equal(again.u32, 0x80000000);
        assert_true(again.f64 == -0.5);
        assert_int_equal(again.moved, 6);
        assert_int_equal(((const struct wire_view *)again.names.items)[1].len, 2);
        const struct sample_part *part =
            &((const struct sample_part *)again.parts.items)[1];
        assert_int_equal(((const int32_t *)part->numbers.items)[1], -1);
        assert_int_equal(again.tagged_parts.count, version > 1 ? 2 : 0);
        assert_int_equal(again.tagged_part.small, version > 1 ? 4 : 3);
        assert_int_equal(again.tagged_text.ptr == NULL, version > 1);
        assert_int_equal(again.tagged_blob.ptr == NULL, version < 3);
    }
    buf_fini(&b);
    arena_fini(&a);
}

static void a_full_buffer_ends_the_encoding(void **state)
{
    (void)state;
    struct sample s;
    struct buf b;

    fill_sample(&s);
    buf_init(&b, 4096);
    wire_encode(&sample_schema, 3, true, &s, &b);
    size_t whole = b.length;
    buf_fini(&b);
    for (size_t limit = 0; limit <= whole; limit++) {
        buf_init(&b, limit);
        wire_encode(&sample_schema, 3, true, &s, &b);
        assert_int_equal(buf_error(&b), limit < whole ? ERR_FULL : OK);
        buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_tags_are_decoded_and_unknown_ones_skipped),
        cmocka_unit_test(a_tag_of_another_version_is_unknown),
        cmocka_unit_test(tags_ascend_and_none_comes_twice),
        cmocka_unit_test(tags_stay_inside_their_size),
        cmocka_unit_test(tags_are_written_in_order_and_only_if_they_say_something),
        cmocka_unit_test(sizes_of_tags_may_take_two_bytes),
        cmocka_unit_test(counts_need_room_for_their_elements),
        cmocka_unit_test(counts_are_refused_before_memory_is_taken),
        cmocka_unit_test(elements_that_take_no_bytes_are_not_counted_for_free),
        cmocka_unit_test(the_arena_limits_what_a_message_may_take),
        cmocka_unit_test(null_is_for_the_versions_that_know_it),
        cmocka_unit_test(null_is_not_written_where_no_reader_knows_it),
        cmocka_unit_test(strings_are_utf8_and_bytes_are_anything),
        cmocka_unit_test(each_type_arrives_as_it_was_sent),
        cmocka_unit_test(a_full_buffer_ends_the_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
