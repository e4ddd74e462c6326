#include "broker_fixture.h"
#include "test.h"
#include "wire_code.h"
#include "wire_create_acls.h"
#include "wire_delete_acls.h"
#include "wire_describe_acls.h"

#include <string.h>

static const char RULES[] = "allow alice to all cluster\n"
                            "allow bob to read topic orders\n"
                            "allow bob to read topic pay.*\n"
                            "allow any to describe group *\n"
                            "deny mallory to all topic orders\n";

/* Every filter that finds all. */
static const struct describe_acls_request everything = {.resource_type_filter = 1,
    .pattern_type_filter = 1,
    .operation = 1,
    .permission_type = 1};

static const struct describe_acls_response *describe(
    struct fixture *f, const char *user, const struct describe_acls_request *r)
{
    return fixture_call(f, fixture_gate(f, user), WIRE_API_DESCRIBE_ACLS, 3, r);
}

static int32_t count(struct fixture *f, const struct describe_acls_request *r)
{
    const struct describe_acls_response *a = describe(f, "alice", r);
    const struct describe_acls_resource *resources = a->resources.items;
    int32_t found = 0;

    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    for (int32_t i = 0; i < a->resources.count; i++) {
        assert_true(resources[i].acls.count > 0);
        found += resources[i].acls.count;
    }
    return found;
}

static void rules_are_told_by_what_they_are_about(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct describe_acls_request r = everything;
    /* all cluster; read and describe of two topics; describe group; deny all */
    assert_int_equal(count(f, &r), 7);
    r.resource_type_filter = POLICY_TOPIC;
    assert_int_equal(count(f, &r), 5);
    r.permission_type = 2;
    const struct describe_acls_response *a = describe(f, "alice", &r);
    const struct describe_acls_resource *resource = a->resources.items;
    const struct describe_acls_response_acl_description *acl = resource->acls.items;
    assert_int_equal(a->resources.count, 1);
    assert_int_equal(resource->resource_type, POLICY_TOPIC);
    assert_int_equal(resource->pattern_type, 3);
    fixture_assert_text(resource->resource_name, "orders");
    assert_int_equal(resource->acls.count, 1);
    fixture_assert_text(acl->principal, "User:mallory");
    fixture_assert_text(acl->host, "*");
    assert_int_equal(acl->operation, 2);
    assert_int_equal(acl->permission_type, 2);
    fixture_free(&f);
}

static void each_part_of_a_filter_counts(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct describe_acls_request r = everything;
    r.operation = POLICY_READ;
    assert_int_equal(count(f, &r), 2);
    r = everything;
    r.principal_filter = fixture_view("User:bob");
    assert_int_equal(count(f, &r), 4);
    r.principal_filter = fixture_view("bob");
    assert_int_equal(count(f, &r), 0);
    r.principal_filter = fixture_view("User:*");
    assert_int_equal(count(f, &r), 1);
    r = everything;
    r.host_filter = fixture_view("*");
    assert_int_equal(count(f, &r), 7);
    r.host_filter = fixture_view("10.0.0.1");
    assert_int_equal(count(f, &r), 0);
    r = everything;
    r.pattern_type_filter = 4;
    assert_int_equal(count(f, &r), 2);
    fixture_free(&f);
}

static void a_name_is_looked_for_as_written_or_as_it_would_be_judged(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct describe_acls_request r = everything;
    r.resource_type_filter = POLICY_TOPIC;
    r.resource_name_filter = fixture_view("pay.eu");
    assert_int_equal(count(f, &r), 0);
    r.pattern_type_filter = 2;
    assert_int_equal(count(f, &r), 2);
    r.resource_name_filter = fixture_view("pay");
    assert_int_equal(count(f, &r), 0);
    r.resource_name_filter = fixture_view("orders");
    assert_int_equal(count(f, &r), 3);
    r.resource_type_filter = POLICY_GROUP;
    r.resource_name_filter = fixture_view("any");
    assert_int_equal(count(f, &r), 1);
    r.pattern_type_filter = 3;
    assert_int_equal(count(f, &r), 0);
    r.resource_name_filter = fixture_view("*");
    assert_int_equal(count(f, &r), 1);
    fixture_free(&f);
}

