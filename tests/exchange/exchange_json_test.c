#include "exchange_fixture.h"

#define GUESS EXCHANGE_FORMAT_GUESS
#define ACL(name, operation, permission)                                                 \
    "{\"mode\":\"managed\",\"type\":\"kafka_acl\",\"name\":\"n\",\"instances\":[{"       \
    "\"attributes\":{\"acl_host\":\"*\",\"acl_operation\":\"" operation                  \
    "\",\"acl_permission_type\":\"" permission "\",\"acl_principal\":\"User:p\","        \
    "\"resource_name\":\"" name "\",\"resource_pattern_type_filter\":\"Literal\","       \
    "\"resource_type\":\"Topic\"}}]}"
#define MAY(principal, type, name, operation)                                            \
    "{\"principal\":\"" principal "\",\"host\":\"*\",\"resource_type\":\"" type          \
    "\",\"resource_name\":\"" name "\",\"resource_pattern_type\":\"LITERAL\","           \
    "\"operation\":\"" operation "\",\"permission\":\"ALLOW\"}"

static void a_state_of_terraform_becomes_statements(void **state)
{
    (void)state;
    expect_import(GUESS,
        "{\"version\":4,\"resources\":[" ACL("a", "Read", "Allow") "," ACL(
            "b", "All", "Deny") ",{\"mode\":\"managed\",\"type\":\"kafka_topic\","
                                "\"name\":\"x\",\"instances\":[{}]}"
                                ",{\"mode\":\"managed\",\"type\":\"confluent_kafka_acl\","
                                "\"name\":\"c\","
                                "\"instances\":[{\"attributes\":{\"resource_type\":"
                                "\"TRANSACTIONAL_ID\","
                                "\"resource_name\":\"t\",\"pattern_type\":\"PREFIXED\","
                                "\"principal\":\"User:p\","
                                "\"host\":\"10.0.0.1\",\"operation\":\"WRITE\","
                                "\"permission\":\"ALLOW\"}}]}]}",
        "deny p to all topic b\n"
        "allow p to consume topic a\n"
        "allow p to produce txn t* from 10.0.0.1\n",
        0);
}

static void an_attribute_that_is_missing_or_wrong_is_said(void **state)
{
    (void)state;
    expect_import(GUESS,
        "{\"resources\":[" ACL("a", "Fly", "Allow") "," ACL(
            "a", "Read", "Perhaps") ",{\"type\":\"kafka_acl\",\"name\":\"e\","
                                    "\"instances\":[{},{\"attributes\":"
                                    "{\"resource_type\":\"Topic\",\"resource_name\":"
                                    "\"a\",\"acl_principal\":\"User:p\","
                                    "\"acl_operation\":\"Read\",\"acl_permission_type\":"
                                    "\"Allow\"}}]}]}",
        "# not taken: kafka_acl.n[0]: unknown operation 'Fly' (of User:p on a)\n"
        "# not taken: kafka_acl.n[0]: unknown permission 'Perhaps' (of User:p on a)\n"
        "# not taken: kafka_acl.e[0]: unknown kind of resource '(missing)' (of (missing) "
        "on (missing))\n"
        "# not taken: kafka_acl.e[1]: no name, principal or host '' (of User:p on a)\n",
        4);
}

static void a_role_of_redpanda_becomes_a_team_and_its_rules(void **state)
{
    (void)state;
    expect_import(GUESS,
        "{\"permissions\":[" MAY("RedpandaRole:red", "TOPIC", "a", "READ") "," MAY(
            "RedpandaRole:red", "GROUP", "g",
            "READ") "],"
                    "\"members\":[{\"name\":\"bob\",\"principal_type\":\"User\"},"
                    "{\"name\":\"CN=x\",\"principal_type\":\"User\"}]}",
        "team red = { bob, \"CN=x\" }\n"
        "allow @red to consume topic a group g\n",
        0);
    expect_import(GUESS, "{\"matches\":[" MAY("User:bob", "TOPIC", "a", "WRITE") "]}",
        "allow bob to produce topic a\n", 0);
}

static void a_role_without_members_gives_nobody_anything(void **state)
{
    (void)state;
    expect_import(GUESS,
        "[{\"name\":\"red\",\"members\":[{\"name\":\"g\",\"principal_type\":\"Group\"},"
        "{\"name\":\"*\"}],\"permissions\":[" MAY(
            "RedpandaRole:red", "TOPIC", "a", "READ") "]},7]",
        "# not taken: the member 'g' of a role\n"
        "# not taken: the member 'User:*' of a role\n"
        "# not taken: allow RedpandaRole:red to READ TOPIC a from *: the principal can "
        "not be written in a policy\n",
        3);
    expect_import(GUESS, "{\"members\":[{\"name\":\"bob\"}]}",
        "# not taken: the members of a role without a name\n", 1);
}

static void a_role_that_is_said_twice_is_one_team(void **state)
{
    (void)state;
    expect_import(GUESS,
        "[{\"name\":\"red\",\"members\":[\"bob\"],\"permissions\":[" MAY(
            "RedpandaRole:red", "TOPIC", "a",
            "READ") "]},"
                    "{\"name\":\"red\",\"members\":[\"bob\",\"eve\"],\"permissions\":"
                    "[" MAY("RedpandaRole:red", "TOPIC", "b", "READ") "]}]",
        "team red = { bob, bob, eve }\n"
        "allow @red to consume topic a, b\n",
        0);
}

static void other_json_is_refused(void **state)
{
    (void)state;
    expect_refused(GUESS, "{", "line 1: this is no JSON");
    expect_refused(GUESS, "{\"a\":1,\"a\":2}", "this is no JSON: duplicate object key");
    expect_refused(GUESS, "{\"a\":\"\\u0000\"}", "this is no JSON");
    expect_refused(GUESS, "{}", "neither a state of Terraform nor roles of Redpanda");
    expect_refused(GUESS, "[]", "neither");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_of_terraform_becomes_statements),
        cmocka_unit_test(an_attribute_that_is_missing_or_wrong_is_said),
        cmocka_unit_test(a_role_of_redpanda_becomes_a_team_and_its_rules),
        cmocka_unit_test(a_role_without_members_gives_nobody_anything),
        cmocka_unit_test(a_role_that_is_said_twice_is_one_team),
        cmocka_unit_test(other_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
