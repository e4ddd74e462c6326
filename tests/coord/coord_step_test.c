#include "coord_trace.h"

/* Two members through their first generation; the first one leads. */
struct pair {
    char a[128];
    char b[128];
    int32_t generation;
};

static struct pair make_pair(struct trace *t)
{
    struct pair p;
    struct told *a = trace_enter(t);
    struct told *b = trace_enter(t);
    trace_pass(t, 6000);
    assert_int_equal(a->error, COORD_ERROR_NONE);
    assert_int_equal(b->error, COORD_ERROR_NONE);
    strcpy(p.a, a->member_id);
    strcpy(p.b, b->member_id);
    p.generation = a->generation;
    const struct coord_assignment both[] = {
        {view(p.a), view("0,1")}, {view(p.b), view("2")}};
    struct told *sync_b = trace_sync(t, p.b, p.generation, NULL, 0);
    assert_int_equal(sync_b->times, 0);
    struct told *sync_a = trace_sync(t, p.a, p.generation, both, 2);
    assert_string_equal(sync_a->assignment, "0,1");
    assert_string_equal(sync_b->assignment, "2");
    assert_int_equal(t->group->state, COORD_STABLE);
    return p;
}

static void a_first_join_is_told_its_member_id_and_must_come_back(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *first = trace_join(t, (struct joiner){.by_id = true});
    assert_int_equal(first->error, COORD_ERROR_MEMBER_ID_REQUIRED);
    assert_string_equal(first->member_id, "c-01000000-0000-0000-0000-000000000000");
    assert_int_equal(first->generation, -1);
    assert_int_equal(t->group->state, COORD_EMPTY);
    struct told *second = trace_join(t, (struct joiner){.id = first->member_id});
    assert_int_equal(second->times, 0);
    assert_int_equal(t->group->state, COORD_PREPARING);
    trace_end(t);
}

