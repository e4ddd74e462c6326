/* What the broker knows of a session, as the rules ask for it. */
#include "broker_authz.h"
#include "broker_fixture.h"
#include "broker_principal.h"
#include "test.h"

#include <string.h>

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

static void without_such_rules_nobody_looks_each_second(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to read topic t until 2999-01-01\n");

    assert_true(f->broker.authz.review.armed);
    fixture_set_policy(f, "allow alice to read topic t\n");
    assert_false(f->broker.authz.review.armed);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_holds_for_who_comes_from_its_networks),
        cmocka_unit_test(a_rule_holds_for_who_logged_in_by_its_method),
        cmocka_unit_test(who_did_not_log_in_is_anonymous_whatever_the_name),
        cmocka_unit_test(a_rule_with_an_end_holds_while_the_clock_is_sure),
        cmocka_unit_test(an_age_stays_what_it_is_when_the_clock_is_set),
        cmocka_unit_test(a_deny_counts_where_tls_may_be_as_late_as_it_says),
        cmocka_unit_test(another_policy_knows_the_session_anew),
        cmocka_unit_test(what_was_opened_ends_with_the_rule),
        cmocka_unit_test(without_such_rules_nobody_looks_each_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
