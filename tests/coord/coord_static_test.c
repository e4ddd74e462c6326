#include "coord_trace.h"

/* A leader "one" and a follower "two", both static, stable in generation 1. */
static struct trace *make_static(struct told **a, struct told **b)
{
    struct trace *t = trace_start();
    *a = trace_join(t, (struct joiner){.instance = "one", .by_id = true});
    *b = trace_join(t, (struct joiner){.instance = "two", .by_id = true});
    trace_pass(t, 6000);
    const struct coord_assignment both[] = {
        {view((*a)->member_id), view("0")}, {view((*b)->member_id), view("1")}};
    (void)trace_sync(t, (*b)->member_id, 1, NULL, 0);
    (void)trace_sync(t, (*a)->member_id, 1, both, 2);
    assert_int_equal(t->group->state, COORD_STABLE);
    return t;
}

static struct told *beat(
    struct trace *t, const char *id, const char *instance, int32_t generation)
{
    struct coord_event event = {.type = COORD_HEARTBEAT,
        .heartbeat = {.member_id = view(id),
            .instance_id = view(instance),
            .generation = generation}};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    return told;
}

static void a_static_member_joins_at_once_without_the_id_handshake(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    assert_int_equal(a->error, COORD_ERROR_NONE);
    assert_memory_equal(a->member_id, "one-", 4);
    assert_memory_equal(coord_group_member(t->group, 1).instance_id.ptr, "two", 3);
    trace_end(t);
}

