#include "broker_denial.h"
#include "broker_fixture.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_topics.h"
#include "wire_find_coordinator.h"
#include "wire_metadata.h"

#include <stdio.h>
#include <string.h>

static const char RULES[] = "allow alice to all topic *\n";

static void ask(struct fixture *f, uint64_t gate, const char *topic)
{
    struct metadata_request_topic asked = {.name = fixture_view(topic)};
    struct metadata_request r = {.topics = {.items = &asked, .count = 1}};

    (void)fixture_call(f, gate, WIRE_API_METADATA, 9, &r);
}

/* Lets the time pass after which what was counted is told. */
static void end_window(struct fixture *f)
{
    broker_denials_flush(&f->broker);
    fixture_pump(f);
}

static void the_first_refusal_is_told_at_once_and_names_what_was_asked_for(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    ask(f, fixture_gate(f, "bob"), "secret");
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_DENIED, 0);
    assert_non_null(e);
    assert_string_equal(e->text, "User:bob describe topic secret");
    assert_string_equal(e->api, "Metadata");
    assert_int_equal(e->event.count, 1);
    assert_int_equal(strspn(e->decision, "0123456789abcdef"), 8);
    assert_string_equal(e->decision + 8, "-1");
    fixture_free(&f);
}

static void the_same_again_is_counted_and_told_once_under_the_same_id(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    for (int i = 0; i < 1000; i++) {
        ask(f, gate, "secret");
    }
    assert_int_equal(f->denied, 1);
    char first[40];
    (void)snprintf(
        first, sizeof(first), "%s", fixture_event(f, IPC_EVENT_DENIED, 0)->decision);
    end_window(f);
    assert_int_equal(f->denied, 2);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_DENIED, 0);
    assert_int_equal(e->event.count, 999);
    assert_string_equal(e->decision, first);
    assert_string_equal(e->text, "User:bob describe topic secret");
    assert_true(e->event.first_time_ms > 0);
    assert_true(e->event.first_time_ms <= e->event.time_ms);
    fixture_free(&f);
}

static void who_comes_anew_each_time_is_counted_too(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    for (int i = 0; i < 5; i++) {
        uint64_t gate = fixture_gate(f, "bob");
        ask(f, gate, "secret");
        fixture_drop_gate(f, gate);
    }
    assert_int_equal(f->denied, 1);
    fixture_free(&f);
}

static void another_principal_name_or_operation_is_a_first_one(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    ask(f, gate, "secret");
    ask(f, gate, "other");
    ask(f, fixture_gate(f, "eve"), "secret");
    (void)fixture_open(f, gate, "secret");
    assert_int_equal(f->denied, 4);
    assert_string_equal(fixture_event(f, IPC_EVENT_DENIED, 0)->api, "Fetch");
    fixture_free(&f);
}

static void very_many_names_of_one_principal_do_not_flood_and_hide_no_other(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");
    char name[32];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(name, sizeof(name), "secret-%d", i);
        ask(f, gate, name);
    }
    assert_int_equal(f->denied, BROKER_DENIAL_NAMES_MAX + 1);
    assert_string_equal(fixture_event(f, IPC_EVENT_DENIED, 0)->reason,
        "and other names, which are only counted");
    ask(f, fixture_gate(f, "eve"), "secret-1999");
    assert_int_equal(f->denied, BROKER_DENIAL_NAMES_MAX + 2);
    end_window(f);
    assert_int_equal(f->denied, BROKER_DENIAL_NAMES_MAX + 3);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_DENIED, 0);
    assert_int_equal(e->event.count, 2000 - BROKER_DENIAL_NAMES_MAX - 1);
    assert_int_equal(f->broker.denials.rows.count, 0);
    assert_int_equal(f->broker.denials.owners.count, 0);
    fixture_free(&f);
}

static void a_full_table_hides_nothing(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    f->broker.denials.rows.limit = 1;
    ask(f, gate, "a");
    ask(f, gate, "b");
    ask(f, gate, "b");
    assert_int_equal(f->denied, 3);
    fixture_free(&f);
}

