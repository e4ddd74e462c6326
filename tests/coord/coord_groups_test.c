#include "coord_groups.h"
#include "coord_record.h"
#include "coord_step.h"
#include "mem.h"
#include "test.h"

#include <string.h>

static const struct coord_limits limits = {.members_max = 2,
    .session_min_ms = 6000,
    .session_max_ms = 60000,
    .initial_delay_ms = 0,
    .new_member_ms = 1000,
    .record_max = 4096,
    .groups_max = 3,
    .bytes_max = 100000,
    .offsets_max = 4,
    .offset_metadata_max = 10};

static struct wire_view view(const char *text)
{
    return (struct wire_view){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static enum err replay_offset(struct coord_groups *g, const char *group,
    const char *topic, int32_t partition, int64_t offset)
{
    struct buf key;
    struct buf value;
    const struct coord_record_offset record = {offset, -1, view("m"), 1};
    buf_init(&key, 1000);
    buf_init(&value, 1000);
    coord_record_encode_offset_key(&key, view(group), view(topic), partition);
    coord_record_encode_offset(&value, &record);
    enum err e = coord_groups_replay(g, (struct wire_view){key.bytes, key.length},
        offset == INT64_MIN ? (struct wire_view){NULL, 0}
                            : (struct wire_view){value.bytes, value.length});
    buf_fini(&key);
    buf_fini(&value);
    return e;
}

static enum err replay_group(
    struct coord_groups *g, const char *group, const struct coord_record_group *record)
{
    struct buf key;
    struct buf value;
    buf_init(&key, 1000);
    buf_init(&value, 10000);
    coord_record_encode_group_key(&key, view(group));
    if (record != NULL) {
        coord_record_encode_group(&value, record);
    }
    enum err e = coord_groups_replay(g, (struct wire_view){key.bytes, key.length},
        record == NULL ? (struct wire_view){NULL, 0}
                       : (struct wire_view){value.bytes, value.length});
    buf_fini(&key);
    buf_fini(&value);
    return e;
}

static struct coord_record_member member(const char *id, const char *instance)
{
    return (struct coord_record_member){.member_id = view(id),
        .instance_id = view(instance),
        .client_id = view("c"),
        .client_host = view("h"),
        .rebalance_timeout_ms = 30000,
        .session_timeout_ms = 10000,
        .subscription = view("s"),
        .assignment = view("a")};
}

static struct coord_record_group stable(
    struct coord_record_member *members, int32_t count)
{
    return (struct coord_record_group){
        view("consumer"), 5, view("range"), view("m1"), 1, members, count};
}

static void groups_are_found_by_their_id(void **state)
{
    (void)state;
    struct coord_groups g;
    struct coord_group *a;
    struct coord_group *again;
    coord_groups_init(&g, &limits);
    assert_null(coord_groups_find(&g, view("a")));
    assert_int_equal(coord_groups_open(&g, view("a"), &a), COORD_ERROR_NONE);
    assert_int_equal(coord_groups_open(&g, view("a"), &again), COORD_ERROR_NONE);
    assert_ptr_equal(a, again);
    assert_ptr_equal(coord_groups_find(&g, view("a")), a);
    size_t cursor = 0;
    assert_ptr_equal(coord_groups_next(&g, &cursor), a);
    assert_null(coord_groups_next(&g, &cursor));
    coord_groups_fini(&g);
}

static void ids_and_their_number_are_limited(void **state)
{
    (void)state;
    struct coord_groups g;
    struct coord_group *group;
    struct coord_limits wide = limits;
    wide.bytes_max = 200000;
    coord_groups_init(&g, &wide);
    char *id = mem_alloc(1, COORD_GROUP_ID_MAX + 1);
    memset(id, 'g', COORD_GROUP_ID_MAX + 1);
    struct wire_view longest = {(const uint8_t *)id, COORD_GROUP_ID_MAX + 1};
    assert_int_equal(coord_groups_open(&g, longest, &group), COORD_ERROR_GROUP_ID);
    longest.len--;
    assert_int_equal(coord_groups_open(&g, longest, &group), COORD_ERROR_NONE);
    assert_int_equal(coord_groups_open(&g, view("b"), &group), COORD_ERROR_NONE);
    assert_int_equal(coord_groups_open(&g, view("c"), &group), COORD_ERROR_NONE);
    assert_int_equal(coord_groups_open(&g, view("d"), &group), COORD_ERROR_GROUP_FULL);
    assert_true(coord_groups_release(&g, group));
    assert_int_equal(coord_groups_open(&g, view("d"), &group), COORD_ERROR_NONE);
    mem_free(id);
    coord_groups_fini(&g);
}

static void a_group_with_something_to_remember_is_not_released(void **state)
{
    (void)state;
    struct coord_groups g;
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_offset(&g, "a", "t", 0, 4), OK);
    struct coord_group *a = coord_groups_find(&g, view("a"));
    assert_false(coord_groups_release(&g, a));
    assert_int_equal(replay_offset(&g, "a", "t", 0, INT64_MIN), OK);
    assert_null(coord_groups_find(&g, view("a")));
    struct coord_record_group record = stable(NULL, 0);
    assert_int_equal(replay_group(&g, "b", &record), OK);
    assert_false(coord_groups_release(&g, coord_groups_find(&g, view("b"))));
    coord_groups_fini(&g);
}

static void offsets_come_back_from_the_log(void **state)
{
    (void)state;
    struct coord_groups g;
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_offset(&g, "a", "t", 0, 4), OK);
    assert_int_equal(replay_offset(&g, "a", "t", 1, 5), OK);
    assert_int_equal(replay_offset(&g, "a", "t", 0, 6), OK);
    assert_int_equal(replay_offset(&g, "a", "t", 1, INT64_MIN), OK);
    assert_int_equal(replay_offset(&g, "zz", "t", 1, INT64_MIN), OK);
    assert_null(coord_groups_find(&g, view("zz")));
    const struct coord_offsets *o = &coord_groups_find(&g, view("a"))->offsets;
    assert_int_equal(coord_offsets_get(o, view("t"), 0)->offset, 6);
    assert_memory_equal(coord_offsets_get(o, view("t"), 0)->metadata, "m", 1);
    assert_null(coord_offsets_get(o, view("t"), 1));
    coord_groups_fini(&g);
}

