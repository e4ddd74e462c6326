#include "mem.h"
#include "meta_acl_submit.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct meta_image image;
static struct meta_controller controller;
static struct meta_batch batch;
static uint16_t drawn;
static size_t changes;

static void draw(void *context, void *out, size_t length)
{
    (void)context;
    memset(out, 0, length);
    ((uint8_t *)out)[14] = (uint8_t)(++drawn >> 8);
    ((uint8_t *)out)[15] = (uint8_t)drawn;
    ((uint8_t *)out)[0] = 1; /* not one that is reserved */
}

static int setup(void **state)
{
    const struct meta_limits limits = {
        .topics_max = 4, .partitions_max = 4, .partitions_per_topic_max = 4};
    const struct meta_node node = {.id = 1, .num_partitions = 1};

    (void)state;
    meta_image_init(&image, &limits);
    meta_controller_init(&controller, &image, &node, &(struct meta_env){.random = draw});
    meta_batch_init(&batch, 16 << 20);
    drawn = 0;
    changes = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mem_fail_after(-1);
    meta_batch_fini(&batch);
    meta_controller_fini(&controller);
    meta_image_fini(&image);
    return 0;
}

static struct meta_acl acl_of(const char *topic, const char *principal)
{
    return (struct meta_acl){.resource = META_ACL_TOPIC,
        .pattern = META_ACL_LITERAL,
        .operation = 3,
        .permission = META_ACL_ALLOW,
        .name = meta_view(topic),
        .principal = meta_view(principal),
        .host = meta_view("*")};
}

static void on_change(void *context, const struct meta_change *change)
{
    (void)context;
    assert_int_equal(change->type, META_CHANGED_ACL);
    changes++;
}

static void commit(void)
{
    assert_int_equal(meta_commit(&controller, &batch, on_change, NULL), OK);
    meta_batch_reset(&batch);
}

static void add(const char *topic, const char *principal)
{
    struct meta_acl acl = acl_of(topic, principal);

    assert_int_equal(
        meta_submit_acls(&controller, &acl, 1, &batch).error, META_ERROR_NONE);
    commit();
}

static const struct meta_acl *find(const char *topic, const char *principal)
{
    struct meta_acl like = acl_of(topic, principal);

    return meta_acl_find(&image.acls, &like);
}

static void a_rule_is_found_by_its_values_and_by_its_id(void **state)
{
    (void)state;
    add("orders", "User:alice");
    const struct meta_acl *row = find("orders", "User:alice");
    assert_non_null(row);
    assert_true(meta_view_equal(row->name, meta_view("orders")));
    assert_true(meta_view_equal(row->principal, meta_view("User:alice")));
    assert_true(meta_view_equal(row->host, meta_view("*")));
    assert_ptr_equal(meta_acl_by_id(&image.acls, row->id), row);
    assert_null(find("order", "User:alice"));
    assert_null(find("orders", "User:bob"));
    assert_int_equal(changes, 1);
}

static void each_of_the_seven_values_makes_another_rule(void **state)
{
    struct meta_acl acls[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        acls[i] = acl_of("orders", "User:alice");
    }
    acls[1].resource = 3;
    acls[2].pattern = META_ACL_PREFIXED;
    acls[3].operation = 4;
    acls[4].permission = META_ACL_DENY;
    acls[5].name = meta_view("orders2");
    acls[6].principal = meta_view("User:alice2");
    acls[7].host = meta_view("10.0.0.1");
    assert_int_equal(
        meta_submit_acls(&controller, acls, 8, &batch).error, META_ERROR_NONE);
    assert_int_equal(batch.count, 8);
    commit();
    for (size_t i = 0; i < 8; i++) {
        const struct meta_acl *row = meta_acl_find(&image.acls, &acls[i]);
        assert_non_null(row);
        assert_int_equal(meta_acl_compare(row, &acls[i]), 0);
        assert_true(i == 0 || meta_acl_compare(row, &acls[0]) != 0);
    }
    assert_int_equal(image.acls.by_id.count, 8);
}

