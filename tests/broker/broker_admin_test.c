/* broker_admin, broker_status, broker_last_use: the administrator's socket. */
#include "broker_admin.h"

#include "broker_authn.h"
#include "broker_fixture.h"
#include "broker_principal.h"
#include "broker_status.h"
#include "mem.h"
#include "test.h"
#include "wire_admin.h"
#include "wire_admin_api.h"
#include "wire_code.h"
#include "wire_metadata.h"
#include "wire_sasl_handshake.h"

#include <stdio.h>
#include <string.h>

#define RULES "allow bob to all topic *\n"

enum wire_answer { BUSY = 7, INVALID = 42, FAILED = -1 };

static struct broker_session *session(struct fixture *f, uint64_t gate)
{
    return broker_session_find(&f->broker, gate);
}

static struct fixture_gate *gate_of(struct fixture *f, uint64_t number)
{
    for (size_t i = 0; i < FIXTURE_GATES_MAX; i++) {
        if (f->gates[i].number == number) {
            return &f->gates[i];
        }
    }
    fail_msg("no such gate");
    return NULL;
}

/* What an administrator's gate, or another, sends past the fixture. */
static void send(struct fixture *f, uint64_t gate, enum ipc_msg msg, const void *message)
{
    struct fixture_gate *g = gate_of(f, gate);

    assert_int_equal(ipc_channel_send(&g->channel, msg, ++g->request, message, -1), OK);
    fixture_pump(f);
}

/* --- who it is ---------------------------------------------------------------------- */

static void an_administrator_is_who_the_porter_says(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t gate = fixture_admin(f, 1000);
    const struct broker_session *s = session(f, gate);

    assert_true(s->is_admin);
    assert_int_equal(s->uid, 1000);
    assert_string_equal(s->principal, "Admin:uid-1000");
    assert_false(s->is_super);
    assert_null(s->row); /* it is nobody's login */
    assert_int_equal(s->state, SESSION_AUTHENTICATED);
    assert_int_equal(f->logins, 1);
    fixture_free(&f);
}

static void no_plugin_can_name_an_administrator(void **state)
{
    (void)state;
    assert_false(broker_authn_is_principal(ipc_text("Admin:uid-0")));
    assert_false(broker_authn_is_principal(ipc_text("Admin:uid-1000")));
    assert_true(broker_authn_is_principal(ipc_text("User:Admin:uid-0")));
}

/* The porter is believed, but the two ways do not cross. */
static void neither_way_leads_to_the_other_s_listener(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_session_open network = {
        .listener = IPC_LISTENER_ADMIN, .address = ipc_text("192.0.2.9")};
    struct ipc_admin_open admin = {.listener = 0, .uid = 0};
    int end = -1;

    network.gate = fixture_new_gate(f, &end)->number;
    assert_int_equal(broker_session_add(&f->broker, network.gate, end), OK);
    broker_session_open(&f->broker, &network);
    assert_true(fixture_is_killed(f, network.gate));
    for (uint8_t listener = 0; listener < 2; listener++) {
        admin.listener = listener;
        admin.gate = fixture_new_gate(f, &end)->number;
        assert_int_equal(broker_session_add(&f->broker, admin.gate, end), OK);
        broker_admin_open(&f->broker, &admin);
        assert_true(fixture_is_killed(f, admin.gate));
        assert_false(session(f, admin.gate)->is_admin);
    }
    fixture_free(&f);
}

static void without_the_socket_nobody_is_an_administrator(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_admin_open open = {.listener = IPC_LISTENER_ADMIN, .uid = 0};
    int end = -1;

    f->broker.listeners[IPC_LISTENER_ADMIN].present = false;
    open.gate = fixture_new_gate(f, &end)->number;
    assert_int_equal(broker_session_add(&f->broker, open.gate, end), OK);
    broker_admin_open(&f->broker, &open);
    assert_true(fixture_is_killed(f, open.gate));
    fixture_free(&f);
}

static void a_session_that_is_somebody_does_not_become_an_administrator_s(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bob = fixture_gate(f, "bob");
    struct ipc_admin_open open = {.gate = bob, .listener = IPC_LISTENER_ADMIN, .uid = 0};

    broker_admin_open(&f->broker, &open);
    assert_false(session(f, bob)->is_admin);
    assert_string_equal(session(f, bob)->principal, "User:bob");
    open.gate = 999; /* unknown */
    broker_admin_open(&f->broker, &open);
    fixture_free(&f);
}

