/* What the broker knows of a session, as the rules ask for it. */
#include "broker_authz.h"
#include "broker_fixture.h"
#include "broker_principal.h"
#include "clock.h"
#include "mem.h"
#include "test.h"

#include <string.h>

#define END_MS INT64_C(4102444800000) /* 2100-01-01 */

static int64_t wall_ms; /* 0: the true time */

/* In the place of clock_wall_ms(), by the linker. */
int64_t __real_clock_wall_ms(void);
int64_t __wrap_clock_wall_ms(void);

int64_t __wrap_clock_wall_ms(void)
{
    return wall_ms != 0 ? wall_ms : __real_clock_wall_ms();
}

static struct broker_session *session(struct fixture *f, uint64_t gate)
{
    struct broker_session *s = broker_session_find(&f->broker, gate);

    assert_non_null(s);
    return s;
}

static bool may_read(struct fixture *f, uint64_t gate, const char *topic)
{
    return broker_may_quietly(
        session(f, gate), POLICY_READ, POLICY_TOPIC, fixture_view(topic));
}

static void set_clock(struct fixture *f, bool is_sure)
{
    f->broker.authz.clock_is_sure = is_sure;
    f->broker.authz.clock_until_ms = INT64_MAX;
}

static void log_in(struct fixture *f, uint64_t gate, const char *mechanism)
{
    struct broker_session *s = session(f, gate);

    (void)strcpy(s->mechanism, mechanism);
    broker_authz_trust(s, mechanism[0] == '\0');
}

static void a_rule_holds_for_who_comes_from_its_networks(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic near from 192.0.2.0/24\n"
                                    "allow alice to read topic far from 198.51.100.0/24\n"
                                    "allow alice to read topic not from not 192.0.2.7\n");
    uint64_t alice = fixture_gate(f, "alice");

    assert_true(may_read(f, alice, "near"));
    assert_false(may_read(f, alice, "far"));
    assert_false(may_read(f, alice, "not"));
    fixture_free(&f);
}

static void a_rule_holds_for_who_logged_in_by_its_method(void **state)
{
    (void)state;
    static const struct {
        const char *mechanism;
        const char *topic; /* the one that it opens */
    } cases[] = {
        {"X509", "mtls"},
        {"GSSAPI", "gssapi"},
        {"OAUTHBEARER", "oauth"},
        {"SCRAM-SHA-256", "scram256"},
        {"SCRAM-SHA-512", "scram512"},
        {"PLAIN", "plain"},
        {"OWN", "none"},
        {"", "none"},
    };
    struct fixture *f = fixture_new("allow alice to read topic mtls with mtls\n"
                                    "allow alice to read topic gssapi with gssapi\n"
                                    "allow alice to read topic oauth with oauth\n"
                                    "allow alice to read topic scram256 with scram256\n"
                                    "allow alice to read topic scram512 with scram512\n"
                                    "allow alice to read topic plain with plain\n");
    uint64_t alice = fixture_gate(f, "alice");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        log_in(f, alice, cases[i].mechanism);
        for (size_t k = 0; k < 6; k++) {
            const char *topic = cases[k].topic;
            assert_int_equal(
                may_read(f, alice, topic), strcmp(topic, cases[i].topic) == 0);
        }
    }
    fixture_free(&f);
}

static enum err told(
    struct fixture *f, uint64_t gate, const char *issuer, struct ipc_view groups)
{
    const struct ipc_auth_result result = {
        .groups = groups, .issuer = {(const uint8_t *)issuer, strlen(issuer)}};

    return broker_authz_set_facts(session(f, gate), &result);
}

#define GROUPS(text) ((struct ipc_view){(const uint8_t *)(text), sizeof(text) - 1})

