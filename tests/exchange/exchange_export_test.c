#include "exchange_fixture.h"

#include "exchange_export.h"
#include "exchange_list.h"

#include <stdio.h>
#include <stdlib.h>

static char source_text[1 << 20];

/* To be freed before the next one. */
static void model_of(const char *statements, struct policy_model *out)
{
    static struct policy_source source;
    struct report report;
    struct buf errors;

    (void)snprintf(source_text, sizeof(source_text), "policy 1\n%s", statements);
    source = (struct policy_source){
        "main.policy", (const uint8_t *)source_text, strlen(source_text)};
    buf_init(&errors, 1 << 20);
    report_init(&report, &errors);
    assert_int_equal(policy_model_parse(&source, 1, &report, out), OK);
    if (report.errors > 0) {
        fail_msg("%.*s", (int)errors.length, (const char *)errors.bytes);
    }
    buf_fini(&errors);
}

static void expect_export(enum exchange_format format, bool lossy, const char *statements,
    enum err error, const char *expected)
{
    struct policy_model m;
    struct buf out;
    size_t left = 0;

    model_of(statements, &m);
    buf_init(&out, 1 << 20);
    assert_int_equal(exchange_export(format, &m, lossy, &out, &left), error);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    assert_int_equal(left > 0,
        strstr(expected, "# not taken") != NULL || strstr(expected, "\"//\"") != NULL);
    buf_fini(&out);
    policy_model_fini(&m);
}

#define HEAD(type, name, pattern)                                                        \
    "Current ACLs for resource `ResourcePattern(resourceType=" type ", name=" name       \
    ", patternType=" pattern ")`: \n"
#define ENTRY(principal, host, operation, permission)                                    \
    " \t(principal=" principal ", host=" host ", operation=" operation                   \
    ", permissionType=" permission ")\n"

static void roles_teams_and_networks_are_expanded(void **state)
{
    (void)state;
    expect_export(EXCHANGE_FORMAT_KAFKA_ACLS, false,
        "team t = { a, b }\n"
        "net dc = { 10.0.0.0/8 }\n"
        "role reader {\n    read topic x.*\n}\n"
        "grant reader to @t from @dc\n"
        "deny any to all topic *\n"
        "allow anonymous to describe cluster from 192.0.2.1\n"
        "allow c to create-tokens user bob\n",
        OK,
        HEAD("TOPIC", "*", "LITERAL") ENTRY("User:*", "*", "ALL", "DENY") "\n" HEAD(
            "TOPIC", "x.", "PREFIXED") ENTRY("User:a", "10.0.0.0/8", "READ", "ALLOW")
            ENTRY("User:b", "10.0.0.0/8", "READ", "ALLOW") "\n" HEAD(
                "CLUSTER", "kafka-cluster", "LITERAL") ENTRY("User:ANONYMOUS",
                "192.0.2.1", "DESCRIBE", "ALLOW") "\n" HEAD("USER", "User:bob", "LITERAL")
                ENTRY("User:c", "*", "CREATE_TOKENS", "ALLOW"));
}

static const char with_more[] = "auth strong = { mtls }\n"
                                "team ext from ldap \"cn=x\"\n"
                                "team t = { zoe }\n"
                                "team u = { yan }\n"
                                "exclusive @t, @u\n"
                                "one: allow a to read topic x with strong\n"
                                "two: deny a to read topic x from not 10.0.0.0/8\n"
                                "three: allow @ext to read topic x\n"
                                "four: allow a to read topic x until 2030-01-01\n"
                                "five: allow a to read topic x via INTERNAL\n"
                                "six: never zoe to read topic secret\n"
                                "seven: delegate topic d.*\n"
                                "eight: allow a to read topic \"*\"\n"
                                "nine: allow \"*\" to read topic x\n"
                                "ten: allow a, @ext to read topic x\n"
                                "good: allow a to read topic y reason \"r\" ticket T-1\n";