static void behind_a_full_table_the_lines_have_an_end(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");
    char name[32];

    (void)state;
    f->broker.denials.rows.limit = 1;
    for (int i = 0; i < BROKER_DENIALS_PLAIN + 501; i++) {
        (void)snprintf(name, sizeof(name), "secret-%d", i);
        ask(f, gate, name);
    }
    assert_int_equal(f->denied, 1 + BROKER_DENIALS_PLAIN);
    end_window(f);
    assert_int_equal(f->denied, 2 + BROKER_DENIALS_PLAIN);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_DENIED, 0);
    assert_int_equal(e->event.count, 500);
    assert_string_equal(e->reason, "refusals of several clients: too many at once");
    assert_true(strlen(e->decision) > 9);
    ask(f, gate, "another");
    assert_int_equal(f->denied, 3 + BROKER_DENIALS_PLAIN);
    fixture_free(&f);
}

static void what_is_left_out_of_a_list_is_no_refusal(void **state)
{
    struct fixture *f = fixture_new(RULES);
    struct metadata_request all = {.topics = {.count = -1}};

    (void)state;
    fixture_topic(f, "secret");
    (void)fixture_call(f, fixture_gate(f, "bob"), WIRE_API_METADATA, 9, &all);
    assert_int_equal(f->denied, 0);
    fixture_free(&f);
}

static void the_answer_has_the_id_of_the_event(void **state)
{
    struct fixture *f = fixture_new(RULES);
    struct create_topics_request_creatable_topic topic = {
        .name = fixture_view("mine"), .num_partitions = 1, .replication_factor = 1};
    struct create_topics_request r = {.topics = {.items = &topic, .count = 1}};
    char want[128];

    (void)state;
    const struct create_topics_response *a =
        fixture_call(f, fixture_gate(f, "bob"), WIRE_API_CREATE_TOPICS, 7, &r);
    const struct create_topics_response_creatable_topic_result *row = a->topics.items;
    (void)snprintf(want, sizeof(want), "Topic authorization failed. (decision %s)",
        fixture_event(f, IPC_EVENT_DENIED, 0)->decision);
    assert_int_equal(row->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    fixture_assert_text(row->error_message, want);

    struct find_coordinator_request find = {.key = fixture_view("g")};
    const struct find_coordinator_response *found =
        fixture_call(f, fixture_gate(f, "bob"), WIRE_API_FIND_COORDINATOR, 3, &find);
    (void)snprintf(want, sizeof(want), "Group authorization failed. (decision %s)",
        fixture_event(f, IPC_EVENT_DENIED, 0)->decision);
    fixture_assert_text(found->error_message, want);
    fixture_free(&f);
}

static void without_memory_a_refusal_is_told_all_the_same(void **state)
{
    struct fixture *f = fixture_new(RULES);
    struct metadata_request_topic asked = {.name = fixture_view("secret")};
    struct metadata_request r = {.topics = {.items = &asked, .count = 1}};

    (void)state;
    for (long n = 0; n < 12; n++) {
        fixture_send_starved(f, fixture_gate(f, "bob"), WIRE_API_METADATA, 9, &r, n);
    }
    end_window(f);
    assert_true(f->denied > 0);
    assert_int_equal(f->broker.denials.owners.count, 0);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_refusal_is_told_at_once_and_names_what_was_asked_for),
        cmocka_unit_test(the_same_again_is_counted_and_told_once_under_the_same_id),
        cmocka_unit_test(who_comes_anew_each_time_is_counted_too),
        cmocka_unit_test(another_principal_name_or_operation_is_a_first_one),
        cmocka_unit_test(very_many_names_of_one_principal_do_not_flood_and_hide_no_other),
        cmocka_unit_test(a_full_table_hides_nothing),
        cmocka_unit_test(behind_a_full_table_the_lines_have_an_end),
        cmocka_unit_test(what_is_left_out_of_a_list_is_no_refusal),
        cmocka_unit_test(the_answer_has_the_id_of_the_event),
        cmocka_unit_test(without_memory_a_refusal_is_told_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
