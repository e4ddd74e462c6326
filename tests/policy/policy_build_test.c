#include "policy_build_fixture.h"

#include "mem.h"
#include "policy_blob.h"

#include <stdio.h>

#define READ POLICY_BIT(POLICY_READ)

static enum err finish(struct policy_build *b, const char **too_many)
{
    struct buf blob;

    buf_init(&blob, (size_t)64 << 20);
    enum err e = policy_build_finish(b, &blob, too_many);
    assert_true(e == OK || blob.length == 0);
    buf_fini(&blob);
    policy_build_free(&b);
    return e;
}

static void nothing_at_all_is_a_policy(void **state)
{
    (void)state;
    struct policy_build *b = policy_build_new();
    struct policy *p = finish_build(b, 0);

    assert_int_equal(policy_header(p).rules, 0);
    assert_string_equal(policy_header(p).file, "");
    assert_string_equal(policy_header(p).cluster, "");
    policy_free(&p);
}

static void the_header_is_kept(void **state)
{
    (void)state;
    struct policy_build *b = begin_build();

    policy_build_header(b, view_of("prod"), UINT64_MAX, 3);
    struct policy *p = finish_build(b, 0);
    assert_string_equal(policy_header(p).cluster, "prod");
    assert_true(policy_header(p).serial == UINT64_MAX);
    assert_int_equal(policy_header(p).signatures, 3);
    assert_string_equal(policy_header(p).file, "main.policy");
    policy_free(&p);
}

static void names_may_hold_any_bytes(void **state)
{
    (void)state;
    static const char name[] = "\x01\xff \n";
    const struct rule rules[] = {
        {POLICY_ALLOW, "User:\xfe\x02", READ, POLICY_TOPIC, name, {0}}};
    struct policy *p = POLICY_OF(rules, 0);
    struct asker a = asker("User:\xfe\x02");

    assert_true(ask(p, &a, POLICY_READ, POLICY_TOPIC, name).allowed);
    policy_free(&p);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *who;
        const char *name;
        const char *id;
        const char *cluster;
    } cases[] = {
        {"", "t", "id", "c"},
        {"User:a", "", "id", "c"},
        {"User:a", "t", "", "c"},
        {"User:a", "t", "a\nb", "c"},
        {"User:a", "t",
            "12345678901234567890123456789012345678901234567890123456789012345", "c"},
        {"User:a", "t", "id", "c\x7f"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct policy_build *b = begin_build();
        const char *too_many = NULL;
        const struct policy_build_subject subject = {
            .kind = POLICY_SUBJECT_PRINCIPAL, .name = view_of(cases[i].who)};
        const struct policy_build_target target = {
            .resource = POLICY_TOPIC, .name = view_of(cases[i].name), .operations = READ};
        const struct policy_build_rule rule = {.id = view_of(cases[i].id),
            .subjects = &subject,
            .subject_count = 1,
            .targets = &target,
            .target_count = 1};
        policy_build_rule(b, &rule);
        policy_build_header(b, view_of(cases[i].cluster), 0, 0);
        assert_int_equal(finish(b, &too_many), ERR_INVALID);
        assert_null(too_many);
    }
}

