#include "policy_fixture.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>

static void nothing_is_allowed_without_a_rule(void **state)
{
    (void)state;
    struct policy *p = policy_of("policy 1\n");
    struct policy_decision d = ask(p, "alice", POLICY_READ, POLICY_TOPIC, "t");

    assert_false(d.allowed);
    assert_int_equal(d.rule, POLICY_NO_RULE);
    assert_string_equal(d.id, "default");
    assert_string_equal(d.file, "");
    assert_int_equal(d.line, 0);
    assert_int_equal(policy_header(p).rules, 0);
    policy_free(&p);
    assert_null(p);
    policy_free(&p);
}

static void exact_names_match_only_themselves(void **state)
{
    (void)state;
    struct policy *p = policy_of("policy 1\nallow alice to read topic orders\n");

    assert_true(can(p, "alice", POLICY_READ, POLICY_TOPIC, "orders"));
    assert_false(can(p, "alice", POLICY_READ, POLICY_TOPIC, "orders2"));
    assert_false(can(p, "alice", POLICY_READ, POLICY_TOPIC, "order"));
    assert_false(can(p, "alice", POLICY_READ, POLICY_TOPIC, ""));
    assert_false(can(p, "alice", POLICY_READ, POLICY_TOPIC, "Orders"));
    assert_false(can(p, "alice", POLICY_READ, POLICY_GROUP, "orders"));
    assert_false(can(p, "alice", POLICY_WRITE, POLICY_TOPIC, "orders"));
    assert_false(can(p, "alic", POLICY_READ, POLICY_TOPIC, "orders"));
    assert_false(can(p, "alice2", POLICY_READ, POLICY_TOPIC, "orders"));
    assert_false(can(p, "", POLICY_READ, POLICY_TOPIC, "orders"));
    policy_free(&p);
}

static void prefixes_match_what_begins_with_them(void **state)
{
    (void)state;
    struct policy *p = policy_of("policy 1\n"
                                 "allow a to read topic pay.*\n"
                                 "allow b to read topic pay.eu.*, pay.eu.x*, other*\n"
                                 "allow c to read topic *\n");

    assert_true(can(p, "a", POLICY_READ, POLICY_TOPIC, "pay."));
    assert_true(can(p, "a", POLICY_READ, POLICY_TOPIC, "pay.eu.xy"));
    assert_true(can(p, "a", POLICY_READ, POLICY_TOPIC, "pay.zz"));
    assert_false(can(p, "a", POLICY_READ, POLICY_TOPIC, "pay"));
    assert_false(can(p, "a", POLICY_READ, POLICY_TOPIC, "payz"));
    assert_true(can(p, "b", POLICY_READ, POLICY_TOPIC, "pay.eu.a"));
    assert_true(can(p, "b", POLICY_READ, POLICY_TOPIC, "pay.eu.xy"));
    assert_false(can(p, "b", POLICY_READ, POLICY_TOPIC, "pay.us"));
    assert_true(can(p, "b", POLICY_READ, POLICY_TOPIC, "other"));
    assert_true(can(p, "c", POLICY_READ, POLICY_TOPIC, ""));
    assert_true(can(p, "c", POLICY_READ, POLICY_TOPIC, "\xff"));
    assert_false(can(p, "c", POLICY_READ, POLICY_GROUP, "g"));
    policy_free(&p);
}

static void deny_wins_wherever_it_stands_and_however_wide_it_is(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "policy 1\nallow alice to read topic t\nno: deny alice to read topic t\n",
        "policy 1\nno: deny alice to read topic t\nallow alice to read topic t\n",
        "policy 1\nno: deny any to all topic *\nallow alice to read topic t\n",
        "policy 1\nno: deny any to read topic t\nallow alice to read topic *\n",
        "policy 1\nno: deny alice to consume topic t*\nallow any to all topic t\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct policy *p = policy_of(texts[i]);
        struct policy_decision d = ask(p, "alice", POLICY_READ, POLICY_TOPIC, "t");
        assert_false(d.allowed);
        assert_string_equal(d.id, "no");
        policy_free(&p);
    }
}