/* --- what may be asked -------------------------------------------------------------- */

/* A gate that was taken over claims to be the administrator's: it is ended as for any
 * number that nobody knows. */
static void a_private_request_from_anybody_else_is_a_breach(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_admin_private_count(); i++) {
        const struct wire_api *api = wire_admin_private_at(i);
        struct fixture *f = fixture_new(RULES);
        _Alignas(max_align_t) uint8_t request[256];
        uint64_t root = fixture_gate(f, "root"); /* a super user */
        assert_true(api->request->struct_size <= sizeof(request));
        wire_set_defaults(api->request, request);
        fixture_send(f, root, api->key, 0, request);
        assert_true(fixture_is_killed(f, root));
        assert_int_equal(f->last_kill, IPC_KILL_BREACH);
        assert_int_equal(f->asked, 0);
        fixture_free(&f);
    }
}

static void an_administrator_may_ask_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
        struct fixture *f = fixture_new(RULES);
        _Alignas(max_align_t) uint8_t request[512];
        uint64_t admin = fixture_admin(f, 0);
        assert_true(api->request->struct_size <= sizeof(request));
        wire_set_defaults(api->request, request);
        fixture_send(f, admin, api->key, api->max, request);
        assert_true(fixture_is_killed(f, admin));
        assert_int_equal(f->last_kill, IPC_KILL_BREACH);
        fixture_free(&f);
    }
}

static void an_administrator_has_nothing_to_do_with_data(void **state)
{
    (void)state;
    static const struct ipc_open open = {.operation = IPC_OPERATION_READ};
    static const struct ipc_room room = {.bytes = 100000};
    static const struct ipc_proof proof = {0};
    const struct {
        enum ipc_msg msg;
        const void *message;
    } rows[] = {{IPC_MSG_OPEN, &open}, {IPC_MSG_ROOM, &room}, {IPC_MSG_PROOF, &proof}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *f = fixture_new(RULES);
        uint64_t admin = fixture_admin(f, 0);
        send(f, admin, rows[i].msg, rows[i].message);
        assert_true(fixture_is_killed(f, admin));
        assert_int_equal(f->last_kill, IPC_KILL_BREACH);
        fixture_free(&f);
    }
}

/* --- DescribeSessions --------------------------------------------------------------- */

static const struct describe_sessions_response *list(struct fixture *f, uint64_t admin,
    const char *principal, const char *listener, int64_t after_id, int32_t limit)
{
    struct describe_sessions_request r = {.after_id = after_id, .limit = limit};

    r.principal = principal == NULL ? (struct wire_view){0} : fixture_view(principal);
    r.listener = listener == NULL ? (struct wire_view){0} : fixture_view(listener);
    return fixture_call(f, admin, WIRE_ADMIN_DESCRIBE_SESSIONS, 0, &r);
}

static const struct describe_sessions_response_session *row(
    const struct describe_sessions_response *r, int32_t i)
{
    assert_true(i < r->sessions.count);
    return (const struct describe_sessions_response_session *)r->sessions.items + i;
}

static void sessions_are_listed_by_number_with_what_is_known(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bob = fixture_gate(f, "bob");
    uint64_t carol = fixture_gate(f, "carol");
    uint64_t admin = fixture_admin(f, 7);
    int end = -1;

    /* A gate without a client, and one that is on its way out, are no sessions. */
    uint64_t spare = fixture_new_gate(f, &end)->number;
    assert_int_equal(broker_session_add(&f->broker, spare, end), OK);
    strcpy(session(f, bob)->mechanism, "PLAIN");
    strcpy(session(f, bob)->client_id, "app\xc3"); /* cut in a character */
    session(f, bob)->authenticated_ms = 5;
    const struct describe_sessions_response *r = list(f, admin, NULL, NULL, 0, 0);
    assert_int_equal(r->error_code, 0);
    assert_int_equal(r->sessions.count, 3);
    assert_true(r->next_id == 0);
    assert_true(row(r, 0)->id == (int64_t)bob && row(r, 1)->id == (int64_t)carol);
    fixture_assert_text(row(r, 0)->principal, "User:bob");
    fixture_assert_text(row(r, 0)->mechanism, "PLAIN");
    fixture_assert_text(row(r, 0)->listener, "CLIENTS");
    fixture_assert_text(row(r, 0)->address, "192.0.2.7");
    fixture_assert_text(row(r, 0)->client_id, "app");
    assert_int_equal(row(r, 0)->port, 40000);
    assert_true(row(r, 0)->authenticated_ms == 5 && row(r, 0)->expires_ms == 0);
    fixture_assert_text(row(r, 2)->principal, "Admin:uid-7");
    fixture_assert_text(row(r, 2)->listener, "admin.sock");
    broker_session_kill(session(f, carol), IPC_KILL_OVER);
    assert_int_equal(list(f, admin, NULL, NULL, 0, 0)->sessions.count, 2);
    fixture_free(&f);
}

