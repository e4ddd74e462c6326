/* broker_authn: whom an authority may name, on which listener, and who may stay. */
#include "broker_authn.h"
#include "broker_credential.h"

#include "broker_debt.h"
#include "broker_fixture.h"
#include "broker_knows.h"
#include "mem.h"
#include "test.h"

#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <string.h>
#include <unistd.h>

static struct ipc_channel auths[4]; /* our ends */

/* An authority with one process, for those principals. */
static void authority(struct fixture *f, uint8_t index, const char *mechanisms,
    const char *principals, const char *scope)
{
    const struct ipc_authority told = {.index = index,
        .name = ipc_text("tester"),
        .mechanisms = ipc_text(mechanisms),
        .principals = ipc_text(principals)};
    const struct ipc_scope on = {.authority = index, .patterns = ipc_text(scope)};

    assert_int_equal(broker_authn_on_authority(&f->broker, &told), OK);
    assert_int_equal(broker_authn_on_scope(&f->broker, &on), OK);
}

static void process(struct fixture *f, uint8_t index, size_t at)
{
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&auths[at], ends[1], IPC_PACKETS, IPC_AUTH, IPC_BROKER, 1 << 20),
        OK);
    assert_int_equal(broker_authn_add(&f->broker, index, ends[0]), OK);
}

static struct fixture *start(const char *principals, const char *scope)
{
    struct fixture *f = fixture_new("allow bob to describe topic *\n");

    strcpy(f->broker.listeners[0].mechanisms, "PLAIN,OTHER");
    authority(f, 0, "PLAIN", principals, scope);
    process(f, 0, 0);
    return f;
}

static void finish(struct fixture **f)
{
    for (size_t i = 0; i < 4; i++) {
        ipc_channel_fini(&auths[i]);
    }
    for (size_t i = 0; i < BROKER_AUTHORITIES_MAX; i++) {
        struct broker_authority *a = &(*f)->broker.authorities[i];
        ipc_link_fini(&a->processes[0].link);
        ipc_link_fini(&a->processes[1].link);
        mem_free(a->scopes[0]);
    }
    fixture_free(f);
}

/* A gate whose client the porter has named. */
static uint64_t gate(struct fixture *f)
{
    int end = -1;
    struct fixture_gate *g = fixture_new_gate(f, &end);
    struct ipc_session_open open = {.gate = g->number, .address = ipc_text("192.0.2.7")};

    assert_int_equal(broker_session_add(&f->broker, g->number, end), OK);
    broker_session_open(&f->broker, &open);
    return g->number;
}

static int16_t handshake(struct fixture *f, uint64_t g, const char *mechanism)
{
    struct sasl_handshake_request r = {.mechanism = fixture_view(mechanism)};
    const struct sasl_handshake_response *a =
        fixture_call(f, g, WIRE_API_SASL_HANDSHAKE, 1, &r);

    return a->error_code;
}

static void token(struct fixture *f, uint64_t g)
{
    struct sasl_authenticate_request r = {.auth_bytes = fixture_view("token")};

    fixture_send(f, g, WIRE_API_SASL_AUTHENTICATE, 2, &r);
    fixture_pump(f);
}

/* What that process says about the session's first attempt. */
static void say(struct fixture *f, size_t at, uint64_t g, const char *principal)
{
    const struct ipc_auth_result result = {.session = g,
        .attempt = 1,
        .verdict = IPC_VERDICT_ALLOW,
        .principal = ipc_text(principal)};

    assert_int_equal(
        ipc_channel_send(&auths[at], IPC_MSG_AUTH_RESULT, 0, &result, -1), OK);
    fixture_pump(f);
}

static int16_t answer(struct fixture *f, uint64_t g)
{
    const struct sasl_authenticate_response *a =
        fixture_answer(f, g, WIRE_API_SASL_AUTHENTICATE);

    return a->error_code;
}

static const char *principal_of(struct fixture *f, uint64_t g)
{
    return broker_session_find(&f->broker, g)->principal;
}

static uint64_t named(struct fixture *f, const char *principal)
{
    uint64_t g = gate(f);

    assert_int_equal(handshake(f, g, "PLAIN"), 0);
    token(f, g);
    say(f, 0, g, principal);
    return g;
}