static void a_super_user_is_exempt_from_the_default_only(void **state)
{
    (void)state;
    struct policy *p = policy_of("policy 1\ndeny root to delete topic ledger*\n"
                                 "allow any to read topic open\n");
    struct policy_who root = who_of(p, "root", true);

    assert_true(decide(p, &root, POLICY_DELETE, POLICY_TOPIC, "other").allowed);
    assert_string_equal(
        decide(p, &root, POLICY_DELETE, POLICY_TOPIC, "other").id, "super-user");
    assert_false(decide(p, &root, POLICY_DELETE, POLICY_TOPIC, "ledger.1").allowed);
    assert_int_equal(decide(p, &root, POLICY_DELETE, POLICY_TOPIC, "ledger.1").rule, 0);
    assert_int_equal(decide(p, &root, POLICY_READ, POLICY_TOPIC, "open").rule, 1);
    assert_false(decide(p, &root, 0, POLICY_TOPIC, "open").allowed);
    assert_false(decide(p, &root, 16, POLICY_TOPIC, "open").allowed);
    assert_int_equal(
        policy_operations(p, &root, &nowhere, POLICY_TOPIC, view_of("ledger")),
        3576 & ~64);
    assert_true(can_write_some_topic(p, "root", true));
    policy_free(&p);
}

static void implied_operations_are_allowed_but_not_denied(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        uint32_t bits;
    } cases[] = {
        {"read", 1u << 3 | 1u << 8},
        {"write", 1u << 4 | 1u << 8},
        {"create", 1u << 5},
        {"delete", 1u << 6 | 1u << 8},
        {"alter", 1u << 7 | 1u << 8},
        {"describe", 1u << 8},
        {"describe-configs", 1u << 10},
        {"alter-configs", 1u << 11 | 1u << 10},
        {"produce", 1u << 4 | 1u << 8},
        {"consume", 1u << 3 | 1u << 8},
        {"manage", 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 10 | 1u << 11},
        {"observe", 1u << 8 | 1u << 10},
        {"all", 3576},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[128];
        (void)snprintf(
            text, sizeof(text), "policy 1\nallow alice to %s topic t\n", cases[i].word);
        struct policy *p = policy_of(text);
        assert_int_equal(operations(p, "alice", POLICY_TOPIC, "t"), cases[i].bits);
        policy_free(&p);
    }
    struct policy *p = policy_of("policy 1\nallow alice to read topic t\n"
                                 "deny alice to read topic t\n"
                                 "allow alice to alter-configs group g\n"
                                 "deny alice to alter-configs group g\n");
    assert_false(can(p, "alice", POLICY_READ, POLICY_TOPIC, "t"));
    assert_true(can(p, "alice", POLICY_DESCRIBE, POLICY_TOPIC, "t"));
    assert_true(can(p, "alice", POLICY_DESCRIBE_CONFIGS, POLICY_GROUP, "g"));
    assert_false(can(p, "alice", POLICY_ALTER_CONFIGS, POLICY_GROUP, "g"));
    policy_free(&p);
}

static void authorized_operations_are_those_that_mean_something(void **state)
{
    (void)state;
    struct policy *p =
        policy_of("policy 1\nallow any to all topic * group * cluster txn *\n");
    assert_int_equal(operations(p, "alice", POLICY_TOPIC, "t"), 3576);
    assert_int_equal(operations(p, "alice", POLICY_GROUP, "t"), 3400);
    assert_int_equal(operations(p, "alice", POLICY_CLUSTER, "x"), 8096);
    assert_int_equal(
        operations(p, "alice", POLICY_TXN, "t"), 1u << 4 | 1u << 8 | 1u << 15);
    assert_int_equal(operations(p, "alice", 1, "t"), 0);
    assert_int_equal(operations(p, "alice", 6, "t"), 0);
    /* Kafka: an ALL rule grants DELETE on the cluster though no list has it. */
    assert_true(can(p, "alice", POLICY_DELETE, POLICY_CLUSTER, "kafka-cluster"));
    policy_free(&p);
}