static void a_filter_leaves_the_others_out(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    (void)fixture_gate(f, "bob");
    (void)fixture_gate(f, "bobby");
    uint64_t admin = fixture_admin(f, 0);

    assert_int_equal(list(f, admin, "User:bob", NULL, 0, 0)->sessions.count, 1);
    assert_int_equal(list(f, admin, "User:bo", NULL, 0, 0)->sessions.count, 0);
    assert_int_equal(list(f, admin, "", NULL, 0, 0)->sessions.count, 0);
    assert_int_equal(list(f, admin, NULL, "CLIENTS", 0, 0)->sessions.count, 2);
    assert_int_equal(list(f, admin, NULL, "admin.sock", 0, 0)->sessions.count, 1);
    assert_int_equal(list(f, admin, "User:bob", "admin.sock", 0, 0)->sessions.count, 0);
    fixture_free(&f);
}

static void pages_have_each_session_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t admin = fixture_admin(f, 0);
    int64_t after = 0;
    int seen = 0;

    for (int i = 0; i < 7; i++) {
        (void)fixture_gate(f, "bob");
    }
    do {
        const struct describe_sessions_response *r = list(f, admin, NULL, NULL, after, 3);
        for (int32_t i = 0; i < r->sessions.count; i++) {
            assert_true(row(r, i)->id > after || i > 0);
            seen++;
        }
        assert_true(r->sessions.count <= 3);
        after = r->next_id;
    } while (after != 0);
    assert_int_equal(seen, 8);
    assert_int_equal(list(f, admin, NULL, NULL, INT64_MAX, 3)->sessions.count, 0);
    assert_int_equal(list(f, admin, NULL, NULL, INT64_MIN, -5)->sessions.count, 8);
    fixture_free(&f);
}

/* --- EndSessions -------------------------------------------------------------------- */

static const struct end_sessions_response *end_principal(
    struct fixture *f, uint64_t admin, const char *principal)
{
    struct end_sessions_request r = {.principal = fixture_view(principal)};

    return fixture_call(f, admin, WIRE_ADMIN_END_SESSIONS, 0, &r);
}

static const struct end_sessions_response *end_ids(
    struct fixture *f, uint64_t admin, int64_t *ids, int32_t count)
{
    struct end_sessions_request r = {.ids = {.items = ids, .count = count}};

    return fixture_call(f, admin, WIRE_ADMIN_END_SESSIONS, 0, &r);
}

static void a_principal_s_sessions_end_and_no_others(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bobs[2] = {fixture_gate(f, "bob"), fixture_gate(f, "bob")};
    uint64_t carol = fixture_gate(f, "carol");
    uint64_t admin = fixture_admin(f, 0);

    assert_int_equal(end_principal(f, admin, "User:bob")->ended, 2);
    assert_true(fixture_is_killed(f, bobs[0]) && fixture_is_killed(f, bobs[1]));
    assert_int_equal(f->last_kill, IPC_KILL_ENDED);
    assert_false(fixture_is_killed(f, carol));
    assert_int_equal(end_principal(f, admin, "User:bob")->ended, 0);
    fixture_free(&f);
}

