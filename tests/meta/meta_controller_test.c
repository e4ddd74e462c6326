#include "mem.h"
#include "meta_controller.h"
#include "test.h"

#include <string.h>

static struct meta_image image;
static struct meta_controller controller;
static struct meta_batch batch;
static struct meta_created created;
static uint8_t next_byte;
static int bad_draws; /* ids to draw first that are reserved */
static int changes;

static void draw(void *context, void *out, size_t length)
{
    (void)context;
    memset(out, 0, length);
    if (bad_draws > 0) {
        bad_draws--;
        ((uint8_t *)out)[0] = 0xf8; /* begins with '-' as text */
    } else {
        ((uint8_t *)out)[15] = next_byte++;
    }
}

static int set_up(void **state)
{
    (void)state;
    const struct meta_limits limits = {
        .topics_max = 3, .partitions_max = 10, .partitions_per_topic_max = 6};
    const struct meta_node node = {
        .id = 5, .directory = {{[0] = 42}}, .num_partitions = 2};
    meta_image_init(&image, &limits);
    meta_controller_init(&controller, &image, &node, &(struct meta_env){.random = draw});
    meta_batch_init(&batch, 100000);
    next_byte = 1;
    bad_draws = 0;
    changes = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    meta_batch_fini(&batch);
    meta_controller_fini(&controller);
    meta_image_fini(&image);
    return 0;
}

static struct meta_new_topic request(const char *name)
{
    return (struct meta_new_topic){
        .name = meta_view(name), .partitions = -1, .replication_factor = -1};
}

static enum meta_error submit(const struct meta_new_topic *r)
{
    meta_batch_reset(&batch);
    struct meta_answer a = meta_submit_create(&controller, r, &batch, &created);
    assert_int_equal(a.error == META_ERROR_NONE, a.message[0] == '\0');
    assert_int_equal(a.error == META_ERROR_NONE, batch.count > 0);
    return a.error;
}

static enum meta_error submit_name(const char *name)
{
    struct meta_new_topic r = request(name);
    return submit(&r);
}

static void count_change(void *context, const struct meta_change *change)
{
    (void)context;
    (void)change;
    changes++;
}

static void commit(void)
{
    assert_int_equal(meta_commit(&controller, &batch, count_change, NULL), OK);
}

static void create(const char *name)
{
    assert_int_equal(submit_name(name), META_ERROR_NONE);
    commit();
}

static void a_topic_is_there_after_the_commit_and_not_before(void **state)
{
    (void)state;
    assert_int_equal(submit_name("users"), META_ERROR_NONE);
    assert_int_equal(created.partitions, 2);
    assert_int_equal(created.replication_factor, 1);
    assert_null(meta_image_topic(&image, meta_view("users")));
    commit();
    assert_int_equal(changes, 3);
    const struct meta_topic *t = meta_image_topic(&image, meta_view("users"));
    assert_int_equal(t->partition_count, 2);
    assert_true(meta_uuid_equal(t->id, created.id));
    assert_int_equal(t->partitions[1].leader, 5);
    assert_int_equal(t->partitions[1].replicas.ids[0], 5);
    assert_int_equal(t->partitions[1].isr.count, 1);
    assert_int_equal(t->partitions[1].leader_epoch, 0);
    assert_int_equal(t->partitions[1].directory.bytes[0], 42);
}

static void names_are_checked(void **state)
{
    (void)state;
    const char *const bad[] = {
        "", ".", "..", "a/b", "a b", "\xc3\xa4", "__consumer_offsets"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(submit_name(bad[i]), META_ERROR_TOPIC_NAME);
    }
    char name[META_NAME_MAX + 2] = {0};
    memset(name, 'n', META_NAME_MAX + 1);
    assert_int_equal(submit_name(name), META_ERROR_TOPIC_NAME);
    name[META_NAME_MAX] = '\0';
    assert_int_equal(submit_name(name), META_ERROR_NONE);
    commit();
    assert_int_equal(submit_name("..."), META_ERROR_NONE);
    struct meta_new_topic nul = request("a");
    nul.name = (struct wire_view){(const uint8_t *)"a\0b", 3};
    assert_int_equal(submit(&nul), META_ERROR_TOPIC_NAME);
    struct meta_new_topic internal = request("__consumer_offsets");
    assert_int_equal(submit(&internal), META_ERROR_TOPIC_NAME);
    internal.allow_internal = true;
    assert_int_equal(submit(&internal), META_ERROR_NONE);
    commit();
    assert_int_equal(submit_name("__consumer_offsets"), META_ERROR_TOPIC_EXISTS);
    assert_int_equal(submit_name("__cluster_metadata"), META_ERROR_REQUEST);
}

