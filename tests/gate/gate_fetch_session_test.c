#include "gate_fetch_session.h"
#include "test.h"
#include "wire_fetch.h"

#include <stdio.h>
#include <string.h>

static struct gate_fetch_session s;

static struct gate_fetch_topic named(const char *name)
{
    return (struct gate_fetch_topic){
        .name = {.ptr = (const uint8_t *)name, .len = strlen(name)}};
}

static enum err want(const char *name, int32_t partition, int64_t offset)
{
    struct gate_fetch_topic topic = named(name);
    struct fetch_partition asked = {
        .partition = partition, .fetch_offset = offset, .partition_max_bytes = 7};

    return gate_fetch_session_want(&s, &topic, &asked);
}

static void forget(const char *name, int32_t partition)
{
    struct gate_fetch_topic topic = named(name);

    assert_int_equal(gate_fetch_session_forget(&s, &topic, partition), OK);
}

/* All partitions in the order in which they are read: "topic/partition@offset ...". */
static const char *order(void)
{
    static char text[256];
    size_t length = 0;
    const struct gate_fetch_partition *before = NULL;

    text[0] = '\0';
    for (const struct gate_fetch_partition *p = s.first; p != NULL; p = p->next) {
        assert_ptr_equal(p->previous, before);
        before = p;
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%.*s/%d@%d",
            length == 0 ? "" : " ", (int)p->topic.name.len,
            (const char *)p->topic.name.ptr, (int)p->partition, (int)p->offset);
    }
    assert_ptr_equal(s.last, before);
    return text;
}

static int set_up(void **state)
{
    (void)state;
    gate_fetch_session_init(&s, 4);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gate_fetch_session_fini(&s);
    return 0;
}

static void a_partition_that_is_named_again_keeps_its_place(void **state)
{
    (void)state;
    assert_int_equal(want("a", 0, 1), OK);
    assert_int_equal(want("a", 1, 2), OK);
    assert_int_equal(want("b", 0, 3), OK);
    s.first->high_watermark = 9;
    assert_int_equal(want("a", 0, 5), OK);
    assert_string_equal(order(), "a/0@5 a/1@2 b/0@3");
    assert_int_equal(s.first->high_watermark, 9);
    assert_int_equal(gate_fetch_session_count(&s), 3);
}

static void what_is_forgotten_is_not_read(void **state)
{
    (void)state;
    assert_int_equal(want("a", 0, 0), OK);
    assert_int_equal(want("b", 0, 0), OK);
    assert_int_equal(want("c", 0, 0), OK);
    forget("b", 0);
    assert_string_equal(order(), "a/0@0 c/0@0");
    forget("b", 0);
    forget("a", 1);
    forget("c", 0);
    assert_string_equal(order(), "a/0@0");
    forget("a", 0);
    assert_string_equal(order(), "");
    assert_int_equal(gate_fetch_session_count(&s), 0);
}

static void who_got_records_is_read_last_the_next_time(void **state)
{
    (void)state;
    assert_int_equal(want("a", 0, 0), OK);
    assert_int_equal(want("b", 0, 0), OK);
    assert_int_equal(want("c", 0, 0), OK);
    gate_fetch_session_move_last(&s, s.first);
    assert_string_equal(order(), "b/0@0 c/0@0 a/0@0");
    gate_fetch_session_move_last(&s, s.first->next);
    assert_string_equal(order(), "b/0@0 a/0@0 c/0@0");
    gate_fetch_session_move_last(&s, s.last);
    assert_string_equal(order(), "b/0@0 a/0@0 c/0@0");
}

static void a_topic_without_a_name_is_known_by_its_id(void **state)
{
    struct gate_fetch_topic id = {.id = {.bytes = "0123456789abcdef"}};
    struct fetch_partition asked = {.partition = 3};

    (void)state;
    assert_int_equal(gate_fetch_session_want(&s, &id, &asked), OK);
    assert_null(s.first->topic.name.ptr);
    assert_memory_equal(s.first->topic.id.bytes, "0123456789abcdef", 16);
    assert_int_equal(gate_fetch_session_forget(&s, &id, 3), OK);
    assert_int_equal(gate_fetch_session_count(&s), 0);
}

static void there_are_no_more_partitions_than_the_limit(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 4; i++) {
        assert_int_equal(want("a", i, 0), OK);
    }
    assert_int_equal(want("a", 4, 0), ERR_FULL);
    assert_int_equal(want("a", 3, 1), OK);
    assert_string_equal(order(), "a/0@0 a/1@0 a/2@0 a/3@1");
}

static void names_of_any_length_and_none_are_kept_apart(void **state)
{
    char longer[1001];

    (void)state;
    memset(longer, 'x', 1000);
    longer[1000] = '\0';
    assert_int_equal(want(longer, 0, 1), OK);
    longer[999] = 'y';
    assert_int_equal(want(longer, 0, 2), OK);
    assert_int_equal(want("", 0, 3), OK);
    assert_int_equal(gate_fetch_session_count(&s), 3);
    assert_int_equal(s.first->topic.name.len, 1000);
}

static void after_the_largest_epoch_comes_one(void **state)
{
    (void)state;
    assert_int_equal(gate_fetch_session_next_epoch(0), 1);
    assert_int_equal(gate_fetch_session_next_epoch(1), 2);
    assert_int_equal(gate_fetch_session_next_epoch(INT32_MAX), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_partition_that_is_named_again_keeps_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_forgotten_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_got_records_is_read_last_the_next_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_topic_without_a_name_is_known_by_its_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            there_are_no_more_partitions_than_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            names_of_any_length_and_none_are_kept_apart, set_up, tear_down),
        cmocka_unit_test(after_the_largest_epoch_comes_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