static void a_tombstone_takes_the_members_and_leaves_the_offsets(void **state)
{
    (void)state;
    struct coord_groups g;
    struct coord_record_member one = member("m1", NULL);
    struct coord_record_group record = stable(&one, 1);
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_offset(&g, "a", "t", 0, 4), OK);
    assert_int_equal(replay_group(&g, "a", &record), OK);
    struct coord_group *a = coord_groups_find(&g, view("a"));
    assert_int_equal(a->state, COORD_STABLE);
    assert_false(coord_groups_release(&g, a));
    assert_int_equal(replay_group(&g, "a", NULL), OK);
    assert_int_equal(coord_groups_find(&g, view("a"))->state, COORD_EMPTY);
    assert_int_equal(coord_groups_find(&g, view("a"))->generation, 0);
    assert_int_equal(replay_group(&g, "b", &record), OK);
    assert_int_equal(replay_group(&g, "b", NULL), OK);
    assert_null(coord_groups_find(&g, view("b")));
    coord_groups_fini(&g);
}

static void check_no_members(struct coord_record_member *members, int32_t count)
{
    struct coord_groups g;
    struct coord_record_group record = stable(members, count);
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_group(&g, "a", &record), OK);
    struct coord_group *a = coord_groups_find(&g, view("a"));
    assert_int_equal(a->state, COORD_EMPTY);
    assert_int_equal(a->member_count, 0);
    assert_int_equal(a->generation, 5);
    assert_null(a->leader);
    coord_groups_fini(&g);
}