static void numbers_end_those_sessions_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bob = fixture_gate(f, "bob");
    uint64_t carol = fixture_gate(f, "carol");
    uint64_t admin = fixture_admin(f, 0);
    int end = -1;
    uint64_t spare = fixture_new_gate(f, &end)->number;
    int64_t ids[] = {(int64_t)bob, (int64_t)bob, -1, 0, INT64_MIN, INT64_MAX,
        (int64_t)spare, (int64_t)admin};

    assert_int_equal(broker_session_add(&f->broker, spare, end), OK);
    assert_int_equal(end_ids(f, admin, ids, 8)->ended, 1);
    assert_true(fixture_is_killed(f, bob));
    assert_false(fixture_is_killed(f, carol));
    assert_false(fixture_is_killed(f, spare)); /* nobody is there */
    assert_false(fixture_is_killed(f, admin)); /* it is to hear the answer */
    fixture_free(&f);
}

static void another_administrator_can_be_ended_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t other = fixture_admin(f, 0);
    uint64_t admin = fixture_admin(f, 0);

    assert_int_equal(end_principal(f, admin, "Admin:uid-0")->ended, 1);
    assert_true(fixture_is_killed(f, other));
    assert_false(fixture_is_killed(f, admin));
    fixture_free(&f);
}

static void a_question_that_names_nobody_or_both_is_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bob = fixture_gate(f, "bob");
    uint64_t admin = fixture_admin(f, 0);
    int64_t id = (int64_t)bob;
    struct end_sessions_request both = {
        .ids = {.items = &id, .count = 1}, .principal = fixture_view("User:bob")};

    assert_int_equal(end_ids(f, admin, &id, 0)->error_code, INVALID);
    assert_int_equal(end_principal(f, admin, "")->error_code, INVALID);
    const struct end_sessions_response *r =
        fixture_call(f, admin, WIRE_ADMIN_END_SESSIONS, 0, &both);
    assert_int_equal(r->error_code, INVALID);
    assert_false(fixture_is_killed(f, bob));
    fixture_free(&f);
}

/* --- RecordSelftest ----------------------------------------------------------------- */

static void a_selftest_is_recorded_with_what_its_status_means(void **state)
{
    static const struct {
        int32_t status;
        const char *reason;
    } rows[] = {{0, "every attempt was refused"}, {1, "an attempt was not refused"},
        {77, "a layer of the sandbox is missing"}, {70, "it could not be tried"},
        {-1, "it ended with status -1"}, {INT32_MIN, "it ended with status -2147483648"}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t admin = fixture_admin(f, 7);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct record_selftest_request request = {.status = rows[i].status};
        const struct record_selftest_response *r =
            fixture_call(f, admin, WIRE_ADMIN_RECORD_SELFTEST, 0, &request);
        assert_int_equal(r->error_code, 0);
        const struct fixture_event *e = fixture_event(f, IPC_EVENT_ADMIN, 0);
        assert_non_null(e);
        assert_string_equal(e->text, "Admin:uid-7 selftest sandbox ");
        assert_string_equal(e->reason, rows[i].reason);
        assert_int_equal(e->event.outcome,
            rows[i].status == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE);
    }
    fixture_free(&f);
}

static void a_selftest_is_acknowledged_when_its_record_is_on_disk(void **state)
{
    const struct record_selftest_request request = {.status = 0};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t admin = fixture_admin(f, 7);
    f->hold_syncs = true;
    fixture_send(f, admin, WIRE_ADMIN_RECORD_SELFTEST, 0, &request);
    assert_non_null(fixture_event(f, IPC_EVENT_ADMIN, 0));
    assert_false(fixture_answered(f, admin));
    f->hold_syncs = false;
    fixture_sync(f);
    fixture_pump(f);
    assert_true(fixture_answered(f, admin));
    f->broker.trail.failing = true;
    f->hold_syncs = true;
    const struct record_selftest_response *r =
        fixture_call(f, admin, WIRE_ADMIN_RECORD_SELFTEST, 0, &request);
    assert_int_equal(r->error_code, WIRE_CODE_REQUEST_TIMED_OUT);
    fixture_free(&f);
}

/* --- Status and Reload -------------------------------------------------------------- */

