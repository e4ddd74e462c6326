#include "broker_permissive.h"

#include "broker_fixture.h"
#include "broker_review.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_topics.h"
#include "wire_metadata.h"

#include <stdio.h>
#include <string.h>

#define RULES "kept: allow bob to describe topic *\n"
#define CLOSED                                                                           \
    "open: allow bob to describe topic *\nno: deny bob to describe topic room\n"
#define OPENED RULES "more: allow eve to describe topic room\n"

/* The code of its row. */
static int16_t ask(struct fixture *f, uint64_t gate, const char *topic)
{
    struct metadata_request_topic asked = {.name = fixture_view(topic)};
    struct metadata_request r = {.topics = {.items = &asked, .count = 1}};
    const struct metadata_response *a = fixture_call(f, gate, WIRE_API_METADATA, 9, &r);

    return ((const struct metadata_response_topic *)a->topics.items)->error_code;
}

static int32_t list_topics(struct fixture *f, uint64_t gate)
{
    struct metadata_request all = {.topics = {.count = -1}};
    const struct metadata_response *a = fixture_call(f, gate, WIRE_API_METADATA, 9, &all);

    return a->topics.count;
}

static int16_t create(struct fixture *f, uint64_t gate, const char *topic)
{
    struct create_topics_request_creatable_topic asked = {
        .name = fixture_view(topic), .num_partitions = 1, .replication_factor = 1};
    struct create_topics_request r = {
        .topics = {.items = &asked, .count = 1}, .validate_only = true};
    const struct create_topics_response *a =
        fixture_call(f, gate, WIRE_API_CREATE_TOPICS, 7, &r);
    const struct create_topics_response_creatable_topic_result *row = a->topics.items;

    return row->error_code;
}

static const struct fixture_event *told(const struct fixture *f, size_t back)
{
    return fixture_event(f, IPC_EVENT_PERMISSIVE, back);
}

/* Lets the time pass after which what was counted is told. */
static void end_window(struct fixture *f)
{
    broker_permissive_flush(&f->broker);
    fixture_pump(f);
    assert_int_equal(f->broker.permissive.rows.count, 0);
    assert_int_equal(f->broker.permissive.listed, 0);
    assert_int_equal(f->broker.permissive.lost, 0);
    assert_null(f->broker.permissive.first);
    assert_null(f->broker.permissive.last);
}

static void what_would_be_denied_is_told_with_both_rules_and_allowed(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(f, CLOSED);
    assert_int_equal(ask(f, fixture_gate(f, "bob"), "room"), WIRE_CODE_NONE);
    const struct fixture_event *e = told(f, 0);
    assert_non_null(e);
    assert_int_equal(e->event.outcome, IPC_OUTCOME_DENIED);
    assert_string_equal(e->text, "User:bob describe topic room");
    assert_string_equal(e->rule, "no");
    assert_string_equal(e->reason, "allowed by kept");
    assert_string_equal(e->api, "Metadata");
    assert_int_equal(e->event.count, 1);
    assert_int_equal(f->denied, 0);
    fixture_free(&f);
}