static void conditions_that_ask_for_the_same_are_one(void **state)
{
    (void)state;
    struct policy_net net;
    assert_true(policy_net_parse(view_of("10.0.0.0/8"), &net));
    const struct policy_build_condition from = {.nets = &net, .net_count = 1};
    const struct rule rules[] = {
        {POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", from},
        {POLICY_DENY, "User:b", READ, POLICY_TOPIC, "u", from},
        {POLICY_ALLOW, "User:b", READ, POLICY_TOPIC, "u", {.tls_min = 0x0304}},
    };
    struct policy *p = POLICY_OF(rules, 0);

    assert_int_equal(p->counts[POLICY_CONDITIONS], 2);
    assert_int_equal(p->counts[POLICY_NETS], 1);
    policy_free(&p);
}

/* "outside" of no network, and times that are not there, ask for nothing. */
static void a_condition_that_asks_for_nothing_is_none(void **state)
{
    (void)state;
    const struct rule rules[] = {{POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t",
        {.is_outside = true, .issuer = {(const uint8_t *)"", 0}}}};
    struct policy *p = POLICY_OF(rules, 0);

    assert_int_equal(p->counts[POLICY_CONDITIONS], 0);
    policy_free(&p);
}

static void too_many_rules_are_told(void **state)
{
    (void)state;
    struct policy_build *b = begin_build();
    const struct rule rule = {POLICY_ALLOW, "any", READ, POLICY_TOPIC, "t", {0}};
    const char *too_many = NULL;

    for (int i = 0; i < POLICY_RULES_MAX + 2; i++) {
        add_rule(b, &rule);
    }
    assert_int_equal(finish(b, &too_many), ERR_FULL);
    assert_string_equal(too_many, "rules");
}

static void a_principal_in_too_many_teams_is_told(void **state)
{
    (void)state;
    struct policy_build *b = begin_build();
    const struct policy_view member = view_of("User:a");
    const char *too_many = NULL;

    for (int i = 0; i <= POLICY_TEAMS_MAX; i++) {
        (void)policy_build_team(b, view_of("t"), &member, 1, view_of(""), view_of(""));
    }
    assert_int_equal(finish(b, &too_many), ERR_FULL);
    assert_string_equal(too_many, "teams of one principal");
}

/* What one question may have to look at is bounded, and so is what a blob can ask for. */
static void too_much_work_for_one_name_is_told(void **state)
{
    (void)state;
    enum { NETS = 64, RULES = POLICY_WORK_MAX / (NETS + 1) };
    static struct policy_net nets[RULES + 1][NETS];

    for (size_t rules = RULES - 1; rules <= RULES + 1; rules += 2) {
        struct policy_build *b = begin_build();
        const char *too_many = NULL;
        for (size_t i = 0; i < rules; i++) {
            for (size_t k = 0; k < NETS; k++) { /* each rule's are others */
                nets[i][k] = (struct policy_net){.bits = 128};
                nets[i][k].address[14] = (uint8_t)(i >> 8);
                nets[i][k].address[15] = (uint8_t)i;
                nets[i][k].address[0] = (uint8_t)k;
            }
            const struct rule rule = {POLICY_ALLOW, "any", READ, POLICY_TOPIC, "t",
                {.nets = nets[i], .net_count = NETS}};
            add_rule(b, &rule);
        }
        assert_int_equal(finish(b, &too_many), rules < RULES ? OK : ERR_FULL);
        if (rules > RULES) {
            assert_string_equal(too_many, "rules with conditions for one name");
        }
    }
}

/* Prefixes of prefixes add up, one below the other. */
static void work_adds_up_below_prefixes(void **state)
{
    (void)state;
    struct policy_build *b = begin_build();
    char name[16] = "";
    static struct policy_net nets[1024];
    const char *too_many = NULL;

    for (size_t i = 0; i < 1024; i++) {
        nets[i] = (struct policy_net){.bits = 128};
        nets[i].address[0] = (uint8_t)(i >> 8);
        nets[i].address[1] = (uint8_t)i;
    }
    for (size_t i = 0; i < 10; i++) {
        name[i] = 'a';
        name[i + 1] = '*';
        for (uint16_t k = 0; k < 14; k++) {
            const struct rule rule = {POLICY_ALLOW, "any", READ, POLICY_TOPIC, name,
                {.nets = nets, .net_count = 1024, .tls_min = (uint16_t)(k + 1)}};
            add_rule(b, &rule);
        }
    }
    assert_int_equal(finish(b, &too_many), ERR_FULL);
    assert_string_equal(too_many, "rules with conditions for one name");
}

static enum err build_something(struct policy **out)
{
    struct policy_build *b = policy_build_new();
    const struct policy_view members[] = {view_of("User:a"), view_of("User:b")};
    const struct policy_view listener = view_of("IN");
    struct policy_net net = {.bits = 8};
    const char *too_many = NULL;
    struct buf blob;

    if (b == NULL) {
        return ERR_NOMEM;
    }
    const struct rule rules[] = {{POLICY_ALLOW, "any", READ, POLICY_TOPIC, "t*",
                                     {.nets = &net,
                                         .net_count = 1,
                                         .listeners = &listener,
                                         .listener_count = 1,
                                         .issuer = view_of("i")}},
        {POLICY_DENY, "User:c", READ, POLICY_GROUP, "g", {0}}};
    buf_init(&blob, 1 << 20);
    (void)policy_build_file(b, "f");
    uint32_t team =
        policy_build_team(b, view_of("team"), members, 2, view_of("ldap"), view_of("g"));
    uint32_t other =
        policy_build_team(b, view_of("other"), NULL, 0, view_of(""), view_of(""));
    policy_build_exclusive(b, team, other);
    add_rule(b, &rules[0]);
    add_rule(b, &rules[1]);
    policy_build_header(b, view_of("c"), 1, 0);
    enum err e = policy_build_finish(b, &blob, &too_many);
    policy_build_free(&b);
    assert_null(too_many);
    if (e == OK) {
        e = policy_load(blob.bytes, blob.length, 0, out);
    }
    buf_fini(&blob);
    return e;
}

static void every_failure_of_memory_is_told(void **state)
{
    (void)state;
    struct policy *p = NULL;
    long failures = 0;

    for (;; failures++) {
        mem_fail_after(failures);
        enum err e = build_something(&p);
        mem_fail_after(-1);
        if (e == OK) {
            break;
        }
        assert_int_equal(e, ERR_NOMEM);
        assert_null(p);
    }
    assert_true(failures > 40);
    policy_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_at_all_is_a_policy),
        cmocka_unit_test(the_header_is_kept),
        cmocka_unit_test(names_may_hold_any_bytes),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(conditions_that_ask_for_the_same_are_one),
        cmocka_unit_test(a_condition_that_asks_for_nothing_is_none),
        cmocka_unit_test(too_many_rules_are_told),
        cmocka_unit_test(a_principal_in_too_many_teams_is_told),
        cmocka_unit_test(too_much_work_for_one_name_is_told),
        cmocka_unit_test(work_adds_up_below_prefixes),
        cmocka_unit_test(every_failure_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
