#include "meta_alter.h"
#include "meta_name.h"
#include "meta_quota.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct meta_image image;
static struct meta_controller controller;
static struct meta_batch batch;

static int set_up(void **state)
{
    (void)state;
    const struct meta_limits limits = {
        .topics_max = 3, .partitions_max = 10, .partitions_per_topic_max = 6};
    const struct meta_node node = {.id = 5, .num_partitions = 2};
    meta_image_init(&image, &limits);
    meta_controller_init(&controller, &image, &node, &(struct meta_env){0});
    meta_batch_init(&batch, 100000);
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

/* NULL: absent; "": the default. */
static void set_part(
    struct meta_quota_entity *entity, enum meta_quota_type type, const char *name)
{
    if (name != NULL) {
        entity->parts[type].form =
            name[0] == '\0' ? META_QUOTA_DEFAULT : META_QUOTA_NAMED;
        entity->parts[type].name = meta_view(name);
    }
}

static struct meta_quota_entity entity_of(const char *user, const char *client)
{
    struct meta_quota_entity entity = {0};
    set_part(&entity, META_QUOTA_USER, user);
    set_part(&entity, META_QUOTA_CLIENT, client);
    return entity;
}

static struct meta_quota_entity address(const char *name)
{
    struct meta_quota_entity entity = {0};
    set_part(&entity, META_QUOTA_IP, name);
    return entity;
}

static void set(const char *user, const char *client, double value)
{
    struct meta_quota_entity entity = entity_of(user, client);
    assert_int_equal(
        meta_quota_set(&image.quotas, &entity, META_QUOTA_PRODUCE, value, false), OK);
}

static void drop(const char *user, const char *client)
{
    struct meta_quota_entity entity = entity_of(user, client);
    assert_int_equal(
        meta_quota_set(&image.quotas, &entity, META_QUOTA_PRODUCE, 0, true), OK);
}

/* -1: none. */
static double rate(const char *user, const char *client, struct meta_quota_share *share)
{
    double value = -1;
    return meta_quota_rate(&image.quotas, META_QUOTA_PRODUCE, meta_view(user),
               meta_view(client), &value, share)
               ? value
               : -1;
}

static void the_most_particular_quota_holds(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        const char *client;
        bool by_user;
        bool by_client;
    } order[] = {{NULL, "", false, true}, {NULL, "c", false, true},
        {"", NULL, true, false}, {"", "", true, true}, {"", "c", true, true},
        {"u", NULL, true, false}, {"u", "", true, true}, {"u", "c", true, true}};
    struct meta_quota_share share;

    assert_true(rate("u", "c", &share) < 0);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        set(order[i].user, order[i].client, (double)i + 1);
        assert_true(rate("u", "c", &share) == (double)i + 1);
        assert_int_equal(share.by_user, order[i].by_user);
        assert_int_equal(share.by_client, order[i].by_client);
    }
    /* ... and those of others do not count. */
    assert_true(rate("v", "c", &share) == 5);
    assert_true(rate("v", "d", &share) == 4);
    assert_true(rate("u", "", &share) == 7);
    drop("", "");
    drop("", NULL);
    drop("", "c");
    assert_true(rate("v", "c", &share) == 2);
    assert_true(rate("v", "d", &share) == 1);
}

static void a_quota_without_values_is_forgotten(void **state)
{
    (void)state;
    struct meta_quota_entity entity = entity_of("u", NULL);
    set("u", NULL, 7);
    assert_int_equal(
        meta_quota_set(&image.quotas, &entity, META_QUOTA_FETCH, 8, false), OK);
    drop("u", NULL);
    assert_non_null(meta_quota_find(&image.quotas, &entity));
    assert_int_equal(
        meta_quota_set(&image.quotas, &entity, META_QUOTA_FETCH, 0, true), OK);
    assert_null(meta_quota_find(&image.quotas, &entity));
    assert_int_equal(image.quotas.counts[META_QUOTA_PRODUCE], 0);
    assert_int_equal(image.quotas.counts[META_QUOTA_FETCH], 0);
    drop("u", NULL);
}

