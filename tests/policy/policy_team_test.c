/* Who is asked about: teams, everybody, nobody, super users, and what else decides. */
#include "policy_build_fixture.h"

#include <stdio.h>

#define READ  POLICY_BIT(POLICY_READ)
#define WRITE POLICY_BIT(POLICY_WRITE)

static struct policy_view none(void)
{
    return view_of("");
}

/* Teams 0 (listed), 1 (from ldap) and 2 (from a claim), each with a topic. */
static struct policy *three_teams(void)
{
    struct policy_build *b = begin_build();
    const struct policy_view members[] = {view_of("User:a"), view_of("User:b")};
    const struct rule rules[] = {
        {POLICY_ALLOW, "@0", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_ALLOW, "@1", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_ALLOW, "@2", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_DENY, "@2", READ, POLICY_TOPIC, "u*", {0}},
    };

    (void)policy_build_team(b, view_of("listed"), members, 2, none(), none());
    (void)policy_build_team(
        b, view_of("outside"), members, 1, view_of("ldap"), view_of("g"));
    (void)policy_build_team(
        b, view_of("claimed"), NULL, 0, view_of("claim"), view_of("g"));
    for (size_t i = 0; i < 4; i++) {
        add_rule(b, &rules[i]);
    }
    return finish_build(b, 0);
}

static void a_team_has_the_members_that_are_listed(void **state)
{
    (void)state;
    struct policy *p = three_teams();
    struct asker a = asker("User:a");
    struct asker b = asker("User:b");
    struct asker c = asker("User:c");

    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").rule, 0);
    assert_int_equal(ask(p, &b, POLICY_READ, POLICY_TOPIC, "t").rule, 0);
    assert_false(ask(p, &c, POLICY_READ, POLICY_TOPIC, "t").allowed);
    policy_free(&p);
}

static void a_team_has_those_whom_its_source_puts_into_its_group(void **state)
{
    (void)state;
    struct policy *p = three_teams();
    struct asker c = asker("User:c");
    struct policy_group group = {view_of("ldap"), view_of("g")};

    c.identity.groups = &group;
    c.identity.group_count = 1;
    assert_int_equal(ask(p, &c, POLICY_READ, POLICY_TOPIC, "t").rule, 1);
    group.source = view_of("claim");
    assert_int_equal(ask(p, &c, POLICY_READ, POLICY_TOPIC, "t").rule, 2);
    group.name = view_of("G");
    assert_false(ask(p, &c, POLICY_READ, POLICY_TOPIC, "t").allowed);
    group = (struct policy_group){none(), none()}; /* as a team without a source has it */
    assert_false(ask(p, &c, POLICY_READ, POLICY_TOPIC, "t").allowed);
    policy_free(&p);
}

static void rules_of_several_teams_add_up_and_deny_wins(void **state)
{
    (void)state;
    struct policy *p = three_teams();
    struct asker a = asker("User:a");
    const struct policy_group group = {view_of("claim"), view_of("g")};

    a.identity.groups = &group;
    a.identity.group_count = 1;
    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").rule, 0);
    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "ux").rule, 3);
    policy_free(&p);
}

static void nobody_is_in_two_teams_that_exclude_each_other(void **state)
{
    (void)state;
    struct policy_build *b = begin_build();
    const struct policy_view members[] = {view_of("User:a")};
    const struct rule rule = {POLICY_ALLOW, "any", READ, POLICY_TOPIC, "*", {0}};
    const struct policy_group group = {view_of("ldap"), view_of("audit")};

    (void)policy_build_team(b, view_of("ops"), members, 1, none(), none());
    (void)policy_build_team(
        b, view_of("audit"), NULL, 0, view_of("ldap"), view_of("audit"));
    policy_build_exclusive(b, 1, 0);
    policy_build_exclusive(b, 0, 1);
    policy_build_exclusive(b, 1, 1);
    add_rule(b, &rule);
    struct policy *p = finish_build(b, POLICY_ALLOW_EVERYONE);
    struct asker a = asker("User:a");
    assert_true(may_read(p, &a));
    a.identity.groups = &group;
    a.identity.group_count = 1;
    a.identity.is_super = true;
    assert_false(may_read(p, &a));
    assert_string_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").id, "excluded");
    struct policy_who who;
    policy_resolve(p, &a.identity, &who);
    assert_true(who.is_excluded);
    assert_false(policy_allows_any(p, &who, &a.context, POLICY_READ, POLICY_TOPIC));
    struct asker c = asker("User:c");
    c.identity.groups = &group;
    c.identity.group_count = 1;
    assert_true(may_read(p, &c));
    policy_free(&p);
}