static void a_rule_holds_for_whose_credential_has_that_issuer(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic *\n"
                                    "deny alice to read topic t with issuer \"CN=old\"\n"
                                    "allow bob to read topic t with issuer \"CN=new\"\n");
    uint64_t alice = fixture_gate(f, "alice");
    uint64_t bob = fixture_gate(f, "bob");

    assert_true(may_read(f, alice, "t"));
    assert_false(may_read(f, bob, "t"));
    assert_int_equal(told(f, alice, "CN=old", GROUPS("")), OK);
    assert_int_equal(told(f, bob, "CN=new", GROUPS("")), OK);
    assert_false(may_read(f, alice, "t"));
    assert_true(may_read(f, bob, "t"));
    log_in(f, alice, "X509"); /* what was told before the login counts after it */
    assert_false(may_read(f, alice, "t"));
    assert_int_equal(told(f, alice, "CN=old2", GROUPS("")), OK);
    assert_int_equal(told(f, bob, "", GROUPS("")), OK);
    assert_true(may_read(f, alice, "t"));
    assert_false(may_read(f, bob, "t"));
    fixture_free(&f);
}

static void what_can_not_be_is_not_taken_over(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    uint64_t alice = fixture_gate(f, "alice");

    assert_int_equal(told(f, alice, "CN=a", GROUPS("g\0")), OK);
    assert_int_equal(told(f, alice, "a\nb", GROUPS("")), ERR_INVALID);
    assert_int_equal(told(f, alice, "a\x7f", GROUPS("")), ERR_INVALID);
    assert_int_equal(told(f, alice, "\xff", GROUPS("")), ERR_INVALID);
    assert_int_equal(told(f, alice, "CN=a", GROUPS("g")), ERR_INVALID);
    assert_int_equal(session(f, alice)->authz.issuer.length, 0);
    assert_int_equal(session(f, alice)->authz.groups.length, 0);
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_int_equal(told(f, alice, "CN=a", GROUPS("g\0")), ERR_NOMEM);
        mem_fail_after(-1);
        assert_int_equal(session(f, alice)->authz.groups.length, 0);
    }
    fixture_free(&f);
}

/* By a token they are claims, by anything else the directory's. */
static void a_group_is_of_a_token_or_of_a_directory(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("team tokens from claim \"ops\"\n"
                                    "team people from ldap \"ops\"\n"
                                    "allow @tokens to read topic tokens\n"
                                    "allow @people to read topic people\n");
    uint64_t alice = fixture_gate(f, "alice");

    assert_int_equal(told(f, alice, "", GROUPS("dev\0ops\0")), OK);
    log_in(f, alice, "OAUTHBEARER");
    assert_true(may_read(f, alice, "tokens"));
    assert_false(may_read(f, alice, "people"));
    log_in(f, alice, "PLAIN");
    assert_false(may_read(f, alice, "tokens"));
    assert_true(may_read(f, alice, "people"));
    assert_int_equal(told(f, alice, "", GROUPS("ops2\0")), OK);
    assert_false(may_read(f, alice, "people"));
    fixture_free(&f);
}

static void who_did_not_log_in_is_anonymous_whatever_the_name(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow anonymous to read topic open\n");
    uint64_t alice = fixture_gate(f, "alice");

    log_in(f, alice, "PLAIN");
    assert_false(may_read(f, alice, "open"));
    log_in(f, alice, "");
    assert_true(may_read(f, alice, "open"));
    fixture_free(&f);
}

static void a_rule_with_an_end_holds_while_the_clock_is_sure(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t until 2999-01-01\n"
                                    "allow alice to read topic past until 2001-01-01\n"
                                    "allow alice to read topic open\n");
    uint64_t alice = fixture_gate(f, "alice");

    set_clock(f, true);
    assert_true(may_read(f, alice, "t"));
    assert_false(may_read(f, alice, "past"));
    set_clock(f, false);
    assert_false(may_read(f, alice, "t"));
    assert_true(may_read(f, alice, "open"));
    fixture_free(&f);
}

static void an_age_stays_what_it_is_when_the_clock_is_set(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t with age < 1h\n");
    uint64_t alice = fixture_gate(f, "alice");

    broker_principal_login(session(f, alice));
    assert_true(may_read(f, alice, "t"));
    session(f, alice)->authenticated_ms -= 7200000; /* two hours on */
    assert_true(may_read(f, alice, "t"));
    session(f, alice)->authenticated_ms += 14400000; /* and back again */
    assert_true(may_read(f, alice, "t"));
    session(f, alice)->authenticated_mono_ms -= 7200000;
    assert_false(may_read(f, alice, "t"));
    fixture_free(&f);
}