static void a_static_member_that_comes_back_keeps_its_assignment(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    t->hold_writes = true;
    struct told *back = trace_join(t, (struct joiner){.instance = "two", .by_id = true});
    assert_int_equal(back->times, 0);
    assert_true(t->update.persist);
    trace_written(t, t->update.write, true);
    assert_int_equal(back->error, COORD_ERROR_NONE);
    assert_int_equal(back->generation, 1);
    assert_string_not_equal(back->member_id, b->member_id);
    assert_string_equal(trace_sync(t, back->member_id, 1, NULL, 0)->assignment, "1");
    assert_int_equal(t->group->state, COORD_STABLE);
    assert_int_equal(beat(t, b->member_id, "two", 1)->error, COORD_ERROR_FENCED);
    assert_int_equal(beat(t, b->member_id, NULL, 1)->error, COORD_ERROR_MEMBER);
    assert_int_equal(beat(t, back->member_id, "two", 1)->error, COORD_ERROR_NONE);
    assert_int_equal(beat(t, back->member_id, "three", 1)->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void a_leader_that_comes_back_does_not_assign_again(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    struct told *old = trace_join(t, (struct joiner){.instance = "one", .by_id = true});
    assert_string_equal(old->leader, a->member_id);
    assert_int_equal(old->members, 0);
    assert_false(old->skip_assignment);
    struct told *now = trace_join(
        t, (struct joiner){.instance = "one", .by_id = true, .can_skip = true});
    assert_string_equal(now->leader, now->member_id);
    assert_int_equal(now->members, 2);
    assert_true(now->skip_assignment);
    trace_end(t);
}

static void the_new_id_of_a_static_member_survives_a_restart(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    struct told *back = trace_join(t, (struct joiner){.instance = "two", .by_id = true});
    trace_restart(t);
    assert_int_equal(beat(t, back->member_id, "two", 1)->error, COORD_ERROR_NONE);
    assert_int_equal(beat(t, b->member_id, "two", 1)->error, COORD_ERROR_FENCED);
    trace_end(t);
}

static void a_write_that_fails_asks_the_static_member_to_try_again(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    t->hold_writes = true;
    struct told *back = trace_join(t, (struct joiner){.instance = "two", .by_id = true});
    trace_written(t, t->update.write, false);
    assert_int_equal(back->error, COORD_ERROR_NOT_AVAILABLE);
    assert_int_equal(t->group->state, COORD_STABLE);
    trace_end(t);
}

static void two_instances_of_one_id_fence_the_older(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *first = trace_join(t, (struct joiner){.instance = "one", .by_id = true});
    struct told *second =
        trace_join(t, (struct joiner){.instance = "one", .by_id = true});
    assert_int_equal(first->error, COORD_ERROR_FENCED);
    trace_pass(t, 3000);
    assert_int_equal(second->error, COORD_ERROR_NONE);
    assert_int_equal(second->members, 1);
    struct told *third = trace_join(t, (struct joiner){.instance = "one", .by_id = true});
    trace_pass(t, 0);
    assert_int_equal(t->group->generation, 2);
    assert_int_equal(third->generation, 2);
    trace_end(t);
}

static void a_sync_that_waits_is_fenced_too(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    (void)trace_join(t, (struct joiner){.instance = "one", .by_id = true});
    struct told *b = trace_join(t, (struct joiner){.instance = "two", .by_id = true});
    trace_pass(t, 6000);
    struct told *sync = trace_sync(t, b->member_id, 1, NULL, 0);
    (void)trace_join(t, (struct joiner){.instance = "two", .by_id = true});
    assert_int_equal(sync->error, COORD_ERROR_FENCED);
    assert_int_equal(t->group->state, COORD_PREPARING);
    trace_end(t);
}

static void an_absent_static_member_stays_until_its_session_ends(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    struct told *again = trace_join(
        t, (struct joiner){.id = a->member_id, .instance = "one", .rebalance_ms = 8000});
    for (int i = 0; i < 6; i++) {
        trace_pass(t, 5000);
        (void)beat(t, b->member_id, "two", 1);
    }
    assert_int_equal(again->error, COORD_ERROR_NONE);
    assert_int_equal(again->generation, 2);
    assert_int_equal(again->members, 2);
    trace_end(t);
}

static void nobody_makes_the_group_try_again_without_a_pause(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    (void)trace_join(t, (struct joiner){.instance = "one", .rebalance_ms = 1});
    struct told *b = trace_join(t, (struct joiner){.rebalance_ms = 1});
    trace_pass(t, 3000);
    assert_int_equal(b->generation, 1);
    (void)trace_sync(t, b->leader, 1, NULL, 0);
    (void)trace_sync(t, b->member_id, 1, NULL, 0);
    assert_int_equal(trace_leave(t, b->member_id, NULL), COORD_ERROR_NONE);
    assert_int_equal(t->group->state, COORD_PREPARING);
    t->now_ms = t->update.next_due_ms;
    trace_step(t, (struct coord_event){.type = COORD_TICK});
    assert_int_equal(t->group->state, COORD_PREPARING);
    assert_int_equal(t->group->join_due_ms, t->now_ms + 1000);
    trace_end(t);
}

static void a_static_member_is_removed_by_its_instance_id(void **state)
{
    (void)state;
    struct told *a;
    struct told *b;
    struct trace *t = make_static(&a, &b);
    assert_int_equal(trace_leave(t, "", "three"), COORD_ERROR_MEMBER);
    assert_int_equal(trace_leave(t, "", NULL), COORD_ERROR_MEMBER);
    assert_int_equal(trace_leave(t, a->member_id, "two"), COORD_ERROR_FENCED);
    assert_int_equal(trace_leave(t, "", "two"), COORD_ERROR_NONE);
    assert_int_equal(t->group->member_count, 1);
    trace_end(t);
}

static void an_instance_id_is_as_long_as_a_record_can_hold(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    static char id[32767 + 2];
    memset(id, 'i', sizeof(id) - 1);
    assert_int_equal(
        trace_join(t, (struct joiner){.instance = id})->error, COORD_ERROR_REQUEST);
    id[sizeof(id) - 2] = '\0';
    assert_int_equal(trace_join(t, (struct joiner){.instance = id})->times, 0);
    trace_end(t);
}

/* Apache Kafka's clients do not send such a one; its broker takes it. */
static void an_instance_id_may_be_empty_and_is_one(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    assert_int_equal(trace_join(t, (struct joiner){.instance = ""})->times, 0);
    assert_int_equal(t->group->member_count, 1);
    assert_non_null(
        coord_group_find_instance(t->group, (struct wire_view){(const uint8_t *)"", 0}));
    assert_int_equal(trace_leave(t, "", ""), COORD_ERROR_NONE);
    assert_int_equal(t->group->member_count, 0);
    trace_end(t);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_static_member_joins_at_once_without_the_id_handshake),
        T(a_static_member_that_comes_back_keeps_its_assignment),
        T(a_leader_that_comes_back_does_not_assign_again),
        T(the_new_id_of_a_static_member_survives_a_restart),
        T(a_write_that_fails_asks_the_static_member_to_try_again),
        T(two_instances_of_one_id_fence_the_older),
        T(a_sync_that_waits_is_fenced_too),
        T(an_absent_static_member_stays_until_its_session_ends),
        T(nobody_makes_the_group_try_again_without_a_pause),
        T(a_static_member_is_removed_by_its_instance_id),
        T(an_instance_id_is_as_long_as_a_record_can_hold),
        T(an_instance_id_may_be_empty_and_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