static void the_first_rule_that_decides_is_named(void **state)
{
    (void)state;
    struct policy *p = policy_of("policy 1\n"
                                 "# a comment\n"
                                 "wide: allow any to read topic *\n"
                                 "exact: allow alice to read topic t\n"
                                 "allow  bob\tto   write topic t # why\n"
                                 "late: deny carl to read topic t\n"
                                 "later: deny carl to read topic *\n"
                                 "allow bob to all topic t\n");
    struct policy_decision d = ask(p, "alice", POLICY_READ, POLICY_TOPIC, "t");

    assert_string_equal(d.id, "wide");
    assert_string_equal(d.file, "main.policy");
    assert_int_equal(d.line, 3);
    d = ask(p, "carl", POLICY_READ, POLICY_TOPIC, "t");
    assert_string_equal(d.id, "late");
    assert_int_equal(d.rule, 3);
    d = ask(p, "bob", POLICY_WRITE, POLICY_TOPIC, "t");
    /* SHA-256 of `allow bob to write topic t` */
    assert_string_equal(d.id, "r-d7a00e77");
    assert_int_equal(ask(p, "bob", POLICY_DELETE, POLICY_TOPIC, "t").rule, 5);
    policy_free(&p);
}

/* Cases of Apache Kafka's authorizeByResourceType(WRITE, TOPIC). */
static void writing_some_topic_is_answered_as_kafka_does(void **state)
{
    (void)state;
    static const struct {
        const char *rules;
        bool allowed;
    } cases[] = {
        {"", false},
        {"allow alice to write topic foo\n", true},
        {"allow alice to all topic foo\n", true},
        {"allow alice to read topic foo\n", false},
        {"allow alice to write txn foo\n", false},
        {"allow any to write topic foo\n", true},
        {"allow bob to write topic foo\n", false},
        {"allow alice to write topic foo\ndeny alice to write topic foo\n", false},
        {"allow alice to write topic foo\ndeny any to all topic foo\n", false},
        {"allow alice to write topic foo\ndeny alice to read topic foo\n", true},
        {"allow alice to write topic foo\ndeny bob to write topic foo\n", true},
        {"allow alice to write topic foo*\ndeny alice to write topic foo\n", true},
        {"allow alice to write topic foo\ndeny alice to write topic foo*\n", false},
        {"allow alice to write topic foobar*\ndeny alice to write topic foo*\n", false},
        {"allow alice to write topic foo*\ndeny alice to write topic foo*\n", false},
        {"allow alice to write topic foo*\ndeny alice to write topic foobar*\n", true},
        {"allow alice to write topic *\ndeny alice to write topic foo\n", true},
        {"allow alice to write topic *\ndeny alice to write topic hard*\n", true},
        {"allow alice to write topic *\ndeny alice to write topic *\n", false},
        {"allow alice to write topic foo\ndeny alice to write topic *\n", false},
        {"allow alice to write topic foo, bar\ndeny alice to write topic foo\n", true},
        {"allow any to write topic foo, bar\ndeny alice to write topic foo, ba*\n",
            false},
        {"allow alice to write topic \"*\"\n", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "policy 1\n%s", cases[i].rules);
        struct policy *p = policy_of(text);
        if (can_write_some_topic(p, "alice", false) != cases[i].allowed) {
            fail_msg("case %zu: %s", i, cases[i].rules);
        }
        policy_free(&p);
    }
    struct policy *p = policy_of("policy 1\ndeny any to write topic *\n");
    assert_false(can_write_some_topic(p, "root", true));
    policy_free(&p);
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    (void)fclose(file);
    return text;
}