#define LEFT_OUT                                                                         \
    "# not taken: one (main.policy:7): it uses `with`\n"                                 \
    "# not taken: two (main.policy:8): it uses `from not`\n"                             \
    "# not taken: three (main.policy:9): nobody here knows who is in its team\n"         \
    "# not taken: four (main.policy:10): it uses `after` or `until`\n"                   \
    "# not taken: five (main.policy:11): it uses `via`\n"                                \
    "# not taken: six (main.policy:12): `never` has no counterpart\n"                    \
    "# not taken: seven (main.policy:13): `delegate` has no counterpart\n"               \
    "# not taken: eight (main.policy:14): the name '*' would stand for every name\n"     \
    "# not taken: nine (main.policy:15): its principal would be taken for any or "       \
    "anonymous\n"                                                                        \
    "# not taken: ten (main.policy:16): nobody here knows who is in its team\n"          \
    "# not taken: exclusive (main.policy:6): it has no counterpart\n"

static void what_has_no_counterpart_is_refused(void **state)
{
    (void)state;
    expect_export(
        EXCHANGE_FORMAT_KAFKA_ACLS, false, with_more, ERR_UNSUPPORTED, LEFT_OUT);
}

static void or_left_out_whole_and_told_of(void **state)
{
    (void)state;
    expect_export(EXCHANGE_FORMAT_KAFKA_ACLS, true, with_more, OK,
        HEAD("TOPIC", "y", "LITERAL") ENTRY("User:a", "*", "READ", "ALLOW") LEFT_OUT);
}

static void a_user_of_strimzi_holds_what_it_can(void **state)
{
    (void)state;
    expect_export(EXCHANGE_FORMAT_STRIMZI, true,
        "allow \"CN=api\" to consume topic x group g.* from 10.0.0.1\n"
        "allow any to describe topic x\n"
        "allow bob to all cluster\n"
        "allow bob to describe token t\n",
        OK,
        "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nmetadata:\n"
        "  name: \"api\"\nspec:\n  authentication:\n    type: tls\n  authorization:\n"
        "    type: simple\n    acls:\n"
        "      - resource:\n          type: topic\n          name: \"x\"\n"
        "          patternType: literal\n        host: \"10.0.0.1\"\n        type: "
        "allow\n"
        "        operations:\n          - Read\n"
        "      - resource:\n          type: group\n          name: \"g.\"\n"
        "          patternType: prefix\n        host: \"10.0.0.1\"\n        type: allow\n"
        "        operations:\n          - Read\n"
        "---\n"
        "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nmetadata:\n"
        "  name: \"bob\"\nspec:\n  authentication:\n    type: scram-sha-512\n"
        "  authorization:\n    type: simple\n    acls:\n"
        "      - resource:\n          type: cluster\n        host: \"*\"\n"
        "        type: allow\n        operations:\n          - All\n"
        "# not taken: User:* on TOPIC: no KafkaUser can hold it\n"
        "# not taken: User:bob on DELEGATION_TOKEN: no KafkaUser can hold it\n");
}

static void terraform_finds_nothing_to_replace(void **state)
{
    (void)state;
    expect_export(EXCHANGE_FORMAT_TERRAFORM, true,
        "deny \"${a}%{b}\" to read topic x\nx: never a to read topic y\n", OK,
        "{\n  \"//\": \"# not taken: x (main.policy:3): `never` has no "
        "counterpart\\u000a\",\n"
        "  \"resource\": {\n    \"kafka_acl\": {\n      \"acl_1\": {\n"
        "        \"resource_type\": \"Topic\",\n        \"resource_name\": \"x\",\n"
        "        \"resource_pattern_type_filter\": \"Literal\",\n"
        "        \"acl_principal\": \"User:$${a}%%{b}\",\n        \"acl_host\": \"*\",\n"
        "        \"acl_operation\": \"Read\",\n        \"acl_permission_type\": "
        "\"Deny\"\n"
        "      }\n    }\n  }\n}\n");
}

/* --- there and back --- */

static unsigned pick(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((*seed >> 33) % below);
}

static const uint8_t operations_of[][9] = {
    [POLICY_TOPIC] = {EXCHANGE_ALL, 3, 4, 5, 6, 7, 8, 10, 11},
    [POLICY_GROUP] = {EXCHANGE_ALL, 3, 6, 8, 10, 11, 3, 3, 3},
    [POLICY_CLUSTER] = {EXCHANGE_ALL, 5, 7, 8, 9, 10, 11, 12, 12},
    [POLICY_TXN] = {EXCHANGE_ALL, 4, 8, 15, 4, 4, 4, 4, 4},
    [POLICY_TOKEN] = {EXCHANGE_ALL, 8, 8, 8, 8, 8, 8, 8, 8},
    [POLICY_USER] = {EXCHANGE_ALL, 13, 14, 13, 13, 14, 14, 13, 13},
};

