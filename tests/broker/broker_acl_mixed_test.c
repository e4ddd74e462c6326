/* Rules that clients set beside those of a file: policy.mode=mixed. */
#include "broker_acl.h"
#include "broker_authz.h"
#include "broker_fixture.h"
#include "broker_grant.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_acls.h"
#include "wire_delete_acls.h"
#include "wire_describe_acls.h"

#include <string.h>

enum { TOPIC = 2, GROUP = 3, CLUSTER = 4, LITERAL = 3, PREFIXED = 4, ANY = 1 };
enum { ALL = 2, DENY = 2, ALLOW = 3 };

static const char RULES[] = "delegate topic team.* group team.\n"
                            "delegate topic lent\n"
                            "team auditors = { carol }\n"
                            "allow alice to all cluster\n"
                            "allow bob to read topic team.a\n"
                            "deny mallory to all topic team.*\n"
                            "no-copies: never @auditors to write topic team.books.*\n"
                            "never any to alter-configs topic lent\n";

static struct fixture *f;
static uint64_t alice;

static int set_up(void **state)
{
    (void)state;
    f = fixture_new_in(RULES, IPC_POLICY_MIXED);
    alice = fixture_gate(f, "alice");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

struct rule {
    int8_t permission;
    const char *principal;
    int8_t operation;
    int8_t resource;
    int8_t pattern;
    const char *name;
};

static const struct create_acls_response_acl_creation_result *create(
    const struct rule *rule)
{
    struct create_acls_request_acl_creation creation = {.resource_type = rule->resource,
        .resource_name = fixture_view(rule->name),
        .resource_pattern_type = rule->pattern,
        .principal = fixture_view(rule->principal),
        .host = fixture_view("*"),
        .operation = rule->operation,
        .permission_type = rule->permission};
    struct create_acls_request r = {.creations = {.items = &creation, .count = 1}};
    const struct create_acls_response *a =
        fixture_call(f, alice, WIRE_API_CREATE_ACLS, 3, &r);

    return a->results.items;
}

static void create_good(int8_t permission, const char *principal, int8_t operation,
    int8_t pattern, const char *topic)
{
    const struct rule rule = {permission, principal, operation, TOPIC, pattern, topic};

    assert_int_equal(create(&rule)->error_code, WIRE_CODE_NONE);
}

static bool may(const char *user, enum policy_operation operation, const char *topic)
{
    uint64_t gate = fixture_gate(f, user);
    bool is_allowed = broker_may_quietly(broker_session_find(&f->broker, gate), operation,
        POLICY_TOPIC, fixture_view(topic));

    fixture_drop_gate(f, gate);
    return is_allowed;
}

static int32_t count(const char *principal)
{
    const struct describe_acls_request r = {.resource_type_filter = ANY,
        .pattern_type_filter = ANY,
        .principal_filter = fixture_view(principal),
        .operation = ANY,
        .permission_type = ANY};
    const struct describe_acls_response *a =
        fixture_call(f, alice, WIRE_API_DESCRIBE_ACLS, 3, &r);
    const struct describe_acls_resource *resources = a->resources.items;
    int32_t found = 0;

    for (int32_t i = 0; i < a->resources.count; i++) {
        found += resources[i].acls.count;
    }
    return found;
}

static bool begins_with(struct wire_view text, const char *beginning)
{
    return text.len > strlen(beginning) &&
           memcmp(text.ptr, beginning, strlen(beginning)) == 0;
}

static void a_rule_is_taken_where_the_file_delegates_all_that_it_is_about(void **state)
{
    static const struct {
        struct rule rule;
        bool is_taken;
    } rules[] = {
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, LITERAL, "team.x"}, true},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, LITERAL, "team."}, true},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, PREFIXED, "team."}, true},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, PREFIXED, "team.x"}, true},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, LITERAL, "lent"}, true},
        {{ALLOW, "User:dave", POLICY_READ, GROUP, LITERAL, "team."}, true},
        {{DENY, "User:*", ALL, TOPIC, PREFIXED, "team."}, true},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, LITERAL, "team"}, false},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, PREFIXED, "team"}, false},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, PREFIXED, "lent"}, false},
        {{ALLOW, "User:dave", POLICY_READ, TOPIC, LITERAL, "*"}, false},
        {{ALLOW, "User:dave", POLICY_READ, GROUP, LITERAL, "team.x"}, false},
        {{ALLOW, "User:dave", POLICY_ALTER, CLUSTER, LITERAL, "kafka-cluster"}, false},
        {{DENY, "User:dave", POLICY_READ, TOPIC, LITERAL, "orders"}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct create_acls_response_acl_creation_result *row =
            create(&rules[i].rule);
        assert_int_equal(row->error_code,
            rules[i].is_taken ? WIRE_CODE_NONE : WIRE_CODE_POLICY_VIOLATION);
        assert_true(rules[i].is_taken ||
                    begins_with(row->error_message,
                        "the policy (test.policy, serial 0) delegates nothing"));
    }
    assert_string_equal(
        f->last_denied, "create acl deny User:dave read topic orders from *");
}