static void names_that_look_alike_are_different_entities(void **state)
{
    (void)state;
    struct meta_quota_share share;
    set("ab", "c", 1);
    set("a", "bc", 2);
    set("a", "", 3);
    assert_true(rate("ab", "c", &share) == 1);
    assert_true(rate("a", "bc", &share) == 2);
    assert_true(rate("a", "c", &share) == 3);
}

static void a_name_that_is_too_long_has_no_quota(void **state)
{
    (void)state;
    static char name[META_QUOTA_NAME_MAX + 2];
    struct meta_quota_share share;
    memset(name, 'x', META_QUOTA_NAME_MAX + 1);
    struct meta_quota_entity entity = entity_of(name, NULL);
    assert_non_null(meta_quota_entity_error(&entity));
    assert_int_equal(meta_quota_set(&image.quotas, &entity, META_QUOTA_PRODUCE, 1, false),
        ERR_INVALID);
    set("", NULL, 3);
    assert_true(rate(name, "c", &share) == 3);
}

static struct meta_answer submit(const struct meta_quota_entity *entity, const char *key,
    double value, bool remove, bool validate_only)
{
    struct meta_quota_change change = {meta_view(key), value, remove};
    meta_batch_reset(&batch);
    return meta_submit_quota(
        &controller, entity, &change, 1, validate_only ? NULL : &batch);
}

static void check_refused(
    const struct meta_quota_entity *entity, const char *key, double value)
{
    struct meta_answer a = submit(entity, key, value, false, false);
    assert_int_equal(a.error, META_ERROR_REQUEST);
    assert_true(a.message[0] != '\0');
    assert_int_equal(batch.count, 0);
}

static void what_can_not_be_a_quota_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct meta_quota_entity user = entity_of("u", NULL);
    struct meta_quota_entity none = {0};
    struct meta_quota_entity empty = entity_of("", NULL);
    struct meta_quota_entity ip = address("10.0.0.1");
    struct meta_quota_entity mixed = address("");
    empty.parts[META_QUOTA_USER].form = META_QUOTA_NAMED;
    set_part(&mixed, META_QUOTA_USER, "u");
    check_refused(&none, "producer_byte_rate", 1);
    check_refused(&empty, "producer_byte_rate", 1);
    check_refused(&mixed, "connection_creation_rate", 1);
    check_refused(&ip, "producer_byte_rate", 1);
    check_refused(&ip, "connection_creation_rate", 3e9);
    check_refused(&user, "connection_creation_rate", 1);
    check_refused(&user, "bytes", 1);
    check_refused(&user, "producer_byte_rate", 0);
    check_refused(&user, "producer_byte_rate", -1);
    check_refused(&user, "producer_byte_rate", 0.5);
    check_refused(&user, "producer_byte_rate", 1e300);
    check_refused(&user, "request_percentage", 1e10);
    check_refused(&ip, "connection_creation_rate", 1e-7);
    check_refused(&ip, "connection_creation_rate", 4.999);
    for (double odd = 4503599627370497.0; odd < 9e18; odd *= 2) {
        assert_null(meta_quota_value_error(META_QUOTA_PRODUCE, odd));
    }
    assert_null(meta_quota_value_error(META_QUOTA_PRODUCE, (double)INT64_MAX));
    check_refused(&user, "request_percentage", 0.0 / 0.0);
    assert_int_equal(
        submit(&user, "request_percentage", 0.5, false, false).error, META_ERROR_NONE);
    meta_abort(&controller, &batch);
}