static void who_is_in_more_teams_than_count_may_do_nothing(void **state)
{
    (void)state;
    struct policy_build *b = begin_build();
    struct policy_group groups[POLICY_TEAMS_MAX + 1];
    char names[POLICY_TEAMS_MAX + 1][8];
    const struct rule rule = {POLICY_ALLOW, "any", READ, POLICY_TOPIC, "*", {0}};

    for (size_t i = 0; i <= POLICY_TEAMS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "g%zu", i);
        groups[i] = (struct policy_group){view_of("ldap"), view_of(names[i])};
        (void)policy_build_team(
            b, view_of(names[i]), NULL, 0, groups[i].source, groups[i].name);
    }
    add_rule(b, &rule);
    struct policy *p = finish_build(b, 0);
    struct asker a = asker("User:a");
    a.identity.groups = groups;
    a.identity.group_count = POLICY_TEAMS_MAX;
    assert_true(may_read(p, &a));
    a.identity.group_count++;
    assert_false(may_read(p, &a));
    policy_free(&p);
}

static void the_same_team_twice_counts_once(void **state)
{
    (void)state;
    struct policy *p = three_teams();
    const struct policy_group groups[] = {
        {view_of("ldap"), view_of("g")}, {view_of("ldap"), view_of("g")}};
    const struct policy_identity a = {
        .principal = view_of("User:a"), .groups = groups, .group_count = 2};
    struct policy_who who;

    policy_resolve(p, &a, &who);
    assert_int_equal(who.count, 4); /* any, itself, two teams */
    policy_free(&p);
}

static void anonymous_is_who_did_not_log_in_whatever_the_name(void **state)
{
    (void)state;
    const struct rule rules[] = {
        {POLICY_ALLOW, "anonymous", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_ALLOW, "User:ANONYMOUS", READ, POLICY_TOPIC, "u", {0}},
    };
    struct policy *p = POLICY_OF(rules, 0);
    struct asker a = asker("User:ANONYMOUS");

    assert_false(may_read(p, &a));
    assert_true(ask(p, &a, POLICY_READ, POLICY_TOPIC, "u").allowed);
    a = asker("User:guest");
    a.identity.is_anonymous = true;
    assert_true(may_read(p, &a));
    assert_false(ask(p, &a, POLICY_READ, POLICY_TOPIC, "u").allowed);
    policy_free(&p);
}

static void a_principal_is_its_type_and_its_name(void **state)
{
    (void)state;
    const struct rule rules[] = {{POLICY_ALLOW, "User:a", READ, POLICY_TOPIC, "t", {0}}};
    struct policy *p = POLICY_OF(rules, 0);
    static const char *const others[] = {"Role:a", "User:A", "User:a ", "a", "", "User:"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct asker a = asker(others[i]);
        assert_false(may_read(p, &a));
    }
    struct asker a = asker("User:a");
    assert_true(may_read(p, &a));
    policy_free(&p);
}

