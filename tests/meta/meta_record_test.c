#include "meta_name.h"
#include "meta_record.h"
#include "test.h"

#include <string.h>

#define ID(n) ((struct wire_uuid){{[15] = (n)}})

static struct meta_record partition_record(void)
{
    struct meta_record r = {.type = META_PARTITION};
    r.partition.index = 2;
    r.partition.topic_id = ID(9);
    r.partition.replicas = (struct meta_replicas){{1}, 1};
    r.partition.isr = (struct meta_replicas){{1}, 1};
    r.partition.leader = 1;
    r.partition.leader_epoch = 3;
    r.partition.partition_epoch = 4;
    r.partition.directories[0] = ID(7);
    return r;
}

static size_t make_all(struct meta_record out[13])
{
    out[0] =
        (struct meta_record){.type = META_TOPIC, .topic = {meta_view("users"), ID(9)}};
    out[1] = partition_record();
    out[2] = (struct meta_record){.type = META_CONFIG,
        .config = {2, meta_view("users"), meta_view("retention.ms"), meta_view("1")}};
    out[3] = (struct meta_record){.type = META_REMOVE_TOPIC, .removed_topic = ID(9)};
    out[4] = (struct meta_record){.type = META_FEATURE, .feature = {meta_view("f"), 21}};
    out[5] =
        (struct meta_record){.type = META_PRODUCER_IDS, .producer_ids = {1, -1, 1000}};
    out[6] = (struct meta_record){.type = META_NO_OP};
    out[7] = (struct meta_record){.type = META_CONFIG,
        .config = {2, meta_view("users"), meta_view("retention.ms"), {NULL, 0}}};
    out[8] = (struct meta_record){.type = META_CLIENT_QUOTA,
        .quota = {.entity = {.parts = {{META_QUOTA_NAMED, meta_view("u")},
                                 {META_QUOTA_DEFAULT, {NULL, 0}}}},
            .key = META_QUOTA_MUTATION,
            .value = 1.5}};
    out[9] = (struct meta_record){.type = META_SEALED_CREDENTIAL,
        .credential = {.credential = {meta_view("u"), META_SCRAM_SHA_512, 4096, 7,
                           meta_view("xy")}}};
    out[10] = (struct meta_record){.type = META_SEALED_CREDENTIAL,
        .credential = {
            .credential = {meta_view("u"), META_SCRAM_SHA_256, 0, 8, {NULL, 0}},
            .remove = true}};
    out[11] = (struct meta_record){.type = META_ACL,
        .acl = {ID(5), META_ACL_TOPIC, META_ACL_PREFIXED, 4, META_ACL_DENY,
            meta_view("pay."), meta_view("User:a"), meta_view("*")}};
    out[12] = (struct meta_record){.type = META_REMOVE_ACL, .removed_acl = ID(5)};
    return 13;
}

static void check_bytes(
    const struct meta_record *r, const uint8_t *expected, size_t length)
{
    struct buf b;
    buf_init(&b, 1000);
    meta_record_encode(&b, r);
    assert_int_equal(b.length, length);
    assert_memory_equal(b.bytes, expected, length);
    buf_fini(&b);
}

static void records_have_the_bytes_of_kraft(void **state)
{
    (void)state;
    struct meta_record all[13];
    (void)make_all(all);
    const uint8_t topic[] = {1, 2, 0, 6, 'u', 's', 'e', 'r', 's', 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 9, 0};
    check_bytes(&all[0], topic, sizeof(topic));
    const uint8_t partition[] = {1, 3, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 9, 2, 0, 0, 0, 1, 2, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0,
        4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0};
    check_bytes(&all[1], partition, sizeof(partition));
    const uint8_t ids[] = {1, 15, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 3, 0xe8, 0};
    check_bytes(&all[5], ids, sizeof(ids));
    const uint8_t feature[] = {1, 12, 0, 2, 'f', 0, 21, 0};
    check_bytes(&all[4], feature, sizeof(feature));
    const uint8_t quota[] = {1, 14, 0, 3, 5, 'u', 's', 'e', 'r', 2, 'u', 0, 10, 'c', 'l',
        'i', 'e', 'n', 't', '-', 'i', 'd', 0, 0, 25, 'c', 'o', 'n', 't', 'r', 'o', 'l',
        'l', 'e', 'r', '_', 'm', 'u', 't', 'a', 't', 'i', 'o', 'n', '_', 'r', 'a', 't',
        'e', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0};
    check_bytes(&all[8], quota, sizeof(quota));
    const uint8_t acl[] = {1, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 5,
        'p', 'a', 'y', '.', 4, 7, 'U', 's', 'e', 'r', ':', 'a', 2, '*', 4, 2, 0};
    check_bytes(&all[11], acl, sizeof(acl));
    const uint8_t removed[] = {
        1, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0};
    check_bytes(&all[12], removed, sizeof(removed));
    const uint8_t no_op[] = {1, 20, 0, 0};
    check_bytes(&all[6], no_op, sizeof(no_op));
}

static void records_of_our_own_have_the_bytes_that_they_had(void **state)
{
    (void)state;
    struct meta_record all[13];
    (void)make_all(all);
    const uint8_t credential[] = {1, 0xa1, 0x9c, 0x01, 0, 2, 'u', 2, 0, 0, 16, 0, 0, 0, 0,
        0, 0, 0, 0, 7, 3, 'x', 'y', 0};
    check_bytes(&all[9], credential, sizeof(credential));
    const uint8_t removal[] = {
        1, 0xa1, 0x9c, 0x01, 0, 2, 'u', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0};
    check_bytes(&all[10], removal, sizeof(removal));
}