static void an_authority_names_whom_it_may(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:b*;!User:boss");
    uint64_t bob = named(f, "User:bob");
    assert_int_equal(answer(f, bob), 0);
    assert_string_equal(principal_of(f, bob), "User:bob");
    finish(&f);
}

static void whom_it_may_not_name_is_refused_like_a_wrong_password(void **state)
{
    (void)state;
    const char *const outside[] = {"User:alice", "User:boss", "User:B"};
    for (size_t i = 0; i < 3; i++) {
        struct fixture *f = start("User:*", "User:b*;!User:boss");
        uint64_t g = named(f, outside[i]);
        assert_int_equal(answer(f, g), 58);
        assert_string_equal(principal_of(f, g), "");
        finish(&f);
    }
}

static void the_manifest_binds_it_too(void **state)
{
    (void)state;
    struct fixture *f = start("User:*@A", "User:*");
    assert_int_equal(answer(f, named(f, "User:bob@A")), 0);
    assert_int_equal(answer(f, named(f, "User:bob@B")), 58);
    finish(&f);
}

static void without_a_scope_on_that_listener_it_may_name_nobody(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    mem_free(f->broker.authorities[0].scopes[0]);
    f->broker.authorities[0].scopes[0] = NULL;
    assert_int_equal(answer(f, named(f, "User:bob")), 58);
    finish(&f);
}

static void another_authority_can_not_answer_for_it(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    authority(f, 1, "OTHER", "User:*", "User:*");
    process(f, 1, 1);
    uint64_t g = gate(f);
    assert_int_equal(handshake(f, g, "PLAIN"), 0);
    token(f, g);
    say(f, 1, g, "User:boss");
    assert_false(fixture_answered(f, g));
    say(f, 0, g, "User:bob");
    assert_int_equal(answer(f, g), 0);
    assert_string_equal(principal_of(f, g), "User:bob");
    finish(&f);
}

static void a_mechanism_goes_to_the_authority_that_has_it(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    authority(f, 1, "OTHER", "User:*", "User:*");
    process(f, 1, 1);
    uint64_t g = gate(f);
    assert_int_equal(handshake(f, g, "OTHER"), 0);
    token(f, g);
    say(f, 1, g, "User:carol");
    assert_int_equal(answer(f, g), 0);
    assert_string_equal(principal_of(f, g), "User:carol");
    assert_int_equal(handshake(f, gate(f), "THIRD"), 33);
    finish(&f);
}

/* The next question of broker to that process: whom it is about. */
static bool asked(size_t at, struct ipc_auth_knows *out)
{
    struct ipc_received m;

    while (ipc_channel_receive(&auths[at], &m) == OK) {
        if (m.msg == IPC_MSG_AUTH_KNOWS) {
            *out = m.body.auth_knows;
            return true;
        }
    }
    return false;
}

static void known(struct fixture *f, size_t at, uint64_t g, bool yes)
{
    const struct ipc_auth_known message = {.session = g, .known = yes};

    assert_int_equal(
        ipc_channel_send(&auths[at], IPC_MSG_AUTH_KNOWN, 0, &message, -1), OK);
    fixture_pump(f);
}

static void after_a_reload_who_is_unknown_is_ended_and_who_is_known_stays(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t bob = named(f, "User:bob");
    assert_int_equal(answer(f, bob), 0);
    struct ipc_auth_knows question;
    assert_false(asked(0, &question));
    process(f, 0, 1);
    fixture_pump(f);
    assert_true(asked(1, &question));
    assert_true(question.session == bob);
    assert_int_equal(question.principal.len, strlen("User:bob"));
    assert_false(asked(1, &question));
    known(f, 1, bob, true);
    assert_false(fixture_is_killed(f, bob));
    process(f, 0, 2);
    fixture_pump(f);
    assert_true(asked(2, &question));
    known(f, 2, bob, false);
    assert_true(fixture_is_killed(f, bob));
    finish(&f);
}