static void names_that_exist_or_collide_are_refused(void **state)
{
    (void)state;
    create("a.b");
    assert_int_equal(submit_name("a.b"), META_ERROR_TOPIC_EXISTS);
    assert_int_equal(submit_name("a_b"), META_ERROR_TOPIC_NAME);
    assert_int_equal(submit_name("a-b"), META_ERROR_NONE);
}

static void a_creation_under_way_reserves_its_name(void **state)
{
    (void)state;
    struct meta_batch first;
    struct meta_new_topic r = request("a.b");
    meta_batch_init(&first, 10000);
    assert_int_equal(
        meta_submit_create(&controller, &r, &first, &created).error, META_ERROR_NONE);
    assert_int_equal(submit_name("a.b"), META_ERROR_TOPIC_EXISTS);
    assert_int_equal(submit_name("a_b"), META_ERROR_TOPIC_EXISTS);
    meta_abort(&controller, &first);
    assert_int_equal(controller.reserved_partitions, 0);
    assert_int_equal(submit_name("a.b"), META_ERROR_NONE);
    commit();
    assert_int_equal(controller.reserved_names.count, 0);
    assert_int_equal(controller.reserved_partitions, 0);
    meta_batch_fini(&first);
}

static void counts_are_checked(void **state)
{
    (void)state;
    const struct {
        int32_t partitions;
        int16_t replication;
        enum meta_error error;
    } cases[] = {
        {0, -1, META_ERROR_PARTITIONS},
        {-2, -1, META_ERROR_PARTITIONS},
        {7, -1, META_ERROR_PARTITIONS},
        {INT32_MAX, 1, META_ERROR_PARTITIONS},
        {1, 0, META_ERROR_REPLICATION_FACTOR},
        {1, -2, META_ERROR_REPLICATION_FACTOR},
        {1, 2, META_ERROR_REPLICATION_FACTOR},
        {6, 1, META_ERROR_NONE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct meta_new_topic r = request("a");
        r.partitions = cases[i].partitions;
        r.replication_factor = cases[i].replication;
        assert_int_equal(submit(&r), cases[i].error);
    }
}

static void what_is_reserved_counts_against_the_limits(void **state)
{
    (void)state;
    struct meta_new_topic r = request("a");
    r.partitions = 6;
    assert_int_equal(submit(&r), META_ERROR_NONE);
    r = request("b");
    r.partitions = 5;
    assert_int_equal(submit(&r), META_ERROR_PARTITIONS);
    r.partitions = 2;
    assert_int_equal(submit(&r), META_ERROR_NONE);
    assert_int_equal(submit_name("c"), META_ERROR_NONE);
    assert_int_equal(submit_name("d"), META_ERROR_POLICY);
}

static void assignments_name_this_node_once_for_each_partition(void **state)
{
    (void)state;
    const int32_t self[] = {5, 5};
    const int32_t other[] = {6};
    struct meta_new_assignment a[] = {{1, self, 1}, {0, self, 1}};
    struct meta_new_topic r = request("a");
    r.assignments = a;
    r.assignment_count = 2;
    r.partitions = 2;
    assert_int_equal(submit(&r), META_ERROR_REQUEST);
    r.partitions = -1;
    r.replication_factor = 1;
    assert_int_equal(submit(&r), META_ERROR_REQUEST);
    r.replication_factor = -1;
    a[1].partition = 1;
    assert_int_equal(submit(&r), META_ERROR_ASSIGNMENT);
    a[1].partition = 2;
    assert_int_equal(submit(&r), META_ERROR_ASSIGNMENT);
    a[1].partition = -1;
    assert_int_equal(submit(&r), META_ERROR_ASSIGNMENT);
    a[1] = (struct meta_new_assignment){0, other, 1};
    assert_int_equal(submit(&r), META_ERROR_ASSIGNMENT);
    a[1] = (struct meta_new_assignment){0, self, 2};
    assert_int_equal(submit(&r), META_ERROR_ASSIGNMENT);
    a[1] = (struct meta_new_assignment){0, self, 0};
    assert_int_equal(submit(&r), META_ERROR_ASSIGNMENT);
    a[1] = (struct meta_new_assignment){0, self, 1};
    assert_int_equal(submit(&r), META_ERROR_NONE);
    assert_int_equal(created.partitions, 2);
    struct meta_new_assignment seven[7];
    for (int32_t i = 0; i < 7; i++) {
        seven[i] = (struct meta_new_assignment){i, self, 1};
    }
    struct meta_new_topic many = request("m");
    many.assignments = seven;
    many.assignment_count = 7;
    assert_int_equal(submit(&many), META_ERROR_PARTITIONS);
}

static void configs_are_checked_and_kept(void **state)
{
    (void)state;
    struct meta_new_setting s[] = {{meta_view("retention.ms"), meta_view("5")},
        {meta_view("segment.bytes"), meta_view("2097152")}};
    struct meta_new_topic r = request("a");
    r.settings = s;
    r.setting_count = 2;
    assert_int_equal(submit(&r), META_ERROR_NONE);
    commit();
    const struct meta_topic *t = meta_image_topic(&image, meta_view("a"));
    assert_string_equal(meta_topic_setting(t, "retention.ms"), "5");
    assert_string_equal(meta_topic_setting(t, "segment.bytes"), "2097152");
    r.name = meta_view("b");
    s[1].name = meta_view("retention.ms");
    assert_int_equal(submit(&r), META_ERROR_CONFIG);
    s[1].name = meta_view("nonsense");
    assert_int_equal(submit(&r), META_ERROR_CONFIG);
    s[0] = (struct meta_new_setting){meta_view("min.compaction.lag.ms"), meta_view("9")};
    s[1] = (struct meta_new_setting){meta_view("max.compaction.lag.ms"), meta_view("8")};
    assert_int_equal(submit(&r), META_ERROR_CONFIG);
    s[1].value = meta_view("9");
    assert_int_equal(submit(&r), META_ERROR_NONE);
}

static void validating_reserves_nothing(void **state)
{
    (void)state;
    struct meta_new_topic r = request("a");
    assert_int_equal(
        meta_submit_create(&controller, &r, NULL, &created).error, META_ERROR_NONE);
    assert_int_equal(created.partitions, 2);
    assert_true(meta_uuid_is_zero(created.id));
    assert_int_equal(submit_name("a"), META_ERROR_NONE);
}

static void topic_ids_are_random_and_never_reserved_ones(void **state)
{
    (void)state;
    bad_draws = 3;
    create("a");
    assert_int_equal(bad_draws, 0);
    assert_int_equal(created.id.bytes[6] >> 4, 4);
    assert_int_equal(created.id.bytes[8] >> 6, 2);
    next_byte = 1; /* the same id again, then another */
    create("b");
    assert_int_equal(created.id.bytes[15], 2);
    bad_draws = 1000;
    assert_int_equal(submit_name("c"), META_ERROR_SERVER);
}

static void topics_are_deleted_once(void **state)
{
    (void)state;
    create("a");
    struct wire_uuid id = created.id;
    meta_batch_reset(&batch);
    assert_int_equal(meta_submit_delete(&controller, meta_view("b"), &batch).error,
        META_ERROR_UNKNOWN_TOPIC);
    assert_int_equal(
        meta_submit_delete(&controller, meta_view("a"), &batch).error, META_ERROR_NONE);
    struct meta_batch second;
    meta_batch_init(&second, 1000);
    assert_int_equal(meta_submit_delete(&controller, meta_view("a"), &second).error,
        META_ERROR_UNKNOWN_TOPIC);
    assert_int_equal(meta_submit_delete_by_id(&controller, id, &second).error,
        META_ERROR_UNKNOWN_TOPIC_ID);
    assert_non_null(meta_image_topic(&image, meta_view("a")));
    meta_abort(&controller, &batch);
    assert_int_equal(
        meta_submit_delete_by_id(&controller, id, &second).error, META_ERROR_NONE);
    assert_int_equal(meta_commit(&controller, &second, NULL, NULL), OK);
    assert_null(meta_image_topic(&image, meta_view("a")));
    assert_int_equal(controller.removed_ids.count, 0);
    meta_batch_fini(&second);
}

static void producer_ids_are_never_given_out_twice(void **state)
{
    (void)state;
    int64_t first;
    assert_int_equal(
        meta_submit_producer_ids(&controller, &batch, &first).error, META_ERROR_NONE);
    assert_int_equal(first, 0);
    meta_abort(&controller, &batch);
    meta_batch_reset(&batch);
    assert_int_equal(
        meta_submit_producer_ids(&controller, &batch, &first).error, META_ERROR_NONE);
    assert_int_equal(first, 1000);
    commit();
    assert_int_equal(image.next_producer_id, 2000);
    image.next_producer_id = INT64_MAX - 999;
    meta_batch_reset(&batch);
    assert_int_equal(
        meta_submit_producer_ids(&controller, &batch, &first).error, META_ERROR_SERVER);
}

static void a_new_log_begins_with_the_feature_level(void **state)
{
    (void)state;
    meta_submit_bootstrap(&controller, &batch);
    assert_int_equal(batch.count, 1);
    commit();
    assert_int_equal(image.feature_level, WIRE_FEATURE_METADATA_LEVEL);
    meta_batch_reset(&batch);
    meta_submit_bootstrap(&controller, &batch);
    assert_int_equal(batch.count, 0);
}

static void replaying_the_batches_gives_the_same_image(void **state)
{
    (void)state;
    struct meta_image other;
    struct meta_change change;
    struct meta_record record;
    meta_image_init(&other, &image.limits);
    assert_int_equal(submit_name("users"), META_ERROR_NONE);
    for (size_t i = 0; i < batch.count; i++) {
        struct wire_view value = meta_batch_value(&batch, i);
        assert_int_equal(meta_record_decode(value.ptr, value.len, &record), WIRE_OK);
        assert_int_equal(meta_apply(&other, &record, &change), OK);
    }
    assert_int_equal(meta_image_topic(&other, meta_view("users"))->partition_count, 2);
    assert_non_null(meta_image_topic_by_id(&other, created.id));
    meta_image_fini(&other);
}

static void failing_memory_reserves_nothing(void **state)
{
    (void)state;
    for (long n = 0; n < 8; n++) {
        struct meta_batch fresh;
        struct meta_new_topic r = request("a");
        meta_batch_init(&fresh, 10000);
        mem_fail_after(n);
        struct meta_answer a = meta_submit_create(&controller, &r, &fresh, &created);
        mem_fail_after(-1);
        if (a.error == META_ERROR_NONE) {
            meta_abort(&controller, &fresh);
        }
        assert_int_equal(controller.reserved_names.count, 0);
        assert_int_equal(controller.reserved_partitions, 0);
        meta_batch_fini(&fresh);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_topic_is_there_after_the_commit_and_not_before),
        T(names_are_checked),
        T(names_that_exist_or_collide_are_refused),
        T(a_creation_under_way_reserves_its_name),
        T(counts_are_checked),
        T(what_is_reserved_counts_against_the_limits),
        T(assignments_name_this_node_once_for_each_partition),
        T(configs_are_checked_and_kept),
        T(validating_reserves_nothing),
        T(topic_ids_are_random_and_never_reserved_ones),
        T(topics_are_deleted_once),
        T(producer_ids_are_never_given_out_twice),
        T(a_new_log_begins_with_the_feature_level),
        T(replaying_the_batches_gives_the_same_image),
        T(failing_memory_reserves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