static void a_super_user_is_under_denials_but_for_kafkas_way(void **state)
{
    (void)state;
    const struct rule rules[] = {{POLICY_DENY, "User:root", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_ALLOW, "any", READ, POLICY_TOPIC, "u", {0}}};
    struct policy *ours = POLICY_OF(rules, 0);
    struct policy *kafkas = POLICY_OF(rules, POLICY_COMPAT);
    struct asker root = asker("User:root");

    root.identity.is_super = true;
    assert_false(may_read(ours, &root));
    assert_int_equal(ask(ours, &root, POLICY_READ, POLICY_TOPIC, "u").rule, 1);
    assert_string_equal(
        ask(ours, &root, POLICY_WRITE, POLICY_TOPIC, "u").id, "super-user");
    assert_true(may_read(kafkas, &root));
    assert_string_equal(
        ask(kafkas, &root, POLICY_READ, POLICY_TOPIC, "u").id, "super-user");
    struct asker a = asker("User:a");
    assert_false(may_read(kafkas, &a));
    policy_free(&ours);
    policy_free(&kafkas);
}

static void everyone_may_where_no_rule_names_the_resource(void **state)
{
    (void)state;
    const struct rule rules[] = {
        {POLICY_ALLOW, "User:b", POLICY_BIT(POLICY_WRITE), POLICY_TOPIC, "named", {0}},
        {POLICY_DENY, "User:b", READ, POLICY_TOPIC, "pre*", {0}},
        {POLICY_DELEGATE, "any", READ, POLICY_TOPIC, "t", {0}},
        {POLICY_NEVER, "any", READ, POLICY_TOPIC, "t", {0}},
    };
    struct policy *p = POLICY_OF(rules, POLICY_ALLOW_EVERYONE);
    struct asker a = asker("User:a");

    assert_true(may_read(p, &a)); /* what is said of other rules names nothing */
    assert_string_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "t").id, "everyone");
    assert_false(ask(p, &a, POLICY_READ, POLICY_TOPIC, "named").allowed);
    assert_false(ask(p, &a, POLICY_READ, POLICY_TOPIC, "prefixed").allowed);
    assert_true(ask(p, &a, POLICY_READ, POLICY_GROUP, "named").allowed);
    policy_free(&p);
    p = POLICY_OF(rules, 0);
    assert_false(may_read(p, &a));
    policy_free(&p);
}

/* The compiler can not say who is in a group, nor who anonymous sessions pass for. */
static void no_allow_rule_counts_for_whom_a_login_puts_under_a_never(void **state)
{
    (void)state;
    const struct rule rules[] = {
        {POLICY_NEVER, "@0", READ, POLICY_TOPIC, "pci.*", {0}},
        {POLICY_ALLOW, "User:a", READ | WRITE, POLICY_TOPIC, "pci.*", {0}},
        {POLICY_NEVER, "anonymous", READ, POLICY_TOPIC, "open", {0}},
        {POLICY_ALLOW, "User:kiosk", READ | WRITE, POLICY_TOPIC, "open", {0}},
    };
    struct policy_build *build = begin_build();
    (void)policy_build_team(
        build, view_of("outside"), NULL, 0, view_of("ldap"), view_of("cn=outside"));
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        add_rule(build, &rules[i]);
    }
    struct policy *p = finish_build(build, 0);
    const struct policy_group group = {view_of("ldap"), view_of("cn=outside")};
    struct asker a = asker("User:a");

    assert_true(ask(p, &a, POLICY_READ, POLICY_TOPIC, "pci.x").allowed);
    a.identity.groups = &group;
    a.identity.group_count = 1;
    assert_false(ask(p, &a, POLICY_READ, POLICY_TOPIC, "pci.x").allowed);
    assert_int_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "pci.x").rule, 0);
    assert_true(ask(p, &a, POLICY_WRITE, POLICY_TOPIC, "pci.x").allowed);
    a.identity.is_super = true;
    assert_string_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "pci.x").id, "super-user");
    a = asker("User:kiosk");
    assert_true(ask(p, &a, POLICY_READ, POLICY_TOPIC, "open").allowed);
    a.identity.is_anonymous = true;
    assert_false(ask(p, &a, POLICY_READ, POLICY_TOPIC, "open").allowed);
    assert_true(ask(p, &a, POLICY_WRITE, POLICY_TOPIC, "open").allowed);
    policy_free(&p);
}