/* Where one text ends and the next begins is a part of the values. */
static void texts_do_not_run_into_each_other(void **state)
{
    struct meta_acl one = acl_of("a", "bUser:c");
    struct meta_acl other = acl_of("ab", "User:c");

    (void)state;
    add("a", "bUser:c");
    assert_non_null(meta_acl_find(&image.acls, &one));
    assert_null(meta_acl_find(&image.acls, &other));
}

static void what_is_there_is_not_added_again(void **state)
{
    struct meta_acl acls[2] = {
        acl_of("orders", "User:alice"), acl_of("orders", "User:bob")};

    (void)state;
    add("orders", "User:alice");
    assert_int_equal(
        meta_submit_acls(&controller, acls, 2, &batch).error, META_ERROR_NONE);
    assert_int_equal(batch.count, 1);
    commit();
    assert_int_equal(
        meta_submit_acls(&controller, acls, 2, &batch).error, META_ERROR_NONE);
    assert_int_equal(batch.count, 0);
    assert_int_equal(image.acls.by_id.count, 2);
}

static void removing_one_rule_leaves_the_others_of_its_resource(void **state)
{
    const struct meta_acl *rows[1];

    (void)state;
    add("orders", "User:alice");
    add("orders", "User:bob");
    add("orders", "User:carol");
    rows[0] = find("orders", "User:bob");
    assert_int_equal(
        meta_submit_acl_removals(&controller, rows, 1, &batch).error, META_ERROR_NONE);
    commit();
    assert_non_null(find("orders", "User:alice"));
    assert_null(find("orders", "User:bob"));
    assert_non_null(find("orders", "User:carol"));
    assert_int_equal(image.acls.by_id.count, 2);
    assert_int_equal(image.acls.by_values.count, 2);
    add("orders", "User:bob");
    assert_non_null(find("orders", "User:bob"));
}

static void one_decision_at_a_time_and_none_stays_behind(void **state)
{
    struct meta_acl acl = acl_of("orders", "User:alice");
    struct meta_batch other;

    (void)state;
    meta_batch_init(&other, 1000);
    assert_int_equal(
        meta_submit_acls(&controller, &acl, 1, &batch).error, META_ERROR_NONE);
    assert_int_equal(
        meta_submit_acls(&controller, &acl, 1, &other).error, META_ERROR_BUSY);
    assert_int_equal(
        meta_submit_acl_removals(&controller, NULL, 0, &other).error, META_ERROR_BUSY);
    meta_abort(&controller, &batch);
    meta_batch_reset(&batch);
    assert_null(find("orders", "User:alice"));
    assert_int_equal(
        meta_submit_acls(&controller, &acl, 1, &other).error, META_ERROR_NONE);
    meta_abort(&controller, &other);
    meta_batch_fini(&other);
}

static enum err apply(const struct meta_record *record)
{
    struct meta_change change;

    return meta_apply(&image, record, &change);
}

static void a_record_that_contradicts_the_image_is_corrupt(void **state)
{
    struct meta_record r = {.type = META_ACL, .acl = acl_of("t", "User:a")};
    struct meta_record removal = {.type = META_REMOVE_ACL};

    (void)state;
    r.acl.id.bytes[0] = removal.removed_acl.bytes[0] = 7;
    assert_int_equal(apply(&removal), ERR_CORRUPT);
    assert_int_equal(apply(&r), OK);
    assert_int_equal(apply(&r), ERR_CORRUPT);
    r.acl.id.bytes[0] = 8; /* the same values */
    assert_int_equal(apply(&r), ERR_CORRUPT);
    r.acl.id.bytes[0] = 7; /* the same id */
    r.acl.name = meta_view("u");
    assert_int_equal(apply(&r), ERR_CORRUPT);
    assert_int_equal(apply(&removal), OK);
    assert_int_equal(apply(&removal), ERR_CORRUPT);
    assert_int_equal(image.acls.by_values.count, 0);
}