static void what_shall_never_be_is_refused_with_its_place(void **state)
{
    static const struct rule rules[] = {
        {ALLOW, "User:carol", POLICY_WRITE, TOPIC, LITERAL, "team.books.a"},
        {ALLOW, "User:carol", ALL, TOPIC, LITERAL, "team.books.a"},
        {ALLOW, "User:carol", POLICY_WRITE, TOPIC, PREFIXED, "team."},
        {ALLOW, "User:carol", POLICY_WRITE, TOPIC, PREFIXED, "team.books.x"},
        {ALLOW, "User:*", POLICY_WRITE, TOPIC, PREFIXED, "team."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct create_acls_response_acl_creation_result *row = create(&rules[i]);
        assert_int_equal(row->error_code, WIRE_CODE_POLICY_VIOLATION);
        assert_true(begins_with(row->error_message,
            "the policy says that this shall never be: no-copies (test.policy:8) "));
    }
    const struct rule of_nobody = {
        ALLOW, "User:dave", POLICY_ALTER_CONFIGS, TOPIC, LITERAL, "lent"};
    assert_int_equal(create(&of_nobody)->error_code, WIRE_CODE_POLICY_VIOLATION);
    create_good(ALLOW, "User:carol", POLICY_READ, PREFIXED, "team.");
    create_good(ALLOW, "User:dave", POLICY_WRITE, LITERAL, "team.books.a");
    create_good(DENY, "User:carol", POLICY_WRITE, PREFIXED, "team.books.");
    assert_true(may("carol", POLICY_READ, "team.books.a"));
    assert_false(may("carol", POLICY_WRITE, "team.books.a"));
    assert_true(may("dave", POLICY_WRITE, "team.books.a"));
}

static void both_allow_and_either_denies(void **state)
{
    (void)state;
    create_good(ALLOW, "User:dave", POLICY_WRITE, PREFIXED, "team.");
    create_good(ALLOW, "User:mallory", POLICY_WRITE, PREFIXED, "team.");
    assert_true(may("bob", POLICY_READ, "team.a"));
    assert_true(may("dave", POLICY_WRITE, "team.a"));
    assert_false(may("bob", POLICY_WRITE, "team.a"));
    assert_false(may("mallory", POLICY_WRITE, "team.a")); /* the file denies */
    create_good(DENY, "User:*", POLICY_READ, LITERAL, "team.a");
    assert_false(may("bob", POLICY_READ, "team.a")); /* a client denies */
    assert_false(may("root", POLICY_READ, "team.a"));
    assert_true(may("root", POLICY_READ, "team.b"));
}

static void a_file_that_says_never_later_beats_an_older_rule(void **state)
{
    (void)state;
    create_good(ALLOW, "User:dave", ALL, PREFIXED, "team.");
    assert_true(may("dave", POLICY_DELETE, "team.a"));
    fixture_set_policy(f, "delegate topic team.*\n"
                          "allow alice to all cluster\n"
                          "never any to delete topic team.a\n");
    assert_false(may("dave", POLICY_DELETE, "team.a"));
    assert_true(may("dave", POLICY_DELETE, "team.b"));
    assert_true(may("dave", POLICY_READ, "team.a"));
}

static void what_is_no_longer_delegated_is_no_longer_allowed_and_still_denied(
    void **state)
{
    (void)state;
    create_good(ALLOW, "User:dave", ALL, PREFIXED, "team.");
    create_good(DENY, "User:bob", POLICY_READ, LITERAL, "team.a");
    fixture_set_policy(f, "allow alice to all cluster\n"
                          "allow bob to read topic team.*\n");
    assert_false(may("dave", POLICY_READ, "team.a"));
    assert_false(may("bob", POLICY_READ, "team.a"));
    assert_true(may("bob", POLICY_READ, "team.b"));
}

static void what_may_be_done_is_listed_as_it_is_judged(void **state)
{
    (void)state;
    create_good(ALLOW, "User:bob", POLICY_WRITE, PREFIXED, "team.");
    create_good(ALLOW, "User:bob", POLICY_DELETE, PREFIXED, "team.");
    create_good(DENY, "User:bob", POLICY_DELETE, LITERAL, "team.a");
    struct broker_session *s = broker_session_find(&f->broker, fixture_gate(f, "bob"));
    assert_int_equal(broker_operations(s, POLICY_TOPIC, fixture_view("team.a")),
        POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) | POLICY_BIT(POLICY_DESCRIBE));
    assert_int_equal(broker_operations(s, POLICY_TOPIC, fixture_view("team.b")),
        POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_WRITE) |
            POLICY_BIT(POLICY_DESCRIBE));
    assert_true(broker_may_write_idempotent(s));
    s = broker_session_find(&f->broker, fixture_gate(f, "dave"));
    assert_false(broker_may_write_idempotent(s));
}