static void the_default_policy_permits_nothing(void **state)
{
    (void)state;
    char *text = read_text("policy/default.policy");
    struct policy *p = policy_of(text);

    assert_int_equal(policy_header(p).rules, 0);
    policy_free(&p);
    free(text);
}

static void the_examples_mean_what_they_say(void **state)
{
    (void)state;
    char *text = read_text("policy/examples/orders.policy");
    struct policy *p = policy_of(text);

    assert_string_equal(policy_header(p).cluster, "orders-prod");
    assert_true(policy_header(p).serial == 2026112001);
    assert_true(can(p, "alice", POLICY_WRITE, POLICY_TOPIC, "users"));
    assert_true(can(p, "alice", POLICY_DESCRIBE, POLICY_TOPIC, "orders.eu"));
    assert_false(can(p, "alice", POLICY_READ, POLICY_TOPIC, "users"));
    assert_true(can(p, "bob", POLICY_READ, POLICY_GROUP, "billing.1"));
    assert_false(can(p, "alice", POLICY_WRITE, POLICY_TOPIC, "orders.payroll.x"));
    assert_true(can(p, "aud-carla", POLICY_DESCRIBE, POLICY_TOPIC, "with space"));
    assert_true(can(p, "ops-anna", POLICY_DESCRIBE, POLICY_CLUSTER, "kafka-cluster"));
    assert_string_equal(
        ask(p, "mallory", POLICY_READ, POLICY_TOPIC, "users").id, "deny-mallory");
    policy_free(&p);
    free(text);
    text = read_text("policy/examples/names.policy");
    p = policy_of(text);
    assert_true(can(p, "to", POLICY_READ, POLICY_TOPIC, "topic"));
    assert_true(can(p, "to", POLICY_READ, POLICY_GROUP, "group"));
    assert_true(can(p, "any", POLICY_READ, POLICY_TOPIC, "*"));
    assert_false(can(p, "any", POLICY_READ, POLICY_TOPIC, "x"));
    assert_true(can(p, "CN=app one,O=Example", POLICY_WRITE, POLICY_TOPIC, "lit*eral"));
    assert_false(can(p, "CN=app one,O=Example", POLICY_WRITE, POLICY_TOPIC, "litXeral"));
    assert_true(can(p, "CN=app one,O=Example", POLICY_WRITE, POLICY_TOPIC, "a.b_c-dXYZ"));
    policy_free(&p);
    free(text);
}

/* --- the same questions asked of a loop over the rules --- */

#define RULES 24

struct plain_rule {
    bool deny;
    int who;      /* -1: any */
    int bit;      /* -1: all */
    int resource; /* index */
    int kind;     /* 0 exact, 1 prefix, 2 every name */
    char name[8];
};

static const char *const people[] = {"a", "ab", "b", "zed"};
static const enum policy_resource resources[] = {
    POLICY_TOPIC, POLICY_GROUP, POLICY_CLUSTER, POLICY_TXN};
