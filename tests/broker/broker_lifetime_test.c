/* broker_lifetime: how long a session lasts, and how it goes on on the same connection. */
#include "broker_lifetime.h"

#include "broker_authn.h"
#include "broker_fixture.h"
#include "broker_grant.h"
#include "broker_review.h"
#include "clock.h"
#include "mem.h"
#include "test.h"

#include "wire_metadata.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <string.h>

#define HOUR_MS 3600000
#define RULES   "allow bob to read topic *\nallow bob to describe topic *\n"

enum wire_answer { ILLEGAL_STATE = 34, NOT_ENABLED = 33, REFUSED = 58 };

struct trial {
    struct fixture *f;
    struct ipc_channel auths[2]; /* our ends */
    uint64_t gate;
    uint32_t attempt; /* the last that broker began */
};

static struct broker_session *session(struct trial *t)
{
    return broker_session_find(&t->f->broker, t->gate);
}

static void process(struct trial *t, size_t at)
{
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(ipc_channel_init(&t->auths[at], ends[1], IPC_PACKETS, IPC_AUTH,
                         IPC_BROKER, 1 << 20),
        OK);
    assert_int_equal(broker_authn_add(&t->f->broker, 0, ends[0]), OK);
}

/* A client has come; its listener lets it stay that long. */
static struct trial *begin(int64_t reauth_max_ms)
{
    struct trial *t = mem_alloc(1, sizeof(*t));
    const struct ipc_authority told = {.name = ipc_text("tester"),
        .mechanisms = ipc_text("PLAIN,OTHER"),
        .principals = ipc_text("User:*")};
    const struct ipc_scope scope = {.patterns = ipc_text("User:*;!User:nobody")};
    int end = -1;

    assert_non_null(t);
    *t = (struct trial){.f = fixture_new(RULES), .auths = {{.fd = -1}, {.fd = -1}}};
    struct broker *b = &t->f->broker;
    strcpy(b->listeners[0].mechanisms, "PLAIN,OTHER");
    b->listeners[0].reauth_max_ms = reauth_max_ms;
    assert_int_equal(broker_authn_on_authority(b, &told), OK);
    assert_int_equal(broker_authn_on_scope(b, &scope), OK);
    process(t, 0);
    t->gate = fixture_new_gate(t->f, &end)->number;
    struct ipc_session_open open = {.gate = t->gate, .address = ipc_text("192.0.2.7")};
    assert_int_equal(broker_session_add(b, t->gate, end), OK);
    broker_session_open(b, &open);
    return t;
}

static void finish(struct trial *t)
{
    struct broker_authority *a = &t->f->broker.authorities[0];

    for (size_t i = 0; i < 2; i++) {
        ipc_channel_fini(&t->auths[i]);
        ipc_link_fini(&a->processes[i].link);
    }
    mem_free(a->scopes[0]);
    fixture_free(&t->f);
    mem_free(t);
}

static int16_t handshake_of(struct trial *t, const char *mechanism, int16_t version)
{
    struct sasl_handshake_request r = {.mechanism = fixture_view(mechanism)};
    const struct sasl_handshake_response *a =
        fixture_call(t->f, t->gate, WIRE_API_SASL_HANDSHAKE, version, &r);

    return a->error_code;
}

static int16_t handshake(struct trial *t)
{
    return handshake_of(t, "PLAIN", 1);
}

static void token(struct trial *t)
{
    struct sasl_authenticate_request r = {.auth_bytes = fixture_view("token")};

    fixture_send(t->f, t->gate, WIRE_API_SASL_AUTHENTICATE, 2, &r);
    fixture_pump(t->f);
    t->attempt = session(t)->attempt;
}

static const char *groups = ""; /* the one that who is let in is in */