static void a_login_that_the_old_process_ends_is_asked_about_again(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t g = gate(f);
    assert_int_equal(handshake(f, g, "PLAIN"), 0);
    token(f, g);
    process(f, 0, 1);
    say(f, 0, g, "User:bob");
    assert_int_equal(answer(f, g), 0);
    struct ipc_auth_knows question;
    assert_true(asked(1, &question));
    assert_true(question.session == g);
    known(f, 0, g, true); /* the old one does not vouch for it any more */
    assert_true(broker_session_find(&f->broker, g)->doubtful);
    /* A plugin that can not say did not let it in itself. */
    const struct ipc_auth_known unsaid = {.session = g, .known = IPC_KNOWN_UNSAID};
    assert_int_equal(ipc_channel_send(&auths[1], IPC_MSG_AUTH_KNOWN, 0, &unsaid, -1), OK);
    fixture_pump(f);
    assert_true(fixture_is_killed(f, g));
    finish(&f);
}

static void who_is_logged_in_stays_where_the_plugin_can_not_say(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t bob = named(f, "User:bob");
    process(f, 0, 1);
    const struct ipc_auth_known unsaid = {.session = bob, .known = IPC_KNOWN_UNSAID};
    assert_int_equal(ipc_channel_send(&auths[1], IPC_MSG_AUTH_KNOWN, 0, &unsaid, -1), OK);
    fixture_pump(f);
    assert_false(fixture_is_killed(f, bob));
    finish(&f);
}

static void a_gate_that_is_ended_takes_its_attempt_along(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t g = gate(f);
    struct ipc_received m;
    bool cancelled = false;

    assert_int_equal(handshake(f, g, "PLAIN"), 0);
    token(f, g);
    token(f, g); /* before the answer: a breach */
    assert_true(fixture_is_killed(f, g));
    while (ipc_channel_receive(&auths[0], &m) == OK) {
        cancelled = cancelled || m.msg == IPC_MSG_AUTH_CANCEL;
    }
    assert_true(cancelled);
    finish(&f);
}

static void who_was_told_to_end_is_not_heard_any_more(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t g = gate(f);
    struct sasl_handshake_request r = {.mechanism = fixture_view("PLAIN")};

    assert_int_equal(handshake(f, g, "THIRD"), 33);
    fixture_send(f, g, WIRE_API_SASL_HANDSHAKE, 1, &r);
    fixture_pump(f);
    assert_true(fixture_is_killed(f, g));
    finish(&f);
}

static void an_authority_can_not_end_the_sessions_of_another(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    authority(f, 1, "OTHER", "User:*", "User:*");
    process(f, 1, 1);
    uint64_t bob = named(f, "User:bob");
    assert_int_equal(answer(f, bob), 0);
    known(f, 1, bob, false);
    assert_false(fixture_is_killed(f, bob));
    known(f, 0, bob + 1000, false); /* nobody */
    finish(&f);
}

static void who_is_absent_from_a_listener_is_not_asked_there(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow bob to describe topic *\n");
    const struct ipc_scope absent = {
        .authority = 0, .patterns = ipc_text("User:*"), .absent = 1};
    const struct ipc_authority told = {.index = 0,
        .name = ipc_text("first"),
        .mechanisms = ipc_text("PLAIN"),
        .principals = ipc_text("User:*")};

    strcpy(f->broker.listeners[0].mechanisms, "PLAIN");
    assert_int_equal(broker_authn_on_authority(&f->broker, &told), OK);
    assert_int_equal(broker_authn_on_scope(&f->broker, &absent), OK);
    authority(f, 1, "PLAIN", "User:*", "User:*");
    process(f, 0, 0);
    process(f, 1, 1);
    uint64_t bob = gate(f);
    assert_int_equal(handshake(f, bob, "PLAIN"), 0);
    token(f, bob);
    say(f, 0, bob, "User:alice"); /* it was not asked */
    say(f, 1, bob, "User:bob");
    assert_int_equal(answer(f, bob), 0);
    assert_string_equal(principal_of(f, bob), "User:bob");
    finish(&f);
}

static bool is_linked(struct fixture *f, uint8_t index)
{
    const struct broker_authority *a = &f->broker.authorities[index];

    return ipc_link_is_open(&a->processes[a->now].link);
}