static bool admits(const struct policy *p, const char *name, uint32_t *never)
{
    struct asker a = asker("User:a");
    struct policy_who who;

    policy_resolve(p, &a.identity, &who);
    const struct policy_query q = {
        .who = &who,
        .context = &a.context,
        .operation = POLICY_READ,
        .resource = POLICY_TOPIC,
        .name = view_of(name),
    };
    return policy_admits(p, &q, never);
}

static void other_rules_count_where_it_is_delegated_and_never_is_not_said(void **state)
{
    (void)state;
    const struct rule rules[] = {
        {POLICY_DELEGATE, "any", POLICY_BITS_ALL, POLICY_TOPIC, "x.*", {0}},
        {POLICY_NEVER, "User:a", READ, POLICY_TOPIC, "x.pci*", {0}},
        {POLICY_NEVER, "User:b", READ, POLICY_TOPIC, "x.*", {0}},
    };
    struct policy *p = POLICY_OF(rules, 0);
    struct asker a = asker("User:a");
    uint32_t never = 0;

    assert_true(admits(p, "x.1", &never));
    assert_int_equal(never, POLICY_NO_RULE);
    assert_false(admits(p, "x.pci.1", &never));
    assert_int_equal(never, 1);
    assert_false(admits(p, "y", &never));
    assert_int_equal(never, POLICY_NO_RULE);
    /* They allow nothing, and deny nothing. */
    assert_string_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "x.1").id, "default");
    a.identity.is_super = true;
    assert_string_equal(ask(p, &a, POLICY_READ, POLICY_TOPIC, "x.pci").id, "super-user");
    policy_free(&p);
}

static void tokens_and_users_are_resources(void **state)
{
    (void)state;
    const struct rule rules[] = {
        {POLICY_ALLOW, "User:a", POLICY_BIT(POLICY_CREATE_TOKENS), POLICY_USER, "User:b*",
            {0}},
        {POLICY_ALLOW, "User:a", POLICY_BITS_ALL, POLICY_TOKEN, "id-1", {0}},
    };
    struct policy *p = POLICY_OF(rules, 0);
    struct asker a = asker("User:a");
    struct policy_who who;

    policy_resolve(p, &a.identity, &who);
    assert_true(ask(p, &a, POLICY_CREATE_TOKENS, POLICY_USER, "User:bob").allowed);
    assert_false(ask(p, &a, POLICY_DESCRIBE_TOKENS, POLICY_USER, "User:bob").allowed);
    assert_false(ask(p, &a, POLICY_CREATE_TOKENS, POLICY_USER, "User:al").allowed);
    assert_int_equal(
        policy_operations(p, &who, &a.context, POLICY_TOKEN, view_of("id-1")),
        POLICY_BIT(POLICY_DESCRIBE));
    policy_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_has_the_members_that_are_listed),
        cmocka_unit_test(a_team_has_those_whom_its_source_puts_into_its_group),
        cmocka_unit_test(rules_of_several_teams_add_up_and_deny_wins),
        cmocka_unit_test(nobody_is_in_two_teams_that_exclude_each_other),
        cmocka_unit_test(who_is_in_more_teams_than_count_may_do_nothing),
        cmocka_unit_test(the_same_team_twice_counts_once),
        cmocka_unit_test(anonymous_is_who_did_not_log_in_whatever_the_name),
        cmocka_unit_test(a_principal_is_its_type_and_its_name),
        cmocka_unit_test(a_super_user_is_under_denials_but_for_kafkas_way),
        cmocka_unit_test(everyone_may_where_no_rule_names_the_resource),
        cmocka_unit_test(no_allow_rule_counts_for_whom_a_login_puts_under_a_never),
        cmocka_unit_test(other_rules_count_where_it_is_delegated_and_never_is_not_said),
        cmocka_unit_test(tokens_and_users_are_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