static void what_can_be_no_rule_is_told_apart(void **state)
{
    char text[META_ACL_NAME_MAX + 2];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct meta_acl good = acl_of("t", "User:a");
    assert_null(meta_acl_error(&good));
    static const int8_t wrong[][4] = {
        {1, 3, 3, 3}, {8, 3, 3, 3}, {-1, 3, 3, 3}, /* resource */
        {2, 2, 3, 3}, {2, 5, 3, 3},                /* pattern */
        {2, 3, 1, 3}, {2, 3, 16, 3},               /* operation */
        {2, 3, 3, 1}, {2, 3, 3, 4},                /* permission */
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct meta_acl a = good;
        a.resource = wrong[i][0];
        a.pattern = wrong[i][1];
        a.operation = wrong[i][2];
        a.permission = wrong[i][3];
        assert_non_null(meta_acl_error(&a));
    }
    struct meta_acl a = acl_of("", "User:a");
    assert_string_equal(meta_acl_error(&a), "the resource has no name");
    a = acl_of(text, "User:a");
    assert_non_null(meta_acl_error(&a));
    a = acl_of("t", "alice");
    assert_string_equal(meta_acl_error(&a), "a principal is written User:NAME");
    a = acl_of("t", "");
    assert_non_null(meta_acl_error(&a));
    text[0] = ':';
    a = acl_of("t", text);
    assert_non_null(meta_acl_error(&a));
    a = good;
    a.host = meta_view("");
    assert_non_null(meta_acl_error(&a));
    a.host = meta_view(text);
    assert_non_null(meta_acl_error(&a));
    a = acl_of("orders", "User:a");
    a.resource = META_ACL_OF_CLUSTER;
    assert_string_equal(meta_acl_error(&a), "the cluster is named kafka-cluster");
    a.name = meta_view("kafka-cluster");
    assert_null(meta_acl_error(&a));
}

static void there_are_no_more_than_there_may_be(void **state)
{
    struct meta_acl acl;
    char name[16];

    (void)state;
    for (int i = 0; i < META_ACLS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        add(name, "User:a");
    }
    acl = acl_of("more", "User:a");
    struct meta_answer a = meta_submit_acls(&controller, &acl, 1, &batch);
    assert_int_equal(a.error, META_ERROR_POLICY);
    assert_string_equal(a.message,
        "there would be more than 10000 rules, which is the most; remove some first");
    assert_int_equal(batch.count, 0);
    acl = acl_of("t7", "User:a"); /* is there already */
    assert_int_equal(
        meta_submit_acls(&controller, &acl, 1, &batch).error, META_ERROR_NONE);
}

static void more_than_a_batch_holds_is_refused(void **state)
{
    struct meta_acl acl = acl_of("orders", "User:alice");
    struct meta_batch small;

    (void)state;
    meta_batch_init(&small, 10);
    assert_int_equal(
        meta_submit_acls(&controller, &acl, 1, &small).error, META_ERROR_POLICY);
    assert_int_equal(small.count, 0);
    assert_int_equal(controller.acls_under_way, 0);
    meta_batch_fini(&small);
}

static void without_memory_nothing_changes(void **state)
{
    struct meta_record r = {.type = META_ACL, .acl = acl_of("t", "User:a")};

    (void)state;
    r.acl.id.bytes[0] = 7;
    for (long n = 0; n < 3; n++) {
        mem_fail_after(n);
        enum err e = apply(&r);
        mem_fail_after(-1);
        if (e == OK) {
            assert_true(n > 0);
            return;
        }
        assert_int_equal(e, ERR_NOMEM);
        assert_int_equal(image.acls.by_id.count, 0);
        assert_int_equal(image.acls.by_values.count, 0);
    }
    assert_int_equal(apply(&r), OK);
}

#define IN_AN_IMAGE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_AN_IMAGE(a_rule_is_found_by_its_values_and_by_its_id),
        IN_AN_IMAGE(each_of_the_seven_values_makes_another_rule),
        IN_AN_IMAGE(texts_do_not_run_into_each_other),
        IN_AN_IMAGE(what_is_there_is_not_added_again),
        IN_AN_IMAGE(removing_one_rule_leaves_the_others_of_its_resource),
        IN_AN_IMAGE(one_decision_at_a_time_and_none_stays_behind),
        IN_AN_IMAGE(a_record_that_contradicts_the_image_is_corrupt),
        IN_AN_IMAGE(what_can_be_no_rule_is_told_apart),
        IN_AN_IMAGE(there_are_no_more_than_there_may_be),
        IN_AN_IMAGE(more_than_a_batch_holds_is_refused),
        IN_AN_IMAGE(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