static void an_authority_is_heard_once_for_each_question(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t bob = named(f, "User:bob");
    uint64_t carol = named(f, "User:carol");

    known(f, 0, bob, false); /* nobody had asked */
    assert_false(fixture_is_killed(f, bob));
    process(f, 0, 1);
    fixture_pump(f);
    known(f, 1, bob, true);
    known(f, 1, bob, false); /* in place of what it says of carol */
    assert_false(fixture_is_killed(f, bob));
    known(f, 1, carol, false); /* that was the last answer that it owed */
    assert_false(fixture_is_killed(f, carol));
    assert_int_equal(f->broker.authorities[0].processes[1].debt.unasked, 1);
    finish(&f);
}

static void answers_that_nobody_asked_for_end_its_channel_but_not_at_once(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t bob = named(f, "User:bob");
    uint64_t g = gate(f);

    for (size_t i = 0; i < BROKER_UNASKED_MAX; i += 2) {
        known(f, 0, bob, false);
        say(f, 0, g, "User:boss");
    }
    assert_true(is_linked(f, 0));
    assert_string_equal(principal_of(f, g), "");
    assert_int_equal(f->broken, 0);
    known(f, 0, bob, false);
    assert_false(is_linked(f, 0));
    assert_false(fixture_is_killed(f, bob));
    assert_int_equal(f->broken, 1);
    /* Another process begins anew. */
    process(f, 0, 1);
    known(f, 1, g, false);
    assert_true(is_linked(f, 0));
    finish(&f);
}

static void one_that_was_replaced_or_ended_by_itself_is_not_to_be_ended(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");

    authority(f, 1, "OTHER", "User:*", "User:*");
    process(f, 1, 1);
    process(f, 0, 2);
    for (size_t i = 0; i <= BROKER_UNASKED_MAX; i++) {
        known(f, 0, 1, false); /* the one before */
    }
    assert_false(ipc_link_is_open(&f->broker.authorities[0].processes[0].link));
    ipc_channel_fini(&auths[2]);
    fixture_pump(f);
    assert_false(is_linked(f, 0));
    assert_int_equal(f->broken, 0);
    for (size_t i = 0; i <= BROKER_UNASKED_MAX; i++) {
        known(f, 1, 1, false);
    }
    assert_int_equal(f->broken, 1);
    assert_int_equal(f->last_broken, 1);
    finish(&f);
}

static void an_answer_that_crosses_the_end_of_its_session_is_not_held_against_it(
    void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");

    for (size_t i = 0; i < 2 * BROKER_UNASKED_MAX; i++) {
        uint64_t g = gate(f);
        assert_int_equal(handshake(f, g, "PLAIN"), 0);
        token(f, g);
        fixture_drop_gate(f, g);
        say(f, 0, g, "User:bob");
    }
    assert_true(is_linked(f, 0));
    assert_int_equal(f->broker.authorities[0].processes[0].debt.unasked, 0);
    finish(&f);
}

/* One that can not even begin refuses both messages of the attempt. */
static void two_errors_for_one_attempt_are_not_held_against_it(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t g = gate(f);
    const struct ipc_auth_result error = {
        .session = g, .attempt = 1, .verdict = IPC_VERDICT_ERROR};

    assert_int_equal(handshake(f, g, "PLAIN"), 0);
    token(f, g);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            ipc_channel_send(&auths[0], IPC_MSG_AUTH_RESULT, 0, &error, -1), OK);
    }
    fixture_pump(f);
    assert_int_equal(f->broker.authorities[0].processes[0].debt.unasked, 1);
    finish(&f);
}

static size_t credentials_told(size_t at)
{
    struct ipc_received m;
    size_t count = 0;

    while (ipc_channel_receive(&auths[at], &m) == OK) {
        count += m.msg == IPC_MSG_CREDENTIAL ? 1 : 0;
    }
    return count;
}

static void on_told(
    struct broker *b, void *context, const struct broker_credential_answer *answer)
{
    (void)b;
    (void)answer;
    *(bool *)context = true;
}