static void what_would_be_allowed_is_told_with_both_rules_and_denied(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(f, OPENED);
    assert_int_equal(
        ask(f, fixture_gate(f, "eve"), "room"), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    const struct fixture_event *e = told(f, 0);
    assert_non_null(e);
    assert_int_equal(e->event.outcome, IPC_OUTCOME_SUCCESS);
    assert_string_equal(e->text, "User:eve describe topic room");
    assert_string_equal(e->rule, "more");
    assert_string_equal(e->reason, "denied by default");
    assert_int_equal(f->denied, 1);
    fixture_free(&f);
}

static void the_same_answer_by_another_rule_is_no_difference(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(f, "other: allow bob to all topic *\n");
    assert_int_equal(ask(f, fixture_gate(f, "bob"), "room"), WIRE_CODE_NONE);
    assert_int_equal(
        ask(f, fixture_gate(f, "eve"), "room"), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(list_topics(f, fixture_gate(f, "bob")), 1);
    assert_int_equal(list_topics(f, fixture_gate(f, "eve")), 0);
    end_window(f);
    assert_null(told(f, 0));
    fixture_free(&f);
}

static void the_same_again_is_counted_and_told_once(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(f, CLOSED);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(ask(f, gate, "room"), WIRE_CODE_NONE);
    }
    assert_non_null(told(f, 0));
    assert_null(told(f, 1));
    end_window(f);
    const struct fixture_event *e = told(f, 0);
    assert_int_equal(e->event.count, 99);
    assert_string_equal(e->text, "User:bob describe topic room");
    assert_string_equal(e->rule, "no");
    assert_true(e->event.first_time_ms > 0);
    assert_true(e->event.first_time_ms <= e->event.time_ms);
    assert_null(told(f, 2));
    (void)ask(f, gate, "room");
    assert_int_equal(told(f, 0)->event.count, 1);
    assert_non_null(told(f, 2));
    fixture_free(&f);
}

static void another_principal_or_name_is_a_first_one(void **state)
{
    struct fixture *f = fixture_new("allow bob, eve to describe topic *\n");
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_topic(f, "room");
    fixture_topic(f, "hall");
    fixture_set_permissive(f, "deny any to all topic *\n");
    (void)ask(f, gate, "room");
    (void)ask(f, gate, "hall");
    (void)ask(f, fixture_gate(f, "eve"), "room");
    (void)ask(f, fixture_gate(f, "bob"), "room"); /* the same, in another session */
    assert_non_null(told(f, 2));
    assert_null(told(f, 3));
    fixture_free(&f);
}

static void who_may_by_either_of_two_rights_is_compared_as_a_whole(void **state)
{
    struct fixture *f = fixture_new("byall: allow bob to create cluster\n");
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_set_permissive(f, "byname: allow bob to create topic room\n");
    assert_int_equal(create(f, gate, "room"), WIRE_CODE_NONE);
    assert_null(told(f, 0));
    assert_int_equal(create(f, gate, "hall"), WIRE_CODE_NONE);
    const struct fixture_event *e = told(f, 0);
    assert_non_null(e);
    assert_int_equal(e->event.outcome, IPC_OUTCOME_DENIED);
    assert_string_equal(e->text, "User:bob create topic hall");
    assert_string_equal(e->reason, "allowed by byall");
    assert_string_equal(e->rule, "default");
    fixture_set_policy(f, "byname: allow bob to create topic room\n");
    fixture_set_permissive(f, "byall: allow bob to create cluster\n");
    assert_int_equal(create(f, gate, "yard"), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    e = told(f, 0);
    assert_int_equal(e->event.outcome, IPC_OUTCOME_SUCCESS);
    assert_string_equal(e->rule, "byall");
    fixture_free(&f);
}

static void what_would_vanish_from_a_list_is_told_and_listed(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_topic(f, "room");
    fixture_topic(f, "hall");
    fixture_set_permissive(f, CLOSED);
    assert_int_equal(list_topics(f, gate), 2);
    const struct fixture_event *e = told(f, 0);
    assert_non_null(e);
    assert_null(told(f, 1));
    assert_int_equal(e->event.outcome, IPC_OUTCOME_DENIED);
    assert_string_equal(e->text, "User:bob describe topic room");
    assert_string_equal(e->reason, "listed by kept");
    (void)ask(f, gate, "room"); /* named: another thing */
    assert_string_equal(told(f, 0)->reason, "allowed by kept");
    end_window(f);
    fixture_free(&f);
}

static void what_would_come_into_a_list_is_told_and_left_out_and_no_refusal(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(f, OPENED);
    assert_int_equal(list_topics(f, fixture_gate(f, "eve")), 0);
    const struct fixture_event *e = told(f, 0);
    assert_non_null(e);
    assert_int_equal(e->event.outcome, IPC_OUTCOME_SUCCESS);
    assert_string_equal(e->reason, "left out by default");
    assert_int_equal(f->denied, 0);
    fixture_free(&f);
}

/* More than a list may have of the rows: what is asked by name still gets one. */
static void a_long_list_takes_no_more_than_its_share(void **state)
{
    struct fixture *f = fixture_new("allow any to describe topic *\n");
    static const char *const users[] = {"a", "b", "c", "d", "e"};
    char name[32];

    (void)state;
    for (int i = 0; i < 60; i++) {
        (void)snprintf(name, sizeof(name), "room-%d", i);
        fixture_topic(f, name);
    }
    fixture_set_permissive(f, "deny any to describe topic *\n");
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(list_topics(f, fixture_gate(f, users[i])), 60);
    }
    assert_int_equal(f->broker.permissive.listed, BROKER_PERMISSIVE_LISTED);
    assert_int_equal(f->broker.permissive.rows.count, BROKER_PERMISSIVE_LISTED);
    assert_int_equal(f->broker.permissive.lost, 5 * 60 - BROKER_PERMISSIVE_LISTED);
    assert_int_equal(ask(f, fixture_gate(f, "e"), "room-59"), WIRE_CODE_NONE);
    assert_string_equal(told(f, 0)->text, "User:e describe topic room-59");
    end_window(f);
    const struct fixture_event *e = told(f, 0);
    assert_int_equal(e->event.count, 5 * 60 - BROKER_PERMISSIVE_LISTED);
    assert_string_equal(e->reason, "other differences, which are only counted");
    fixture_free(&f);
}

static void behind_a_full_table_differences_are_only_counted(void **state)
{
    struct fixture *f = fixture_new("allow any to describe topic *\n");
    uint64_t gate = fixture_gate(f, "bob");
    char name[32];

    (void)state;
    f->broker.config.auto_create_topics = false;
    fixture_set_permissive(f, "deny any to describe topic *\n");
    for (int i = 0; i < BROKER_PERMISSIVE_MAX + 10; i++) {
        (void)snprintf(name, sizeof(name), "room-%d", i);
        assert_int_equal(ask(f, gate, name), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    }
    assert_int_equal(f->broker.permissive.rows.count, BROKER_PERMISSIVE_MAX);
    assert_int_equal(f->broker.permissive.lost, 10);
    (void)ask(f, gate, "room-7"); /* one that has a row */
    assert_int_equal(f->broker.permissive.lost, 10);
    end_window(f);
    assert_int_equal(told(f, 0)->event.count, 10);
    assert_string_equal(told(f, 0)->text, "   ");
    assert_int_equal(told(f, 1)->event.count, 1);
    assert_string_equal(told(f, 1)->text, "User:bob describe topic room-7");
    fixture_free(&f);
}

static void without_memory_the_decision_stays_and_the_difference_is_counted(void **state)
{
    struct fixture *f = fixture_new(RULES);
    struct metadata_request_topic asked = {.name = fixture_view("room")};
    struct metadata_request r = {.topics = {.items = &asked, .count = 1}};
    uint32_t lost = 0;
    size_t answers = 0;

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(f, CLOSED);
    for (long n = 0; n < 12; n++) {
        uint64_t gate = fixture_gate(f, "bob");
        fixture_send_starved(f, gate, WIRE_API_METADATA, 9, &r, n);
        lost += f->broker.permissive.lost;
        assert_true(f->broker.permissive.lost == 0 || f->broker.permissive.timer.armed);
        if (fixture_answered(f, gate)) {
            const struct metadata_response *a =
                fixture_answer(f, gate, WIRE_API_METADATA);
            const struct metadata_response_topic *row = a->topics.items;
            assert_int_equal(row->error_code, WIRE_CODE_NONE);
            answers++;
        }
        end_window(f);
        fixture_drop_gate(f, gate);
    }
    assert_true(lost > 0);
    assert_true(answers > 0);
    assert_int_equal(f->denied, 0);
    fixture_free(&f);
}

static void another_permissive_policy_is_asked_anew_who_somebody_is(void **state)
{
    struct fixture *f = fixture_new("allow bob, eve to describe topic *\n");
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_topic(f, "room");
    fixture_set_permissive(
        f, "team t = { eve }\nallow any to all topic *\ndeny @t to all topic *\n");
    (void)ask(f, gate, "room");
    assert_null(told(f, 0));
    fixture_set_permissive(
        f, "team t = { bob }\nallow any to all topic *\ndeny @t to all topic *\n");
    (void)ask(f, gate, "room");
    assert_non_null(told(f, 0));
    fixture_set_permissive(f, NULL);
    end_window(f);
    (void)ask(f, gate, "room");
    assert_null(told(f, 1));
    fixture_free(&f);
}

static void rights_that_are_in_use_are_compared_when_it_comes(void **state)
{
    struct fixture *f = fixture_new("in: allow bob to read topic *\n");
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_topic(f, "room");
    fixture_topic(f, "hall");
    (void)fixture_open(f, gate, "room");
    (void)fixture_open(f, gate, "hall");
    fixture_set_permissive(f, "allow bob to read topic hall\n");
    broker_review_compare(&f->broker);
    fixture_pump(f);
    const struct fixture_event *e = told(f, 0);
    assert_non_null(e);
    assert_string_equal(e->text, "User:bob read topic room");
    assert_string_equal(e->api, "Fetch");
    assert_string_equal(e->reason, "allowed by in");
    assert_null(told(f, 1));
    assert_false(fixture_is_killed(f, gate));
    assert_int_equal(f->revokes, 0);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_be_denied_is_told_with_both_rules_and_allowed),
        cmocka_unit_test(what_would_be_allowed_is_told_with_both_rules_and_denied),
        cmocka_unit_test(the_same_answer_by_another_rule_is_no_difference),
        cmocka_unit_test(the_same_again_is_counted_and_told_once),
        cmocka_unit_test(another_principal_or_name_is_a_first_one),
        cmocka_unit_test(who_may_by_either_of_two_rights_is_compared_as_a_whole),
        cmocka_unit_test(what_would_vanish_from_a_list_is_told_and_listed),
        cmocka_unit_test(what_would_come_into_a_list_is_told_and_left_out_and_no_refusal),
        cmocka_unit_test(a_long_list_takes_no_more_than_its_share),
        cmocka_unit_test(behind_a_full_table_differences_are_only_counted),
        cmocka_unit_test(without_memory_the_decision_stays_and_the_difference_is_counted),
        cmocka_unit_test(another_permissive_policy_is_asked_anew_who_somebody_is),
        cmocka_unit_test(rights_that_are_in_use_are_compared_when_it_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
