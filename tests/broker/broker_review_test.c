/* Grants that are looked at again, some in each round of the loop. */
#include "broker_review.h"

#include "broker_acl_queue.h"
#include "broker_fixture.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_acls.h"
#include "wire_delete_acls.h"

#define PARTITIONS 100
#define ALL        "allow alice, zoe to read, write topic t\n"
#define ZOE_NOT    "allow alice to read, write topic t\nallow zoe to describe topic t\n"
#define NONE       "allow alice, zoe to describe topic t\n"
#define TIMES      "allow alice, zoe to read, write topic t until 2999-01-01\n"

static struct fixture *f;
static uint64_t gates[12];
static size_t gate_count;

static void begin(const char *rules)
{
    f = fixture_new(rules);
    gate_count = 0;
    f->broker.controller.node.num_partitions = PARTITIONS;
    fixture_topic(f, "t");
}

/* A session of that user with a grant of each partition. */
static uint64_t open_as(const char *user, uint8_t operation)
{
    uint64_t gate = fixture_gate(f, user);

    fixture_open_all(f, gate, "t", operation);
    gates[gate_count++] = gate;
    return gate;
}

static void open_writers(size_t sessions)
{
    for (size_t i = 0; i < sessions; i++) {
        (void)open_as("alice", IPC_OPERATION_WRITE);
    }
}

static size_t grants_of(uint64_t gate)
{
    const struct broker_session *s = broker_session_find(&f->broker, gate);

    return s == NULL ? 0 : s->grants.count;
}

static size_t grants(void)
{
    size_t count = 0;

    for (size_t i = 0; i < gate_count; i++) {
        count += grants_of(gates[i]);
    }
    return count;
}

/* The list has each grant once, both ways. */
static void assert_list_is_whole(void)
{
    const struct broker_review *r = &f->broker.review;
    size_t count = 0;
    const struct broker_grant *before = NULL;

    for (const struct broker_grant *g = r->first; g != NULL; g = g->behind) {
        assert_ptr_equal(g->before, before);
        assert_true(before == NULL || before->reviewed <= g->reviewed);
        before = g;
        count++;
    }
    assert_ptr_equal(r->last, before);
    assert_int_equal(count, grants());
}

static void review(const char *rules)
{
    fixture_set_policy(f, rules);
    broker_review_begin(&f->broker);
}

static void turn(void)
{
    assert_int_equal(loop_once(f->broker.role.loop, 0), OK);
}

/* Of what store acknowledged the loop reads some in a round. */
static void pump_all(void)
{
    for (size_t i = 0; i < 100 && f->broker.revokes > 0; i++) {
        fixture_pump(f);
    }
    assert_int_equal(f->broker.revokes, 0);
}

static void few_grants_are_looked_at_at_once(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(2);
    review(NONE);
    assert_int_equal(grants(), 0);
    assert_true(broker_review_is_over(&f->broker));
    assert_false(f->broker.review.timer.armed);
    fixture_free(&f);
}

static void one_round_looks_at_a_slice_and_the_next_goes_on(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(11);
    review(NONE);
    assert_int_equal(grants(), 11 * PARTITIONS - BROKER_REVIEW_SLICE);
    assert_false(broker_review_is_over(&f->broker));
    turn();
    assert_int_equal(grants(), 11 * PARTITIONS - 2 * BROKER_REVIEW_SLICE);
    assert_false(broker_review_is_over(&f->broker));
    assert_list_is_whole();
    turn();
    assert_int_equal(grants(), 0);
    assert_true(broker_review_is_over(&f->broker));
    assert_false(f->broker.review.timer.armed);
    pump_all();
    assert_int_equal(f->revokes, 11 * PARTITIONS);
    fixture_free(&f);
}

static void what_stands_is_looked_at_once_and_stays(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(6);
    review(ALL);
    turn();
    assert_true(broker_review_is_over(&f->broker));
    assert_false(f->broker.review.timer.armed);
    assert_int_equal(grants(), 6 * PARTITIONS);
    assert_list_is_whole();
    fixture_free(&f);
}

/* Of sessions that a review was in the middle of, and of those that it comes to yet. */
static void a_session_may_vanish_in_the_middle(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(11);
    review(NONE);
    const uint64_t at = f->broker.review.first->session->gate;
    assert_in_range(grants_of(at), 1, PARTITIONS - 1);
    broker_session_remove(&f->broker, at);
    broker_session_kill(f->broker.review.last->session, IPC_KILL_OVER);
    broker_session_end_soon(f->broker.review.first->behind->session);
    assert_list_is_whole();
    assert_true(grants() > 0);
    turn();
    assert_int_equal(grants(), 0);
    assert_null(f->broker.review.first);
    assert_true(broker_review_is_over(&f->broker));
    fixture_free(&f);
}