static void say_status(struct fixture *f)
{
    struct ipc_process_status p = {.name = ipc_text("store"),
        .state = IPC_PROCESS_READY,
        .restarts = 3,
        .since_ms = 11};
    struct ipc_process_status q = {.name = ipc_text("keys"), .state = 99};
    struct ipc_reload_part part = {
        .code = ipc_text("REL002"), .name = ipc_text("policy")};
    struct ipc_status status = {
        .version = ipc_text("1.2.3"), .started_ms = 5, .reloaded_ms = 6};

    fixture_say(f, IPC_MSG_PROCESS_STATUS, &p);
    struct ipc_policy_status policy = {.mode = IPC_POLICY_MIXED,
        .serial = 7,
        .hash = ipc_text("abc"),
        .rules = 3,
        .since_ms = 8,
        .refused_ms = 9,
        .file = ipc_text("/etc/main.policy"),
        .history = ipc_text("/var/history")};
    struct ipc_policy_status permissive = {.is_permissive = 1, .serial = UINT64_MAX};

    fixture_say(f, IPC_MSG_PROCESS_STATUS, &q);
    fixture_say(f, IPC_MSG_POLICY_STATUS, &policy);
    fixture_say(f, IPC_MSG_POLICY_STATUS, &permissive);
    fixture_say(f, IPC_MSG_POLICY_STATUS, &permissive); /* one too many */
    fixture_say(f, IPC_MSG_RELOAD_PART, &part);
    fixture_say(f, IPC_MSG_STATUS, &status);
}

static void check_policies(const struct status_response *r)
{
    const struct status_response_policy *p = r->policies.items;

    assert_int_equal(r->policies.count, 2);
    fixture_assert_text(p[0].mode, "mixed");
    fixture_assert_text(p[0].file, "/etc/main.policy");
    fixture_assert_text(p[0].hash, "abc");
    fixture_assert_text(p[0].history, "/var/history");
    assert_true(p[0].serial == 7 && p[0].rules == 3);
    assert_true(p[0].since_ms == 8 && p[0].refused_ms == 9);
    fixture_assert_text(p[1].mode, "permissive");
    assert_true(p[1].serial == INT64_MAX);
}

static void check_status(const struct status_response *r)
{
    const struct status_response_process *p = r->processes.items;
    const struct status_response_part *part = r->reload.items;

    assert_int_equal(r->error_code, 0);
    fixture_assert_text(r->version, "1.2.3");
    fixture_assert_text(r->cluster_id, "test-cluster");
    assert_true(r->started_ms == 5 && r->reloaded_ms == 6 && r->now_ms > 0);
    assert_int_equal(r->processes.count, 2);
    fixture_assert_text(p[0].name, "store");
    fixture_assert_text(p[0].state, "ready");
    assert_int_equal(p[0].restarts, 3);
    fixture_assert_text(p[1].state, "unknown");
    assert_int_equal(r->reload.count, 1);
    fixture_assert_text(part->code, "REL002");
    assert_int_equal(r->certificates.count, 0);
    check_policies(r);
}

static void a_status_waits_for_the_warden_and_goes_to_all_who_asked(void **state)
{
    (void)state;
    static const struct status_request whole = {.processes = true};
    struct fixture *f = fixture_new(RULES);
    (void)fixture_gate(f, "bob");
    uint64_t admins[2] = {fixture_admin(f, 0), fixture_admin(f, 1)};

    fixture_topic(f, "news");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            fixture_send(f, admins[i], WIRE_ADMIN_STATUS, 0, &whole);
            assert_false(fixture_answered(f, admins[i]));
        }
        say_status(f);
        for (int i = 0; i < 2; i++) {
            const struct status_response *r =
                fixture_answer(f, admins[i], WIRE_ADMIN_STATUS);
            check_status(r);
            assert_int_equal(r->sessions, 3);
            assert_int_equal(r->authenticated, 3);
            assert_int_equal(r->topics, 1);
            assert_int_equal(r->listeners.count, 2);
        }
    }
    assert_int_equal(f->asked, 4);
    fixture_free(&f);
}

static void without_processes_nobody_is_asked(void **state)
{
    (void)state;
    static const struct status_request request = {.processes = false};
    struct fixture *f = fixture_new(RULES);
    const struct status_response *r =
        fixture_call(f, fixture_admin(f, 0), WIRE_ADMIN_STATUS, 0, &request);

    assert_int_equal(r->error_code, 0);
    assert_int_equal(r->processes.count, 0);
    assert_int_equal(f->asked, 0);
    fixture_free(&f);
}