static void what_is_in_force_is_told_to_all_that_have_the_mechanism(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    struct ipc_credential told = {.act = IPC_CREDENTIAL_OFFER,
        .name = ipc_text("zoe"),
        .mechanism = ipc_text("PLAIN"),
        .serial = 1,
        .bytes = ipc_text("x")};
    bool done = false;

    authority(f, 1, "PLAIN", "User:*", "User:*");
    process(f, 1, 1);
    authority(f, 2, "OTHER", "User:*", "User:*");
    process(f, 2, 2);
    broker_credential_tell(&f->broker, &told, on_told, &done);
    fixture_pump(f);
    assert_int_equal(credentials_told(0), 1);
    assert_int_equal(credentials_told(1), 0); /* one decides */
    for (size_t i = 0; i < 2; i++) {
        told.act = i == 0 ? IPC_CREDENTIAL_KEEP : IPC_CREDENTIAL_REMOVE;
        broker_credential_tell(&f->broker, &told, on_told, &done);
        fixture_pump(f);
        assert_int_equal(credentials_told(0), 1);
        assert_int_equal(credentials_told(1), 1);
        assert_int_equal(credentials_told(2), 0);
    }
    assert_false(done); /* until the first has answered */
    finish(&f);
}

/* SCRAM's client-first, and then silence. */
static void the_end_of_an_attempt_whose_client_is_silent_is_not_held_against_it(
    void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");

    for (size_t i = 0; i < 2 * BROKER_UNASKED_MAX; i++) {
        uint64_t g = gate(f);
        struct ipc_auth_result result = {
            .session = g, .attempt = 1, .verdict = IPC_VERDICT_CONTINUE};
        assert_int_equal(handshake(f, g, "PLAIN"), 0);
        token(f, g);
        assert_int_equal(
            ipc_channel_send(&auths[0], IPC_MSG_AUTH_RESULT, 0, &result, -1), OK);
        fixture_pump(f);
        assert_int_equal(answer(f, g), 0);
        result.verdict = IPC_VERDICT_ERROR;
        assert_int_equal(
            ipc_channel_send(&auths[0], IPC_MSG_AUTH_RESULT, 0, &result, -1), OK);
        fixture_pump(f);
        assert_true(fixture_is_killed(f, g));
        assert_int_equal(f->last_kill, IPC_KILL_EXPIRED);
        fixture_drop_gate(f, g);
    }
    assert_true(is_linked(f, 0));
    assert_int_equal(f->broker.authorities[0].processes[0].debt.unasked, 0);
    finish(&f);
}

static void what_ended_long_ago_is_not_on_its_way_any_more(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    struct broker_debt *debt = &f->broker.authorities[0].processes[0].debt;
    uint64_t g = gate(f);

    assert_int_equal(handshake(f, g, "PLAIN"), 0);
    token(f, g);
    fixture_drop_gate(f, g);
    assert_int_equal(debt->late[0], 2);
    debt->since_ms -= 60000;
    say(f, 0, g, "User:bob");
    assert_int_equal(debt->unasked, 0);
    debt->since_ms -= 120000;
    say(f, 0, g, "User:bob");
    assert_int_equal(debt->unasked, 1);
    finish(&f);
}

/* As if so many milliseconds were all that it has. */
static void allow_silence(struct fixture *f, int64_t ms)
{
    assert_int_equal(f->broker.authorities[0].silence.max_ms, BROKER_KNOWS_MS);
    f->broker.authorities[0].silence.max_ms = ms;
}

static void who_is_not_spoken_of_in_time_is_ended_and_nobody_else(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t bob = named(f, "User:bob");
    uint64_t carol = named(f, "User:carol");
    size_t failed = f->failed_logins;

    allow_silence(f, 50);
    process(f, 0, 1);
    uint64_t later = named(f, "User:dave"); /* the old one is not asked any more */
    known(f, 1, carol, true);
    assert_false(fixture_is_killed(f, bob));
    while (!fixture_is_killed(f, bob)) {
        fixture_wait(f);
        fixture_pump(f);
    }
    assert_int_equal(f->last_kill, IPC_KILL_NEIGHBOUR);
    assert_int_equal(f->failed_logins, failed + 1);
    assert_string_equal(f->last_failed, "PLAIN: nobody said in time whether it may stay");
    assert_false(fixture_is_killed(f, carol));
    assert_false(broker_session_is_trusted(broker_session_find(&f->broker, later)));
    finish(&f);
}