static void add_random(struct exchange_set *s, uint64_t *seed)
{
    static const char *const principals[] = {
        "User:a", "User:b b", "User:*", "User:ANONYMOUS", "User:any", "User:User:x"};
    static const char *const hosts[] = {
        "*", "*", "10.0.0.1", "10.0.0.2", "10.0.0.0/8", "2001:db8::/32"};
    static const char *const names[] = {"x", "x.y", "User:z", "topic", "*", "to"};
    struct exchange_acl a = {.resource = (enum policy_resource)(2 + pick(seed, 6)),
        .is_deny = pick(seed, 4) == 0,
        .principal = exchange_view(principals[pick(seed, 6)]),
        .host = exchange_view(hosts[pick(seed, 6)]),
        .name = exchange_view(names[pick(seed, 6)])};

    a.operation = operations_of[a.resource][pick(seed, 9)];
    a.is_prefix = !exchange_view_is(a.name, "*") && pick(seed, 3) == 0;
    if (a.resource == POLICY_USER && !exchange_view_is(a.name, "*")) {
        a.name = exchange_view("User:z");
    }
    if (a.resource == POLICY_CLUSTER) {
        a.name = exchange_view(POLICY_CLUSTER_NAME);
        a.is_prefix = false;
    }
    exchange_set_add(s, &a);
}

static void same_set(struct exchange_set *a, struct exchange_set *b)
{
    exchange_set_drop_implied(a);
    exchange_set_drop_implied(b);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct exchange_acl *x = &a->acls[i];
        const struct exchange_acl *y = &b->acls[i];
        if (exchange_view_compare(x->principal, y->principal) != 0 ||
            exchange_view_compare(x->host, y->host) != 0 ||
            exchange_view_compare(x->name, y->name) != 0 || x->resource != y->resource ||
            x->operation != y->operation || x->is_prefix != y->is_prefix ||
            x->is_deny != y->is_deny) {
            fail_msg("entry %zu is another", i);
        }
    }
}

static void go_and_come_back(struct exchange_set *set)
{
    struct exchange_set *again = exchange_set_new();
    struct policy_model m;
    struct buf list;
    struct buf out;
    struct buf why;
    size_t left = 0;

    buf_init(&list, 1 << 20);
    buf_init(&out, 1 << 20);
    buf_init(&why, 4096);
    exchange_list_write(set, &list);
    buf_add(&list, "", 1);
    char *statements =
        imported(EXCHANGE_FORMAT_KAFKA_ACLS, (const char *)list.bytes, &left);
    assert_int_equal(left, 0);
    model_of(statements, &m);
    assert_int_equal(
        exchange_export(EXCHANGE_FORMAT_KAFKA_ACLS, &m, false, &out, &left), OK);
    struct policy_view text = {out.bytes, out.length};
    assert_int_equal(exchange_read(EXCHANGE_FORMAT_KAFKA_ACLS, text, again, &why), OK);
    assert_int_equal(again->note_count, 0);
    same_set(set, again);
    policy_model_fini(&m);
    mem_free(statements);
    exchange_set_free(&again);
    buf_fini(&list);
    buf_fini(&out);
    buf_fini(&why);
}

static void what_is_imported_and_exported_is_the_same_set(void **state)
{
    uint64_t seed = 5;
    size_t entries = 0;

    (void)state;
    for (int round = 0; round < 500; round++) {
        struct exchange_set *set = exchange_set_new();
        unsigned count = 1 + pick(&seed, 60);
        for (unsigned i = 0; i < count; i++) {
            add_random(set, &seed);
        }
        go_and_come_back(set);
        entries += set->count;
        exchange_set_free(&set);
    }
    assert_true(entries > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_teams_and_networks_are_expanded),
        cmocka_unit_test(what_has_no_counterpart_is_refused),
        cmocka_unit_test(or_left_out_whole_and_told_of),
        cmocka_unit_test(a_user_of_strimzi_holds_what_it_can),
        cmocka_unit_test(terraform_finds_nothing_to_replace),
        cmocka_unit_test(what_is_imported_and_exported_is_the_same_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