static void members_that_do_not_fit_are_not_loaded(void **state)
{
    (void)state;
    struct coord_record_member three[] = {
        member("m1", NULL), member("m2", NULL), member("m3", NULL)};
    check_no_members(three, 3);
    struct coord_record_member twice[] = {member("m1", NULL), member("m1", NULL)};
    check_no_members(twice, 2);
    struct coord_record_member instances[] = {member("m1", "i"), member("m2", "i")};
    check_no_members(instances, 2);
    struct coord_record_member nameless[] = {member("", NULL)};
    check_no_members(nameless, 1);
}

static void sessions_of_loaded_members_begin_at_the_start(void **state)
{
    (void)state;
    struct coord_groups g;
    struct coord_record_member two[] = {member("m1", NULL), member("m2", "i")};
    two[1].session_timeout_ms = -5;
    two[1].rebalance_timeout_ms = INT32_MIN;
    struct coord_record_group record = stable(two, 2);
    record.leader = view("m2");
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_group(&g, "a", &record), OK);
    coord_groups_start(&g, 1000);
    const struct coord_group *a = coord_groups_find(&g, view("a"));
    assert_int_equal(a->members[0]->expires_ms, 11000);
    assert_int_equal(a->members[1]->expires_ms, 7000);
    assert_int_equal(a->members[1]->rebalance_timeout_ms, 6000);
    assert_ptr_equal(a->leader, a->members[1]);
    coord_groups_fini(&g);
}

static void what_cannot_be_read_is_an_error_and_what_is_not_ours_is_counted(void **state)
{
    (void)state;
    struct coord_groups g;
    coord_groups_init(&g, &limits);
    const struct wire_view other = {(const uint8_t[]){0, 3, 1}, 3};
    const struct wire_view cut = {(const uint8_t[]){0, 2, 0}, 3};
    const struct wire_view key = {(const uint8_t[]){0, 2, 0, 1, 'g'}, 5};
    assert_int_equal(coord_groups_replay(&g, other, other), OK);
    assert_int_equal(g.skipped, 1);
    assert_int_equal(coord_groups_replay(&g, cut, other), ERR_CORRUPT);
    assert_int_equal(coord_groups_replay(&g, key, cut), ERR_CORRUPT);
    coord_groups_fini(&g);
}

static void the_group_of_no_name_has_offsets_too(void **state)
{
    (void)state;
    struct coord_groups g;
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_offset(&g, "", "t", 0, 7), OK);
    assert_int_equal(g.skipped, 0);
    assert_non_null(coord_groups_find(&g, view("")));
    assert_int_equal(coord_groups_find(&g, view(""))->offsets.count, 1);
    coord_groups_fini(&g);
}

static void a_group_is_kept_until_it_may_go_or_there_are_many(void **state)
{
    (void)state;
    struct coord_groups g;
    struct coord_group *a;
    struct coord_limits wide = limits;
    wide.bytes_max = 200000;
    coord_groups_init(&g, &wide);
    assert_int_equal(coord_groups_open(&g, view("a"), &a), COORD_ERROR_NONE);
    a->is_kept = true;
    assert_false(coord_groups_release(&g, a));
    struct coord_group *other;
    while (!coord_groups_are_crowded(&g)) {
        char name[2] = {(char)('b' + g.by_id.count), '\0'};
        assert_int_equal(coord_groups_open(&g, view(name), &other), COORD_ERROR_NONE);
    }
    assert_true(coord_groups_release(&g, a));
    coord_groups_fini(&g);
}

static enum coord_error begin(
    struct coord_group *group, int32_t partition, const char *metadata)
{
    const struct coord_commit commit = {
        .topic = view("t"), .partition = partition, .metadata = view(metadata)};
    enum coord_error e = coord_offsets_begin(&group->offsets, &commit);
    if (e == COORD_ERROR_NONE) {
        coord_offsets_cancel(&group->offsets, &commit);
    }
    return e;
}