static const char *const kinds[] = {"topic", "group", "cluster", "txn"};
static const char *const words[] = {
    [3] = "read",
    [4] = "write",
    [5] = "create",
    [6] = "delete",
    [7] = "alter",
    [8] = "describe",
    [9] = "cluster-action",
    [10] = "describe-configs",
    [11] = "alter-configs",
    [12] = "idempotent-write",
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int pick(uint64_t *seed, int n)
{
    return (int)(next_random(seed) >> 33) % n;
}

static void make_name(uint64_t *seed, char *name)
{
    int length = 1 + pick(seed, 4);
    for (int i = 0; i < length; i++) {
        name[i] = "ab"[pick(seed, 2)];
    }
    name[length] = '\0';
}

static struct plain_rule make_rule(uint64_t *seed)
{
    struct plain_rule r = {.deny = pick(seed, 4) == 0, .who = pick(seed, 5) - 1};

    r.resource = pick(seed, 8);
    r.resource = r.resource < 4 ? r.resource : 0;
    do {
        r.bit = pick(seed, 13);
        r.bit = r.bit < 3 ? -1 : r.bit;
    } while (r.bit >= 0 &&
             ((policy_meaningful(resources[r.resource]) & POLICY_BIT(r.bit)) == 0));
    r.kind = pick(seed, 5);
    r.kind = r.kind < 2 ? 1 : r.kind == 4 ? 2 : 0;
    make_name(seed, r.name);
    return r;
}

static void print_rule(const struct plain_rule *r, char *text, size_t size)
{
    size_t used = strlen(text);
    bool cluster = resources[r->resource] == POLICY_CLUSTER;

    (void)snprintf(text + used, size - used, "%s %s to %s %s %s%s\n",
        r->deny ? "deny" : "allow", r->who < 0 ? "any" : people[r->who],
        r->bit < 0 ? "all" : words[r->bit], kinds[r->resource],
        cluster || r->kind == 2 ? "" : r->name, cluster || r->kind == 0 ? "" : "*");
}

static bool rule_matches(
    const struct plain_rule *r, const char *who, int bit, int resource, const char *name)
{
    bool cluster = resources[r->resource] == POLICY_CLUSTER;

    if (r->resource != resource || (r->who >= 0 && strcmp(people[r->who], who) != 0)) {
        return false;
    }
    if (!cluster && r->kind == 0 && strcmp(r->name, name) != 0) {
        return false;
    }
    if (!cluster && r->kind == 1 && strncmp(r->name, name, strlen(r->name)) != 0) {
        return false;
    }
    if (r->bit < 0 || r->bit == bit) {
        return true;
    }
    if (r->deny) {
        return false;
    }
    return (bit == POLICY_DESCRIBE &&
               (r->bit == POLICY_READ || r->bit == POLICY_WRITE ||
                   r->bit == POLICY_DELETE || r->bit == POLICY_ALTER)) ||
           (bit == POLICY_DESCRIBE_CONFIGS && r->bit == POLICY_ALTER_CONFIGS);
}

static uint32_t plain_decide(const struct plain_rule *rules, const char *who, int bit,
    int resource, const char *name, bool *allowed)
{
    for (int deny = 1; deny >= 0; deny--) {
        for (uint32_t i = 0; i < RULES; i++) {
            if (rules[i].deny == (deny == 1) &&
                rule_matches(&rules[i], who, bit, resource, name)) {
                *allowed = deny == 0;
                return i;
            }
        }
    }
    *allowed = false;
    return POLICY_NO_RULE;
}

static void ask_everything(const struct policy *p, const struct plain_rule *rules,
    uint64_t *seed, const char *text)
{
    for (int i = 0; i < 200; i++) {
        char name[8];
        const char *who = pick(seed, 6) == 0 ? "stranger" : people[pick(seed, 4)];
        int resource = pick(seed, 4);
        int bit = 3 + pick(seed, 10);
        bool allowed = false;
        make_name(seed, name);
        uint32_t rule = plain_decide(rules, who, bit, resource, name, &allowed);
        struct policy_decision d =
            ask(p, who, (enum policy_operation)bit, resources[resource], name);
        if (d.allowed != allowed || d.rule != rule) {
            fail_msg("%s\n%s %d %s %s: %d by %u, expected %d by %u", text, who, bit,
                kinds[resource], name, d.allowed, d.rule, allowed, rule);
        }
        uint32_t bits = operations(p, who, resources[resource], name);
        uint32_t meaningful = policy_meaningful(resources[resource]);
        assert_int_equal((bits >> bit) & 1, allowed && ((meaningful >> bit) & 1) == 1);
    }
}

/* Section 2 to 5 of the rule for WRITE on TOPIC, spelled out. */
static bool plain_any_write(const struct plain_rule *rules, const char *who)
{
    bool allowed = false;

    (void)plain_decide(rules, who, POLICY_WRITE, 0, "hardcode", &allowed);
    for (size_t i = 0; i < RULES && !allowed; i++) {
        const struct plain_rule *a = &rules[i];
        const char *name = a->kind == 2 ? "" : a->name;
        if (a->deny || a->resource != 0 || (a->bit >= 0 && a->bit != POLICY_WRITE) ||
            (a->who >= 0 && strcmp(people[a->who], who) != 0)) {
            continue;
        }
        allowed = true;
        for (size_t k = 0; k < RULES; k++) {
            const struct plain_rule *d = &rules[k];
            bool applies = d->deny && d->resource == 0 &&
                           (d->bit < 0 || d->bit == POLICY_WRITE) &&
                           (d->who < 0 || strcmp(people[d->who], who) == 0);
            bool covers =
                d->kind == 2 ||
                (d->kind == 1 && strncmp(d->name, name, strlen(d->name)) == 0) ||
                (d->kind == 0 && a->kind == 0 && strcmp(d->name, name) == 0);
            if (applies && covers) {
                allowed = false;
            }
        }
    }
    return allowed;
}

static void random_policies_decide_like_a_loop_over_the_rules(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= 300; round++) {
        uint64_t seed = round * UINT64_C(0x9e3779b97f4a7c15);
        struct plain_rule rules[RULES];
        char text[RULES * 64] = "policy 1\n";
        for (size_t i = 0; i < RULES; i++) {
            rules[i] = make_rule(&seed);
            print_rule(&rules[i], text, sizeof(text));
        }
        struct policy *p = policy_of(text);
        ask_everything(p, rules, &seed, text);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(can_write_some_topic(p, people[i], false),
                plain_any_write(rules, people[i]));
        }
        policy_free(&p);
    }
}