static void say(struct trial *t, size_t at, enum ipc_verdict verdict,
    const char *principal, int64_t expires_ms)
{
    const struct ipc_auth_result result = {.session = t->gate,
        .attempt = t->attempt,
        .verdict = (uint8_t)verdict,
        .principal = ipc_text(principal),
        .expires_ms = expires_ms,
        .groups = {(const uint8_t *)groups, groups[0] != '\0' ? strlen(groups) + 1 : 0}};

    assert_int_equal(
        ipc_channel_send(&t->auths[at], IPC_MSG_AUTH_RESULT, 0, &result, -1), OK);
    fixture_pump(t->f);
}

static const struct sasl_authenticate_response *answer(struct trial *t)
{
    return fixture_answer(t->f, t->gate, WIRE_API_SASL_AUTHENTICATE);
}

/* A whole exchange as that principal: how long it was told to last. */
static int64_t authenticate(struct trial *t, const char *principal, int64_t expires_ms)
{
    assert_int_equal(handshake(t), 0);
    token(t);
    say(t, 0, IPC_VERDICT_ALLOW, principal, expires_ms);
    const struct sasl_authenticate_response *a = answer(t);
    assert_int_equal(a->error_code, 0);
    return a->session_lifetime_ms;
}

static struct trial *bob(int64_t reauth_max_ms)
{
    struct trial *t = begin(reauth_max_ms);

    assert_true(authenticate(t, "User:bob", 0) == reauth_max_ms);
    return t;
}

static bool is_served(struct trial *t)
{
    struct metadata_request r = {.topics = {.count = -1}};

    fixture_send(t->f, t->gate, WIRE_API_METADATA, 12, &r);
    fixture_pump(t->f);
    if (!fixture_answered(t->f, t->gate)) {
        return false;
    }
    (void)fixture_answer(t->f, t->gate, WIRE_API_METADATA);
    return true;
}

static int64_t time_left(struct trial *t)
{
    return session(t)->deadline.due_ms - loop_now_ms(t->f->broker.role.loop);
}

/* Refused with that message; its gate is to end the connection, and has no rights. */
static void expect_refused(struct trial *t, const char *message, const char *reason)
{
    const struct sasl_authenticate_response *a = answer(t);

    assert_int_equal(a->error_code, REFUSED);
    fixture_assert_text(a->error_message, message);
    assert_int_equal(session(t)->state, SESSION_ENDING);
    assert_int_equal(session(t)->grants.count, 0);
    assert_string_equal(t->f->last_failed, reason);
}

/* --- how many --- */

static void the_login_above_the_limit_is_refused_and_one_again_does_not_count(
    void **state)
{
    (void)state;
    struct trial *t = begin(HOUR_MS);
    uint64_t first = t->gate;
    int end = -1;

    t->f->broker.listeners[0].sessions_max = 1;
    (void)authenticate(t, "User:bob", 0);
    assert_true(authenticate(t, "User:bob", 0) == HOUR_MS); /* again */
    t->gate = fixture_new_gate(t->f, &end)->number;
    struct ipc_session_open open = {.gate = t->gate, .address = ipc_text("192.0.2.8")};
    assert_int_equal(broker_session_add(&t->f->broker, t->gate, end), OK);
    broker_session_open(&t->f->broker, &open);
    assert_int_equal(handshake(t), 0);
    token(t);
    say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
    expect_refused(t, "Too many sessions of this user",
        "PLAIN: User:bob has as many sessions as it may");
    assert_string_equal(session(t)->principal, "");
    fixture_drop_gate(t->f, t->gate);
    fixture_drop_gate(t->f, first);
    t->gate = fixture_new_gate(t->f, &end)->number;
    open.gate = t->gate;
    assert_int_equal(broker_session_add(&t->f->broker, t->gate, end), OK);
    broker_session_open(&t->f->broker, &open);
    assert_true(authenticate(t, "User:bob", 0) == HOUR_MS);
    finish(t);
}

/* --- how long -------------------------------------------------------------------- */