/* Of a session only the least version that its listener takes is known. */
static void a_deny_counts_where_tls_may_be_as_late_as_it_says(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic s\n"
                                    "deny alice to read topic s with tls >= 1.3\n"
                                    "allow alice to read topic t with tls >= 1.3\n");
    uint64_t alice = fixture_gate(f, "alice");

    f->broker.listeners[0].tls_min = 0x0303;
    assert_false(may_read(f, alice, "s"));
    assert_false(may_read(f, alice, "t"));
    f->broker.listeners[0].tls_min = 0x0304;
    assert_true(may_read(f, alice, "t"));
    f->broker.listeners[0].tls_min = 0;
    assert_true(may_read(f, alice, "s"));
    assert_false(may_read(f, alice, "t"));
    fixture_free(&f);
}

static void another_policy_knows_the_session_anew(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t\n");
    uint64_t alice = fixture_gate(f, "alice");

    assert_true(may_read(f, alice, "t"));
    fixture_set_policy(f, "allow aaron, bob to read topic t\n");
    assert_false(may_read(f, alice, "t"));
    fixture_set_policy(f, "team ops = { zoe, alice }\nallow @ops to read topic t\n");
    assert_true(may_read(f, alice, "t"));
    fixture_free(&f);
}

/* A client that only reads on asks nothing: its right ends all the same. */
static void what_was_opened_ends_with_the_rule(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t until 2999-01-01\n");
    uint64_t alice = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    set_clock(f, true);
    (void)fixture_open(f, alice, "t");
    assert_int_equal(f->grants, 1);
    assert_int_equal(f->revokes, 0);
    set_clock(f, false);
    for (int i = 0; i < 5 && f->revokes == 0; i++) {
        fixture_wait(f);
        fixture_pump(f);
    }
    assert_true(f->revokes > 0);
    assert_true(fixture_is_killed(f, alice));
    fixture_free(&f);
}

/* To the millisecond, for who asks and for who only reads on. */
static void a_right_ends_at_the_moment_that_the_rule_names(void **state)
{
    (void)state;
    wall_ms = END_MS - 20;
    struct fixture *f = fixture_new("allow alice to read topic t until 2100-01-01\n"
                                    "deny alice to read topic u until 2100-01-01\n"
                                    "allow alice to read topic u\n");
    uint64_t alice = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    set_clock(f, true);
    (void)fixture_open(f, alice, "t");
    assert_int_equal(f->grants, 1);
    assert_false(may_read(f, alice, "u"));
    wall_ms = END_MS - 1;
    fixture_wait(f); /* the timer for the end: not yet */
    fixture_pump(f);
    assert_true(may_read(f, alice, "t"));
    assert_int_equal(f->revokes, 0);
    wall_ms = END_MS;
    assert_false(may_read(f, alice, "t"));
    assert_true(may_read(f, alice, "u"));
    fixture_wait(f);
    fixture_pump(f);
    assert_true(f->revokes > 0);
    assert_true(fixture_is_killed(f, alice));
    wall_ms = 0;
    fixture_free(&f);
}

static void a_right_begins_at_the_moment_that_the_rule_names(void **state)
{
    (void)state;
    wall_ms = END_MS - 1;
    struct fixture *f = fixture_new("allow alice to read topic t after 2100-01-01\n"
                                    "deny alice to read topic u after 2100-01-01\n"
                                    "allow alice to read topic u\n");
    uint64_t alice = fixture_gate(f, "alice");

    fixture_topic(f, "u");
    set_clock(f, true);
    (void)fixture_open(f, alice, "u");
    assert_false(may_read(f, alice, "t"));
    assert_true(may_read(f, alice, "u"));
    wall_ms = END_MS;
    assert_true(may_read(f, alice, "t"));
    assert_false(may_read(f, alice, "u"));
    fixture_wait(f);
    fixture_pump(f);
    assert_true(fixture_is_killed(f, alice));
    wall_ms = 0;
    fixture_free(&f);
}