static void another_process_gets_no_more_time(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    uint64_t bob = named(f, "User:bob");
    const struct broker_session *s = broker_session_find(&f->broker, bob);

    process(f, 0, 1);
    int64_t since_ms = s->asked_ms;
    assert_ptr_equal(s->asked, &f->broker.authorities[0].processes[1]);
    broker_session_find(&f->broker, bob)->asked_ms -= 7;
    process(f, 0, 2);
    assert_ptr_equal(s->asked, &f->broker.authorities[0].processes[0]);
    assert_true(s->asked_ms == since_ms - 7);
    known(f, 1, bob, false); /* its question is another's now */
    assert_false(fixture_is_killed(f, bob));
    known(f, 2, bob, true);
    assert_null(s->asked);
    finish(&f);
}

static void what_the_warden_says_twice_or_of_nobody_is_a_breach(void **state)
{
    (void)state;
    struct fixture *f = start("User:*", "User:*");
    const struct ipc_authority again = {.index = 0, .name = ipc_text("x")};
    const struct ipc_authority beyond = {.index = BROKER_AUTHORITIES_MAX};
    const struct ipc_scope twice = {.authority = 0};
    const struct ipc_scope nowhere = {.listener = BROKER_LISTENERS_MAX};
    int ends[2];

    assert_int_equal(broker_authn_on_authority(&f->broker, &again), ERR_INVALID);
    assert_int_equal(broker_authn_on_authority(&f->broker, &beyond), ERR_INVALID);
    assert_int_equal(broker_authn_on_scope(&f->broker, &twice), ERR_INVALID);
    assert_int_equal(broker_authn_on_scope(&f->broker, &nowhere), ERR_INVALID);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(broker_authn_add(&f->broker, 5, ends[0]), ERR_INVALID);
    (void)close(ends[1]);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_names_whom_it_may),
        cmocka_unit_test(whom_it_may_not_name_is_refused_like_a_wrong_password),
        cmocka_unit_test(the_manifest_binds_it_too),
        cmocka_unit_test(without_a_scope_on_that_listener_it_may_name_nobody),
        cmocka_unit_test(another_authority_can_not_answer_for_it),
        cmocka_unit_test(a_mechanism_goes_to_the_authority_that_has_it),
        cmocka_unit_test(after_a_reload_who_is_unknown_is_ended_and_who_is_known_stays),
        cmocka_unit_test(a_login_that_the_old_process_ends_is_asked_about_again),
        cmocka_unit_test(who_is_logged_in_stays_where_the_plugin_can_not_say),
        cmocka_unit_test(a_gate_that_is_ended_takes_its_attempt_along),
        cmocka_unit_test(who_was_told_to_end_is_not_heard_any_more),
        cmocka_unit_test(an_authority_can_not_end_the_sessions_of_another),
        cmocka_unit_test(who_is_absent_from_a_listener_is_not_asked_there),
        cmocka_unit_test(an_authority_is_heard_once_for_each_question),
        cmocka_unit_test(answers_that_nobody_asked_for_end_its_channel_but_not_at_once),
        cmocka_unit_test(one_that_was_replaced_or_ended_by_itself_is_not_to_be_ended),
        cmocka_unit_test(
            an_answer_that_crosses_the_end_of_its_session_is_not_held_against_it),
        cmocka_unit_test(two_errors_for_one_attempt_are_not_held_against_it),
        cmocka_unit_test(what_is_in_force_is_told_to_all_that_have_the_mechanism),
        cmocka_unit_test(
            the_end_of_an_attempt_whose_client_is_silent_is_not_held_against_it),
        cmocka_unit_test(what_ended_long_ago_is_not_on_its_way_any_more),
        cmocka_unit_test(who_is_not_spoken_of_in_time_is_ended_and_nobody_else),
        cmocka_unit_test(another_process_gets_no_more_time),
        cmocka_unit_test(what_the_warden_says_twice_or_of_nobody_is_a_breach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