static void what_ends_first_is_told_and_holds(void **state)
{
    (void)state;
    static const struct {
        int64_t listener_ms, credential_ms, least_ms, most_ms;
    } rows[] = {
        {HOUR_MS, 0, HOUR_MS, HOUR_MS},
        {0, HOUR_MS, HOUR_MS - 60000, HOUR_MS},
        {2 * HOUR_MS, HOUR_MS, HOUR_MS - 60000, HOUR_MS},
        {HOUR_MS, 2 * HOUR_MS, HOUR_MS, HOUR_MS},
        {HOUR_MS, INT64_MAX, HOUR_MS, HOUR_MS},
        {0, INT64_MAX, INT64_C(3155760000000), INT64_C(3155760000000)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trial *t = begin(rows[i].listener_ms);
        int64_t last = rows[i].credential_ms;
        int64_t expires = last == 0 || last == INT64_MAX ? last : clock_wall_ms() + last;
        int64_t told = authenticate(t, "User:bob", expires);
        assert_true(told >= rows[i].least_ms && told <= rows[i].most_ms);
        assert_true(session(t)->deadline.armed);
        assert_true(time_left(t) <= told && time_left(t) > told - 60000);
        finish(t);
    }
}

static void without_an_end_none_is_told_and_nothing_begins_anew(void **state)
{
    (void)state;
    struct trial *t = bob(0);
    assert_false(session(t)->deadline.armed);
    assert_int_equal(handshake(t), ILLEGAL_STATE);
    assert_true(is_served(t));
    finish(t);
}

static void an_end_in_the_past_is_not_told_as_none(void **state)
{
    (void)state;
    struct trial *t = begin(0);
    assert_true(authenticate(t, "User:bob", 1) == 1);
    if (!fixture_is_killed(t->f, t->gate)) {
        fixture_wait(t->f);
    }
    assert_true(fixture_is_killed(t->f, t->gate));
    finish(t);
}

static void a_session_ends_when_its_time_is_over(void **state)
{
    (void)state;
    struct trial *t = begin(1);
    assert_int_equal(handshake(t), 0);
    token(t);
    say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
    if (!fixture_is_killed(t->f, t->gate)) {
        fixture_wait(t->f);
    }
    assert_true(fixture_is_killed(t->f, t->gate));
    assert_int_equal(t->f->last_kill, IPC_KILL_OVER); /* nobody's fault */
    finish(t);
}

static void a_listener_without_sasl_has_no_such_end(void **state)
{
    (void)state;
    struct trial *t = begin(HOUR_MS);
    int end = -1;
    struct fixture_gate *g = fixture_new_gate(t->f, &end);
    t->f->broker.listeners[0].protocol = IPC_PROTOCOL_SSL;
    strcpy(t->f->broker.listeners[0].anonymous, "User:bob");
    struct ipc_session_open open = {.gate = g->number, .address = ipc_text("192.0.2.8")};
    assert_int_equal(broker_session_add(&t->f->broker, g->number, end), OK);
    broker_session_open(&t->f->broker, &open);
    t->gate = g->number;
    assert_true(session(t)->lifetime.ms == 0);
    /* ... and where its certificate gives it one, it shows another on a new connection. */
    broker_lifetime_start(session(t), clock_wall_ms() + HOUR_MS);
    assert_true(session(t)->lifetime.ms > 0);
    assert_int_equal(handshake(t), ILLEGAL_STATE);
    assert_true(is_served(t));
    finish(t);
}

/* --- again ----------------------------------------------------------------------- */

static void who_authenticates_again_goes_on_with_all_it_had(void **state)
{
    (void)state;
    struct trial *t = begin(HOUR_MS);
    fixture_topic(t->f, "news");
    (void)authenticate(t, "User:bob", clock_wall_ms() + 60000);
    (void)fixture_open(t->f, t->gate, "news");
    assert_int_equal(session(t)->grants.count, 1);
    const struct broker_authority *authority = session(t)->authority;
    assert_true(authenticate(t, "User:bob", 0) == HOUR_MS);
    assert_true(time_left(t) > 60000);
    assert_string_equal(session(t)->principal, "User:bob");
    assert_string_equal(session(t)->mechanism, "PLAIN");
    assert_ptr_equal(session(t)->authority, authority);
    assert_int_equal(session(t)->grants.count, 1);
    assert_int_equal(t->f->logins, 2);
    assert_true(is_served(t));
    finish(t);
}

/* What it may read now is by the groups that it is in now. */
static void who_comes_back_without_its_group_loses_what_it_reads(void **state)
{
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        struct trial *t = begin(HOUR_MS);
        fixture_topic(t->f, "news");
        fixture_set_policy(t->f, "team ops from ldap \"ops\"\n"
                                 "allow @ops to read topic *\n"
                                 "allow bob to describe topic *\n");
        groups = "ops";
        (void)authenticate(t, "User:bob", 0);
        (void)fixture_open(t->f, t->gate, "news");
        assert_int_equal(session(t)->grants.count, 1);
        groups = keeps ? "ops" : "";
        assert_int_equal(handshake(t), 0);
        token(t);
        say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
        assert_int_equal(session(t)->grants.count, keeps);
        assert_int_equal(fixture_is_killed(t->f, t->gate), !keeps);
        groups = "";
        finish(t);
    }
}