static void who_left_meanwhile_is_not_answered_and_the_list_has_an_end(void **state)
{
    (void)state;
    static const struct status_request whole = {.processes = true};
    struct fixture *f = fixture_new(RULES);
    uint64_t admin = 0;

    for (int i = 0; i < BROKER_ADMINS_MAX; i++) {
        admin = fixture_admin(f, 0);
        fixture_send(f, admin, WIRE_ADMIN_STATUS, 0, &whole);
        fixture_drop_gate(f, admin);
    }
    admin = fixture_admin(f, 0);
    const struct status_response *r =
        fixture_call(f, admin, WIRE_ADMIN_STATUS, 0, &whole);
    assert_int_equal(r->error_code, BUSY);
    say_status(f);
    fixture_send(f, admin, WIRE_ADMIN_STATUS, 0, &whole);
    say_status(f);
    check_status(fixture_answer(f, admin, WIRE_ADMIN_STATUS));
    fixture_free(&f);
}

static void more_than_there_are_places_for_is_left_out(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct ipc_process_status p = {.name = ipc_text("keys"), .restarts = UINT32_MAX};
    struct ipc_reload_part part = {.code = ipc_text("REL001")};
    static const struct status_request whole = {.processes = true};
    struct ipc_status status = {.version = ipc_text("1")};
    uint64_t admin = fixture_admin(f, 0);

    fixture_send(f, admin, WIRE_ADMIN_STATUS, 0, &whole);
    for (int i = 0; i < BROKER_PROCESSES_MAX + 5; i++) {
        fixture_say(f, IPC_MSG_PROCESS_STATUS, &p);
        fixture_say(f, IPC_MSG_RELOAD_PART, &part);
    }
    fixture_say(f, IPC_MSG_STATUS, &status);
    const struct status_response *r = fixture_answer(f, admin, WIRE_ADMIN_STATUS);
    const struct status_response_process *rows = r->processes.items;
    assert_int_equal(r->processes.count, BROKER_PROCESSES_MAX);
    assert_int_equal(r->reload.count, BROKER_RELOAD_PARTS_MAX);
    assert_int_equal(rows[0].restarts, INT32_MAX);
    fixture_assert_text(rows[0].state, "absent");
    fixture_free(&f);
}

static void a_reload_is_answered_at_its_end_and_is_one_at_a_time(void **state)
{
    (void)state;
    static const struct reload_request wait = {.wait = true};
    struct fixture *f = fixture_new(RULES);
    struct ipc_reload_part part = {
        .code = ipc_text("REL001"), .name = ipc_text("policy")};
    struct ipc_reload_done done = {.refused = 0};
    uint64_t admin = fixture_admin(f, 0);

    for (int round = 0; round < 2; round++) {
        fixture_send(f, admin, WIRE_ADMIN_RELOAD, 0, &wait);
        assert_false(fixture_answered(f, admin));
        const struct reload_response *busy =
            fixture_call(f, fixture_admin(f, 1), WIRE_ADMIN_RELOAD, 0, &wait);
        assert_int_equal(busy->error_code, BUSY);
        fixture_say(f, IPC_MSG_RELOAD_PART, &part);
        fixture_say(f, IPC_MSG_RELOAD_DONE, &done);
        const struct reload_response *r = fixture_answer(f, admin, WIRE_ADMIN_RELOAD);
        assert_int_equal(r->error_code, 0);
        assert_int_equal(r->parts.count, 1);
    }
    assert_int_equal(f->asked, 2);
    fixture_free(&f);
}

static void a_reload_that_is_refused_says_so(void **state)
{
    (void)state;
    static const struct reload_request wait = {.wait = true};
    struct fixture *f = fixture_new(RULES);
    struct ipc_reload_done refused = {.refused = 1};
    uint64_t admin = fixture_admin(f, 0);

    fixture_send(f, admin, WIRE_ADMIN_RELOAD, 0, &wait);
    fixture_say(f, IPC_MSG_RELOAD_DONE, &refused);
    const struct reload_response *r = fixture_answer(f, admin, WIRE_ADMIN_RELOAD);
    assert_int_equal(r->error_code, FAILED);
    fixture_free(&f);
}

