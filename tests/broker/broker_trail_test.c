#include "broker_fixture.h"
#include "broker_status.h"
#include "broker_trail.h"
#include "test.h"
#include "wire_admin.h"
#include "wire_admin_api.h"
#include "wire_code.h"
#include "wire_create_topics.h"
#include "wire_delete_topics.h"
#include "wire_metadata.h"

#include <stdio.h>

static const char RULES[] = "allow alice to all topic * cluster\n"
                            "allow bob to consume topic * group *\n";

static struct fixture *world(enum ipc_audit_failure mode)
{
    struct fixture *f = fixture_new(RULES);

    f->audit_mode = mode;
    fixture_restart(f);
    fixture_topic(f, "there");
    return f;
}

/* Lets the time pass after which a silent audit counts as failed. */
static void fail_audit(struct fixture *f)
{
    struct loop_timer *late = &f->broker.trail.late;

    fixture_pump(f);
    assert_true(late->armed);
    late->on_timer(late->context);
    loop_timer_cancel(f->broker.role.loop, late);
    assert_true(f->broker.trail.failing);
    fixture_pump(f);
}

static uint64_t send_create(struct fixture *f, const char *name)
{
    struct create_topics_request_creatable_topic topic = {
        .name = fixture_view(name), .num_partitions = 1, .replication_factor = 1};
    struct create_topics_request r = {
        .topics = {.items = &topic, .count = 1}, .timeout_ms = 1000};
    uint64_t gate = fixture_gate(f, "alice");

    fixture_send(f, gate, WIRE_API_CREATE_TOPICS, 7, &r);
    return gate;
}

static int16_t created(struct fixture *f, uint64_t gate)
{
    const struct create_topics_response *a =
        fixture_answer(f, gate, WIRE_API_CREATE_TOPICS);
    const struct create_topics_response_creatable_topic_result *row = a->topics.items;

    assert_int_equal(a->topics.count, 1);
    return row->error_code;
}

static uint64_t send_metadata(struct fixture *f, const char *who, const char *topic)
{
    struct metadata_request_topic asked = {.name = fixture_view(topic)};
    struct metadata_request r = {.topics = {.items = &asked, .count = 1}};
    uint64_t gate = fixture_gate(f, who);

    fixture_send(f, gate, WIRE_API_METADATA, 9, &r);
    return gate;
}

static bool exists(struct fixture *f, const char *name)
{
    return meta_image_topic(&f->broker.image, fixture_view(name)) != NULL;
}

static void a_change_is_answered_when_its_record_is_on_disk(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    f->hold_syncs = true;
    uint64_t gate = send_create(f, "new");
    assert_true(exists(f, "new"));
    assert_false(fixture_answered(f, gate));
    assert_string_equal(
        fixture_event(f, IPC_EVENT_ADMIN, 0)->text, "User:alice create topic new");
    fixture_sync(f);
    fixture_pump(f);
    f->hold_syncs = false;
    fixture_sync(f);
    fixture_pump(f);
    assert_int_equal(created(f, gate), 0);
    fixture_free(&f);
}

static void what_changes_nothing_waits_for_no_disk(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    f->hold_syncs = true;
    uint64_t gate = send_metadata(f, "bob", "there");
    assert_true(fixture_answered(f, gate));
    gate = send_metadata(f, "mallory", "there"); /* nor does a refusal */
    assert_true(fixture_answered(f, gate));
    fixture_free(&f);
}

static void a_refusal_waits_for_the_disk_with_block(void **state)
{
    struct fixture *f = world(IPC_AUDIT_BLOCK);

    (void)state;
    uint64_t other = send_metadata(f, "bob", "there");
    assert_true(fixture_answered(f, other));
    f->hold_syncs = true;
    uint64_t gate = send_metadata(f, "mallory", "there");
    assert_false(fixture_answered(f, gate));
    f->hold_syncs = false;
    fixture_sync(f);
    fixture_pump(f);
    assert_true(fixture_answered(f, gate));
    fixture_free(&f);
}

