/* Rules that clients set: policy.mode=api. */
#include "broker_acl.h"
#include "broker_authz.h"
#include "broker_fixture.h"
#include "mem.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_acls.h"
#include "wire_delete_acls.h"
#include "wire_describe_acls.h"

#include <stdio.h>
#include <string.h>

enum { TOPIC = 2, GROUP = 3, CLUSTER = 4, LITERAL = 3, PREFIXED = 4, ANY = 1, MATCH = 2 };
enum { ALL = 2, DENY = 2, ALLOW = 3 };

static struct fixture *f;
static uint64_t last_root;

static int set_up(void **state)
{
    (void)state;
    f = fixture_new_in("", IPC_POLICY_API);
    last_root = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

static struct create_acls_request_acl_creation allow(
    const char *principal, int8_t operation, const char *topic)
{
    return (struct create_acls_request_acl_creation){.resource_type = TOPIC,
        .resource_name = fixture_view(topic),
        .resource_pattern_type = LITERAL,
        .principal = fixture_view(principal),
        .host = fixture_view("*"),
        .operation = operation,
        .permission_type = ALLOW};
}

static const struct create_acls_response_acl_creation_result *create_all(
    uint64_t gate, struct create_acls_request_acl_creation *rules, int32_t count)
{
    struct create_acls_request r = {.creations = {.items = rules, .count = count}};
    const struct create_acls_response *a =
        fixture_call(f, gate, WIRE_API_CREATE_ACLS, 3, &r);

    assert_int_equal(a->results.count, count);
    return a->results.items;
}

/* Gates are few: one for each request, until the next. */
static uint64_t root_gate(void)
{
    if (broker_session_find(&f->broker, last_root) != NULL) {
        fixture_drop_gate(f, last_root);
    }
    last_root = fixture_gate(f, "root");
    return last_root;
}

static int16_t create(struct create_acls_request_acl_creation r)
{
    return create_all(root_gate(), &r, 1)->error_code;
}

static struct delete_acls_filter every_rule(void)
{
    return (struct delete_acls_filter){.resource_type_filter = ANY,
        .pattern_type_filter = ANY,
        .operation = ANY,
        .permission_type = ANY};
}

static const struct delete_acls_filter_result *delete_all(
    uint64_t gate, struct delete_acls_filter *filters, int32_t count)
{
    struct delete_acls_request r = {.filters = {.items = filters, .count = count}};
    const struct delete_acls_response *a =
        fixture_call(f, gate, WIRE_API_DELETE_ACLS, 3, &r);

    assert_int_equal(a->filter_results.count, count);
    return a->filter_results.items;
}

static int32_t delete_of(const char *principal)
{
    struct delete_acls_filter filter = every_rule();

    filter.principal_filter = fixture_view(principal);
    const struct delete_acls_filter_result *result = delete_all(root_gate(), &filter, 1);
    assert_int_equal(result->error_code, WIRE_CODE_NONE);
    return result->matching_acls.count;
}

static const struct describe_acls_response *describe(
    const struct describe_acls_request *r)
{
    return fixture_call(f, root_gate(), WIRE_API_DESCRIBE_ACLS, 3, r);
}

static int32_t count(void)
{
    const struct describe_acls_request r = {.resource_type_filter = ANY,
        .pattern_type_filter = ANY,
        .operation = ANY,
        .permission_type = ANY};
    const struct describe_acls_response *a = describe(&r);
    const struct describe_acls_resource *resources = a->resources.items;
    int32_t found = 0;

    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    for (int32_t i = 0; i < a->resources.count; i++) {
        found += resources[i].acls.count;
    }
    return found;
}

static bool may(uint64_t gate, enum policy_operation operation, const char *topic)
{
    return broker_may_quietly(broker_session_find(&f->broker, gate), operation,
        POLICY_TOPIC, fixture_view(topic));
}

static bool user_may(const char *user, enum policy_operation operation, const char *topic)
{
    uint64_t gate = fixture_gate(f, user);
    bool is_allowed = may(gate, operation, topic);

    fixture_drop_gate(f, gate);
    return is_allowed;
}

static void what_is_set_holds_from_then_on_and_what_is_not_does_not(void **state)
{
    (void)state;
    uint64_t bob = fixture_gate(f, "bob");
    assert_false(may(bob, POLICY_READ, "orders"));
    assert_int_equal(create(allow("User:bob", POLICY_READ, "orders")), WIRE_CODE_NONE);
    assert_true(may(bob, POLICY_READ, "orders"));
    assert_true(may(bob, POLICY_DESCRIBE, "orders"));
    assert_false(may(bob, POLICY_WRITE, "orders"));
    assert_false(may(bob, POLICY_READ, "orders2"));
    assert_false(user_may("alice", POLICY_READ, "orders"));
    assert_string_equal(f->last_change + strlen("User:root create acl acl-12345678 "),
        "allow User:bob read topic orders from *");
}

static void rules_are_patterns_principals_and_denials_as_in_apache_kafka(void **state)
{
    (void)state;
    struct create_acls_request_acl_creation r = allow("User:*", ALL, "pay.");
    r.resource_pattern_type = PREFIXED;
    assert_int_equal(create(r), WIRE_CODE_NONE);
    r = allow("User:bob", POLICY_WRITE, "*");
    assert_int_equal(create(r), WIRE_CODE_NONE);
    r = allow("User:bob", POLICY_WRITE, "pay.eu");
    r.permission_type = DENY;
    assert_int_equal(create(r), WIRE_CODE_NONE);
    r = allow("User:carol", POLICY_READ, "*");
    r.resource_pattern_type = PREFIXED;
    assert_int_equal(create(r), WIRE_CODE_NONE);
    assert_true(user_may("bob", POLICY_READ, "pay.eu"));
    assert_true(user_may("alice", POLICY_ALTER_CONFIGS, "pay."));
    assert_false(user_may("alice", POLICY_READ, "pay"));
    assert_true(user_may("bob", POLICY_WRITE, "whatever"));
    assert_false(user_may("bob", POLICY_WRITE, "pay.eu"));
    assert_true(user_may("bob", POLICY_WRITE, "pay.eu2"));
    assert_false(user_may("carol", POLICY_READ, "orders"));
    assert_true(user_may("carol", POLICY_READ, "*orders"));
}

static void a_rule_of_a_place_holds_for_sessions_from_there(void **state)
{
    static const struct {
        const char *host;
        bool holds; /* for a session from 192.0.2.7 */
    } hosts[] = {
        {"192.0.2.7", true},
        {"192.0.2.8", false},
        {"192.0.2.0/24", true},
        {"192.0.2.0/30", false},
        {"::ffff:192.0.2.7", true},
        {"0.0.0.0/0", true},
        {"2001:db8::/32", false},
        {"*", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct create_acls_request_acl_creation r =
            allow("User:bob", POLICY_READ, "orders");
        r.host = fixture_view(hosts[i].host);
        assert_int_equal(create(r), WIRE_CODE_NONE);
        assert_int_equal(user_may("bob", POLICY_READ, "orders"), hosts[i].holds);
        assert_int_equal(delete_of("User:bob"), 1);
    }
}

static void a_host_is_written_in_one_way_and_found_in_any(void **state)
{
    (void)state;
    struct create_acls_request_acl_creation r = allow("User:bob", POLICY_READ, "orders");
    r.host = fixture_view("2001:DB8:0:0:0:0:0:0/32");
    assert_int_equal(create(r), WIRE_CODE_NONE);
    r.host = fixture_view("2001:db8::/32"); /* the same rule */
    assert_int_equal(create(r), WIRE_CODE_NONE);
    r.host = fixture_view("10.0.0.1/32");
    assert_int_equal(create(r), WIRE_CODE_NONE);
    struct describe_acls_request d = {.resource_type_filter = ANY,
        .pattern_type_filter = ANY,
        .operation = ANY,
        .permission_type = ANY,
        .host_filter = fixture_view("2001:0db8::/32")};
    const struct describe_acls_response *a = describe(&d);
    assert_int_equal(a->resources.count, 1);
    const struct describe_acls_resource *resource = a->resources.items;
    const struct describe_acls_response_acl_description *acl = resource->acls.items;
    assert_int_equal(resource->acls.count, 1);
    fixture_assert_text(acl->host, "2001:db8::/32");
    d.host_filter = fixture_view("10.0.0.1");
    a = describe(&d);
    assert_int_equal(a->resources.count, 1);
    d.host_filter = fixture_view("*");
    a = describe(&d);
    assert_int_equal(a->resources.count, 0);
    assert_int_equal(count(), 2);
}

static void what_could_never_match_is_refused_and_the_others_are_taken(void **state)
{
    struct create_acls_request_acl_creation rules[13];
    const size_t wrong = sizeof(rules) / sizeof(rules[0]) - 1;

    static char longest[32768]; /* what a string of the protocol can hold, and its NUL */

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    memcpy(longest, "User:", 5);
    for (size_t i = 0; i <= wrong; i++) {
        rules[i] = allow("User:bob", POLICY_READ, "orders");
    }
    rules[0].resource_type = ANY;
    rules[1].resource_pattern_type = MATCH;
    rules[2].operation = ANY;
    rules[3].permission_type = ANY;
    rules[4].resource_name = fixture_view("");
    rules[5].resource_type = CLUSTER;
    rules[6].principal = fixture_view("bob");
    rules[7].principal = fixture_view("Group:bob");
    rules[8].principal = fixture_view("User:");
    rules[9].host = fixture_view("client.example");
    rules[10].host = fixture_view("10.0.0.1/8");
    rules[11].principal = fixture_view(longest);
    const struct create_acls_response_acl_creation_result *results =
        create_all(root_gate(), rules, (int32_t)wrong + 1);
    for (size_t i = 0; i < wrong; i++) {
        assert_int_equal(results[i].error_code, WIRE_CODE_INVALID_REQUEST);
        assert_true(results[i].error_message.len > 0);
    }
    assert_int_equal(results[wrong].error_code, WIRE_CODE_NONE);
    assert_int_equal(count(), 1);
}

static void what_is_there_already_succeeds_and_changes_nothing(void **state)
{
    struct create_acls_request_acl_creation rules[3];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rules[i] = allow("User:bob", POLICY_READ, "orders");
    }
    const struct create_acls_response_acl_creation_result *results =
        create_all(root_gate(), rules, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(results[i].error_code, WIRE_CODE_NONE);
    }
    size_t batches = f->batch_count;
    assert_int_equal(create(rules[0]), WIRE_CODE_NONE);
    assert_int_equal(f->batch_count, batches);
    assert_int_equal(count(), 1);
}

/* CVE-2024-27309 */
static void removing_one_of_several_rules_leaves_the_others_in_force(void **state)
{
    (void)state;
    struct create_acls_request_acl_creation rules[3] = {
        allow("User:alice", POLICY_READ, "orders"),
        allow("User:bob", POLICY_READ, "orders"), allow("User:bob", ALL, "orders")};
    rules[2].permission_type = DENY;
    rules[2].host = fixture_view("198.51.100.0/24");
    (void)create_all(root_gate(), rules, 3);
    assert_int_equal(delete_of("User:alice"), 1);
    assert_false(user_may("alice", POLICY_READ, "orders"));
    assert_true(user_may("bob", POLICY_READ, "orders"));
    fixture_restart(f);
    assert_int_equal(count(), 2);
    assert_false(user_may("alice", POLICY_READ, "orders"));
    assert_true(user_may("bob", POLICY_READ, "orders"));
    assert_int_equal(delete_of("User:bob"), 2);
    fixture_restart(f);
    assert_int_equal(count(), 0);
    assert_false(user_may("bob", POLICY_READ, "orders"));
}

static void a_rule_that_two_filters_find_is_named_under_both_and_removed_once(
    void **state)
{
    struct delete_acls_filter filters[4] = {
        every_rule(), every_rule(), every_rule(), every_rule()};

    (void)state;
    (void)create(allow("User:alice", POLICY_READ, "orders"));
    (void)create(allow("User:bob", POLICY_READ, "orders"));
    filters[0].principal_filter = fixture_view("User:bob");
    filters[1].resource_name_filter = fixture_view("orders");
    filters[1].pattern_type_filter = MATCH;
    filters[2].operation = 0;
    filters[3].principal_filter = fixture_view("User:carol");
    const struct delete_acls_filter_result *results = delete_all(root_gate(), filters, 4);
    assert_int_equal(results[0].matching_acls.count, 1);
    assert_int_equal(results[1].matching_acls.count, 2);
    assert_int_equal(results[2].error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(results[2].matching_acls.count, 0);
    assert_int_equal(results[3].error_code, WIRE_CODE_NONE);
    assert_int_equal(results[3].matching_acls.count, 0);
    const struct delete_acls_matching_acl *acl = results[0].matching_acls.items;
    assert_int_equal(acl->error_code, WIRE_CODE_NONE);
    assert_int_equal(acl->resource_type, TOPIC);
    assert_int_equal(acl->pattern_type, LITERAL);
    assert_int_equal(acl->operation, POLICY_READ);
    assert_int_equal(acl->permission_type, ALLOW);
    fixture_assert_text(acl->resource_name, "orders");
    fixture_assert_text(acl->principal, "User:bob");
    fixture_assert_text(acl->host, "*");
    assert_int_equal(count(), 0);
}

static void an_exact_filter_finds_its_rule_alone(void **state)
{
    (void)state;
    (void)create(allow("User:bob", POLICY_READ, "orders"));
    (void)create(allow("User:bob", ALL, "orders"));
    (void)create(allow("User:*", POLICY_READ, "orders"));
    (void)create(allow("User:bob", POLICY_READ, "*"));
    struct delete_acls_filter filter = {.resource_type_filter = TOPIC,
        .pattern_type_filter = LITERAL,
        .resource_name_filter = fixture_view("orders"),
        .principal_filter = fixture_view("User:bob"),
        .host_filter = fixture_view("*"),
        .operation = POLICY_READ,
        .permission_type = ALLOW};
    const struct delete_acls_filter_result *result = delete_all(root_gate(), &filter, 1);
    assert_int_equal(result->matching_acls.count, 1);
    result = delete_all(root_gate(), &filter, 1);
    assert_int_equal(result->error_code, WIRE_CODE_NONE);
    assert_int_equal(result->matching_acls.count, 0);
    assert_int_equal(count(), 3);
}

static void what_is_told_stands_in_order_and_by_pattern(void **state)
{
    static const struct {
        const char *name;
        int8_t pattern;
        const char *principal;
    } expected[] = {
        {"a", LITERAL, "User:x"},
        {"a", LITERAL, "User:y"},
        {"a", PREFIXED, "User:x"},
        {"b", LITERAL, "User:x"},
    };
    const struct describe_acls_request all = {.resource_type_filter = ANY,
        .pattern_type_filter = ANY,
        .operation = ANY,
        .permission_type = ANY};

    (void)state;
    for (size_t i = 4; i-- > 0;) {
        struct create_acls_request_acl_creation r =
            allow(expected[i].principal, POLICY_READ, expected[i].name);
        r.resource_pattern_type = expected[i].pattern;
        assert_int_equal(create(r), WIRE_CODE_NONE);
    }
    const struct describe_acls_response *a = describe(&all);
    const struct describe_acls_resource *resources = a->resources.items;
    size_t at = 0;
    assert_int_equal(a->resources.count, 3);
    for (int32_t i = 0; i < 3; i++) {
        const struct describe_acls_response_acl_description *acls =
            resources[i].acls.items;
        for (int32_t k = 0; k < resources[i].acls.count; k++, at++) {
            fixture_assert_text(resources[i].resource_name, expected[at].name);
            assert_int_equal(resources[i].pattern_type, expected[at].pattern);
            fixture_assert_text(acls[k].principal, expected[at].principal);
        }
    }
    assert_int_equal(at, 4);
}

static void a_filter_of_no_code_is_refused(void **state)
{
    (void)state;
    const struct describe_acls_request r = {.resource_type_filter = 0,
        .pattern_type_filter = ANY,
        .operation = ANY,
        .permission_type = ANY};
    assert_int_equal(describe(&r)->error_code, WIRE_CODE_INVALID_REQUEST);
}

static void who_may_not_alter_the_cluster_changes_no_rule(void **state)
{
    (void)state;
    uint64_t bob = fixture_gate(f, "bob");
    struct create_acls_request_acl_creation r = allow("User:bob", ALL, "*");
    assert_int_equal(
        create_all(bob, &r, 1)->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_string_equal(f->last_denied, "alter cluster kafka-cluster");
    (void)create(allow("User:alice", POLICY_READ, "orders"));
    struct delete_acls_filter filter = every_rule();
    assert_int_equal(
        delete_all(bob, &filter, 1)->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(count(), 1);
}

static void who_may_by_a_rule_changes_rules(void **state)
{
    (void)state;
    struct create_acls_request_acl_creation r =
        allow("User:alice", POLICY_ALTER, "kafka-cluster");
    r.resource_type = CLUSTER;
    assert_int_equal(create(r), WIRE_CODE_NONE);
    uint64_t alice = fixture_gate(f, "alice");
    r = allow("User:bob", POLICY_READ, "orders");
    assert_int_equal(create_all(alice, &r, 1)->error_code, WIRE_CODE_NONE);
    assert_true(user_may("bob", POLICY_READ, "orders"));
}

/* Ours: a deny holds for everybody. */
static void a_deny_holds_for_super_users_but_where_kafka_is_copied(void **state)
{
    (void)state;
    struct create_acls_request_acl_creation r = allow("User:*", ALL, "secret");
    r.permission_type = DENY;
    assert_int_equal(create(r), WIRE_CODE_NONE);
    assert_false(user_may("root", POLICY_READ, "secret"));
    assert_true(user_may("root", POLICY_READ, "other"));
    f->policy_compat = true;
    fixture_restart(f);
    assert_true(user_may("root", POLICY_READ, "secret"));
    assert_false(user_may("bob", POLICY_READ, "secret"));
}

static void everybody_is_allowed_what_no_rule_is_about_only_where_that_is_said(
    void **state)
{
    (void)state;
    (void)create(allow("User:alice", POLICY_READ, "orders"));
    assert_false(user_may("bob", POLICY_READ, "other"));
    f->policy_compat = true;
    f->policy_allow_everyone = true;
    fixture_restart(f);
    assert_true(user_may("bob", POLICY_READ, "other"));
    assert_false(user_may("bob", POLICY_READ, "orders"));
    assert_true(user_may("alice", POLICY_READ, "orders"));
}

static void a_session_that_loses_what_it_reads_is_ended_before_the_answer(void **state)
{
    struct delete_acls_filter filter = every_rule();
    struct delete_acls_request r = {.filters = {.items = &filter, .count = 1}};

    (void)state;
    fixture_topic(f, "orders");
    (void)create(allow("User:bob", POLICY_READ, "orders"));
    (void)create(allow("User:carol", POLICY_READ, "orders"));
    uint64_t bob = fixture_gate(f, "bob");
    uint64_t carol = fixture_gate(f, "carol");
    uint64_t root = fixture_gate(f, "root");
    (void)fixture_open(f, bob, "orders");
    (void)fixture_open(f, carol, "orders");
    f->hold_revokes = true;
    filter.principal_filter = fixture_view("User:bob");
    fixture_send(f, root, WIRE_API_DELETE_ACLS, 3, &r);
    assert_true(fixture_is_killed(f, bob));
    assert_int_equal(f->last_kill, IPC_KILL_RIGHT_LOST);
    assert_false(fixture_is_killed(f, carol));
    assert_false(fixture_answered(f, root));
    fixture_release(f, 0);
    assert_true(fixture_answered(f, root));
}

static void changes_are_made_one_after_the_other(void **state)
{
    struct create_acls_request_acl_creation rules[2] = {
        allow("User:bob", POLICY_READ, "orders"),
        allow("User:bob", POLICY_READ, "orders")};
    struct create_acls_request first = {.creations = {.items = &rules[0], .count = 1}};
    struct create_acls_request second = {.creations = {.items = &rules[1], .count = 1}};
    struct delete_acls_filter filter = every_rule();
    struct delete_acls_request third = {.filters = {.items = &filter, .count = 1}};

    (void)state;
    uint64_t gates[3];
    for (size_t i = 0; i < 3; i++) {
        gates[i] = fixture_gate(f, "root");
    }
    f->hold_appends = true;
    fixture_send(f, gates[0], WIRE_API_CREATE_ACLS, 3, &first);
    fixture_send(f, gates[1], WIRE_API_CREATE_ACLS, 3, &second);
    fixture_send(f, gates[2], WIRE_API_DELETE_ACLS, 3, &third);
    assert_int_equal(f->held_count, 1);
    assert_false(fixture_answered(f, gates[1]));
    assert_false(user_may("bob", POLICY_READ, "orders"));
    f->hold_appends = false;
    fixture_release(f, 0);
    const struct create_acls_response *created =
        fixture_answer(f, gates[1], WIRE_API_CREATE_ACLS);
    const struct create_acls_response_acl_creation_result *row = created->results.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    const struct delete_acls_response *deleted =
        fixture_answer(f, gates[2], WIRE_API_DELETE_ACLS);
    const struct delete_acls_filter_result *result = deleted->filter_results.items;
    assert_int_equal(result->matching_acls.count, 1);
    assert_true(fixture_answered(f, gates[0]));
    assert_int_equal(count(), 0);
}

static void who_lost_the_right_while_waiting_changes_nothing(void **state)
{
    struct create_acls_request_acl_creation right =
        allow("User:alice", POLICY_ALTER, "kafka-cluster");
    struct create_acls_request_acl_creation wanted = allow("User:alice", ALL, "*");
    struct create_acls_request later = {.creations = {.items = &wanted, .count = 1}};
    struct delete_acls_filter filter = every_rule();
    struct delete_acls_request earlier = {.filters = {.items = &filter, .count = 1}};

    (void)state;
    right.resource_type = CLUSTER;
    assert_int_equal(create(right), WIRE_CODE_NONE);
    uint64_t root = fixture_gate(f, "root");
    uint64_t alice = fixture_gate(f, "alice");
    f->hold_appends = true;
    fixture_send(f, root, WIRE_API_DELETE_ACLS, 3, &earlier);
    fixture_send(f, alice, WIRE_API_CREATE_ACLS, 3, &later);
    f->hold_appends = false;
    fixture_release(f, 0);
    const struct create_acls_response *created =
        fixture_answer(f, alice, WIRE_API_CREATE_ACLS);
    const struct create_acls_response_acl_creation_result *row = created->results.items;
    assert_int_equal(row->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_true(fixture_answered(f, root));
    assert_int_equal(count(), 0);
}

static void who_leaves_while_waiting_changes_nothing(void **state)
{
    struct create_acls_request_acl_creation rules[2] = {
        allow("User:bob", POLICY_READ, "orders"), allow("User:bob", ALL, "other")};
    struct create_acls_request first = {.creations = {.items = &rules[0], .count = 1}};
    struct create_acls_request second = {.creations = {.items = &rules[1], .count = 1}};

    (void)state;
    uint64_t stays = fixture_gate(f, "root");
    uint64_t leaves = fixture_gate(f, "root");
    f->hold_appends = true;
    fixture_send(f, stays, WIRE_API_CREATE_ACLS, 3, &first);
    fixture_send(f, leaves, WIRE_API_CREATE_ACLS, 3, &second);
    fixture_drop_gate(f, leaves);
    f->hold_appends = false;
    fixture_release(f, 0);
    assert_true(fixture_answered(f, stays));
    assert_int_equal(count(), 1);
}

static void what_can_not_be_written_does_not_hold(void **state)
{
    (void)state;
    f->append_error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    assert_int_equal(
        create(allow("User:bob", POLICY_READ, "orders")), WIRE_CODE_KAFKA_STORAGE_ERROR);
    f->append_error = 0;
    assert_false(user_may("bob", POLICY_READ, "orders"));
    assert_int_equal(count(), 0);
    assert_int_equal(create(allow("User:bob", POLICY_READ, "orders")), WIRE_CODE_NONE);
    assert_true(user_may("bob", POLICY_READ, "orders"));
}

static void a_disk_with_a_host_that_is_none_denies_everywhere_and_allows_nothing(
    void **state)
{
    struct meta_acl acl = {.id = {.bytes = {1}},
        .resource = TOPIC,
        .pattern = LITERAL,
        .operation = ALL,
        .permission = ALLOW,
        .name = fixture_view("orders"),
        .principal = fixture_view("User:bob"),
        .host = fixture_view("somewhere")};
    const struct broker_acl_change none = {0};
    const char *too_many;
    struct policy *fresh = NULL;

    (void)state;
    (void)create(allow("User:carol", POLICY_READ, "orders"));
    assert_int_equal(meta_acl_add(&f->broker.image.acls, &acl), OK);
    acl.id.bytes[0] = 2;
    acl.permission = DENY;
    acl.principal = fixture_view("User:carol");
    assert_int_equal(meta_acl_add(&f->broker.image.acls, &acl), OK);
    assert_int_equal(broker_acl_build(&f->broker, &none, &fresh, &too_many), OK);
    broker_acl_install(&f->broker, &fresh);
    assert_false(user_may("bob", POLICY_READ, "orders"));
    assert_false(user_may("carol", POLICY_READ, "orders"));
}

static void without_memory_a_change_is_refused_and_the_rules_stay(void **state)
{
    struct create_acls_request_acl_creation r = allow("User:bob", POLICY_READ, "orders");
    struct create_acls_request c = {.creations = {.items = &r, .count = 1}};
    struct delete_acls_filter filter = every_rule();
    struct delete_acls_request d = {.filters = {.items = &filter, .count = 1}};

    (void)state;
    filter.principal_filter = fixture_view("User:bob");
    (void)create(allow("User:carol", POLICY_READ, "orders"));
    for (long n = 0; n < 60; n++) {
        uint64_t gate = fixture_gate(f, "root");
        fixture_send_starved(f, gate, WIRE_API_CREATE_ACLS, 3, &c, n);
        fixture_drop_gate(f, gate);
        gate = fixture_gate(f, "root");
        fixture_send_starved(f, gate, WIRE_API_DELETE_ACLS, 3, &d, n);
        fixture_drop_gate(f, gate);
        assert_true(user_may("carol", POLICY_READ, "orders"));
    }
    assert_true(f->broker.acls.first == NULL);
    (void)delete_of("User:bob");
    assert_int_equal(create(r), WIRE_CODE_NONE);
    assert_true(user_may("bob", POLICY_READ, "orders"));
}

#define IN_API_MODE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_API_MODE(what_is_set_holds_from_then_on_and_what_is_not_does_not),
        IN_API_MODE(rules_are_patterns_principals_and_denials_as_in_apache_kafka),
        IN_API_MODE(a_rule_of_a_place_holds_for_sessions_from_there),
        IN_API_MODE(a_host_is_written_in_one_way_and_found_in_any),
        IN_API_MODE(what_could_never_match_is_refused_and_the_others_are_taken),
        IN_API_MODE(what_is_there_already_succeeds_and_changes_nothing),
        IN_API_MODE(removing_one_of_several_rules_leaves_the_others_in_force),
        IN_API_MODE(a_rule_that_two_filters_find_is_named_under_both_and_removed_once),
        IN_API_MODE(an_exact_filter_finds_its_rule_alone),
        IN_API_MODE(what_is_told_stands_in_order_and_by_pattern),
        IN_API_MODE(a_filter_of_no_code_is_refused),
        IN_API_MODE(who_may_not_alter_the_cluster_changes_no_rule),
        IN_API_MODE(who_may_by_a_rule_changes_rules),
        IN_API_MODE(a_deny_holds_for_super_users_but_where_kafka_is_copied),
        IN_API_MODE(everybody_is_allowed_what_no_rule_is_about_only_where_that_is_said),
        IN_API_MODE(a_session_that_loses_what_it_reads_is_ended_before_the_answer),
        IN_API_MODE(changes_are_made_one_after_the_other),
        IN_API_MODE(who_lost_the_right_while_waiting_changes_nothing),
        IN_API_MODE(who_leaves_while_waiting_changes_nothing),
        IN_API_MODE(what_can_not_be_written_does_not_hold),
        IN_API_MODE(a_disk_with_a_host_that_is_none_denies_everywhere_and_allows_nothing),
        IN_API_MODE(without_memory_a_change_is_refused_and_the_rules_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
