#include "coord_offsets.h"
#include "mem.h"
#include "test.h"

#include <string.h>

static struct wire_view view(const char *text)
{
    return (struct wire_view){(const uint8_t *)text, strlen(text)};
}

static struct coord_commit commit_of(const char *topic, int32_t partition, int64_t offset)
{
    return (struct coord_commit){.topic = view(topic),
        .partition = partition,
        .offset = offset,
        .leader_epoch = 7,
        .metadata = view("meta"),
        .commit_ms = 99};
}

static void put(
    struct coord_offsets *o, const char *topic, int32_t partition, int64_t offset)
{
    const struct coord_commit c = commit_of(topic, partition, offset);
    assert_int_equal(coord_offsets_begin(o, &c), COORD_ERROR_NONE);
    coord_offsets_commit(o, &c);
}

static struct coord_budget budget = {.limit = 100000};

static struct coord_offsets make(size_t limit)
{
    struct coord_offsets o;
    coord_offsets_init(&o, limit, 8, &budget);
    return o;
}

static void end(struct coord_offsets *o)
{
    coord_offsets_fini(o);
    assert_int_equal(budget.used, 0);
}

static void a_commit_shows_when_it_is_durable_and_not_before(void **state)
{
    (void)state;
    struct coord_offsets o = make(10);
    const struct coord_commit c = commit_of("t", 1, 5);
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_NONE);
    assert_null(coord_offsets_get(&o, view("t"), 1));
    coord_offsets_commit(&o, &c);
    const struct coord_offset *got = coord_offsets_get(&o, view("t"), 1);
    assert_int_equal(got->offset, 5);
    assert_int_equal(got->leader_epoch, 7);
    assert_int_equal(got->commit_ms, 99);
    assert_int_equal(got->metadata_length, 4);
    assert_memory_equal(got->metadata, "meta", 4);
    assert_null(coord_offsets_get(&o, view("t"), 0));
    assert_null(coord_offsets_get(&o, view("tt"), 1));
    end(&o);
}

static void a_later_commit_replaces_an_earlier_one(void **state)
{
    (void)state;
    struct coord_offsets o = make(1);
    put(&o, "t", 0, 5);
    put(&o, "t", 0, 3);
    assert_int_equal(coord_offsets_get(&o, view("t"), 0)->offset, 3);
    assert_int_equal(o.count, 1);
    end(&o);
}

static void a_cancelled_commit_leaves_no_trace(void **state)
{
    (void)state;
    struct coord_offsets o = make(10);
    const struct coord_commit c = commit_of("t", 0, 5);
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_NONE);
    coord_offsets_cancel(&o, &c);
    assert_int_equal(o.count, 0);
    put(&o, "t", 0, 4);
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_NONE);
    coord_offsets_cancel(&o, &c);
    assert_int_equal(coord_offsets_get(&o, view("t"), 0)->offset, 4);
    end(&o);
}

static void metadata_has_a_limit(void **state)
{
    (void)state;
    struct coord_offsets o = make(10);
    struct coord_commit c = commit_of("t", 0, 5);
    c.metadata = view("123456789");
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_OFFSET_METADATA);
    c.metadata = view("12345678");
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_NONE);
    coord_offsets_commit(&o, &c);
    c.metadata = (struct wire_view){NULL, 0};
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_NONE);
    coord_offsets_commit(&o, &c);
    assert_int_equal(coord_offsets_get(&o, view("t"), 0)->metadata_length, 0);
    end(&o);
}

static void partitions_and_bytes_have_a_limit(void **state)
{
    (void)state;
    struct coord_offsets o = make(2);
    put(&o, "t", 0, 1);
    put(&o, "t", 1, 1);
    const struct coord_commit third = commit_of("t", 2, 5);
    assert_int_equal(coord_offsets_begin(&o, &third), COORD_ERROR_OFFSET_SIZE);
    put(&o, "t", 1, 2);
    coord_offsets_remove(&o, view("t"), 0);
    put(&o, "t", 2, 5);
    end(&o);
    struct coord_budget small = {.limit = sizeof(struct coord_offset) + 1};
    coord_offsets_init(&o, 2, 8, &small);
    assert_int_equal(coord_offsets_begin(&o, &third), COORD_ERROR_OFFSET_SIZE);
    assert_int_equal(small.used, 0);
    small.limit += 4;
    assert_int_equal(coord_offsets_begin(&o, &third), COORD_ERROR_NONE);
    coord_offsets_commit(&o, &third);
    coord_offsets_fini(&o);
    assert_int_equal(small.used, 0);
}

static void all_are_listed_by_topic_and_partition(void **state)
{
    (void)state;
    struct coord_offsets o = make(10);
    put(&o, "b", 2, 1);
    put(&o, "aa", 0, 2);
    put(&o, "b", 1, 3);
    put(&o, "a", 10, 0);
    const struct coord_commit open = commit_of("b", 0, 9);
    assert_int_equal(coord_offsets_begin(&o, &open), COORD_ERROR_NONE);
    assert_int_equal(coord_offsets_get(&o, view("a"), 10)->offset, 0);
    const int64_t expected[] = {0, 2, 3, 1};
    size_t cursor = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(coord_offsets_next(&o, &cursor)->offset, expected[i]);
    }
    assert_null(coord_offsets_next(&o, &cursor));
    end(&o);
}

static void removing_waits_for_writes_under_way(void **state)
{
    (void)state;
    struct coord_offsets o = make(10);
    put(&o, "t", 0, 1);
    const struct coord_commit c = commit_of("t", 0, 2);
    assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_NONE);
    coord_offsets_remove(&o, view("t"), 0);
    assert_null(coord_offsets_get(&o, view("t"), 0));
    coord_offsets_commit(&o, &c);
    assert_int_equal(coord_offsets_get(&o, view("t"), 0)->offset, 2);
    coord_offsets_remove(&o, view("nothing"), 0);
    end(&o);
}

static void failing_memory_is_an_answer(void **state)
{
    (void)state;
    const struct coord_commit c = commit_of("t", 0, 2);
    for (long n = 0; n < 4; n++) {
        struct coord_offsets o = make(10);
        mem_fail_after(n);
        assert_int_equal(coord_offsets_begin(&o, &c), COORD_ERROR_OFFSET_SIZE);
        mem_fail_after(-1);
        assert_int_equal(o.count, 0);
        end(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_shows_when_it_is_durable_and_not_before),
        cmocka_unit_test(a_later_commit_replaces_an_earlier_one),
        cmocka_unit_test(a_cancelled_commit_leaves_no_trace),
        cmocka_unit_test(metadata_has_a_limit),
        cmocka_unit_test(partitions_and_bytes_have_a_limit),
        cmocka_unit_test(all_are_listed_by_topic_and_partition),
        cmocka_unit_test(removing_waits_for_writes_under_way),
        cmocka_unit_test(failing_memory_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