static void a_refused_right_to_data_waits_for_the_disk_with_block(void **state)
{
    (void)state;
    for (int mode = IPC_AUDIT_BLOCK; mode <= IPC_AUDIT_READONLY; mode++) {
        struct fixture *f = world((enum ipc_audit_failure)mode);
        uint64_t gate = fixture_gate(f, "mallory");
        f->hold_syncs = true;
        for (int i = 0; i < 2; i++) {
            assert_int_equal(fixture_open_code(f, gate, "there", IPC_OPERATION_READ),
                mode == IPC_AUDIT_BLOCK ? WIRE_CODE_NOT_LEADER_OR_FOLLOWER
                                        : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
        }
        f->hold_syncs = false;
        fixture_sync(f);
        fixture_pump(f);
        assert_int_equal(fixture_open_code(f, gate, "there", IPC_OPERATION_READ),
            WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
        fixture_free(&f);
    }
}

static void what_an_audit_that_died_had_not_written_is_sent_again(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    f->hold_syncs = true;
    uint64_t gate = send_create(f, "new");
    size_t before = f->event_count;
    fixture_stop_audit(f);
    fixture_pump(f);
    assert_false(fixture_answered(f, gate));
    f->hold_syncs = false;
    fixture_start_audit(f);
    fixture_pump(f);
    assert_true(f->event_count > before);
    assert_int_equal(created(f, gate), 0);
    assert_null(f->broker.trail.first);
    fixture_free(&f);
}

static void nothing_is_changed_while_nothing_is_recorded(void **state)
{
    enum ipc_audit_failure modes[] = {IPC_AUDIT_BLOCK, IPC_AUDIT_READONLY};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture *f = world(modes[i]);
        fixture_stop_audit(f);
        fail_audit(f);
        uint64_t gate = send_create(f, "new");
        assert_false(exists(f, "new"));
        assert_int_equal(fixture_answered(f, gate), modes[i] == IPC_AUDIT_READONLY);
        if (modes[i] == IPC_AUDIT_READONLY) {
            assert_int_equal(created(f, gate), WIRE_CODE_REQUEST_TIMED_OUT);
        }
        fixture_start_audit(f);
        fixture_pump(f);
        assert_false(f->broker.trail.failing);
        gate = send_create(f, "new");
        assert_int_equal(created(f, gate), 0);
        fixture_free(&f);
    }
}

static void a_missing_topic_is_not_made_while_nothing_is_recorded(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    fixture_stop_audit(f);
    fail_audit(f);
    uint64_t gate = send_metadata(f, "alice", "wanted");
    assert_true(fixture_answered(f, gate));
    assert_false(exists(f, "wanted"));
    fixture_free(&f);
}

static void a_topic_that_is_made_because_it_was_asked_for_is_recorded(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    struct metadata_request_topic asked = {.name = fixture_view("wanted")};
    struct metadata_request r = {
        .topics = {.items = &asked, .count = 1}, .allow_auto_topic_creation = true};
    fixture_send(f, fixture_gate(f, "alice"), WIRE_API_METADATA, 9, &r);
    assert_true(exists(f, "wanted"));
    assert_string_equal(
        fixture_event(f, IPC_EVENT_ADMIN, 0)->text, "User:alice create topic wanted");
    fixture_free(&f);
}

static void reading_goes_on_without_records_but_not_with_block(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    uint64_t gate = fixture_gate(f, "bob");
    (void)fixture_open(f, gate, "there");
    assert_int_equal(f->grants, 1);
    fixture_stop_audit(f);
    fail_audit(f);
    assert_int_equal(f->revokes, 0);
    fixture_free(&f);

    f = world(IPC_AUDIT_BLOCK);
    gate = fixture_gate(f, "bob");
    (void)fixture_open(f, gate, "there");
    fixture_stop_audit(f);
    fail_audit(f);
    assert_int_equal(f->revokes, 1);
    assert_int_equal(f->revoked.gate, gate);
    (void)fixture_open(f, gate, "there");
    assert_int_equal(f->grants, 1); /* not again */
    fixture_free(&f);
}

static void what_is_lost_is_counted_and_told(void **state)
{
    struct fixture *f = world(IPC_AUDIT_DROP);

    (void)state;
    fixture_stop_audit(f);
    fail_audit(f);
    uint64_t gate = send_create(f, "new");
    assert_int_equal(created(f, gate), 0); /* everything goes on */
    const struct ipc_event event = {.time_ms = 77, .kind = IPC_EVENT_ADMIN};
    struct broker_trail *t = &f->broker.trail;
    size_t kept = t->count;
    size_t bytes = t->bytes;
    t->bytes = 2 * BROKER_TRAIL_BYTES_MAX; /* full */
    assert_int_equal(broker_trail_add(&f->broker, &event, true), BROKER_TRAIL_NEVER);
    assert_int_equal(broker_trail_add(&f->broker, &event, false), BROKER_TRAIL_NEVER);
    assert_true(broker_trail_has(&f->broker, BROKER_TRAIL_NEVER));
    t->bytes = bytes;
    assert_int_equal(t->count, kept);
    fixture_start_audit(f);
    fixture_pump(f);
    const struct fixture_event *gap = fixture_event(f, IPC_EVENT_GAP, 0);
    assert_non_null(gap);
    assert_int_equal(gap->event.count, 2);
    assert_int_equal(gap->event.first_time_ms, 77);
    fixture_free(&f);
}

static void a_change_without_room_for_its_record_is_never_answered(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);
    struct broker_trail *t = &f->broker.trail;

    (void)state;
    f->hold_appends = true;
    uint64_t gate = send_create(f, "new");
    size_t bytes = t->bytes;
    t->bytes = 2 * BROKER_TRAIL_BYTES_MAX;
    fixture_release(f, 0);
    assert_false(fixture_answered(f, gate));
    assert_true(fixture_is_killed(f, gate));
    t->bytes = bytes;
    fixture_free(&f);
}