/* Whoever sets the clock back gives nobody a right back that the kernel is not sure of. */
static void a_clock_that_is_set_back_and_not_sure_gives_nothing_back(void **state)
{
    (void)state;
    wall_ms = END_MS;
    struct fixture *f = fixture_new("allow alice to read topic t until 2100-01-01\n");
    uint64_t alice = fixture_gate(f, "alice");

    set_clock(f, true);
    assert_false(may_read(f, alice, "t"));
    wall_ms = END_MS - 3600000;
    set_clock(f, false);
    assert_false(may_read(f, alice, "t"));
    set_clock(f, true);
    assert_true(may_read(f, alice, "t"));
    wall_ms = 0;
    fixture_free(&f);
}

#define AGE_MS 3600000

static void a_login_ages_and_one_anew_is_young(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t with age < 1h\n");
    uint64_t alice = fixture_gate(f, "alice");

    fixture_topic(f, "t");
    set_clock(f, true);
    session(f, alice)->authenticated_ms = END_MS; /* when does not matter */
    session(f, alice)->authenticated_mono_ms = clock_mono_ms() - AGE_MS / 2;
    (void)fixture_open(f, alice, "t");
    assert_int_equal(f->grants, 1);
    assert_true(may_read(f, alice, "t"));
    session(f, alice)->authenticated_mono_ms = clock_mono_ms() - AGE_MS;
    assert_false(may_read(f, alice, "t"));
    session(f, alice)->authenticated_mono_ms = clock_mono_ms();
    assert_true(may_read(f, alice, "t"));
    session(f, alice)->authenticated_mono_ms = clock_mono_ms() - AGE_MS;
    for (int i = 0; i < 3 && f->revokes == 0; i++) {
        fixture_wait(f);
        fixture_pump(f);
    }
    assert_true(fixture_is_killed(f, alice));
    fixture_free(&f);
}

static void without_such_rules_nobody_looks_each_second(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t until 2999-01-01\n");

    assert_true(f->broker.review.timer.armed);
    fixture_set_policy(f, "allow alice to read topic t\n");
    assert_false(f->broker.review.timer.armed);
    fixture_free(&f);
}

static void a_deny_of_idempotent_write_stops_nobody_who_may_write_a_topic(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("deny any to idempotent-write cluster\n"
                                    "allow alice to write topic t\n"
                                    "allow bob to idempotent-write cluster\n");

    assert_true(broker_may_write_idempotent(session(f, fixture_gate(f, "alice"))));
    assert_false(broker_may_write_idempotent(session(f, fixture_gate(f, "bob"))));
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_holds_for_who_comes_from_its_networks),
        cmocka_unit_test(a_rule_holds_for_who_logged_in_by_its_method),
        cmocka_unit_test(a_rule_holds_for_whose_credential_has_that_issuer),
        cmocka_unit_test(what_can_not_be_is_not_taken_over),
        cmocka_unit_test(a_group_is_of_a_token_or_of_a_directory),
        cmocka_unit_test(who_did_not_log_in_is_anonymous_whatever_the_name),
        cmocka_unit_test(a_rule_with_an_end_holds_while_the_clock_is_sure),
        cmocka_unit_test(an_age_stays_what_it_is_when_the_clock_is_set),
        cmocka_unit_test(a_deny_counts_where_tls_may_be_as_late_as_it_says),
        cmocka_unit_test(another_policy_knows_the_session_anew),
        cmocka_unit_test(what_was_opened_ends_with_the_rule),
        cmocka_unit_test(a_right_ends_at_the_moment_that_the_rule_names),
        cmocka_unit_test(a_right_begins_at_the_moment_that_the_rule_names),
        cmocka_unit_test(a_clock_that_is_set_back_and_not_sure_gives_nothing_back),
        cmocka_unit_test(a_login_ages_and_one_anew_is_young),
        cmocka_unit_test(without_such_rules_nobody_looks_each_second),
        cmocka_unit_test(a_deny_of_idempotent_write_stops_nobody_who_may_write_a_topic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