static void who_may_not_describe_the_cluster_sees_no_rule(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    const struct describe_acls_response *a = describe(f, "bob", &everything);
    assert_int_equal(a->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(a->resources.count, 0);
    fixture_free(&f);
}

static void no_request_changes_a_rule(void **state)
{
    struct create_acls_request_acl_creation creation = {.resource_type = POLICY_TOPIC,
        .resource_name = fixture_view("t"),
        .resource_pattern_type = 3,
        .principal = fixture_view("User:bob"),
        .host = fixture_view("*"),
        .operation = POLICY_READ,
        .permission_type = 3};
    struct create_acls_request c = {.creations = {.items = &creation, .count = 1}};
    struct delete_acls_filter filter = {.resource_type_filter = 1,
        .pattern_type_filter = 1,
        .operation = 1,
        .permission_type = 1};
    struct delete_acls_request d = {.filters = {.items = &filter, .count = 1}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    const struct create_acls_response *created =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_CREATE_ACLS, 3, &c);
    const struct create_acls_response_acl_creation_result *row = created->results.items;
    assert_int_equal(row->error_code, WIRE_CODE_POLICY_VIOLATION);
    const char sentence[] = "rights stand in policy files (test.policy, serial 0); no "
                            "request changes them (decision ";
    assert_true(row->error_message.len > strlen(sentence));
    assert_memory_equal(row->error_message.ptr, sentence, strlen(sentence));
    assert_string_equal(f->last_denied, "create acl allow User:bob read topic t from *");
    const struct delete_acls_response *deleted =
        fixture_call(f, fixture_gate(f, "alice"), WIRE_API_DELETE_ACLS, 3, &d);
    const struct delete_acls_filter_result *result = deleted->filter_results.items;
    assert_int_equal(result->error_code, WIRE_CODE_POLICY_VIOLATION);
    assert_int_equal(result->matching_acls.count, 0);
    creation.principal = fixture_view("bob");
    created = fixture_call(f, fixture_gate(f, "alice"), WIRE_API_CREATE_ACLS, 3, &c);
    row = created->results.items;
    assert_int_equal(row->error_code, WIRE_CODE_INVALID_REQUEST);
    fixture_assert_text(row->error_message, "a principal is written User:NAME");
    creation.principal = fixture_view("User:bob");
    for (size_t i = 0; i < 2; i++) {
        creation.resource_type = i == 0 ? 8 : POLICY_TOPIC;
        creation.operation = i == 0 ? POLICY_READ : 16;
        created = fixture_call(f, fixture_gate(f, "alice"), WIRE_API_CREATE_ACLS, 3, &c);
        row = created->results.items;
        assert_int_equal(row->error_code, WIRE_CODE_INVALID_REQUEST);
    }
    created = fixture_call(f, fixture_gate(f, "bob"), WIRE_API_CREATE_ACLS, 3, &c);
    row = created->results.items;
    assert_int_equal(row->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    const char denied[] = "Cluster authorization failed. (decision ";
    assert_true(row->error_message.len > strlen(denied));
    assert_memory_equal(row->error_message.ptr, denied, strlen(denied));
    assert_int_equal(count(f, &everything), 7);
    fixture_free(&f);
}

/* 1,000 members, as many topics and eight operations: no filter by principal makes that
 * few to look at, one by name does. */
static void of_teams_that_stand_for_millions_of_rules_only_a_part_is_looked_at(
    void **state)
{
    struct describe_acls_request r = everything;
    struct buf rules;

    (void)state;
    buf_init(&rules, 65536);
    buf_add_text(&rules, RULES);
    buf_add_text(&rules, "team many = {");
    for (int i = 0; i < 1000; i++) {
        buf_add_format(&rules, "%s\nm%d", i == 0 ? "" : ",", i);
    }
    buf_add_text(&rules, "}\n");
    for (int i = 0; i < 1000; i++) {
        buf_add_format(&rules, "allow @many to manage, read, write topic t%d\n", i);
    }
    buf_add(&rules, "", 1);
    assert_int_equal(buf_error(&rules), OK);
    struct fixture *f = fixture_new((const char *)rules.bytes);
    r.principal_filter = fixture_view("User:m7");
    const struct describe_acls_response *a = describe(f, "alice", &r);
    assert_int_equal(a->error_code, WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(a->resources.count, 0);
    r.resource_name_filter = fixture_view("t7");
    assert_int_equal(count(f, &r), 8);
    r.resource_name_filter = fixture_view("orders");
    r.principal_filter = fixture_view("User:bob");
    assert_int_equal(count(f, &r), 2);
    fixture_free(&f);
    buf_fini(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_told_by_what_they_are_about),
        cmocka_unit_test(each_part_of_a_filter_counts),
        cmocka_unit_test(
            of_teams_that_stand_for_millions_of_rules_only_a_part_is_looked_at),
        cmocka_unit_test(a_name_is_looked_for_as_written_or_as_it_would_be_judged),
        cmocka_unit_test(who_may_not_describe_the_cluster_sees_no_rule),
        cmocka_unit_test(no_request_changes_a_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