static void a_gate_that_goes_leaves_no_answer_behind(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    f->hold_syncs = true;
    uint64_t gate = send_create(f, "new");
    assert_true(f->broker.trail.held_bytes > 0);
    fixture_drop_gate(f, gate);
    fixture_pump(f);
    assert_int_equal(f->broker.trail.held_bytes, 0);
    f->hold_syncs = false;
    fixture_sync(f);
    fixture_free(&f);
}

static void an_answer_that_nobody_asked_for_is_a_breach(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);
    struct ipc_received m = {.msg = IPC_MSG_AUDIT_SYNCED};

    (void)state;
    m.body.audit_synced.number = f->broker.trail.synced;
    assert_int_equal(broker_trail_on_synced(&f->broker, &m), ERR_INVALID);
    m.body.audit_synced.number = f->broker.trail.asked + 1;
    assert_int_equal(broker_trail_on_synced(&f->broker, &m), ERR_INVALID);
    fixture_free(&f);
}

static void what_does_not_go_at_once_goes_behind_the_next_answer(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);
    const struct ipc_event event = {.time_ms = 1, .kind = IPC_EVENT_ADMIN};

    (void)state;
    size_t before = f->event_count;
    f->hold_syncs = true;
    for (int i = 0; i < 10000; i++) {
        assert_int_not_equal(
            broker_trail_add(&f->broker, &event, false), BROKER_TRAIL_NEVER);
    }
    fixture_pump(f);
    assert_true(f->event_count - before < 10000);
    f->hold_syncs = false;
    fixture_pump(f);
    assert_int_equal(f->event_count - before, 10000);
    assert_null(f->broker.trail.first);
    assert_int_equal(f->broker.trail.bytes, 0);
    fixture_free(&f);
}

/* --- a reload --- */

/* Asked for, and the warden has said what came of it. */
static uint64_t reload(struct fixture *f)
{
    static const struct reload_request wait = {.wait = true};
    const struct ipc_reload_part part = {
        .code = ipc_text("REL001"), .name = ipc_text("policy")};
    const struct ipc_reload_done done = {.refused = 0};
    uint64_t admin = fixture_admin(f, 0);

    fixture_pump(f);
    f->hold_syncs = true;
    fixture_send(f, admin, WIRE_ADMIN_RELOAD, 0, &wait);
    fixture_say(f, IPC_MSG_RELOAD_PART, &part);
    fixture_say(f, IPC_MSG_RELOAD_DONE, &done);
    return admin;
}