static void an_alteration_is_written_and_then_holds(void **state)
{
    (void)state;
    struct meta_quota_entity user = entity_of("u", "");
    struct meta_quota_share share;
    assert_int_equal(
        submit(&user, "producer_byte_rate", 9, false, true).error, META_ERROR_NONE);
    assert_int_equal(
        submit(&user, "producer_byte_rate", 9, false, false).error, META_ERROR_NONE);
    assert_int_equal(batch.count, 1);
    assert_true(rate("u", "c", &share) < 0);
    assert_int_equal(controller.quotas_under_way, 1);
    assert_int_equal(meta_commit(&controller, &batch, NULL, NULL), OK);
    assert_int_equal(controller.quotas_under_way, 0);
    assert_true(rate("u", "c", &share) == 9);
    /* What is so already is not written again. */
    (void)submit(&user, "producer_byte_rate", 9, false, false);
    assert_int_equal(batch.count, 0);
    (void)submit(&user, "consumer_byte_rate", 0, true, false);
    assert_int_equal(batch.count, 0);
    (void)submit(&user, "producer_byte_rate", 0, true, false);
    assert_int_equal(batch.count, 1);
    assert_int_equal(meta_commit(&controller, &batch, NULL, NULL), OK);
    assert_true(rate("u", "c", &share) < 0);
}

static void of_two_alterations_at_a_time_the_later_one_holds(void **state)
{
    (void)state;
    struct meta_quota_entity user = entity_of("u", NULL);
    struct meta_quota_change change = {meta_view("producer_byte_rate"), 0, true};
    struct meta_quota_share share;
    struct meta_batch later;
    meta_batch_init(&later, 100000);
    assert_int_equal(
        submit(&user, "producer_byte_rate", 9, false, false).error, META_ERROR_NONE);
    assert_int_equal(
        meta_submit_quota(&controller, &user, &change, 1, &later).error, META_ERROR_NONE);
    assert_int_equal(later.count, 1);
    assert_int_equal(meta_commit(&controller, &batch, NULL, NULL), OK);
    assert_int_equal(meta_commit(&controller, &later, NULL, NULL), OK);
    assert_true(rate("u", "c", &share) < 0);
    meta_batch_fini(&later);
}

static void there_are_no_more_than_there_may_be(void **state)
{
    (void)state;
    char name[16];
    struct meta_quota_entity one_more = entity_of("one more", NULL);
    for (int i = 0; i < META_QUOTA_ENTITIES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "u%d", i);
        set(name, NULL, 1);
    }
    check_refused(&one_more, "producer_byte_rate", 1);
    struct meta_quota_entity known = entity_of("u7", NULL);
    assert_int_equal(
        submit(&known, "producer_byte_rate", 2, false, false).error, META_ERROR_NONE);
    assert_int_equal(meta_commit(&controller, &batch, NULL, NULL), OK);
    assert_int_equal(
        submit(&known, "producer_byte_rate", 0, true, false).error, META_ERROR_NONE);
    meta_abort(&controller, &batch);
    assert_int_equal(
        meta_quota_set(&image.quotas, &one_more, META_QUOTA_PRODUCE, 1, false), ERR_FULL);
}

static void a_record_that_is_no_quota_is_corrupt(void **state)
{
    (void)state;
    struct meta_change change;
    struct meta_record record = {.type = META_CLIENT_QUOTA,
        .quota = {
            .entity = entity_of("u", NULL), .key = META_QUOTA_CONNECTION, .value = 1}};
    assert_int_equal(meta_apply(&image, &record, &change), ERR_CORRUPT);
    record.quota.key = META_QUOTA_PRODUCE;
    assert_int_equal(meta_apply(&image, &record, &change), OK);
    assert_int_equal(change.type, META_CHANGED_QUOTA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_most_particular_quota_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_quota_without_values_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            names_that_look_alike_are_different_entities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_name_that_is_too_long_has_no_quota, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_can_not_be_a_quota_is_refused_with_a_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_alteration_is_written_and_then_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            of_two_alterations_at_a_time_the_later_one_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            there_are_no_more_than_there_may_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_record_that_is_no_quota_is_corrupt, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
