/* Structs that may be null: defaults, codec with and without tags, fixed form. */
#include "test.h"

#include "wire_codec.h"
#include "wire_fixed.h"
#include "wire_table.h"

#include <string.h>

#define ARENA_MAX 4096

/* clang-format off */
#define corner_FIELDS(S, FIELD)                                                          \
    FIELD(S, SINCE(0), int16, x, "X", DEFAULT(7))                                        \
    FIELD(S, SINCE(1), int16, y, "Y", DEFAULT(8))                                        \
    FIELD(S, SINCE(1), int8, z, "Z", TAGGED(0, SINCE(1)), DEFAULT(9))
WIRE_STRUCT(corner);

#define frame_FIELDS(S, FIELD)                                                           \
    FIELD(S, SINCE(0), optional(corner), first, "First", NULLABLE(SINCE(0)),             \
        DEFAULT_NULL)                                                                    \
    FIELD(S, SINCE(1), optional(corner), second, "Second", NULLABLE(SINCE(1)),           \
        TAGGED(3, SINCE(1)), DEFAULT_NULL)                                               \
    FIELD(S, SINCE(0), int8, last, "Last")
WIRE_STRUCT(frame);

#define frames_FIELDS(S, FIELD)                                                          \
    FIELD(S, SINCE(0), structs(frame), frames, "Frames")
WIRE_STRUCT(frames);
/* clang-format on */

WIRE_TABLE(corner, "Corner")
WIRE_TABLE(frame, "Frame")
WIRE_TABLE(frames, "Frames")

/* Bytes, and the form they are in: version 0 has no tags, 1 has; FIXED is the fixed form.
 */
enum layout {
    PLAIN = 0,
    FLEXIBLE = 1,
    FIXED,
};

struct sent {
    enum layout layout;
    size_t len;
    uint8_t bytes[32];
};

static enum wire_err decode_limited(const struct wire_schema *schema,
    const struct sent *sent, size_t len, struct arena *a, void *out)
{
    struct wire_reader r = wire_reader_init(sent->bytes, len);

    arena_reset(a);
    if (sent->layout == FIXED) {
        return wire_fixed_decode(schema, &r, a, out);
    }
    return wire_decode(
        schema, (int16_t)sent->layout, sent->layout == FLEXIBLE, &r, a, out);
}

static enum wire_err decode(const struct sent *sent, struct arena *a, struct frame *out)
{
    return decode_limited(&frame_schema, sent, sent->len, a, out);
}

static void assert_encodes(const struct frame *f, const struct sent *wanted)
{
    struct buf b;

    buf_init(&b, 4096);
    if (wanted->layout == FIXED) {
        wire_fixed_encode(&frame_schema, f, &b);
    } else {
        wire_encode(
            &frame_schema, (int16_t)wanted->layout, wanted->layout == FLEXIBLE, f, &b);
    }
    assert_int_equal(buf_error(&b), OK);
    assert_int_equal(b.length, wanted->len);
    assert_memory_equal(b.bytes, wanted->bytes, b.length);
    buf_fini(&b);
}

static const struct sent nulls[] = {
    {PLAIN, 2, {0xff, 5}},
    {FLEXIBLE, 3, {0xff, 5, 0}},
    {FIXED, 3, {0, 0, 5}},
};

static const struct sent firsts[] = {
    {PLAIN, 4, {1, 0, 2, 5}},
    {FLEXIBLE, 8, {1, 0, 2, 0, 8, 0, 5, 0}},
    {FIXED, 8, {1, 0, 2, 0, 8, 9, 0, 5}},
};

static const struct sent boths[] = {
    {FLEXIBLE, 16, {1, 0, 2, 0, 8, 0, 5, 1, 3, 6, 1, 0, 7, 0, 4, 0}},
    {FIXED, 13, {1, 0, 2, 0, 8, 9, 1, 0, 7, 0, 4, 9, 5}},
};

static void null_is_the_default(void **state)
{
    (void)state;
    static const struct corner c = {1, 2, 3};
    struct frame f = {.first = &c, .second = &c};

    wire_set_defaults(&frame_schema, &f);
    assert_null(f.first);
    assert_null(f.second);
    assert_true(wire_is_default(&frame_schema.fields[0], &f.first));
    f.first = &c;
    assert_false(wire_is_default(&frame_schema.fields[0], &f.first));
    assert_ptr_equal(wire_optional_get(&f.first), &c);
}