static void a_join_with_an_id_that_nobody_gave_out_is_unknown(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    assert_int_equal(
        trace_join(t, (struct joiner){.id = "x"})->error, COORD_ERROR_MEMBER);
    trace_enter(t);
    trace_pass(t, 3000);
    assert_int_equal(
        trace_join(t, (struct joiner){.id = "x"})->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void one_member_joins_alone_after_the_initial_delay(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *join = trace_enter(t);
    trace_pass(t, 2999);
    assert_int_equal(join->times, 0);
    trace_pass(t, 1);
    assert_int_equal(join->error, COORD_ERROR_NONE);
    assert_int_equal(join->generation, 1);
    assert_string_equal(join->leader, join->member_id);
    assert_string_equal(join->protocol, "range");
    assert_int_equal(join->members, 1);
    assert_int_equal(t->group->state, COORD_COMPLETING);
    trace_end(t);
}

static void who_comes_during_the_delay_prolongs_it_up_to_the_rebalance_timeout(
    void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *first = trace_join(t, (struct joiner){.rebalance_ms = 7000});
    for (int i = 0; i < 3; i++) {
        trace_pass(t, 2000);
        (void)trace_join(t, (struct joiner){.rebalance_ms = 7000});
    }
    assert_int_equal(first->times, 0);
    trace_pass(t, 999); /* 3000 + 3000 + 1000 is the most */
    assert_int_equal(first->times, 0);
    trace_pass(t, 1);
    assert_int_equal(first->error, COORD_ERROR_NONE);
    assert_int_equal(first->members, 4);
    trace_end(t);
}

static void the_leader_gets_the_members_and_the_others_do_not(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *a = trace_enter(t);
    struct told *b = trace_enter(t);
    struct told *c = trace_enter(t);
    trace_pass(t, 6000);
    assert_int_equal(a->members, 3);
    assert_int_equal(b->members, 0);
    assert_int_equal(c->members, 0);
    assert_string_equal(c->leader, a->member_id);
    assert_int_equal(c->generation, a->generation);
    struct coord_group_member m = coord_group_member(t->group, 1);
    assert_memory_equal(m.metadata.ptr, "m", 1);
    assert_memory_equal(m.client_host.ptr, "/127.0.0.1", 10);
    assert_null(m.instance_id.ptr);
    trace_end(t);
}

static void assignments_are_handed_out_when_the_record_is_written(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *join = trace_enter(t);
    trace_pass(t, 3000);
    t->hold_writes = true;
    const struct coord_assignment all = {view(join->member_id), view("0")};
    struct told *sync = trace_sync(t, join->member_id, 1, &all, 1);
    assert_int_equal(sync->times, 0);
    assert_true(t->update.persist);
    uint64_t write = t->update.write;
    trace_written(t, write + 1, true);
    trace_written(t, 0, true);
    assert_int_equal(sync->times, 0);
    trace_written(t, write, true);
    assert_int_equal(sync->error, COORD_ERROR_NONE);
    assert_string_equal(sync->assignment, "0");
    trace_end(t);
}

static void a_record_that_cannot_be_written_sends_everybody_back_to_join(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *join = trace_enter(t);
    trace_pass(t, 3000);
    t->hold_writes = true;
    struct told *sync = trace_sync(t, join->member_id, 1, NULL, 0);
    trace_written(t, t->update.write, false);
    assert_int_equal(sync->error, COORD_ERROR_NOT_AVAILABLE);
    assert_int_equal(t->group->state, COORD_PREPARING);
    assert_int_equal(trace_beat(t, join->member_id, 1)->error, COORD_ERROR_REBALANCING);
    trace_end(t);
}

static void a_record_that_is_too_long_fails_the_sync(void **state)
{
    (void)state;
    struct trace *t = trace_new();
    t->limits.record_max = 1200;
    trace_open(t);
    struct told *join = trace_enter(t);
    trace_pass(t, 3000);
    char assignment[200] = {0};
    memset(assignment, 'x', sizeof(assignment) - 1);
    const struct coord_assignment all = {view(join->member_id), view(assignment)};
    struct told *sync = trace_sync(t, join->member_id, 1, &all, 1);
    assert_int_equal(sync->error, COORD_ERROR_SERVER);
    assert_int_equal(t->record_count, 0);
    trace_end(t);
}

static void a_member_that_the_leader_forgot_gets_nothing(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *again = trace_join(t, (struct joiner){.id = p.a});
    struct told *b = trace_join(t, (struct joiner){.id = p.b});
    assert_int_equal(b->generation, 2);
    const struct coord_assignment one[] = {
        {view(p.a), view("0")}, {view("who"), view("9")}};
    (void)trace_sync(t, p.a, again->generation, one, 2);
    struct told *sync = trace_sync(t, p.b, 2, NULL, 0);
    assert_int_equal(sync->error, COORD_ERROR_NONE);
    assert_string_equal(sync->assignment, "");
    trace_end(t);
}

static void heartbeats_keep_a_member_and_silence_removes_it(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    trace_pass(t, 9999);
    assert_int_equal(trace_beat(t, p.a, 1)->error, COORD_ERROR_NONE);
    assert_int_equal(t->group->member_count, 2);
    trace_pass(t, 1);
    assert_int_equal(t->group->member_count, 1);
    assert_int_equal(trace_beat(t, p.b, 1)->error, COORD_ERROR_MEMBER);
    assert_int_equal(trace_beat(t, p.a, 1)->error, COORD_ERROR_REBALANCING);
    struct told *join = trace_join(t, (struct joiner){.id = p.a});
    assert_int_equal(join->generation, 2);
    assert_int_equal(join->members, 1);
    trace_end(t);
}

static void heartbeats_name_what_is_wrong(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    assert_int_equal(trace_beat(t, p.a, 1)->error, COORD_ERROR_NONE);
    assert_int_equal(trace_beat(t, p.a, 0)->error, COORD_ERROR_GENERATION);
    assert_int_equal(trace_beat(t, p.a, 2)->error, COORD_ERROR_GENERATION);
    assert_int_equal(trace_beat(t, "", 1)->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void syncs_name_what_is_wrong(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    assert_int_equal(trace_sync(t, p.a, 2, NULL, 0)->error, COORD_ERROR_GENERATION);
    assert_int_equal(trace_sync(t, "x", 1, NULL, 0)->error, COORD_ERROR_MEMBER);
    struct coord_event event = {.type = COORD_SYNC,
        .sync = {.member_id = view(p.a), .generation = 1, .protocol = view("other")}};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    assert_int_equal(told->error, COORD_ERROR_PROTOCOL);
    event.sync.protocol = view("range");
    event.sync.protocol_type = view("connect");
    told = new_token(t, &event);
    trace_step(t, event);
    assert_int_equal(told->error, COORD_ERROR_PROTOCOL);
    event.sync.protocol_type = view("consumer");
    told = new_token(t, &event);
    trace_step(t, event);
    assert_int_equal(told->error, COORD_ERROR_NONE);
    assert_string_equal(told->assignment, "0,1");
    (void)trace_join(t, (struct joiner){.id = p.a});
    assert_int_equal(trace_sync(t, p.b, 1, NULL, 0)->error, COORD_ERROR_REBALANCING);
    trace_end(t);
}

static void a_new_member_brings_a_stable_group_to_its_next_generation(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *c = trace_enter(t);
    assert_int_equal(t->group->state, COORD_PREPARING);
    assert_int_equal(trace_beat(t, p.a, 1)->error, COORD_ERROR_REBALANCING);
    struct told *b = trace_join(t, (struct joiner){.id = p.b});
    assert_int_equal(c->times, 0);
    struct told *a = trace_join(t, (struct joiner){.id = p.a});
    assert_int_equal(a->generation, 2);
    assert_int_equal(b->generation, 2);
    assert_int_equal(c->generation, 2);
    assert_int_equal(a->members, 3);
    trace_end(t);
}

static void who_does_not_rejoin_in_time_is_out_and_another_leads(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *b = trace_join(t, (struct joiner){.id = p.b, .metadata = "new"});
    assert_int_equal(t->group->state, COORD_PREPARING);
    for (int i = 0; i < 5;
         i++) { /* a beats, so only the rebalance timeout can remove it */
        trace_pass(t, 5000);
        (void)trace_beat(t, p.a, 1);
    }
    trace_pass(t, 4999);
    assert_int_equal(b->times, 0);
    trace_pass(t, 1);
    assert_int_equal(b->error, COORD_ERROR_NONE);
    assert_string_equal(b->leader, p.b);
    assert_int_equal(b->members, 1);
    assert_int_equal(trace_beat(t, p.a, 1)->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void a_follower_that_rejoins_unchanged_gets_the_present_generation(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *b = trace_join(t, (struct joiner){.id = p.b});
    assert_int_equal(b->error, COORD_ERROR_NONE);
    assert_int_equal(b->generation, 1);
    assert_int_equal(b->members, 0);
    assert_int_equal(t->group->state, COORD_STABLE);
    trace_end(t);
}

static void a_leader_that_rejoins_starts_a_rebalance(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *a = trace_join(t, (struct joiner){.id = p.a});
    assert_int_equal(a->times, 0);
    assert_int_equal(t->group->state, COORD_PREPARING);
    trace_end(t);
}

static void a_rejoin_before_the_sync_repeats_the_answer_unless_something_changed(
    void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *a = trace_enter(t);
    struct told *b = trace_enter(t);
    trace_pass(t, 6000);
    struct told *again = trace_join(t, (struct joiner){.id = a->member_id});
    assert_int_equal(again->generation, 1);
    assert_int_equal(again->members, 2);
    struct told *sync = trace_sync(t, b->member_id, 1, NULL, 0);
    struct told *changed =
        trace_join(t, (struct joiner){.id = a->member_id, .metadata = "x"});
    assert_int_equal(changed->times, 0);
    assert_int_equal(sync->error, COORD_ERROR_REBALANCING);
    assert_int_equal(t->group->state, COORD_PREPARING);
    trace_end(t);
}

static void the_last_one_to_leave_empties_the_group(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    assert_int_equal(trace_leave(t, "nobody", NULL), COORD_ERROR_MEMBER);
    assert_int_equal(t->group->state, COORD_STABLE);
    assert_int_equal(trace_leave(t, p.a, NULL), COORD_ERROR_NONE);
    assert_int_equal(t->group->state, COORD_PREPARING);
    assert_int_equal(trace_leave(t, p.a, NULL), COORD_ERROR_MEMBER);
    assert_int_equal(trace_leave(t, p.b, NULL), COORD_ERROR_NONE);
    assert_int_equal(t->group->state, COORD_EMPTY);
    assert_int_equal(t->group->generation, 2);
    trace_end(t);
}

static const struct coord_commit one_offset = {
    .topic = {(const uint8_t *)"t", 1}, .offset = 7};

static void a_group_with_offsets_stays_in_the_log(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    assert_int_equal(
        coord_offsets_begin(&t->group->offsets, &one_offset), COORD_ERROR_NONE);
    size_t records = t->record_count;
    assert_int_equal(trace_leave(t, p.a, NULL), COORD_ERROR_NONE);
    assert_int_equal(trace_leave(t, p.b, NULL), COORD_ERROR_NONE);
    assert_int_equal(t->group->state, COORD_EMPTY);
    assert_true(t->group->has_record);
    assert_int_equal(t->record_count, records + 1);
    assert_true(t->records[records].value_length > 0);
    records = t->record_count;
    trace_step(t, (struct coord_event){.type = COORD_TICK});
    assert_int_equal(t->record_count, records);
    /* ... until the commit turns out to fail */
    trace_step(t, (struct coord_event){.type = COORD_FORGET});
    assert_int_equal(t->record_count, records);
    coord_offsets_cancel(&t->group->offsets, &one_offset);
    trace_step(t, (struct coord_event){.type = COORD_TICK});
    assert_int_equal(t->record_count, records);
    trace_step(t, (struct coord_event){.type = COORD_FORGET});
    assert_int_equal(t->record_count, records + 1);
    assert_int_equal(t->records[records].value_length, 0);
    assert_true(coord_groups_release(&t->groups, t->group));
    assert_int_equal(
        coord_groups_open(&t->groups, view("g"), &t->group), COORD_ERROR_NONE);
    trace_end(t);
}

static void leave_both(struct trace *t, const struct pair *p)
{
    assert_int_equal(trace_leave(t, p->a, NULL), COORD_ERROR_NONE);
    assert_int_equal(trace_leave(t, p->b, NULL), COORD_ERROR_NONE);
    assert_int_equal(t->group->state, COORD_EMPTY);
}

static void an_empty_group_stays_until_it_may_go_and_ends_with_a_tombstone(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    leave_both(t, &p);
    trace_step(t, (struct coord_event){.type = COORD_TICK});
    assert_true(t->group->has_record);
    size_t records = t->record_count;
    trace_step(t, (struct coord_event){.type = COORD_FORGET});
    assert_int_equal(t->record_count, records + 1);
    assert_int_equal(t->records[records].value_length, 0);
    assert_false(t->group->has_record);
    struct coord_groups again;
    coord_groups_init(&again, &t->limits);
    for (size_t i = 0; i <= records; i++) {
        assert_int_equal(
            coord_groups_replay(&again,
                (struct wire_view){t->records[i].key, t->records[i].key_length},
                (struct wire_view){i == records ? NULL : t->records[i].value,
                    t->records[i].value_length}),
            OK);
    }
    assert_int_equal(again.by_id.count, 0);
    coord_groups_fini(&again);
    assert_true(coord_groups_release(&t->groups, t->group));
    assert_int_equal(
        coord_groups_open(&t->groups, view("g"), &t->group), COORD_ERROR_NONE);
    trace_end(t);
}

static void a_group_stays_until_its_tombstone_is_written(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    leave_both(t, &p);
    t->hold_writes = true;
    trace_step(t, (struct coord_event){.type = COORD_FORGET});
    uint64_t write = t->group->tombstone;
    size_t records = t->record_count;
    assert_int_equal(write, t->group->writes);
    assert_false(coord_groups_release(&t->groups, t->group));
    trace_step(t, (struct coord_event){.type = COORD_TICK});
    trace_written(t, write - 1, true);
    assert_true(t->group->has_record);
    assert_int_equal(t->record_count, records); /* one is enough */
    trace_written(t, write, false);
    assert_int_equal(t->record_count, records); /* and not again at once */
    assert_true(t->group->has_record);
    trace_pass(t, 9999);
    assert_int_equal(t->record_count, records);
    trace_pass(t, 1);
    assert_int_equal(t->record_count, records + 1);
    trace_written(t, t->group->tombstone, true);
    assert_false(t->group->has_record);
    assert_int_equal(t->update.next_due_ms, INT64_MAX);
    trace_end(t);
}

static void a_group_that_went_on_survives_its_tombstone(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    leave_both(t, &p);
    t->hold_writes = true;
    trace_step(t, (struct coord_event){.type = COORD_FORGET});
    uint64_t write = t->group->tombstone;
    struct told *join = trace_enter(t);
    trace_pass(t, 6000);
    struct told *sync = trace_sync(t, join->member_id, join->generation, NULL, 0);
    trace_written(t, write, true);
    assert_true(t->group->has_record);
    assert_int_equal(sync->times, 0);
    trace_written(t, write + 1, true);
    assert_int_equal(sync->error, COORD_ERROR_NONE);
    trace_restart(t);
    assert_int_equal(t->group->state, COORD_STABLE);
    trace_end(t);
}

/* That many leave at once: one of the group, then strangers. */
static enum coord_error leave_many(
    struct trace *t, const struct pair *p, size_t count, enum coord_error *last_out)
{
    static struct coord_leaver leavers[1100];
    static enum coord_error errors[1100];
    struct coord_event event = {.type = COORD_LEAVE,
        .leave = {.leavers = leavers, .count = count, .errors = errors}};

    for (size_t i = 0; i < count; i++) {
        leavers[i] = (struct coord_leaver){view(i == 0 ? p->a : "x"), view(NULL)};
    }
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    assert_int_equal(
        told->error == COORD_ERROR_REQUEST, errors[0] == COORD_ERROR_REQUEST);
    *last_out = errors[count - 1];
    return errors[0];
}

static void strangers_are_told_so_and_not_without_end(void **state)
{
    enum coord_error last;

    (void)state;
    struct trace *t = trace_start();
    assert_int_equal(trace_leave(t, "x", NULL), COORD_ERROR_MEMBER);
    struct pair p = make_pair(t);
    assert_int_equal(trace_join(t, (struct joiner){.by_id = true})->error,
        COORD_ERROR_MEMBER_ID_REQUIRED); /* counts too */
    assert_int_equal(leave_many(t, &p, 1004, &last), COORD_ERROR_REQUEST);
    assert_int_equal(last, COORD_ERROR_REQUEST);
    assert_int_equal(t->group->state, COORD_STABLE);
    assert_int_equal(leave_many(t, &p, 1003, &last), COORD_ERROR_NONE);
    assert_int_equal(last, COORD_ERROR_MEMBER);
    assert_int_equal(t->group->member_count, 1);
    trace_end(t);
}

static void who_leaves_with_a_parked_request_gets_its_answer(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *a = trace_enter(t);
    struct told *b = trace_enter(t);
    trace_pass(t, 6000);
    struct told *sync = trace_sync(t, b->member_id, 1, NULL, 0);
    assert_int_equal(trace_leave(t, b->member_id, NULL), COORD_ERROR_NONE);
    assert_int_equal(sync->error, COORD_ERROR_MEMBER);
    struct told *join = trace_join(t, (struct joiner){.id = a->member_id});
    assert_int_equal(join->error, COORD_ERROR_NONE);
    trace_end(t);
}

static void an_id_that_was_given_out_and_never_used_expires(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *id = trace_join(t, (struct joiner){.by_id = true});
    trace_pass(t, 9999);
    assert_int_equal(t->group->pending.count, 1);
    trace_pass(t, 1);
    assert_int_equal(t->group->pending.count, 0);
    assert_int_equal(
        trace_join(t, (struct joiner){.id = id->member_id})->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void a_rebalance_waits_for_ids_that_were_given_out(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *c = trace_join(t, (struct joiner){.by_id = true});
    (void)trace_join(t, (struct joiner){.id = p.a});
    struct told *b = trace_join(t, (struct joiner){.id = p.b});
    assert_int_equal(b->times, 0);
    assert_int_equal(trace_leave(t, c->member_id, NULL), COORD_ERROR_NONE);
    assert_int_equal(b->generation, 2);
    trace_end(t);
}

static void members_that_never_sync_are_removed(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *a = trace_enter(t);
    struct told *b = trace_enter(t);
    trace_pass(t, 6000);
    (void)trace_sync(t, a->member_id, 1, NULL, 0);
    for (int i = 0; i < 5; i++) {
        (void)trace_beat(t, a->member_id, 1);
        (void)trace_beat(t, b->member_id, 1);
        trace_pass(t, 5000);
    }
    (void)trace_beat(t, a->member_id, 1);
    (void)trace_beat(t, b->member_id, 1);
    assert_int_equal(t->group->member_count, 2);
    trace_pass(t, 5000);
    assert_int_equal(t->group->member_count, 1);
    assert_int_equal(trace_beat(t, b->member_id, 1)->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void a_group_takes_no_more_members_than_its_limit(void **state)
{
    (void)state;
    struct trace *t = trace_new();
    t->limits.members_max = 2;
    trace_open(t);
    struct pair p = make_pair(t);
    struct told *c = trace_join(t, (struct joiner){.by_id = true});
    assert_int_equal(c->error, COORD_ERROR_GROUP_FULL);
    assert_int_equal(t->group->state, COORD_STABLE);
    assert_int_equal(trace_leave(t, p.b, NULL), COORD_ERROR_NONE);
    struct told *d = trace_join(t, (struct joiner){0});
    struct told *a = trace_join(t, (struct joiner){.id = p.a});
    assert_int_equal(a->error, COORD_ERROR_NONE);
    assert_int_equal(d->error, COORD_ERROR_NONE);
    trace_end(t);
}

static void ids_that_wait_are_limited_too(void **state)
{
    (void)state;
    struct trace *t = trace_new();
    t->limits.members_max = 3;
    trace_open(t);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(trace_join(t, (struct joiner){.by_id = true})->error,
            COORD_ERROR_MEMBER_ID_REQUIRED);
    }
    assert_int_equal(
        trace_join(t, (struct joiner){.by_id = true})->error, COORD_ERROR_GROUP_FULL);
    trace_end(t);
}

static void session_timeouts_outside_the_bounds_are_refused(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    const int32_t bad[] = {5999, 60001, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(trace_join(t, (struct joiner){.session_ms = bad[i]})->error,
            COORD_ERROR_SESSION_TIMEOUT);
    }
    assert_int_equal(trace_join(t, (struct joiner){.session_ms = 6000})->times, 0);
    assert_int_equal(trace_join(t, (struct joiner){.session_ms = 60000})->times, 0);
    trace_end(t);
}

static void a_rebalance_timeout_below_zero_is_the_session_timeout(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    (void)trace_join(t, (struct joiner){.rebalance_ms = -1, .session_ms = 7000});
    assert_int_equal(t->group->members[0]->rebalance_timeout_ms, 7000);
    trace_end(t);
}

static void a_protocol_that_the_others_do_not_speak_is_refused(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    (void)make_pair(t);
    assert_int_equal(trace_join(t, (struct joiner){.protocol = "sticky"})->error,
        COORD_ERROR_PROTOCOL);
    trace_end(t);
}

static struct told *join_with(struct trace *t, const char *type,
    const struct coord_protocol *protocols, size_t count)
{
    struct coord_event event = {.type = COORD_JOIN,
        .join = {.member_id = view(""),
            .client_id = view("c"),
            .client_host = view("h"),
            .random = {{++t->next_random}},
            .session_timeout_ms = 10000,
            .rebalance_timeout_ms = 30000,
            .protocol_type = view(type),
            .protocols = protocols,
            .protocol_count = count}};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    return told;
}

static void the_protocol_with_most_votes_wins(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    const struct coord_protocol ab[] = {{view("a"), view("1")}, {view("b"), view("2")}};
    const struct coord_protocol ba[] = {
        {view("x"), view("0")}, {view("b"), view("2")}, {view("a"), view("1")}};
    struct told *first = join_with(t, "consumer", ab, 2);
    (void)join_with(t, "consumer", ba, 3);
    struct told *last = join_with(t, "consumer", ba, 3);
    trace_pass(t, 6000);
    assert_string_equal(first->protocol, "b");
    assert_string_equal(last->protocol, "b");
    trace_end(t);
}

static void joins_without_type_or_protocol_are_inconsistent(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    const struct coord_protocol a[] = {{view("a"), view("1")}};
    assert_int_equal(join_with(t, "", a, 1)->error, COORD_ERROR_PROTOCOL);
    assert_int_equal(join_with(t, "consumer", a, 0)->error, COORD_ERROR_PROTOCOL);
    assert_int_equal(join_with(t, "consumer", a, 1)->times, 0);
    assert_int_equal(join_with(t, "connect", a, 1)->error, COORD_ERROR_PROTOCOL);
    trace_end(t);
}

static void too_many_or_too_long_protocols_are_refused(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct coord_protocol many[COORD_PROTOCOLS_MAX + 1];
    char names[COORD_PROTOCOLS_MAX + 1][2];
    char name[COORD_PROTOCOL_NAME_MAX + 2];
    memset(name, 'p', sizeof(name));
    for (size_t i = 0; i <= COORD_PROTOCOLS_MAX; i++) {
        names[i][0] = (char)('a' + i);
        names[i][1] = '\0';
        many[i] = (struct coord_protocol){view(names[i]), view("")};
    }
    assert_int_equal(join_with(t, "consumer", many, COORD_PROTOCOLS_MAX + 1)->error,
        COORD_ERROR_REQUEST);
    many[0].name = (struct wire_view){(const uint8_t *)name, COORD_PROTOCOL_NAME_MAX + 1};
    assert_int_equal(join_with(t, "consumer", many, 1)->error, COORD_ERROR_REQUEST);
    name[COORD_PROTOCOL_NAME_MAX + 1] = '\0';
    assert_int_equal(join_with(t, name, many + 1, 1)->error, COORD_ERROR_REQUEST);
    many[0].name.len--;
    assert_int_equal(join_with(t, "consumer", many, COORD_PROTOCOLS_MAX)->times, 0);
    trace_end(t);
}

static void only_what_all_speak_is_voted_for(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    const struct coord_protocol names[] = {
        {view("a"), view("1")}, {view("b"), view("2")}, {view("c"), view("3")}};
    struct told *first = join_with(t, "consumer", names, 2);
    (void)join_with(t, "consumer", names, 2);
    (void)join_with(t, "consumer", names + 1, 2);
    assert_int_equal(join_with(t, "consumer", names, 1)->error, COORD_ERROR_PROTOCOL);
    assert_int_equal(join_with(t, "consumer", names + 2, 1)->error, COORD_ERROR_PROTOCOL);
    trace_pass(t, 6000);
    assert_int_equal(first->members, 3);
    assert_string_equal(first->protocol, "b"); /* two would like a better */
    trace_end(t);
}

static void of_as_many_votes_the_oldest_member_decides(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    const struct coord_protocol names[] = {
        {view("b"), view("2")}, {view("a"), view("1")}, {view("b"), view("2")}};
    struct told *first = join_with(t, "consumer", names, 2);
    struct told *second = join_with(t, "consumer", names + 1, 2);
    trace_pass(t, 6000);
    assert_string_equal(first->protocol, "b");
    assert_string_equal(second->protocol, "b");
    trace_end(t);
}

static void a_protocol_that_is_named_twice_is_refused(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct coord_protocol named[] = {{view("a"), view("1")}, {view("b"), view("2")},
        {view("a"), view("3")}, {view("aa"), view("4")}};
    assert_int_equal(join_with(t, "consumer", named, 3)->error, COORD_ERROR_PROTOCOL);
    assert_int_equal(t->group->member_count, 0);
    assert_int_equal(join_with(t, "consumer", named + 1, 3)->times, 0);
    assert_int_equal(COORD_PROTOCOLS_MAX, 16);
    trace_end(t);
}

static void a_repeated_request_answers_the_older_one(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *a = trace_enter(t);
    struct told *b = trace_enter(t);
    trace_pass(t, 6000);
    struct told *old = trace_sync(t, b->member_id, 1, NULL, 0);
    (void)trace_sync(t, b->member_id, 1, NULL, 0);
    assert_int_equal(old->error, COORD_ERROR_REBALANCING);
    struct told *join =
        trace_join(t, (struct joiner){.id = a->member_id, .metadata = "x"});
    (void)trace_join(t, (struct joiner){.id = a->member_id, .metadata = "x"});
    assert_int_equal(join->error, COORD_ERROR_REBALANCING);
    trace_end(t);
}

static void a_parked_join_of_a_new_member_ends_after_five_minutes(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    struct told *c = trace_join(t, (struct joiner){.rebalance_ms = 1000000});
    assert_int_equal(t->group->join_due_ms, t->now_ms + 1000000);
    for (int i = 0; i < 60; i++) {
        (void)trace_beat(t, p.a, 1);
        (void)trace_beat(t, p.b, 1);
        assert_int_equal(c->times, 0);
        trace_pass(t, 5000);
    }
    assert_int_equal(c->error, COORD_ERROR_MEMBER);
    trace_end(t);
}

static void a_restart_gives_the_same_group(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct pair p = make_pair(t);
    trace_restart(t);
    assert_int_equal(t->group->state, COORD_STABLE);
    assert_int_equal(t->group->generation, 1);
    assert_int_equal(trace_beat(t, p.a, 1)->error, COORD_ERROR_NONE);
    assert_string_equal(trace_sync(t, p.b, 1, NULL, 0)->assignment, "2");
    assert_string_equal(trace_join(t, (struct joiner){.id = p.b})->leader, p.a);
    trace_pass(t, 10000);
    assert_int_equal(t->group->state, COORD_EMPTY);
    trace_end(t);
}

static void commits_fit_the_state_of_the_group(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct wire_view null = {NULL, 0};
    const struct coord_group *g = t->group;
    assert_int_equal(coord_group_check_commit(g, view(""), null, -1), COORD_ERROR_NONE);
    assert_int_equal(coord_group_check_commit(g, view(""), null, 0), COORD_ERROR_MEMBER);
    struct pair p = make_pair(t);
    assert_int_equal(coord_group_check_commit(g, view(""), null, -1), COORD_ERROR_MEMBER);
    assert_int_equal(coord_group_check_commit(g, view(p.a), null, 1), COORD_ERROR_NONE);
    assert_int_equal(
        coord_group_check_commit(g, view(p.a), null, 2), COORD_ERROR_GENERATION);
    assert_int_equal(
        coord_group_check_commit(g, view(p.a), null, -1), COORD_ERROR_GENERATION);
    assert_int_equal(coord_group_check_commit(g, view("x"), null, 1), COORD_ERROR_MEMBER);
    (void)trace_join(t, (struct joiner){.id = p.a});
    assert_int_equal(coord_group_check_commit(g, view(p.b), null, 1), COORD_ERROR_NONE);
    (void)trace_join(t, (struct joiner){.id = p.b});
    assert_int_equal(
        coord_group_check_commit(g, view(p.b), null, 2), COORD_ERROR_REBALANCING);
    trace_step(t, (struct coord_event){.type = COORD_CLOSE});
    assert_int_equal(
        coord_group_check_commit(g, view(p.b), null, 2), COORD_ERROR_NOT_AVAILABLE);
    trace_end(t);
}

static void a_closed_group_answers_everybody_and_takes_nobody(void **state)
{
    (void)state;
    struct trace *t = trace_start();
    struct told *join = trace_enter(t);
    trace_step(t, (struct coord_event){.type = COORD_CLOSE});
    assert_int_equal(join->error, COORD_ERROR_NOT_AVAILABLE);
    assert_int_equal(trace_join(t, (struct joiner){0})->error, COORD_ERROR_NOT_AVAILABLE);
    assert_int_equal(trace_sync(t, "x", 1, NULL, 0)->error, COORD_ERROR_NOT_AVAILABLE);
    assert_int_equal(trace_beat(t, "x", 1)->error, COORD_ERROR_NOT_AVAILABLE);
    assert_int_equal(trace_leave(t, "x", NULL), COORD_ERROR_NOT_AVAILABLE);
    assert_string_equal(coord_state_text(t->group->state), "Dead");
    trace_end(t);
}

static void members_that_the_budget_does_not_hold_are_refused(void **state)
{
    (void)state;
    struct trace *t = trace_new();
    t->limits.bytes_max = sizeof(struct coord_group) + 2 * sizeof(struct coord_member);
    trace_open(t);
    assert_int_equal(trace_join(t, (struct joiner){0})->times, 0);
    assert_int_equal(trace_join(t, (struct joiner){0})->error, COORD_ERROR_GROUP_FULL);
    trace_end(t);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_first_join_is_told_its_member_id_and_must_come_back),
        T(a_join_with_an_id_that_nobody_gave_out_is_unknown),
        T(one_member_joins_alone_after_the_initial_delay),
        T(who_comes_during_the_delay_prolongs_it_up_to_the_rebalance_timeout),
        T(the_leader_gets_the_members_and_the_others_do_not),
        T(assignments_are_handed_out_when_the_record_is_written),
        T(a_record_that_cannot_be_written_sends_everybody_back_to_join),
        T(a_record_that_is_too_long_fails_the_sync),
        T(a_member_that_the_leader_forgot_gets_nothing),
        T(heartbeats_keep_a_member_and_silence_removes_it),
        T(heartbeats_name_what_is_wrong),
        T(syncs_name_what_is_wrong),
        T(a_new_member_brings_a_stable_group_to_its_next_generation),
        T(who_does_not_rejoin_in_time_is_out_and_another_leads),
        T(a_follower_that_rejoins_unchanged_gets_the_present_generation),
        T(a_leader_that_rejoins_starts_a_rebalance),
        T(a_rejoin_before_the_sync_repeats_the_answer_unless_something_changed),
        T(the_last_one_to_leave_empties_the_group),
        T(a_group_with_offsets_stays_in_the_log),
        T(an_empty_group_stays_until_it_may_go_and_ends_with_a_tombstone),
        T(a_group_stays_until_its_tombstone_is_written),
        T(a_group_that_went_on_survives_its_tombstone),
        T(strangers_are_told_so_and_not_without_end),
        T(who_leaves_with_a_parked_request_gets_its_answer),
        T(an_id_that_was_given_out_and_never_used_expires),
        T(a_rebalance_waits_for_ids_that_were_given_out),
        T(members_that_never_sync_are_removed),
        T(a_group_takes_no_more_members_than_its_limit),
        T(ids_that_wait_are_limited_too),
        T(session_timeouts_outside_the_bounds_are_refused),
        T(a_rebalance_timeout_below_zero_is_the_session_timeout),
        T(a_protocol_that_the_others_do_not_speak_is_refused),
        T(the_protocol_with_most_votes_wins),
        T(joins_without_type_or_protocol_are_inconsistent),
        T(too_many_or_too_long_protocols_are_refused),
        T(only_what_all_speak_is_voted_for),
        T(of_as_many_votes_the_oldest_member_decides),
        T(a_protocol_that_is_named_twice_is_refused),
        T(a_repeated_request_answers_the_older_one),
        T(a_parked_join_of_a_new_member_ends_after_five_minutes),
        T(a_restart_gives_the_same_group),
        T(commits_fit_the_state_of_the_group),
        T(a_closed_group_answers_everybody_and_takes_nobody),
        T(members_that_the_budget_does_not_hold_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