static void another_principal_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"User:boss", "User:bo", "User:bobby"};
    for (size_t i = 0; i < 3; i++) {
        struct trial *t = begin(HOUR_MS);
        char reason[64] = "PLAIN: re-authentication as ";
        fixture_topic(t->f, "news");
        (void)authenticate(t, "User:bob", 0);
        (void)fixture_open(t->f, t->gate, "news");
        assert_int_equal(session(t)->grants.count, 1);
        assert_int_equal(handshake(t), 0);
        token(t);
        say(t, 0, IPC_VERDICT_ALLOW, others[i], 0);
        expect_refused(t, "Cannot change principals during re-authentication",
            strcat(reason, others[i]));
        assert_string_equal(session(t)->principal, "User:bob");
        finish(t);
    }
}

static void another_mechanism_is_refused(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake_of(t, "OTHER", 1), 0);
    uint32_t before = session(t)->attempt;
    token(t);
    assert_int_equal(session(t)->attempt, before); /* no authority was asked */
    expect_refused(t, "Cannot change the mechanism during re-authentication",
        "PLAIN: re-authentication with another mechanism");
    finish(t);
}

static void a_mechanism_that_is_not_enabled_ends_the_session(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake_of(t, "THIRD", 1), NOT_ENABLED);
    assert_int_equal(session(t)->state, SESSION_ENDING);
    finish(t);
}

static void a_credential_that_is_not_good_any_more_ends_the_session(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    token(t);
    say(t, 0, IPC_VERDICT_DENY, "", 0);
    expect_refused(t, "Authentication failed", "PLAIN: none");
    finish(t);
    /* ... nor one of somebody whom its authority may not name any more. */
    t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    token(t);
    say(t, 0, IPC_VERDICT_ALLOW, "User:nobody", 0);
    expect_refused(
        t, "Authentication failed", "PLAIN: outside the scope of its authority");
    finish(t);
}

static void more_often_than_once_a_second_is_refused(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    (void)authenticate(t, "User:bob", 0);
    session(t)->lifetime.renewed_ms = loop_now_ms(t->f->broker.role.loop) + 60000;
    assert_int_equal(handshake(t), ILLEGAL_STATE);
    assert_int_equal(handshake_of(t, "THIRD", 1), ILLEGAL_STATE);
    assert_true(is_served(t));
    token(t);
    assert_int_equal(answer(t)->error_code, ILLEGAL_STATE);
    assert_true(is_served(t));
    session(t)->lifetime.renewed_ms = loop_now_ms(t->f->broker.role.loop) - 1000;
    assert_true(authenticate(t, "User:bob", 0) == HOUR_MS);
    finish(t);
}

static void bare_tokens_do_not_begin_anew(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake_of(t, "PLAIN", 0), ILLEGAL_STATE);
    assert_true(is_served(t));
    finish(t);
}

/* --- in the middle --------------------------------------------------------------- */