static void every_record_comes_back_and_no_truncation_does(void **state)
{
    (void)state;
    struct meta_record all[13];
    size_t count = make_all(all);
    for (size_t i = 0; i < count; i++) {
        struct buf b;
        struct buf again;
        struct meta_record got;
        buf_init(&b, 1000);
        buf_init(&again, 1000);
        meta_record_encode(&b, &all[i]);
        for (size_t n = 0; n < b.length; n++) {
            assert_int_not_equal(meta_record_decode(b.bytes, n, &got), WIRE_OK);
        }
        assert_int_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_OK);
        assert_int_equal(got.type, all[i].type);
        meta_record_encode(&again, &got);
        assert_int_equal(again.length, b.length);
        assert_memory_equal(again.bytes, b.bytes, b.length);
        buf_add(&b, "", 1);
        assert_int_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_ERR_TRAILING);
        buf_fini(&b);
        buf_fini(&again);
    }
}

static void check_error(const uint8_t *bytes, size_t length, enum wire_err expected)
{
    struct meta_record got = {.type = META_NO_OP};
    assert_int_equal(meta_record_decode(bytes, length, &got), expected);
    assert_int_equal(got.type, META_NO_OP);
}

static void unknown_frames_types_and_versions_stop(void **state)
{
    (void)state;
    check_error((const uint8_t[]){0, 20, 0, 0}, 4, WIRE_ERR_VALUE);
    check_error((const uint8_t[]){2, 20, 0, 0}, 4, WIRE_ERR_VALUE);
    check_error((const uint8_t[]){1, 0, 0, 0}, 4, WIRE_ERR_VERSION);
    check_error((const uint8_t[]){1, 21, 0, 0}, 4, WIRE_ERR_VERSION);
    check_error((const uint8_t[]){1, 20, 1, 0}, 4, WIRE_ERR_VERSION);
    check_error((const uint8_t[]){1, 3, 0, 0}, 4, WIRE_ERR_VERSION);
    check_error((const uint8_t[]){1, 3, 3, 0}, 4, WIRE_ERR_VERSION);
}

static void a_quota_of_a_key_that_there_is_not_stops(void **state)
{
    (void)state;
    struct meta_record quota = {.type = META_CLIENT_QUOTA,
        .quota = {.entity = {.parts = {{META_QUOTA_NAMED, meta_view("u")}}},
            .key = META_QUOTA_REQUEST,
            .value = 1}};
    struct buf b;
    buf_init(&b, 1000);
    meta_record_encode(&b, &quota);
    b.bytes[b.length - 12] ^= 1; /* the last letter of its name */
    check_error(b.bytes, b.length, WIRE_ERR_VALUE);
    buf_fini(&b);
}

static void a_rule_without_an_id_or_with_a_code_that_there_is_not_stops(void **state)
{
    (void)state;
    struct meta_record all[13];
    struct buf b;
    (void)make_all(all);
    buf_init(&b, 1000);
    meta_record_encode(&b, &all[11]);
    b.bytes[b.length - 2] = 4; /* what it does */
    check_error(b.bytes, b.length, WIRE_ERR_VALUE);
    buf_reset(&b);
    all[11].acl.id = ID(0);
    meta_record_encode(&b, &all[11]);
    check_error(b.bytes, b.length, WIRE_ERR_VALUE);
    buf_fini(&b);
}

static void a_tagged_field_stops(void **state)
{
    (void)state;
    check_error((const uint8_t[]){1, 20, 0, 1, 0, 1, 5}, 7, WIRE_ERR_VALUE);
}

static void replicas_are_limited_and_match_their_directories(void **state)
{
    (void)state;
    struct buf b;
    struct meta_record r = partition_record();
    struct meta_record got;
    buf_init(&b, 1000);
    r.partition.replicas.count = META_REPLICAS_MAX;
    meta_record_encode(&b, &r);
    assert_int_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_OK);
    assert_int_equal(got.partition.replicas.count, META_REPLICAS_MAX);
    b.bytes[2] = 2; /* version 2 has the same bytes */
    assert_int_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_OK);
    b.bytes[23] = META_REPLICAS_MAX + 2; /* one more than we keep */
    assert_int_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_ERR_LIMIT);
    buf_reset(&b);
    r = partition_record();
    meta_record_encode(&b, &r);
    b.bytes[33] = 2; /* a replica is being removed */
    assert_int_not_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_OK);
    b.bytes[33] = 1;
    b.bytes[47] = 1; /* no directory for the one replica */
    assert_int_not_equal(meta_record_decode(b.bytes, b.length, &got), WIRE_OK);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_have_the_bytes_of_kraft),
        cmocka_unit_test(records_of_our_own_have_the_bytes_that_they_had),
        cmocka_unit_test(every_record_comes_back_and_no_truncation_does),
        cmocka_unit_test(unknown_frames_types_and_versions_stop),
        cmocka_unit_test(a_quota_of_a_key_that_there_is_not_stops),
        cmocka_unit_test(a_rule_without_an_id_or_with_a_code_that_there_is_not_stops),
        cmocka_unit_test(a_tagged_field_stops),
        cmocka_unit_test(replicas_are_limited_and_match_their_directories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