static const struct status_response_part *parts(
    struct fixture *f, uint64_t admin, int32_t count)
{
    const struct reload_response *r = fixture_answer(f, admin, WIRE_ADMIN_RELOAD);

    assert_int_equal(r->error_code, 0);
    assert_int_equal(r->parts.count, count);
    return r->parts.items;
}

static void a_reload_is_answered_when_the_record_of_who_asked_is_on_disk(void **state)
{
    static const enum ipc_audit_failure modes[] = {IPC_AUDIT_BLOCK, IPC_AUDIT_READONLY};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct fixture *f = world(modes[i]);
        uint64_t admin = reload(f);
        assert_false(fixture_answered(f, admin));
        f->hold_syncs = false;
        fixture_sync(f);
        fixture_pump(f);
        fixture_assert_text(parts(f, admin, 1)[0].code, "REL001");
        fixture_free(&f);
    }
}

static void a_reload_says_that_its_record_is_not_confirmed(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);

    (void)state;
    uint64_t admin = reload(f);
    assert_false(fixture_answered(f, admin));
    fail_audit(f);
    const struct status_response_part *rows = parts(f, admin, 2);
    fixture_assert_text(rows[0].code, "REL001");
    fixture_assert_text(rows[1].code, "AUD017");
    fixture_assert_text(rows[1].name, "audit");
    admin = reload(f); /* known by now: nobody waits */
    fixture_assert_text(parts(f, admin, 2)[1].code, "AUD017");
    f->hold_syncs = false;
    fixture_sync(f);
    fixture_pump(f);
    assert_false(f->broker.status.is_reloading);
    fixture_free(&f);
}

static void a_reload_waits_for_no_disk_where_lost_events_are_counted(void **state)
{
    struct fixture *f = world(IPC_AUDIT_DROP);

    (void)state;
    uint64_t admin = reload(f);
    fixture_assert_text(parts(f, admin, 1)[0].code, "REL001");
    fixture_free(&f);
}

static void a_second_end_of_a_reload_is_a_breach(void **state)
{
    struct fixture *f = world(IPC_AUDIT_READONLY);
    struct ipc_received m = {.msg = IPC_MSG_RELOAD_DONE};

    (void)state;
    (void)reload(f);
    assert_true(f->broker.status.is_reloaded);
    assert_int_equal(broker_status_on_reloaded(&f->broker, &m), ERR_INVALID);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_answered_when_its_record_is_on_disk),
        cmocka_unit_test(what_changes_nothing_waits_for_no_disk),
        cmocka_unit_test(a_refusal_waits_for_the_disk_with_block),
        cmocka_unit_test(a_refused_right_to_data_waits_for_the_disk_with_block),
        cmocka_unit_test(what_an_audit_that_died_had_not_written_is_sent_again),
        cmocka_unit_test(nothing_is_changed_while_nothing_is_recorded),
        cmocka_unit_test(a_missing_topic_is_not_made_while_nothing_is_recorded),
        cmocka_unit_test(a_topic_that_is_made_because_it_was_asked_for_is_recorded),
        cmocka_unit_test(reading_goes_on_without_records_but_not_with_block),
        cmocka_unit_test(what_is_lost_is_counted_and_told),
        cmocka_unit_test(a_change_without_room_for_its_record_is_never_answered),
        cmocka_unit_test(a_gate_that_goes_leaves_no_answer_behind),
        cmocka_unit_test(an_answer_that_nobody_asked_for_is_a_breach),
        cmocka_unit_test(what_does_not_go_at_once_goes_behind_the_next_answer),
        cmocka_unit_test(a_reload_is_answered_when_the_record_of_who_asked_is_on_disk),
        cmocka_unit_test(a_reload_says_that_its_record_is_not_confirmed),
        cmocka_unit_test(a_reload_waits_for_no_disk_where_lost_events_are_counted),
        cmocka_unit_test(a_second_end_of_a_reload_is_a_breach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
