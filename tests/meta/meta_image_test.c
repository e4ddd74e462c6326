#include "mem.h"
#include "meta_image.h"
#include "test.h"

#include <string.h>

#define ID(n) ((struct wire_uuid){{[15] = (n)}})

static const struct meta_limits limits = {
    .topics_max = 3, .partitions_max = 4, .partitions_per_topic_max = 3};

static struct meta_image image;
static struct meta_change change;

static int set_up(void **state)
{
    (void)state;
    meta_image_init(&image, &limits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    meta_image_fini(&image);
    return 0;
}

static enum err add_topic(const char *name, uint8_t id)
{
    return meta_apply(&image,
        &(struct meta_record){.type = META_TOPIC, .topic = {meta_view(name), ID(id)}},
        &change);
}

static enum err add_partition(uint8_t id, int32_t index)
{
    struct meta_record r = {.type = META_PARTITION};
    r.partition = (struct meta_record_partition){.index = index,
        .topic_id = ID(id),
        .replicas = {{1}, 1},
        .isr = {{1}, 1},
        .leader = 1,
        .directories = {ID(77)}};
    return meta_apply(&image, &r, &change);
}

static enum err set(const char *topic, const char *name, const char *value)
{
    struct wire_view v = {(const uint8_t *)value, value == NULL ? 0 : strlen(value)};
    return meta_apply(&image,
        &(struct meta_record){
            .type = META_CONFIG, .config = {2, meta_view(topic), meta_view(name), v}},
        &change);
}

static enum err remove_topic(uint8_t id)
{
    return meta_apply(&image,
        &(struct meta_record){.type = META_REMOVE_TOPIC, .removed_topic = ID(id)},
        &change);
}

static void topics_are_found_by_name_and_by_id(void **state)
{
    (void)state;
    assert_int_equal(add_topic("users", 1), OK);
    assert_int_equal(change.type, META_CHANGED_TOPIC_CREATED);
    assert_string_equal(change.topic_name, "users");
    const struct meta_topic *t = meta_image_topic(&image, meta_view("users"));
    assert_non_null(t);
    assert_ptr_equal(meta_image_topic_by_id(&image, ID(1)), t);
    assert_null(meta_image_topic(&image, meta_view("user")));
    assert_null(meta_image_topic_by_id(&image, ID(2)));
}

static void topics_stand_in_name_order(void **state)
{
    (void)state;
    assert_int_equal(add_topic("b", 1), OK);
    assert_int_equal(add_topic("c", 2), OK);
    assert_int_equal(add_topic("a", 3), OK);
    assert_string_equal(image.topics[0]->name, "a");
    assert_string_equal(image.topics[1]->name, "b");
    assert_string_equal(image.topics[2]->name, "c");
    assert_int_equal(remove_topic(1), OK);
    assert_string_equal(image.topics[1]->name, "c");
    assert_int_equal(image.topic_count, 2);
}

static void a_removed_topic_leaves_no_trace(void **state)
{
    (void)state;
    assert_int_equal(add_topic("a.b", 1), OK);
    assert_int_equal(add_partition(1, 0), OK);
    assert_int_equal(set("a.b", "retention.ms", "5"), OK);
    assert_int_equal(remove_topic(1), OK);
    assert_int_equal(change.type, META_CHANGED_TOPIC_REMOVED);
    assert_string_equal(change.topic_name, "a.b");
    assert_int_equal(change.partition, 1);
    assert_null(meta_image_topic(&image, meta_view("a.b")));
    assert_null(meta_image_topic_by_id(&image, ID(1)));
    assert_null(meta_image_topic_like(&image, meta_view("a_b")));
    assert_int_equal(image.partition_count, 0);
    assert_int_equal(add_topic("a.b", 2), OK);
    assert_null(
        meta_topic_setting(meta_image_topic(&image, meta_view("a.b")), "retention.ms"));
}

static void names_that_collide_are_seen(void **state)
{
    (void)state;
    assert_int_equal(add_topic("a.b", 1), OK);
    assert_non_null(meta_image_topic_like(&image, meta_view("a_b")));
    assert_null(meta_image_topic_like(&image, meta_view("a-b")));
    assert_int_equal(add_topic("a_b", 2), ERR_CORRUPT);
    char name[META_NAME_MAX + 1] = {0};
    memset(name, 'n', META_NAME_MAX);
    assert_int_equal(add_topic(name, 3), OK);
    assert_non_null(meta_image_topic_like(&image, meta_view(name)));
}

static void records_that_contradict_the_image_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(add_topic("a", 1), OK);
    assert_int_equal(add_topic("a", 2), ERR_CORRUPT);
    assert_int_equal(add_topic("b", 1), ERR_CORRUPT);
    assert_int_equal(add_topic("b", 0), ERR_CORRUPT);
    assert_int_equal(add_topic("b/", 3), ERR_CORRUPT);
    assert_int_equal(add_partition(2, 0), ERR_CORRUPT);
    assert_int_equal(add_partition(1, 1), ERR_CORRUPT);
    assert_int_equal(add_partition(1, -1), ERR_CORRUPT);
    assert_int_equal(remove_topic(2), ERR_CORRUPT);
    assert_int_equal(set("b", "retention.ms", "1"), ERR_CORRUPT);
    assert_int_equal(image.topic_count, 1);
    assert_int_equal(image.partition_count, 0);
    const struct meta_record nul = {.type = META_CONFIG,
        .config = {2, meta_view("a"), meta_view("x"), {(const uint8_t *)"a\0b", 3}}};
    assert_int_equal(meta_apply(&image, &nul, &change), ERR_CORRUPT);
    const struct meta_record broker = {.type = META_CONFIG,
        .config = {4, meta_view("a"), meta_view("x"), meta_view("y")}};
    assert_int_equal(meta_apply(&image, &broker, &change), ERR_UNSUPPORTED);
}