static void null_is_read_and_written(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, 0);
    for (size_t i = 0; i < 3; i++) {
        struct frame f;
        assert_int_equal(decode(&nulls[i], &a, &f), WIRE_OK);
        assert_null(f.first);
        assert_null(f.second);
        assert_int_equal(f.last, 5);
        assert_encodes(&f, &nulls[i]);
    }
    arena_fini(&a);
}

static void a_struct_is_read_and_written(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (size_t i = 0; i < 3; i++) {
        struct frame f;
        assert_int_equal(decode(&firsts[i], &a, &f), WIRE_OK);
        assert_int_equal(f.first->x, 2);
        assert_int_equal(f.first->y, 8); /* sent, or the default of version 0 */
        assert_int_equal(f.first->z, 9);
        assert_null(f.second);
        assert_encodes(&f, &firsts[i]);
    }
    arena_fini(&a);
}

static void a_tagged_struct_is_written_unless_null(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (size_t i = 0; i < 2; i++) {
        struct frame f;
        assert_int_equal(decode(&boths[i], &a, &f), WIRE_OK);
        assert_int_equal(f.first->x, 2);
        assert_int_equal(f.second->x, 7);
        assert_int_equal(f.second->y, 4);
        assert_encodes(&f, &boths[i]);
    }
    arena_fini(&a);
}

static void presence_has_two_spellings_and_no_others(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (size_t i = 0; i < 3; i++) {
        struct sent sent = firsts[i];
        uint8_t null_byte = nulls[i].bytes[0];
        for (int byte = 0; byte <= UINT8_MAX; byte++) {
            struct frame f;
            if (byte == 1 || byte == null_byte) {
                continue;
            }
            sent.bytes[0] = (uint8_t)byte;
            assert_int_equal(decode(&sent, &a, &f), WIRE_ERR_VALUE);
        }
    }
    arena_fini(&a);
}

static void every_truncation_is_an_error(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (size_t i = 0; i < 3; i++) {
        struct frame f;
        for (size_t len = 0; len < firsts[i].len; len++) {
            enum wire_err err = decode_limited(&frame_schema, &firsts[i], len, &a, &f);
            assert_int_equal(err, WIRE_ERR_SHORT);
        }
    }
    arena_fini(&a);
}

static void the_arena_limits_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct arena a;
        struct frame f;
        arena_init(&a, sizeof(struct corner) - 1);
        assert_int_equal(decode(&firsts[i], &a, &f), WIRE_ERR_MEMORY);
        arena_fini(&a);
        arena_init(&a, ARENA_MAX);
        assert_int_equal(decode(&firsts[i], &a, &f), WIRE_OK);
        arena_fini(&a);
    }
}

/* One byte is the least that it takes, whatever it holds: a list of nulls is read, and a
 * count above the bytes at hand refused before memory is taken. */
static void null_takes_one_byte(void **state)
{
    (void)state;
    static const struct sent lists[] = {
        {PLAIN, 8, {0, 0, 0, 2, 0xff, 1, 0xff, 2}},
        {FLEXIBLE, 7, {3, 0xff, 1, 0, 0xff, 2, 0}},
        {FIXED, 10, {0, 0, 0, 2, 0, 0, 1, 0, 0, 2}},
    };
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (size_t i = 0; i < 3; i++) {
        struct frames f;
        struct sent sent = lists[i];
        if (sent.layout == FLEXIBLE) {
            sent.bytes[sent.len++] = 0; /* the tags of the list itself */
        }
        assert_int_equal(
            decode_limited(&frames_schema, &sent, sent.len, &a, &f), WIRE_OK);
        assert_int_equal(f.frames.count, 2);
        assert_int_equal(((const struct frame *)f.frames.items)[1].last, 2);
        sent.bytes[sent.layout == FLEXIBLE ? 0 : 3]++;
        assert_int_equal(
            decode_limited(&frames_schema, &sent, sent.len, &a, &f), WIRE_ERR_SHORT);
        assert_int_equal(a.used, 0);
    }
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_the_default),
        cmocka_unit_test(null_is_read_and_written),
        cmocka_unit_test(a_struct_is_read_and_written),
        cmocka_unit_test(a_tagged_struct_is_written_unless_null),
        cmocka_unit_test(presence_has_two_spellings_and_no_others),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(the_arena_limits_it),
        cmocka_unit_test(null_takes_one_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
