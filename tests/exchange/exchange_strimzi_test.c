#include "exchange_fixture.h"

#include "exchange_strimzi.h"

#define GUESS EXCHANGE_FORMAT_GUESS
#define USER(name, authentication)                                                       \
    "apiVersion: kafka.strimzi.io/v1beta2\n"                                             \
    "kind: KafkaUser\n"                                                                  \
    "metadata:\n"                                                                        \
    "  name: " name "\n"                                                                 \
    "spec:\n"                                                                            \
    "  authentication:\n"                                                                \
    "    type: " authentication "\n"                                                     \
    "  authorization:\n"                                                                 \
    "    type: simple\n"                                                                 \
    "    acls:\n"

static void users_become_statements(void **state)
{
    (void)state;
    expect_import(GUESS,
        USER("reader",
            "scram-sha-512") "      - resource: {type: topic, name: a, patternType: "
                             "literal}\n"
                             "        operations: [Read, Describe]\n"
                             "        host: \"*\"\n"
                             "      - resource:\n"
                             "          type: group\n"
                             "          name: g.\n"
                             "          patternType: prefix\n"
                             "        operation: Read\n"
                             "---\n" USER("writer",
                                 "tls") "      - resource: {type: transactionalId, name: "
                                        "'*'}\n"
                                        "        operations:\n"
                                        "          - Write\n"
                                        "      - resource: {type: cluster}\n"
                                        "        operations: [IdempotentWrite]\n"
                                        "        type: deny\n"
                                        "        host: 10.0.0.1\n",
        "deny \"CN=writer\" to idempotent-write cluster from 10.0.0.1\n"
        "allow \"CN=writer\" to produce txn *\n"
        "allow reader to consume topic a group g.*\n",
        0);
}

static void a_list_of_users_is_taken_too(void **state)
{
    (void)state;
    expect_import(GUESS,
        "apiVersion: v1\nkind: List\nitems:\n"
        "- kind: KafkaUser\n"
        "  metadata: {name: a}\n"
        "  spec: {authorization: {type: simple, acls: [{resource: {type: topic, name: "
        "t}, "
        "operations: [All]}]}}\n"
        "- kind: KafkaUser\n"
        "  metadata: {name: b}\n"
        "- kind: KafkaTopic\n",
        "allow a to all topic t\n"
        "# not taken: line 9: not a KafkaUser: 'KafkaTopic'\n",
        1);
}

static void what_is_not_understood_is_said(void **state)
{
    (void)state;
    expect_import(GUESS,
        USER("a", "tls") "      - resource: {type: topic, name: t}\n"
                         "        operations: [Fly, [Read]]\n"
                         "      - resource: {type: topic, name: t, colour: red}\n"
                         "        operations: [Read]\n"
                         "      - resource: {type: topic, name: t}\n"
                         "        when: later\n"
                         "        operations: [Read]\n"
                         "      - resource: {type: topic, name: t}\n"
                         "      - operations: [Read]\n"
                         "      - resource: {type: topic, name: t}\n"
                         "        operations: [Read]\n"
                         "        type: [deny]\n"
                         "---\n"
                         "kind: KafkaUser\nmetadata: {name: b}\nspec: {authorization: "
                         "{type: keycloak}}\n"
                         "---\n"
                         "kind: KafkaUser\nmetadata: {}\n",
        "# not taken: line 11: unknown operation 'Fly' (of User:CN=a on t)\n"
        "# not taken: line 11: unknown operation '(missing)' (of User:CN=a on t)\n"
        "# not taken: line 13: a rule with an unknown key 'colour'\n"
        "# not taken: line 16: a rule with an unknown key 'when'\n"
        "# not taken: line 18: a rule without operations 'User:CN=a'\n"
        "# not taken: line 19: a rule without a resource, of 'User:CN=a'\n"
        "# not taken: line 20: unknown permission '' (of User:CN=a on t)\n"
        "# not taken: line 26: authorization of another type than simple, of 'User:b'\n"
        "# not taken: line 28: a user without a name ''\n",
        9);
}