static void who_began_in_time_has_the_time_of_every_authentication(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    broker_session_set_deadline(session(t), 1000);
    assert_int_equal(handshake(t), 0);
    assert_true(time_left(t) > 30000 && time_left(t) <= 60000);
    token(t);
    assert_true(time_left(t) > 30000 && time_left(t) <= 60000);
    finish(t);
    /* ... and no more. */
    t = bob(HOUR_MS);
    t->f->broker.config.auth_timeout_ms = 1;
    assert_int_equal(handshake(t), 0);
    if (!fixture_is_killed(t->f, t->gate)) {
        fixture_wait(t->f);
    }
    assert_true(fixture_is_killed(t->f, t->gate));
    assert_int_equal(t->f->last_kill, IPC_KILL_EXPIRED);
    finish(t);
}

static void who_began_in_time_does_not_outlive_the_credential(void **state)
{
    (void)state;
    struct trial *t = begin(HOUR_MS);
    (void)authenticate(t, "User:bob", clock_wall_ms() + 5000);
    assert_int_equal(handshake(t), 0);
    assert_true(time_left(t) <= 5000);
    finish(t);
}

static void the_certificate_that_is_needed_too_ends_every_session(void **state)
{
    (void)state;
    struct trial *t = begin(HOUR_MS);
    session(t)->proof.expires_ms = clock_wall_ms() + 50000;
    (void)authenticate(t, "User:bob", 0);
    assert_true(time_left(t) <= 50000);
    session(t)->lifetime.renewed_ms = 0;
    int64_t told = authenticate(t, "User:bob", 0);
    assert_true(told > 0 && told <= 50000);
    assert_true(time_left(t) <= 50000);
    finish(t);
}

static void nothing_else_is_taken_meanwhile(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    assert_false(is_served(t));
    assert_true(fixture_is_killed(t->f, t->gate));
    finish(t);
    t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    (void)fixture_open(t->f, t->gate, "news");
    assert_true(fixture_is_killed(t->f, t->gate));
    finish(t);
    t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    fixture_room(t->f, t->gate, 100000);
    assert_true(fixture_is_killed(t->f, t->gate));
    finish(t);
}

static void a_second_handshake_in_the_middle_ends_the_session(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    session(t)->lifetime.renewed_ms = loop_now_ms(t->f->broker.role.loop) - 1000;
    assert_int_equal(handshake(t), ILLEGAL_STATE);
    assert_int_equal(session(t)->state, SESSION_ENDING);
    finish(t);
}

static void rounds_are_counted_anew_and_have_the_same_limit(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    t->f->broker.config.auth_rounds_max = 2;
    assert_int_equal(handshake(t), 0);
    for (int i = 0; i < 2; i++) {
        token(t);
        say(t, 0, IPC_VERDICT_CONTINUE, "", 0);
        const struct sasl_authenticate_response *a = answer(t);
        assert_int_equal(a->error_code, 0);
        assert_true(a->session_lifetime_ms == 0);
    }
    token(t);
    expect_refused(
        t, "Authentication failed", "PLAIN: too many rounds or too many bytes");
    finish(t);
}

static void what_the_old_exchange_said_does_not_count(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    uint32_t old = t->attempt;
    assert_int_equal(handshake(t), 0);
    token(t);
    t->attempt = old;
    say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
    assert_false(fixture_answered(t->f, t->gate));
    t->attempt = session(t)->attempt;
    say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
    assert_int_equal(answer(t)->error_code, 0);
    finish(t);
}

/* The next question of broker whether that process knows the session. */
static bool is_asked(struct trial *t, size_t at)
{
    struct ipc_received m;

    while (ipc_channel_receive(&t->auths[at], &m) == OK) {
        if (m.msg == IPC_MSG_AUTH_KNOWS) {
            return m.body.auth_knows.session == t->gate &&
                   m.body.auth_knows.principal.len == strlen("User:bob");
        }
    }
    return false;
}

static void who_is_removed_in_the_middle_is_ended(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    const struct ipc_auth_known unknown = {.session = t->gate, .known = false};
    assert_int_equal(handshake(t), 0);
    token(t);
    process(t, 1);
    fixture_pump(t->f);
    assert_true(is_asked(t, 1));
    assert_int_equal(
        ipc_channel_send(&t->auths[1], IPC_MSG_AUTH_KNOWN, 0, &unknown, -1), OK);
    fixture_pump(t->f);
    assert_true(fixture_is_killed(t->f, t->gate));
    say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
    assert_int_equal(session(t)->state, SESSION_ENDING);
    finish(t);
}