static void all_sessions_may_vanish_in_the_middle(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(6);
    review(NONE);
    assert_false(broker_review_is_over(&f->broker));
    for (size_t i = 0; i < gate_count; i++) {
        fixture_drop_gate(f, gates[i]);
    }
    assert_true(broker_review_is_over(&f->broker));
    turn();
    assert_false(f->broker.review.timer.armed);
    fixture_free(&f);
}

static void the_first_read_that_is_lost_ends_the_session_with_all_it_has(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(1);
    uint64_t zoe = open_as("zoe", IPC_OPERATION_READ);
    fixture_open_all(f, zoe, "t", IPC_OPERATION_WRITE);
    review(ZOE_NOT);
    fixture_pump(f);
    assert_true(fixture_is_killed(f, zoe));
    assert_int_equal(f->last_kill, IPC_KILL_RIGHT_LOST);
    assert_int_equal(grants(), PARTITIONS);
    assert_int_equal(f->revokes, 1); /* of all that it has */
    assert_list_is_whole();
    fixture_free(&f);
}

/* What the first policy let be, and was looked at, the second may not. */
static void another_policy_in_the_middle_is_asked_about_all(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(6);
    review(ALL);
    assert_false(broker_review_is_over(&f->broker));
    review(NONE);
    assert_false(broker_review_is_over(&f->broker));
    turn();
    assert_int_equal(grants(), 0);
    assert_true(broker_review_is_over(&f->broker));
    fixture_free(&f);
}

/* Each review begins before the one before it could come to the last. */
static void policies_that_never_stop_coming_leave_nobody_out(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(6);
    uint64_t zoe = open_as("zoe", IPC_OPERATION_WRITE);
    review(ZOE_NOT);
    assert_int_equal(grants_of(zoe), PARTITIONS);
    review(ZOE_NOT);
    assert_int_equal(grants_of(zoe), 0);
    assert_false(broker_review_is_over(&f->broker));
    turn();
    assert_true(broker_review_is_over(&f->broker));
    assert_int_equal(grants(), 6 * PARTITIONS);
    fixture_free(&f);
}

static void what_is_opened_in_the_middle_was_judged_by_the_new_policy(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(6);
    uint64_t late = fixture_gate(f, "alice");
    review(ZOE_NOT);
    assert_false(broker_review_is_over(&f->broker));
    fixture_open_all(f, late, "t", IPC_OPERATION_READ);
    gates[gate_count++] = late;
    assert_true(broker_review_is_over(&f->broker));
    assert_int_equal(grants(), 7 * PARTITIONS);
    assert_list_is_whole();
    fixture_free(&f);
}

static struct ipc_channel *channel_of(uint64_t gate)
{
    for (size_t i = 0; i < FIXTURE_GATES_MAX; i++) {
        if (f->gates[i].number == gate) {
            return &f->gates[i].channel;
        }
    }
    fail_msg("no such gate");
    return NULL;
}

