#include "coord_record.h"
#include "test.h"

#include <string.h>

static struct wire_view view(const char *text)
{
    return (struct wire_view){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static struct wire_view bytes_of(const struct buf *b)
{
    return (struct wire_view){b->bytes, b->length};
}

#define BYTES(...)                                                                       \
    ((struct wire_view){(const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})})

static void check_bytes(const struct buf *b, struct wire_view expected)
{
    assert_int_equal(b->length, expected.len);
    assert_memory_equal(b->bytes, expected.ptr, expected.len);
}

static void keys_have_kafkas_bytes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    coord_record_encode_offset_key(&b, view("g"), view("t"), 2);
    check_bytes(&b, BYTES(0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 2));
    buf_reset(&b);
    coord_record_encode_group_key(&b, view("g"));
    check_bytes(&b, BYTES(0, 2, 0, 1, 'g'));
    buf_fini(&b);
}

static void offsets_have_kafkas_bytes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    const struct coord_record_offset value = {9, 1, view("m"), 258};
    coord_record_encode_offset(&b, &value);
    check_bytes(&b, BYTES(0, 3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 'm', 0, 0, 0, 0,
                        0, 0, 1, 2));
    buf_fini(&b);
}

static struct coord_record_member members[] = {
    {{(const uint8_t *)"c-1", 3}, {NULL, 0}, {(const uint8_t *)"c", 1},
        {(const uint8_t *)"/h", 2}, 300000, 45000, {(const uint8_t *)"sub", 3},
        {(const uint8_t *)"as", 2}},
    {{(const uint8_t *)"i-2", 3}, {(const uint8_t *)"i", 1}, {(const uint8_t *)"c", 1},
        {(const uint8_t *)"/h", 2}, 1, 2, {(const uint8_t *)"", 0},
        {(const uint8_t *)"", 0}},
};

static void write_group(struct buf *b)
{
    const struct coord_record_group value = {
        view("consumer"), 4, view("range"), view("c-1"), 12345, members, 2};
    coord_record_encode_group(b, &value);
}

static void groups_come_back_as_they_were_written(void **state)
{
    (void)state;
    struct buf b;
    struct arena arena;
    struct coord_record_group got;
    buf_init(&b, 1000);
    arena_init(&arena, 10000);
    write_group(&b);
    assert_int_equal(b.bytes[1], 3);
    assert_int_equal(coord_record_decode_group(bytes_of(&b), &arena, &got), WIRE_OK);
    assert_int_equal(got.generation, 4);
    assert_int_equal(got.state_since_ms, 12345);
    assert_int_equal(got.member_count, 2);
    assert_memory_equal(got.leader.ptr, "c-1", 3);
    assert_null(got.members[0].instance_id.ptr);
    assert_memory_equal(got.members[1].instance_id.ptr, "i", 1);
    assert_int_equal(got.members[0].rebalance_timeout_ms, 300000);
    assert_int_equal(got.members[0].session_timeout_ms, 45000);
    assert_memory_equal(got.members[0].subscription.ptr, "sub", 3);
    assert_memory_equal(got.members[0].assignment.ptr, "as", 2);
    arena_fini(&arena);
    buf_fini(&b);
}

static void every_truncation_and_every_byte_too_many_is_an_error(void **state)
{
    (void)state;
    struct buf b;
    struct arena arena;
    struct coord_record_group group;
    buf_init(&b, 1000);
    arena_init(&arena, 100000);
    write_group(&b);
    for (size_t n = 0; n < b.length; n++) {
        assert_int_not_equal(
            coord_record_decode_group((struct wire_view){b.bytes, n}, &arena, &group),
            WIRE_OK);
    }
    buf_add(&b, "", 1);
    assert_int_equal(
        coord_record_decode_group(bytes_of(&b), &arena, &group), WIRE_ERR_TRAILING);
    arena_fini(&arena);
    struct coord_record_offset offset;
    struct wire_view whole = BYTES(
        0, 3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 'm', 0, 0, 0, 0, 0, 0, 1, 2);
    for (size_t n = 0; n < whole.len; n++) {
        assert_int_not_equal(
            coord_record_decode_offset((struct wire_view){whole.ptr, n}, &offset),
            WIRE_OK);
    }
    struct coord_record_key key;
    whole = BYTES(0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 2);
    for (size_t n = 0; n < whole.len; n++) {
        assert_int_not_equal(
            coord_record_decode_key((struct wire_view){whole.ptr, n}, &key), WIRE_OK);
    }
    buf_fini(&b);
}