static void the_order_of_rules_changes_no_decision(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= 50; round++) {
        uint64_t seed = round * UINT64_C(0x2545f4914f6cdd1d);
        struct plain_rule rules[RULES];
        char forward[RULES * 64] = "policy 1\n";
        char backward[RULES * 64] = "policy 1\n";
        for (size_t i = 0; i < RULES; i++) {
            rules[i] = make_rule(&seed);
            print_rule(&rules[i], forward, sizeof(forward));
        }
        for (size_t i = RULES; i > 0; i--) {
            print_rule(&rules[i - 1], backward, sizeof(backward));
        }
        struct policy *p = policy_of(forward);
        struct policy *q = policy_of(backward);
        for (int i = 0; i < 100; i++) {
            char name[8];
            const char *who = people[pick(&seed, 4)];
            enum policy_operation bit = (enum policy_operation)(3 + pick(&seed, 10));
            make_name(&seed, name);
            assert_int_equal(can(p, who, bit, POLICY_TOPIC, name),
                can(q, who, bit, POLICY_TOPIC, name));
        }
        policy_free(&p);
        policy_free(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_allowed_without_a_rule),
        cmocka_unit_test(exact_names_match_only_themselves),
        cmocka_unit_test(prefixes_match_what_begins_with_them),
        cmocka_unit_test(deny_wins_wherever_it_stands_and_however_wide_it_is),
        cmocka_unit_test(a_super_user_is_exempt_from_the_default_only),
        cmocka_unit_test(implied_operations_are_allowed_but_not_denied),
        cmocka_unit_test(authorized_operations_are_those_that_mean_something),
        cmocka_unit_test(the_first_rule_that_decides_is_named),
        cmocka_unit_test(writing_some_topic_is_answered_as_kafka_does),
        cmocka_unit_test(the_default_policy_permits_nothing),
        cmocka_unit_test(the_examples_mean_what_they_say),
        cmocka_unit_test(random_policies_decide_like_a_loop_over_the_rules),
        cmocka_unit_test(the_order_of_rules_changes_no_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