static void limits_are_in_force_when_the_log_is_read_and_not_before(void **state)
{
    (void)state;
    struct coord_groups g;
    struct coord_group *group;
    coord_groups_init(&g, &limits);
    for (int32_t i = 0; i < 5; i++) {
        assert_int_equal(replay_offset(&g, "a", "t", i, 1), OK);
    }
    assert_int_equal(replay_offset(&g, "b", "t", 4, 1), OK);
    coord_groups_start(&g, 0);
    assert_true(g.is_above); /* by an offset */
    assert_int_equal(
        begin(coord_groups_find(&g, view("a")), 5, ""), COORD_ERROR_OFFSET_SIZE);
    assert_int_equal(begin(coord_groups_find(&g, view("a")), 4, "m"), COORD_ERROR_NONE);
    assert_int_equal(
        begin(coord_groups_find(&g, view("b")), 5, "0123456789"), COORD_ERROR_NONE);
    assert_int_equal(begin(coord_groups_find(&g, view("b")), 5, "0123456789x"),
        COORD_ERROR_OFFSET_METADATA);
    assert_int_equal(coord_groups_open(&g, view("c"), &group), COORD_ERROR_NONE);
    assert_int_equal(coord_groups_open(&g, view("d"), &group), COORD_ERROR_GROUP_FULL);
    coord_groups_fini(&g);
}

/* Replays that many groups with an offset each, and starts. */
static bool is_above(const struct coord_limits *with, int count)
{
    struct coord_groups g;
    char name[2] = "a";
    coord_groups_init(&g, with);
    for (int i = 0; i < count; i++) {
        name[0] = (char)('a' + i);
        assert_int_equal(replay_offset(&g, name, "t", 0, 1), OK);
    }
    coord_groups_start(&g, 0);
    bool above = g.is_above;
    struct coord_group *group;
    assert_int_equal(coord_groups_open(&g, view("other"), &group) == COORD_ERROR_NONE,
        count < 3 && with->bytes_max > 1000);
    coord_groups_fini(&g);
    return above;
}

static void what_was_written_may_be_more_than_is_allowed(void **state)
{
    (void)state;
    struct coord_limits low = limits;
    assert_false(is_above(&limits, 3));
    assert_true(is_above(&limits, 4));
    low.offset_metadata_max = 1;
    assert_false(is_above(&low, 1));
    low.offset_metadata_max = 0;
    assert_true(is_above(&low, 1));
    low = limits;
    low.bytes_max = 1;
    assert_true(is_above(&low, 1));
    low = limits;
    low.offsets_max = 1;
    assert_false(is_above(&low, 1));
    low.offsets_max = 0;
    assert_true(is_above(&low, 1));
}

static void an_offset_below_zero_comes_back_as_it_was(void **state)
{
    (void)state;
    struct coord_groups g;
    coord_groups_init(&g, &limits);
    assert_int_equal(replay_offset(&g, "a", "t", 0, 7), OK);
    assert_int_equal(replay_offset(&g, "a", "t", 0, -2), OK);
    const struct coord_group *group = coord_groups_find(&g, view("a"));
    assert_non_null(group);
    assert_int_equal(coord_offsets_get(&group->offsets, view("t"), 0)->offset, -2);
    coord_groups_fini(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_found_by_their_id),
        cmocka_unit_test(ids_and_their_number_are_limited),
        cmocka_unit_test(a_group_with_something_to_remember_is_not_released),
        cmocka_unit_test(offsets_come_back_from_the_log),
        cmocka_unit_test(a_tombstone_takes_the_members_and_leaves_the_offsets),
        cmocka_unit_test(members_that_do_not_fit_are_not_loaded),
        cmocka_unit_test(sessions_of_loaded_members_begin_at_the_start),
        cmocka_unit_test(what_cannot_be_read_is_an_error_and_what_is_not_ours_is_counted),
        cmocka_unit_test(the_group_of_no_name_has_offsets_too),
        cmocka_unit_test(a_group_is_kept_until_it_may_go_or_there_are_many),
        cmocka_unit_test(limits_are_in_force_when_the_log_is_read_and_not_before),
        cmocka_unit_test(what_was_written_may_be_more_than_is_allowed),
        cmocka_unit_test(an_offset_below_zero_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
