#include "broker_fixture.h"
#include "broker_ledger.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const char RULES[] = "allow bob to consume topic * group *\n";

static struct ipc_used used_by(struct fixture *f, uint64_t gate)
{
    struct ipc_used used = {.gate = gate,
        .partition = 1,
        .operation = IPC_OPERATION_READ,
        .first_offset = 10,
        .last_offset = 19,
        .records = 10,
        .bytes = 700,
        .first_time_ms = 1000,
        .last_time_ms = 1500};
    struct wire_uuid id = fixture_topic_id(f, "there");

    memcpy(used.topic_id.bytes, id.bytes, sizeof(id.bytes));
    return used;
}

static void a_session_begins_and_ends_in_the_trail(void **state)
{
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_gate(f, "bob");

    (void)state;
    fixture_pump(f);
    assert_string_equal(fixture_event(f, IPC_EVENT_SESSION, 0)->text, "User:bob start  ");
    fixture_drop_gate(f, gate);
    fixture_pump(f);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_SESSION, 0);
    assert_string_equal(e->text, "User:bob end  ");
    assert_int_equal(e->event.session, gate);
    assert_true(e->event.first_time_ms > 0);
    assert_non_null(strstr(e->reason, "closed after "));
    assert_int_equal(f->broker.ledger.pages.count, 0);
    fixture_free(&f);
}

static void what_store_tells_gets_its_name_from_broker(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "there");
    uint64_t gate = fixture_gate(f, "bob");
    (void)fixture_open(f, gate, "there");
    struct ipc_used used = used_by(f, gate);
    fixture_used(f, &used);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_CONSUME, 0);
    assert_string_equal(e->text, "User:bob read topic there");
    assert_int_equal(e->event.partition, 1);
    assert_int_equal(e->event.first_offset, 10);
    assert_int_equal(e->event.last_offset, 19);
    assert_int_equal(e->event.records, 10);
    assert_int_equal(e->event.bytes, 700);
    assert_int_equal(e->event.first_time_ms, 1000);
    assert_int_equal(e->event.time_ms, 1500);
    used.operation = IPC_OPERATION_WRITE;
    fixture_used(f, &used);
    assert_string_equal(
        fixture_event(f, IPC_EVENT_PRODUCE, 0)->text, "User:bob write topic there");
    fixture_free(&f);
}

static void what_a_session_did_last_is_told_before_its_end(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "there");
    uint64_t gate = fixture_gate(f, "bob");
    (void)fixture_open(f, gate, "there");
    f->hold_revokes = true;
    fixture_drop_gate(f, gate);
    fixture_pump(f);
    assert_string_equal(fixture_event(f, IPC_EVENT_SESSION, 0)->text, "User:bob start  ");
    struct ipc_used used = used_by(f, gate);
    fixture_used(f, &used);
    assert_string_equal(
        fixture_event(f, IPC_EVENT_CONSUME, 0)->text, "User:bob read topic there");
    fixture_release(f, 0);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_SESSION, 0);
    assert_string_equal(e->text, "User:bob end  ");
    assert_int_equal(e->event.bytes, 700);
    assert_non_null(strstr(e->reason, "0 bytes produced, 700 consumed"));
    fixture_free(&f);
}

static void a_gate_that_nobody_knows_has_no_principal(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "there");
    struct ipc_used used = used_by(f, 4711);
    fixture_used(f, &used);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_CONSUME, 0);
    assert_string_equal(e->text, " read topic there");
    assert_int_equal(e->event.session, 4711);
    fixture_free(&f);
}

static void pieces_between_two_offsets_are_said_to_be_pieces(void **state)
{
    struct fixture *f = fixture_new(RULES);

    (void)state;
    fixture_topic(f, "there");
    struct ipc_used used = used_by(f, fixture_gate(f, "bob"));
    used.jumps = 3;
    fixture_used(f, &used);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_CONSUME, 0);
    assert_string_equal(e->reason, "in pieces between these offsets");
    assert_int_equal(e->event.count, 4);
    used.jumps = UINT32_MAX;
    fixture_used(f, &used);
    assert_int_equal(fixture_event(f, IPC_EVENT_CONSUME, 0)->event.count, UINT32_MAX);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_begins_and_ends_in_the_trail),
        cmocka_unit_test(what_store_tells_gets_its_name_from_broker),
        cmocka_unit_test(what_a_session_did_last_is_told_before_its_end),
        cmocka_unit_test(a_gate_that_nobody_knows_has_no_principal),
        cmocka_unit_test(pieces_between_two_offsets_are_said_to_be_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