static void a_reload_of_the_policy_alone_may_say_which_files_are_meant(void **state)
{
    (void)state;
    char hash[65];
    struct fixture *f = fixture_new(RULES);
    struct ipc_reload_done done = {.refused = 0};
    uint64_t admin = fixture_admin(f, 0);

    memset(hash, 'a', 64);
    hash[64] = '\0';
    struct reload_request request = {
        .wait = true, .part = meta_view("policy"), .expected = meta_view(hash)};
    fixture_send(f, admin, WIRE_ADMIN_RELOAD, 0, &request);
    assert_false(fixture_answered(f, admin));
    fixture_say(f, IPC_MSG_RELOAD_DONE, &done);
    const struct reload_response *r = fixture_answer(f, admin, WIRE_ADMIN_RELOAD);
    assert_int_equal(r->error_code, 0);
    assert_int_equal(f->asked, 1);

    const struct reload_request wrong[] = {
        {.part = meta_view("users")},
        {.expected = meta_view(hash)},
        {.part = meta_view("policy"), .expected = meta_view(hash + 1)},
        {.part = meta_view("policy"), .expected = meta_view("A")},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        r = fixture_call(f, admin, WIRE_ADMIN_RELOAD, 0, &wrong[i]);
        assert_int_equal(r->error_code, WIRE_CODE_INVALID_REQUEST);
    }
    hash[63] = 'A';
    r = fixture_call(f, admin, WIRE_ADMIN_RELOAD, 0, &request);
    assert_int_equal(r->error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(f->asked, 1);
    fixture_free(&f);
}

static void who_does_not_wait_is_answered_at_once(void **state)
{
    (void)state;
    static const struct reload_request request = {.wait = false};
    struct fixture *f = fixture_new(RULES);
    struct ipc_reload_done done = {0};
    const struct ipc_received unasked = {.msg = IPC_MSG_RELOAD_DONE};
    uint64_t admin = fixture_admin(f, 0);
    const struct reload_response *r =
        fixture_call(f, admin, WIRE_ADMIN_RELOAD, 0, &request);

    assert_int_equal(r->error_code, 0);
    fixture_say(f, IPC_MSG_RELOAD_DONE, &done);
    assert_false(fixture_answered(f, admin));
    assert_int_equal(broker_status_on_reloaded(&f->broker, &unasked), ERR_INVALID);
    fixture_free(&f);
}

/* --- DescribeLastUse ---------------------------------------------------------------- */

/* A login by another way than the fixture's, which counts. */
static void login(struct fixture *f, uint64_t gate, const char *name)
{
    struct broker_session *s = session(f, gate);

    strcpy(s->mechanism, "PLAIN");
    assert_int_equal(broker_principal_enter(s, ipc_text(name)), OK);
    broker_principal_login(s);
}

static const struct describe_last_use_response *last_use(
    struct fixture *f, uint64_t admin, struct wire_array names, const char *after)
{
    struct describe_last_use_request r = {
        .names = names, .after_name = fixture_view(after), .limit = 2};

    return fixture_call(f, admin, WIRE_ADMIN_DESCRIBE_LAST_USE, 0, &r);
}

static void last_logins_come_by_name_page_by_page(void **state)
{
    (void)state;
    static const char *const names[] = {"User:bob", "User:al", "User:alice"};
    static const struct wire_array all = {.count = -1};
    struct fixture *f = fixture_new(RULES);
    uint64_t admin = fixture_admin(f, 0);

    for (size_t i = 0; i < 3; i++) {
        login(f, fixture_gate(f, "x"), names[i]);
    }
    const struct describe_last_use_response *r = last_use(f, admin, all, "");
    const struct describe_last_use_response_user *u = r->users.items;
    assert_true(r->since_ms > 0 && r->forgotten == 0);
    assert_int_equal(r->users.count, 2);
    fixture_assert_text(u[0].principal, "User:al");
    fixture_assert_text(u[1].principal, "User:alice");
    fixture_assert_text(u[1].mechanism, "PLAIN");
    fixture_assert_text(u[1].address, "192.0.2.7");
    assert_int_equal(u[1].sessions, 1);
    assert_true(u[1].login_ms >= r->since_ms);
    fixture_assert_text(r->next_name, "User:alice");
    r = last_use(f, admin, all, "User:alice");
    assert_int_equal(r->users.count, 1);
    fixture_assert_text(r->next_name, "");
    assert_int_equal(last_use(f, admin, all, "User:zoe")->users.count, 0);
    fixture_free(&f);
}

static void named_users_are_looked_up_and_strangers_left_out(void **state)
{
    (void)state;
    struct wire_view names[] = {fixture_view("User:nobody"), fixture_view("User:bob")};
    struct fixture *f = fixture_new(RULES);
    uint64_t admin = fixture_admin(f, 0);

    login(f, fixture_gate(f, "x"), "User:bob");
    const struct wire_array both = {.items = names, .count = 2};
    const struct describe_last_use_response *r = last_use(f, admin, both, "");
    assert_int_equal(r->users.count, 1);
    fixture_assert_text(r->next_name, "");
    fixture_free(&f);
}

/* --- memory ------------------------------------------------------------------------- */

static void without_memory_there_is_still_an_answer_or_an_end(void **state)
{
    (void)state;
    static const struct describe_sessions_request sessions = {0};
    static const struct describe_last_use_request uses = {
        .names = {.count = -1}, .after_name = {.ptr = (const uint8_t *)"", .len = 0}};

    for (long n = 0; n < 6; n++) {
        struct fixture *f = fixture_new(RULES);
        uint64_t admin = fixture_admin(f, 0);
        fixture_send_starved(f, admin, WIRE_ADMIN_DESCRIBE_SESSIONS, 0, &sessions, n);
        assert_true(fixture_answered(f, admin) || fixture_is_killed(f, admin));
        admin = fixture_admin(f, 0);
        fixture_send_starved(f, admin, WIRE_ADMIN_DESCRIBE_LAST_USE, 0, &uses, n);
        assert_true(fixture_answered(f, admin) || fixture_is_killed(f, admin));
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_administrator_is_who_the_porter_says),
        cmocka_unit_test(no_plugin_can_name_an_administrator),
        cmocka_unit_test(neither_way_leads_to_the_other_s_listener),
        cmocka_unit_test(without_the_socket_nobody_is_an_administrator),
        cmocka_unit_test(a_session_that_is_somebody_does_not_become_an_administrator_s),
        cmocka_unit_test(a_private_request_from_anybody_else_is_a_breach),
        cmocka_unit_test(an_administrator_may_ask_nothing_else),
        cmocka_unit_test(an_administrator_has_nothing_to_do_with_data),
        cmocka_unit_test(sessions_are_listed_by_number_with_what_is_known),
        cmocka_unit_test(a_filter_leaves_the_others_out),
        cmocka_unit_test(pages_have_each_session_once),
        cmocka_unit_test(a_principal_s_sessions_end_and_no_others),
        cmocka_unit_test(numbers_end_those_sessions_once),
        cmocka_unit_test(another_administrator_can_be_ended_too),
        cmocka_unit_test(a_question_that_names_nobody_or_both_is_refused),
        cmocka_unit_test(a_status_waits_for_the_warden_and_goes_to_all_who_asked),
        cmocka_unit_test(without_processes_nobody_is_asked),
        cmocka_unit_test(who_left_meanwhile_is_not_answered_and_the_list_has_an_end),
        cmocka_unit_test(more_than_there_are_places_for_is_left_out),
        cmocka_unit_test(a_selftest_is_recorded_with_what_its_status_means),
        cmocka_unit_test(a_selftest_is_acknowledged_when_its_record_is_on_disk),
        cmocka_unit_test(a_reload_is_answered_at_its_end_and_is_one_at_a_time),
        cmocka_unit_test(a_reload_that_is_refused_says_so),
        cmocka_unit_test(a_reload_of_the_policy_alone_may_say_which_files_are_meant),
        cmocka_unit_test(who_does_not_wait_is_answered_at_once),
        cmocka_unit_test(last_logins_come_by_name_page_by_page),
        cmocka_unit_test(named_users_are_looked_up_and_strangers_left_out),
        cmocka_unit_test(without_memory_there_is_still_an_answer_or_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
