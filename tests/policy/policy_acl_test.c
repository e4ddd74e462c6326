#include "policy_acl.h"
#include "policy_fixture.h"

#include <stdio.h>
#include <string.h>

/* All rules of a policy, one a line, sorted by nothing but how they come. */
static const char *all_of(const char *rules)
{
    static char text[4096];
    size_t length = 0;
    struct policy_acl_cursor cursor = {0};
    struct policy_acl acl;
    char whole[1024];

    (void)snprintf(whole, sizeof(whole), "policy 1\n%s", rules);
    struct policy *p = policy_of(whole);
    text[0] = '\0';
    while (policy_next_acl(p, &cursor, &acl)) {
        length += (size_t)snprintf(text + length, sizeof(text) - length,
            "%s %.*s %d on %d %.*s%s\n", acl.deny ? "deny" : "allow",
            (int)acl.principal.len, (const char *)acl.principal.ptr, acl.operation,
            (int)acl.resource, (int)acl.name.len, (const char *)acl.name.ptr,
            acl.is_prefix ? " and longer" : "");
    }
    policy_free(&p);
    return text;
}

static void a_rule_for_each_operation_implied_ones_too(void **state)
{
    (void)state;
    assert_string_equal(all_of("allow User:alice to read, write topic orders\n"),
        "allow User:alice 3 on 2 orders\n"
        "allow User:alice 4 on 2 orders\n"
        "allow User:alice 8 on 2 orders\n");
    assert_string_equal(all_of(""), "");
}

static void all_is_one_rule(void **state)
{
    (void)state;
    assert_string_equal(
        all_of("allow User:alice to all group g\n"), "allow User:alice 2 on 3 g\n");
    assert_string_equal(all_of("allow User:alice to all cluster\n"),
        "allow User:alice 2 on 4 kafka-cluster\n");
}

static void patterns_are_exact_prefixes_or_everything(void **state)
{
    (void)state;
    assert_string_equal(all_of("allow User:alice to describe topic pay.*\n"),
        "allow User:alice 8 on 2 pay. and longer\n");
    assert_string_equal(
        all_of("allow User:alice to describe topic *\n"), "allow User:alice 8 on 2 *\n");
    assert_string_equal(
        all_of("allow any to describe topic t\n"), "allow User:* 8 on 2 t\n");
}

static void a_team_is_its_members_and_itself_where_others_say_who_is_in_it(void **state)
{
    (void)state;
    assert_string_equal(all_of("team few = { alice, bob }\n"
                               "team more from ldap \"cn=more\"\n"
                               "allow @few to write topic t\n"
                               "deny @more to read topic t\n"),
        "allow User:alice 4 on 2 t\n"
        "allow User:bob 4 on 2 t\n"
        "allow User:alice 8 on 2 t\n"
        "allow User:bob 8 on 2 t\n"
        "deny more 3 on 2 t\n");
}

static void denied_operations_come_before_the_allowed_ones_of_a_pattern(void **state)
{
    (void)state;
    assert_string_equal(all_of("allow User:alice to read topic t\n"
                               "deny User:alice to write topic t\n"
                               "deny User:bob to all topic t\n"),
        "deny User:alice 4 on 2 t\n"
        "allow User:alice 3 on 2 t\n"
        "allow User:alice 8 on 2 t\n"
        "deny User:bob 2 on 2 t\n");
}

static void the_rest_of_one_subject_and_name_can_be_left_out(void **state)
{
    struct policy_acl_cursor cursor = {0};
    struct policy_acl acl;
    struct policy *p = policy_of("policy 1\n"
                                 "team few = { alice, bob }\n"
                                 "allow @few to write topic a\n"
                                 "deny @few to read topic a\n"
                                 "allow @few to describe topic b\n");

    (void)state;
    assert_true(policy_next_acl(p, &cursor, &acl));
    assert_true(acl.deny);
    policy_skip_acls(&cursor);
    assert_true(policy_next_acl(p, &cursor, &acl));
    assert_memory_equal(acl.name.ptr, "b", 1);
    assert_memory_equal(acl.principal.ptr, "User:alice", 10);
    policy_skip_acls(&cursor);
    assert_false(policy_next_acl(p, &cursor, &acl));
    policy_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_for_each_operation_implied_ones_too),
        cmocka_unit_test(all_is_one_rule),
        cmocka_unit_test(patterns_are_exact_prefixes_or_everything),
        cmocka_unit_test(a_team_is_its_members_and_itself_where_others_say_who_is_in_it),
        cmocka_unit_test(denied_operations_come_before_the_allowed_ones_of_a_pattern),
        cmocka_unit_test(the_rest_of_one_subject_and_name_can_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