static void older_and_newer_versions_of_offsets_are_read(void **state)
{
    (void)state;
    struct coord_record_offset v;
    assert_int_equal(
        coord_record_decode_offset(
            BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 'm', 0, 0, 0, 0, 0, 0, 0, 5), &v),
        WIRE_OK);
    assert_int_equal(v.leader_epoch, -1);
    assert_int_equal(v.commit_ms, 5);
    assert_int_equal(
        coord_record_decode_offset(BYTES(0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0,
                                       0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6),
            &v),
        WIRE_OK);
    assert_int_equal(v.commit_ms, 5);
    assert_int_equal(
        coord_record_decode_offset(
            BYTES(0, 2, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), &v),
        WIRE_OK);
    assert_int_equal(v.offset, 8);
    assert_int_equal(
        coord_record_decode_offset(BYTES(0, 4, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 2, 2, 'm',
                                       0, 0, 0, 0, 0, 0, 0, 5, 0),
            &v),
        WIRE_OK);
    assert_int_equal(v.leader_epoch, 2);
    assert_int_equal(v.metadata.len, 1);
    assert_int_equal(coord_record_decode_offset(BYTES(0, 5, 0, 0, 0, 0, 0, 0, 0, 9), &v),
        WIRE_ERR_VERSION);
    assert_int_equal(
        coord_record_decode_offset(BYTES(0xff, 0xff, 0, 0), &v), WIRE_ERR_VERSION);
}

static void older_and_newer_versions_of_groups_are_read(void **state)
{
    (void)state;
    struct arena arena;
    struct coord_record_group v;
    arena_init(&arena, 10000);
    /* no members, no protocol, no leader */
    assert_int_equal(coord_record_decode_group(BYTES(0, 0, 0, 1, 'c', 0, 0, 0, 7, 0xff,
                                                   0xff, 0xff, 0xff, 0, 0, 0, 0),
                         &arena, &v),
        WIRE_OK);
    assert_int_equal(v.generation, 7);
    assert_int_equal(v.state_since_ms, -1);
    assert_null(v.protocol.ptr);
    /* one member: id m, client c, host h, session 5, no subscription, no assignment */
    assert_int_equal(
        coord_record_decode_group(
            BYTES(0, 0, 0, 1, 'c', 0, 0, 0, 7, 0, 1, 'p', 0, 1, 'm', 0, 0, 0, 1, 0, 1,
                'm', 0, 1, 'c', 0, 1, 'h', 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0),
            &arena, &v),
        WIRE_OK);
    assert_int_equal(v.members[0].rebalance_timeout_ms, -1);
    assert_int_equal(v.members[0].session_timeout_ms, 5);
    /* version 1 has a rebalance timeout */
    assert_int_equal(
        coord_record_decode_group(BYTES(0, 1, 0, 1, 'c', 0, 0, 0, 7, 0, 1, 'p', 0, 1, 'm',
                                      0, 0, 0, 1, 0, 1, 'm', 0, 1, 'c', 0, 1, 'h', 0, 0,
                                      0, 6, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0),
            &arena, &v),
        WIRE_OK);
    assert_int_equal(v.members[0].rebalance_timeout_ms, 6);
    /* version 4 is flexible */
    assert_int_equal(
        coord_record_decode_group(
            BYTES(0, 4, 2, 'c', 0, 0, 0, 7, 2, 'p', 2, 'm', 0, 0, 0, 0, 0, 0, 0, 8, 2, 2,
                'm', 0, 2, 'c', 2, 'h', 0, 0, 0, 6, 0, 0, 0, 5, 1, 1, 0, 0),
            &arena, &v),
        WIRE_OK);
    assert_int_equal(v.state_since_ms, 8);
    assert_int_equal(v.member_count, 1);
    assert_null(v.members[0].instance_id.ptr);
    assert_int_equal(
        coord_record_decode_group(BYTES(0, 5, 0, 0), &arena, &v), WIRE_ERR_VERSION);
    arena_fini(&arena);
}

static void a_member_count_beyond_the_record_is_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct coord_record_group v;
    arena_init(&arena, 10000);
    assert_int_equal(
        coord_record_decode_group(BYTES(0, 0, 0, 1, 'c', 0, 0, 0, 7, 0xff, 0xff, 0xff,
                                      0xff, 0x7f, 0xff, 0xff, 0xff),
            &arena, &v),
        WIRE_ERR_SHORT);
    arena_fini(&arena);
}

static void keys_of_other_protocols_are_told_apart(void **state)
{
    (void)state;
    struct coord_record_key key;
    assert_int_equal(coord_record_decode_key(BYTES(0, 3, 1, 2), &key), WIRE_OK);
    assert_int_equal(key.type, COORD_RECORD_OTHER);
    assert_int_equal(
        coord_record_decode_key(BYTES(0xff, 0xff, 0, 0), &key), WIRE_ERR_VERSION);
    assert_int_equal(coord_record_decode_key(BYTES(0, 2, 0, 1, 'g'), &key), WIRE_OK);
    assert_int_equal(key.type, COORD_RECORD_GROUP);
    assert_int_equal(
        coord_record_decode_key(BYTES(0, 0, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 2), &key),
        WIRE_OK);
    assert_int_equal(key.type, COORD_RECORD_OFFSET);
    assert_int_equal(key.partition, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_kafkas_bytes),
        cmocka_unit_test(offsets_have_kafkas_bytes),
        cmocka_unit_test(groups_come_back_as_they_were_written),
        cmocka_unit_test(every_truncation_and_every_byte_too_many_is_an_error),
        cmocka_unit_test(older_and_newer_versions_of_offsets_are_read),
        cmocka_unit_test(older_and_newer_versions_of_groups_are_read),
        cmocka_unit_test(a_member_count_beyond_the_record_is_refused),
        cmocka_unit_test(keys_of_other_protocols_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