static bool may_idempotent(const char *user)
{
    uint64_t gate = fixture_gate(f, user);
    bool is_allowed = broker_may_write_idempotent(broker_session_find(&f->broker, gate));

    fixture_drop_gate(f, gate);
    return is_allowed;
}

static void a_right_to_write_that_the_file_takes_away_is_none_to_write_anything(
    void **state)
{
    static const char *const files[] = {
        "allow alice to all cluster\n",
        "delegate group team.\n",
        "delegate topic team.*\ndeny dave to write topic *\n",
        "delegate topic team.*\ndeny any to write topic tea*\n",
        "delegate topic team.*\nnever dave to write topic team.*\n",
        "delegate topic team.\n",
    };

    (void)state;
    create_good(ALLOW, "User:dave", POLICY_WRITE, PREFIXED, "team.");
    assert_true(may_idempotent("dave"));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        fixture_set_policy(f, files[i]);
        assert_false(may_idempotent("dave"));
    }
    fixture_set_policy(f,
        "delegate topic team.*\ndeny dave to write topic team.\n"
        "deny any to read topic *\nnever dave to write topic team.a*\n");
    assert_true(may_idempotent("dave"));
}

static void everybody_is_allowed_only_what_neither_the_file_nor_a_client_has_a_rule_about(
    void **state)
{
    (void)state;
    f->policy_compat = true;
    f->policy_allow_everyone = true;
    fixture_restart(f);
    alice = fixture_gate(f, "alice");
    assert_false(may("erin", POLICY_READ, "team.x")); /* the file denies mallory that */
    assert_true(may("erin", POLICY_READ, "lent"));
    create_good(ALLOW, "User:dave", POLICY_READ, LITERAL, "lent");
    assert_true(may("dave", POLICY_READ, "lent"));
    assert_false(may("erin", POLICY_READ, "lent"));
    assert_true(may("root", POLICY_READ, "lent"));
    struct broker_session *s = broker_session_find(&f->broker, fixture_gate(f, "erin"));
    assert_int_equal(broker_operations(s, POLICY_TOPIC, fixture_view("lent")), 0);
    assert_true(may("erin", POLICY_READ, "other"));
}

static void both_are_told_and_only_those_of_clients_are_removed(void **state)
{
    struct delete_acls_filter filter = {.resource_type_filter = ANY,
        .pattern_type_filter = ANY,
        .operation = ANY,
        .permission_type = ANY};
    struct delete_acls_request r = {.filters = {.items = &filter, .count = 1}};

    (void)state;
    assert_int_equal(count("User:bob"), 2); /* read, and describe with it */
    create_good(ALLOW, "User:bob", POLICY_WRITE, PREFIXED, "team.");
    create_good(ALLOW, "User:bob", POLICY_READ, LITERAL, "team.a"); /* as the file */
    assert_int_equal(count("User:bob"), 3);
    const struct delete_acls_response *a =
        fixture_call(f, alice, WIRE_API_DELETE_ACLS, 3, &r);
    const struct delete_acls_filter_result *result = a->filter_results.items;
    assert_int_equal(result->error_code, WIRE_CODE_NONE);
    assert_int_equal(result->matching_acls.count, 2);
    assert_int_equal(count("User:bob"), 2);
    assert_true(may("bob", POLICY_READ, "team.a"));
}

static void rules_of_clients_stay_while_they_do_not_count(void **state)
{
    (void)state;
    create_good(ALLOW, "User:dave", POLICY_READ, PREFIXED, "team.");
    f->policy_mode = IPC_POLICY_FILE;
    fixture_restart(f);
    alice = fixture_gate(f, "alice");
    assert_false(may("dave", POLICY_READ, "team.a"));
    assert_int_equal(count("User:dave"), 0);
    f->policy_mode = IPC_POLICY_API;
    fixture_restart(f);
    assert_true(may("dave", POLICY_READ, "team.a"));
    assert_false(may("bob", POLICY_READ, "team.a"));
    assert_true(may("root", POLICY_READ, "team.a"));
    assert_false(may("alice", POLICY_READ, "team.a"));
}

#define IN_MIXED_MODE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MIXED_MODE(a_rule_is_taken_where_the_file_delegates_all_that_it_is_about),
        IN_MIXED_MODE(what_shall_never_be_is_refused_with_its_place),
        IN_MIXED_MODE(both_allow_and_either_denies),
        IN_MIXED_MODE(a_file_that_says_never_later_beats_an_older_rule),
        IN_MIXED_MODE(what_is_no_longer_delegated_is_no_longer_allowed_and_still_denied),
        IN_MIXED_MODE(what_may_be_done_is_listed_as_it_is_judged),
        IN_MIXED_MODE(
            a_right_to_write_that_the_file_takes_away_is_none_to_write_anything),
        IN_MIXED_MODE(
            everybody_is_allowed_only_what_neither_the_file_nor_a_client_has_a_rule_about),
        IN_MIXED_MODE(both_are_told_and_only_those_of_clients_are_removed),
        IN_MIXED_MODE(rules_of_clients_stay_while_they_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