static void partitions_come_in_order_and_may_be_written_again(void **state)
{
    (void)state;
    assert_int_equal(add_topic("a", 1), OK);
    assert_int_equal(add_partition(1, 0), OK);
    assert_int_equal(add_partition(1, 1), OK);
    assert_int_equal(change.type, META_CHANGED_PARTITION);
    assert_int_equal(change.partition, 1);
    assert_int_equal(add_partition(1, 0), OK);
    const struct meta_topic *t = meta_image_topic(&image, meta_view("a"));
    assert_int_equal(t->partition_count, 2);
    assert_int_equal(t->partitions[1].leader, 1);
    assert_int_equal(t->partitions[1].directory.bytes[15], 77);
}

static void limits_hold(void **state)
{
    (void)state;
    assert_int_equal(add_topic("a", 1), OK);
    assert_int_equal(add_topic("b", 2), OK);
    assert_int_equal(add_topic("c", 3), OK);
    assert_int_equal(add_topic("d", 4), ERR_FULL);
    assert_null(meta_image_topic(&image, meta_view("d")));
    for (int32_t i = 0; i < 3; i++) {
        assert_int_equal(add_partition(1, i), OK);
    }
    assert_int_equal(add_partition(1, 3), ERR_FULL);
    assert_int_equal(add_partition(2, 0), OK);
    assert_int_equal(add_partition(2, 1), ERR_FULL);
    assert_int_equal(image.partition_count, 4);
}

static void settings_are_set_changed_and_removed(void **state)
{
    (void)state;
    assert_int_equal(add_topic("a", 1), OK);
    const struct meta_topic *t = meta_image_topic(&image, meta_view("a"));
    assert_int_equal(set("a", "x", "1"), OK);
    assert_int_equal(set("a", "y", "2"), OK);
    assert_int_equal(set("a", "x", "3"), OK);
    assert_int_equal(change.type, META_CHANGED_CONFIG);
    assert_string_equal(meta_topic_setting(t, "x"), "3");
    assert_int_equal(set("a", "x", NULL), OK);
    assert_null(meta_topic_setting(t, "x"));
    assert_string_equal(meta_topic_setting(t, "y"), "2");
    assert_int_equal(set("a", "x", NULL), OK);
    assert_int_equal(t->setting_count, 1);
}

static enum err next_ids(int64_t next)
{
    return meta_apply(&image,
        &(struct meta_record){.type = META_PRODUCER_IDS, .producer_ids = {1, -1, next}},
        &change);
}

static void producer_ids_only_grow(void **state)
{
    (void)state;
    assert_int_equal(next_ids(0), ERR_CORRUPT);
    assert_int_equal(next_ids(1000), OK);
    assert_int_equal(next_ids(1000), ERR_CORRUPT);
    assert_int_equal(next_ids(1001), OK);
    assert_int_equal(image.next_producer_id, 1001);
}

static enum err feature(const char *name, int16_t level)
{
    return meta_apply(&image,
        &(struct meta_record){.type = META_FEATURE, .feature = {meta_view(name), level}},
        &change);
}

static void features_beyond_ours_stop(void **state)
{
    (void)state;
    assert_int_equal(feature("metadata.version", 21), OK);
    assert_int_equal(image.feature_level, 21);
    assert_int_equal(feature("metadata.version", 22), ERR_UNSUPPORTED);
    assert_int_equal(feature("metadata.version", 20), ERR_UNSUPPORTED);
    assert_int_equal(feature("share.version", 1), ERR_UNSUPPORTED);
}

static void failing_memory_changes_nothing(void **state)
{
    (void)state;
    for (long n = 0; n < 9; n++) {
        mem_fail_after(n);
        enum err e = add_topic("a", 1);
        mem_fail_after(-1);
        if (e == OK) {
            assert_int_equal(remove_topic(1), OK);
        }
        assert_int_equal(image.topic_count, 0);
        assert_null(meta_image_topic(&image, meta_view("a")));
        assert_null(meta_image_topic_by_id(&image, ID(1)));
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(topics_are_found_by_name_and_by_id),
        T(topics_stand_in_name_order),
        T(a_removed_topic_leaves_no_trace),
        T(names_that_collide_are_seen),
        T(records_that_contradict_the_image_change_nothing),
        T(partitions_come_in_order_and_may_be_written_again),
        T(limits_hold),
        T(settings_are_set_changed_and_removed),
        T(producer_ids_only_grow),
        T(features_beyond_ours_stop),
        T(failing_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