static void yaml_with_more_than_meets_the_eye_is_refused(void **state)
{
    char deep[200];

    (void)state;
    expect_refused(GUESS, "a: &x 1\nb: *x\n", "line 1: anchors, aliases and tags");
    expect_refused(GUESS, "a: !!str 1\n", "anchors, aliases and tags");
    expect_refused(GUESS, "a: 1\na: 2\n", "line 2: a key comes twice");
    expect_refused(GUESS, "? [a]\n: b\n", "line 1: a key is no text");
    expect_refused(GUESS, "a: \"\\0\"\n", "a text holds a NUL");
    expect_refused(GUESS, "a: [\n", "this is no YAML");
    expect_refused(GUESS, "a: \x01\n", "this is no YAML");
    memset(deep, '[', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    expect_refused(EXCHANGE_FORMAT_STRIMZI, deep, "nested too deep");
}

static void text_that_is_nothing_known_is_refused(void **state)
{
    (void)state;
    expect_refused(GUESS, "<html>\n", "neither a list of ACLs");
    expect_refused(GUESS, "Error while asking: Timed out\n", "neither a list of ACLs");
    expect_refused(GUESS, "- kind\n", "neither a list of ACLs");
    expect_import(
        GUESS, "kind: Pod\n", "# not taken: line 1: not a KafkaUser: 'Pod'\n", 1);
    expect_import(GUESS, "# only a comment\n---\n", "", 0);
}

static void a_set_is_written_and_read_again(void **state)
{
    struct exchange_set *s = exchange_set_new();
    struct buf out;
    struct exchange_acl a = {.resource = POLICY_TOPIC,
        .operation = POLICY_READ,
        .is_prefix = true,
        .name = exchange_view("a\"b"),
        .principal = exchange_view("User:CN=x"),
        .host = exchange_view("10.0.0.1")};

    (void)state;
    buf_init(&out, 65536);
    exchange_set_add(s, &a);
    a.operation = POLICY_DESCRIBE_CONFIGS;
    exchange_set_add(s, &a);
    a.principal = exchange_view("User:bob");
    a.is_deny = true;
    exchange_set_add(s, &a);
    a.resource = POLICY_CLUSTER;
    a.is_prefix = false;
    a.name = exchange_view(POLICY_CLUSTER_NAME);
    exchange_set_add(s, &a);
    exchange_set_sort(s);
    exchange_strimzi_write(s, &out);
    struct exchange_set *again = exchange_set_new();
    struct buf why;
    buf_init(&why, 4096);
    struct policy_view text = {out.bytes, out.length};
    assert_int_equal(exchange_read(EXCHANGE_FORMAT_STRIMZI, text, again, &why), OK);
    exchange_set_sort(s);
    exchange_set_sort(again);
    assert_int_equal(again->note_count, 0);
    assert_int_equal(again->count, s->count);
    for (size_t i = 0; i < s->count; i++) {
        assert_int_equal(exchange_view_compare(s->acls[i].name, again->acls[i].name), 0);
        assert_int_equal(
            exchange_view_compare(s->acls[i].principal, again->acls[i].principal), 0);
        assert_int_equal(s->acls[i].operation, again->acls[i].operation);
        assert_int_equal(s->acls[i].is_deny, again->acls[i].is_deny);
        assert_int_equal(s->acls[i].is_prefix, again->acls[i].is_prefix);
    }
    a.principal = exchange_view("User:Not A Name");
    assert_false(exchange_strimzi_can_hold(&a));
    a.principal = exchange_view("User:*");
    assert_false(exchange_strimzi_can_hold(&a));
    a.principal = exchange_view("User:a");
    a.resource = POLICY_TOKEN;
    assert_false(exchange_strimzi_can_hold(&a));
    exchange_set_free(&s);
    exchange_set_free(&again);
    buf_fini(&why);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_become_statements),
        cmocka_unit_test(a_list_of_users_is_taken_too),
        cmocka_unit_test(what_is_not_understood_is_said),
        cmocka_unit_test(yaml_with_more_than_meets_the_eye_is_refused),
        cmocka_unit_test(text_that_is_nothing_known_is_refused),
        cmocka_unit_test(a_set_is_written_and_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