static void who_asks_is_answered_between_two_slices(void **state)
{
    struct ipc_open open = {.operation = IPC_OPERATION_WRITE, .topic = ipc_text("t")};
    struct ipc_received m;

    (void)state;
    begin(ALL);
    open_writers(11);
    struct ipc_channel *channel = channel_of(gates[3]);
    review(NONE);
    assert_int_equal(ipc_channel_send(channel, IPC_MSG_OPEN, 77, &open, -1), OK);
    turn();
    assert_false(broker_review_is_over(&f->broker));
    assert_int_equal(ipc_channel_receive(channel, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_OPENED);
    assert_int_equal(m.request, 77);
    assert_int_equal(m.body.opened.error, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static void time_alone_asks_for_a_review_while_one_is_under_way(void **state)
{
    (void)state;
    begin(TIMES);
    f->broker.authz.clock_is_sure = true;
    f->broker.authz.clock_until_ms = INT64_MAX;
    open_writers(6);
    assert_true(f->broker.review.timer.armed);
    const uint64_t asked = f->broker.review.asked;
    review(TIMES);
    assert_false(broker_review_is_over(&f->broker));
    f->broker.review.next_ms = 0; /* that moment is here */
    turn();
    assert_int_equal(f->broker.review.asked, asked + 2);
    assert_true(broker_review_is_over(&f->broker)); /* that of the policy */
    assert_true(f->broker.review.first->reviewed < f->broker.review.asked);
    turn();
    assert_true(f->broker.review.first->reviewed == f->broker.review.asked);
    assert_true(f->broker.review.timer.armed); /* for the next moment */
    assert_true(f->broker.review.timer.due_ms > loop_now_ms(f->broker.role.loop));
    assert_int_equal(grants(), 6 * PARTITIONS);
    fixture_free(&f);
}

static struct create_acls_request_acl_creation rule(int8_t operation)
{
    return (struct create_acls_request_acl_creation){.resource_type = 2,
        .resource_name = fixture_view("t"),
        .resource_pattern_type = 3,
        .principal = fixture_view("User:alice"),
        .host = fixture_view("*"),
        .operation = operation,
        .permission_type = 3};
}

/* ... and store has taken back what the last of its rounds took away. */
static void a_rule_of_a_client_is_gone_when_all_was_looked_at(void **state)
{
    struct create_acls_request_acl_creation rules[] = {rule(POLICY_WRITE)};
    struct create_acls_request adds = {.creations = {.items = rules, .count = 1}};
    struct delete_acls_filter every = {.resource_type_filter = 1,
        .pattern_type_filter = 1,
        .operation = 1,
        .permission_type = 1};
    struct delete_acls_request removes = {.filters = {.items = &every, .count = 1}};

    (void)state;
    f = fixture_new_in("", IPC_POLICY_API);
    gate_count = 0;
    f->broker.controller.node.num_partitions = PARTITIONS;
    fixture_topic(f, "t");
    uint64_t root = fixture_gate(f, "root");
    (void)fixture_call(f, root, WIRE_API_CREATE_ACLS, 3, &adds);
    open_writers(6);
    f->hold_revokes = true;
    fixture_send(f, root, WIRE_API_DELETE_ACLS, 3, &removes);
    assert_int_equal(grants(), 0);
    assert_true(broker_review_is_over(&f->broker));
    assert_false(fixture_answered(f, root));
    assert_non_null(f->broker.acls.first);
    assert_int_equal(f->broker.acls.first->revokes, 6 * PARTITIONS);
    fixture_release(f, 0);
    pump_all();
    assert_true(fixture_answered(f, root));
    assert_null(f->broker.acls.first);
    fixture_free(&f);
}

static void what_others_give_back_later_is_not_waited_for(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(1);
    uint64_t zoe = open_as("zoe", IPC_OPERATION_WRITE);
    assert_true(broker_review_is_settled(&f->broker));
    f->hold_revokes = true;
    review(ZOE_NOT);
    assert_int_equal(grants_of(zoe), 0);
    assert_true(broker_review_is_over(&f->broker));
    assert_false(broker_review_is_settled(&f->broker));
    broker_session_remove(&f->broker, gates[0]); /* one more, behind them */
    assert_int_equal(f->broker.revokes, PARTITIONS + 1);
    for (size_t i = 0; i < PARTITIONS; i++) {
        assert_false(broker_review_is_settled(&f->broker));
        f->broker.revokes--; /* store acknowledges in the order it was told in */
    }
    assert_true(broker_review_is_settled(&f->broker));
    f->broker.revokes += PARTITIONS;
    fixture_release(f, 0);
    pump_all();
    assert_true(broker_review_is_settled(&f->broker));
    fixture_free(&f);
}

static void a_review_that_others_end_by_leaving_is_settled(void **state)
{
    (void)state;
    begin(ALL);
    open_writers(6);
    review(NONE);
    assert_false(broker_review_is_settled(&f->broker));
    for (size_t i = 0; i < gate_count; i++) {
        broker_session_remove(&f->broker, gates[i]);
    }
    turn();
    pump_all();
    assert_true(broker_review_is_settled(&f->broker));
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_grants_are_looked_at_at_once),
        cmocka_unit_test(one_round_looks_at_a_slice_and_the_next_goes_on),
        cmocka_unit_test(what_stands_is_looked_at_once_and_stays),
        cmocka_unit_test(a_session_may_vanish_in_the_middle),
        cmocka_unit_test(all_sessions_may_vanish_in_the_middle),
        cmocka_unit_test(the_first_read_that_is_lost_ends_the_session_with_all_it_has),
        cmocka_unit_test(another_policy_in_the_middle_is_asked_about_all),
        cmocka_unit_test(policies_that_never_stop_coming_leave_nobody_out),
        cmocka_unit_test(what_is_opened_in_the_middle_was_judged_by_the_new_policy),
        cmocka_unit_test(who_asks_is_answered_between_two_slices),
        cmocka_unit_test(time_alone_asks_for_a_review_while_one_is_under_way),
        cmocka_unit_test(a_rule_of_a_client_is_gone_when_all_was_looked_at),
        cmocka_unit_test(what_others_give_back_later_is_not_waited_for),
        cmocka_unit_test(a_review_that_others_end_by_leaving_is_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