static void the_old_process_may_end_what_it_began_and_the_new_one_is_asked(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    token(t);
    process(t, 1);
    fixture_pump(t->f);
    assert_true(is_asked(t, 1));
    say(t, 0, IPC_VERDICT_ALLOW, "User:bob", 0);
    assert_int_equal(answer(t)->error_code, 0);
    assert_true(is_asked(t, 1));
    assert_true(is_served(t));
    finish(t);
}

static void an_authority_that_goes_away_in_the_middle_ends_the_session(void **state)
{
    (void)state;
    struct trial *t = bob(HOUR_MS);
    assert_int_equal(handshake(t), 0);
    ipc_channel_fini(&t->auths[0]);
    fixture_pump(t->f);
    assert_false(fixture_is_killed(t->f, t->gate)); /* none was at work on it */
    token(t);
    assert_true(fixture_is_killed(t->f, t->gate));
    assert_string_equal(t->f->last_failed, "PLAIN: auth can not be reached");
    finish(t);
}

static void grants_are_judged_in_the_middle_as_ever(void **state)
{
    (void)state;
    struct trial *t = begin(HOUR_MS);
    fixture_topic(t->f, "news");
    (void)authenticate(t, "User:bob", 0);
    (void)fixture_open(t->f, t->gate, "news");
    assert_int_equal(handshake(t), 0);
    fixture_set_policy(t->f, RULES);
    broker_review_begin(&t->f->broker);
    assert_int_equal(session(t)->grants.count, 1);
    fixture_set_policy(t->f, "allow bob to describe topic *\n");
    broker_review_begin(&t->f->broker);
    fixture_pump(t->f);
    assert_int_equal(session(t)->grants.count, 0);
    finish(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_login_above_the_limit_is_refused_and_one_again_does_not_count),
        cmocka_unit_test(what_ends_first_is_told_and_holds),
        cmocka_unit_test(without_an_end_none_is_told_and_nothing_begins_anew),
        cmocka_unit_test(an_end_in_the_past_is_not_told_as_none),
        cmocka_unit_test(a_session_ends_when_its_time_is_over),
        cmocka_unit_test(a_listener_without_sasl_has_no_such_end),
        cmocka_unit_test(who_authenticates_again_goes_on_with_all_it_had),
        cmocka_unit_test(who_comes_back_without_its_group_loses_what_it_reads),
        cmocka_unit_test(another_principal_is_refused),
        cmocka_unit_test(another_mechanism_is_refused),
        cmocka_unit_test(a_mechanism_that_is_not_enabled_ends_the_session),
        cmocka_unit_test(a_credential_that_is_not_good_any_more_ends_the_session),
        cmocka_unit_test(more_often_than_once_a_second_is_refused),
        cmocka_unit_test(bare_tokens_do_not_begin_anew),
        cmocka_unit_test(who_began_in_time_has_the_time_of_every_authentication),
        cmocka_unit_test(who_began_in_time_does_not_outlive_the_credential),
        cmocka_unit_test(the_certificate_that_is_needed_too_ends_every_session),
        cmocka_unit_test(nothing_else_is_taken_meanwhile),
        cmocka_unit_test(a_second_handshake_in_the_middle_ends_the_session),
        cmocka_unit_test(rounds_are_counted_anew_and_have_the_same_limit),
        cmocka_unit_test(what_the_old_exchange_said_does_not_count),
        cmocka_unit_test(who_is_removed_in_the_middle_is_ended),
        cmocka_unit_test(the_old_process_may_end_what_it_began_and_the_new_one_is_asked),
        cmocka_unit_test(an_authority_that_goes_away_in_the_middle_ends_the_session),
        cmocka_unit_test(grants_are_judged_in_the_middle_as_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
