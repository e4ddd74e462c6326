#include "policy_model_fixture.h"

#include "mem.h"
#include "policy_array.h"
#include "policy_blob.h"
#include "policy_include.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* --- header --- */

static void a_header_binds_the_policy(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(
        &p, "# first\n\npolicy 1 signatures 64 serial 9223372036854775807 cluster c");
    assert_true(p.model.has_header);
    assert_true(p.model.serial == INT64_MAX);
    assert_int_equal(p.model.signatures, 64);
    assert_view(p.model.cluster, "c");
    parsed_fini(&p);
    parse_good(&p, "policy 1 cluster \"with blanks\"\r\n");
    assert_view(p.model.cluster, "with blanks");
    assert_int_equal(p.model.serial, 0);
    parsed_fini(&p);
}

/* --- rules --- */

static void a_rule_has_subjects_operations_and_targets(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p,
        "policy 1\n"
        "x-1: deny any, anonymous, User:a, \"b c\" to read, write topic t, u*, * "
        "topic \"v*\"\n");
    const struct policy_model_rule *r = &p.model.rules[0];
    assert_int_equal(p.model.rules_count, 1);
    assert_int_equal(r->kind, POLICY_RULE_DENY);
    assert_view(r->label, "x-1");
    assert_string_equal(r->id, "x-1");
    assert_int_equal(r->place.line, 2);
    assert_int_equal(r->subjects.count, 4);
    const struct policy_model_subject *s = &p.model.subjects[r->subjects.first];
    assert_int_equal(s[0].kind, POLICY_SUBJECT_ANY);
    assert_int_equal(s[1].kind, POLICY_SUBJECT_ANONYMOUS);
    assert_int_equal(s[2].kind, POLICY_SUBJECT_PRINCIPAL);
    assert_view(s[2].name.text, "a");
    assert_view(s[3].name.text, "b c");
    assert_int_equal(r->targets.count, 4);
    const struct policy_model_target *t = &p.model.targets[r->targets.first];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(t[i].resource, POLICY_TOPIC);
        assert_int_equal(
            t[i].operations, POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE));
    }
    assert_view(t[0].name, "t");
    assert_false(t[0].is_prefix);
    assert_view(t[1].name, "u");
    assert_true(t[1].is_prefix);
    assert_view(t[2].name, "");
    assert_true(t[2].is_prefix);
    assert_view(t[3].name, "v*");
    assert_false(t[3].is_prefix);
    assert_true(t[3].is_quoted);
    parsed_fini(&p);
}

static uint32_t operations_of(const char *ops, const char *resource)
{
    char text[256];
    struct parsed p;

    (void)snprintf(text, sizeof(text), "policy 1\nallow a to %s %s\n", ops, resource);
    parse_good(&p, text);
    uint32_t operations = p.model.targets[0].operations;
    assert_int_equal(p.model.targets_count, 1);
    parsed_fini(&p);
    return operations;
}

#define BIT(name) POLICY_BIT(POLICY_##name)

static void each_verb_means_what_the_table_says(void **state)
{
    (void)state;
    static const struct {
        const char *ops;
        const char *resource;
        uint32_t bits;
    } cases[] = {
        {"all", "topic t", POLICY_BITS_ALL},
        {"all", "user u", POLICY_BITS_ALL},
        {"all", "token t", POLICY_BITS_ALL},
        {"read", "group g", BIT(READ)},
        {"write", "txn x", BIT(WRITE)},
        {"create", "cluster", BIT(CREATE)},
        {"delete", "group g", BIT(DELETE)},
        {"alter", "cluster", BIT(ALTER)},
        {"describe", "token t", BIT(DESCRIBE)},
        {"describe-configs", "cluster", BIT(DESCRIBE_CONFIGS)},
        {"alter-configs", "group g", BIT(ALTER_CONFIGS)},
        {"cluster-action", "cluster", BIT(CLUSTER_ACTION)},
        {"idempotent-write", "cluster", BIT(IDEMPOTENT_WRITE)},
        {"create-tokens, describe-tokens", "user u",
            BIT(CREATE_TOKENS) | BIT(DESCRIBE_TOKENS)},
        {"two-phase-commit", "txn x", BIT(TWO_PHASE_COMMIT)},
        {"produce", "topic t", BIT(WRITE)},
        {"produce", "txn x", BIT(WRITE)},
        {"consume", "topic t", BIT(READ)},
        {"consume", "group g", BIT(READ)},
        {"manage", "topic t",
            BIT(CREATE) | BIT(DELETE) | BIT(ALTER) | BIT(ALTER_CONFIGS)},
        {"manage", "group g", BIT(DELETE) | BIT(ALTER_CONFIGS)},
        {"observe", "topic t", BIT(DESCRIBE) | BIT(DESCRIBE_CONFIGS)},
        {"observe", "group g", BIT(DESCRIBE)},
        {"observe", "txn x", BIT(DESCRIBE)},
        {"observe", "cluster", BIT(DESCRIBE)},
        {"produce, consume, observe", "topic t",
            BIT(WRITE) | BIT(READ) | BIT(DESCRIBE) | BIT(DESCRIBE_CONFIGS)},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (operations_of(cases[i].ops, cases[i].resource) != cases[i].bits) {
            fail_msg("%s %s", cases[i].ops, cases[i].resource);
        }
    }
}

static void keywords_have_a_meaning_by_position_only(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p,
        "policy 1\n"
        "allow to, allow, team to read topic to, from, topic group group with mtls\n"
        "grant to to to, grant from 10.0.0.1 via from, via\n"
        "role to {\n    read topic role, test, can\n}\n"
        "team team = { team, from, ldap }\n"
        "net net = { 10.0.0.0/8 }\n"
        "auth and = { mtls }\n"
        "allow \"any\", \"@team\" to read topic \"a b\", \"#\" with and and and\n"
        "test \"x\" {\n"
        "    can can read topic can\n"
        "    allow cannot read topic with from 10.0.0.1 via from\n"
        "}\n");
    assert_int_equal(p.model.rules_count, 3);
    assert_int_equal(p.model.cases_count, 2);
    const struct policy_model_rule *r = &p.model.rules[0];
    assert_int_equal(r->targets.count, 4);
    assert_int_equal(p.model.targets[r->targets.first + 3].resource, POLICY_GROUP);
    assert_view(p.model.targets[r->targets.first + 3].name, "group");
    const struct policy_model_rule *quoted = &p.model.rules[2];
    assert_int_equal(
        p.model.subjects[quoted->subjects.first].kind, POLICY_SUBJECT_PRINCIPAL);
    assert_int_equal(
        p.model.subjects[quoted->subjects.first + 1].kind, POLICY_SUBJECT_PRINCIPAL);
    parsed_fini(&p);
}

static void a_condition_has_every_qualifier_once_in_any_order(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p,
        "policy 1\n"
        "allow a to read topic t ticket INC-1 reason \"why # not\" until "
        "2026-02-01T12:30Z "
        "after 2026-01-01 with strong and tls >= 1.3 and age < 8h and issuer \"CN=x, "
        "O=y\" "
        "and mtls via INTERNAL, EXTERNAL from not 10.0.0.0/8, 2001:db8::1, @dc # done\n"
        "net dc = { 192.0.2.0/24 }\n"
        "auth strong = { mtls, gssapi }\n");
    const struct policy_model_condition *c = &p.model.rules[0].condition;
    assert_true(c->is_outside);
    assert_int_equal(c->nets.count, 3);
    const struct policy_model_net *n = &p.model.net_items[c->nets.first];
    assert_int_equal(n[0].net.bits, 104);
    assert_int_equal(n[0].list, POLICY_UNRESOLVED);
    assert_int_equal(n[1].net.bits, 128);
    assert_true(n[2].is_list);
    assert_int_equal(n[2].list, 0);
    assert_view(n[2].name.text, "dc");
    assert_int_equal(c->listeners.count, 2);
    assert_view(p.model.names[c->listeners.first + 1].text, "EXTERNAL");
    assert_int_equal(c->methods, POLICY_BIT(POLICY_METHOD_MTLS));
    assert_int_equal(c->methods_written.count, 2);
    assert_view(p.model.names[c->methods_written.first].text, "strong");
    assert_int_equal(c->tls_min, 0x0304);
    assert_true(c->age_ms == 8 * 3600 * 1000);
    assert_view(c->issuer, "CN=x, O=y");
    assert_true(c->after_ms == INT64_C(1767225600000));
    assert_true(c->until_ms == INT64_C(1769949000000));
    assert_view(c->reason, "why # not");
    assert_view(c->ticket, "INC-1");
    assert_view(p.model.nets[0].name.text, "dc");
    assert_int_equal(p.model.nets[0].nets.count, 1);
    parsed_fini(&p);
}

static void a_rule_without_qualifiers_asks_for_nothing(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p, "policy 1\nallow a to read topic t\n");
    const struct policy_model_condition *c = &p.model.rules[0].condition;
    assert_int_equal(c->nets.count, 0);
    assert_int_equal(c->listeners.count, 0);
    assert_int_equal(c->methods, 0);
    assert_int_equal(c->tls_min, 0);
    assert_true(c->age_ms == 0 && c->after_ms == 0 && c->until_ms == 0);
    assert_false(c->is_outside);
    parsed_fini(&p);
}

static void never_delegate_and_exclusive_are_read(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p, "policy 1\n"
                   "exclusive @a, @b, @c\n"
                   "never @a to read, write topic pci.*\n"
                   "d1: delegate topic x.*, y group z* cluster\n"
                   "team a = { x }\nteam b = { y }\nteam c from ldap \"cn=c\"\n");
    assert_int_equal(p.model.exclusives_count, 1);
    assert_int_equal(p.model.exclusives[0].teams.count, 3);
    assert_int_equal(p.model.team_refs[2].team, 2);
    assert_int_equal(p.model.rules[0].kind, POLICY_RULE_NEVER);
    assert_int_equal(p.model.subjects[0].team, 0);
    const struct policy_model_rule *d = &p.model.rules[1];
    assert_int_equal(d->kind, POLICY_RULE_DELEGATE);
    assert_int_equal(d->subjects.count, 0);
    assert_int_equal(d->targets.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(
            p.model.targets[d->targets.first + i].operations, POLICY_BITS_ALL);
    }
    parsed_fini(&p);
}

static void a_role_is_granted_before_or_behind_its_definition(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p, "policy 1\n"
                   "grant reader, writer to a, @t from 10.0.0.1\n"
                   "role reader {\n"
                   "    consume topic a, b* group g\n"
                   "\n"
                   "    # nothing more\n"
                   "    observe cluster\n"
                   "}\n"
                   "role writer {\n}\n"
                   "g1: grant reader to b\n"
                   "team t = { c }\n");
    assert_int_equal(p.model.roles_count, 2);
    assert_int_equal(p.model.roles[0].targets.count, 4);
    assert_int_equal(p.model.roles[1].targets.count, 0);
    const struct policy_model_rule *r = &p.model.rules[0];
    assert_int_equal(r->kind, POLICY_RULE_GRANT);
    assert_int_equal(r->roles.count, 2);
    assert_int_equal(p.model.role_refs[r->roles.first].role, 0);
    assert_int_equal(p.model.role_refs[r->roles.first + 1].role, 1);
    assert_int_equal(r->targets.count, 0);
    assert_string_equal(p.model.rules[1].id, "g1");
    parsed_fini(&p);
}

static void lists_go_on_over_lines(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p,
        "policy 1\n"
        "team a = {\n"
        "b, # first\n"
        "   User:c\n"
        "   ,\n"
        "\n"
        "\"d e\" }\n"
        "net n =\t{ 10.0.0.0/8,\n10.0.0.1, ::1\n}\n"
        "auth s = { mtls, gssapi, oauth, scram256, scram512, plain, token, peer }\n"
        "team f from claim groups/ops\n");
    assert_int_equal(p.model.teams[0].members.count, 3);
    assert_view(p.model.names[1].text, "c");
    assert_int_equal(p.model.names[1].place.line, 4);
    assert_view(p.model.names[2].text, "d e");
    assert_int_equal(p.model.nets[0].nets.count, 3);
    assert_int_equal(p.model.auths[0].methods, 0x1fe);
    assert_view(p.model.teams[1].source, "claim");
    assert_view(p.model.teams[1].group, "groups/ops");
    parsed_fini(&p);
}

static void a_user_has_a_name_without_its_type(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p,
        "policy 1\n"
        "allow a to describe-tokens user alice, User:bob, User:c*, *, \"User:d\"\n"
        "allow a to describe token User:x\n");
    assert_view(p.model.targets[0].name, "alice");
    assert_view(p.model.targets[1].name, "bob");
    assert_view(p.model.targets[2].name, "c");
    assert_true(p.model.targets[2].is_prefix);
    assert_view(p.model.targets[3].name, "");
    assert_view(p.model.targets[4].name, "d");
    assert_view(p.model.targets[5].name, "User:x");
    parsed_fini(&p);
}

/* --- tests --- */

static void a_case_has_its_context(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p,
        "policy 1\n"
        "test \"what holds\" {\n"
        "    User:svc can read topic t group \"g*\"  # why\n"
        "    anonymous cannot describe cluster from ::1 with mtls tls 1.2 via X at "
        "2026-01-01\n"
        "}\n"
        "test \"empty\" {\n}\n");
    assert_int_equal(p.model.tests_count, 2);
    assert_view(p.model.tests[0].name, "what holds");
    assert_int_equal(p.model.tests[0].cases.count, 2);
    assert_int_equal(p.model.tests[1].cases.count, 0);
    const struct policy_model_case *c = &p.model.cases[0];
    assert_view(c->principal.text, "svc");
    assert_true(c->can);
    assert_view(c->text, "User:svc can read topic t group \"g*\"");
    assert_int_equal(c->targets.count, 2);
    assert_false(c->has_address);
    assert_int_equal(c->method, POLICY_METHODS);
    assert_int_equal(c->tls, 0);
    assert_true(c->at_ms == 0 && c->listener.len == 0 && !c->is_anonymous);
    c = &p.model.cases[1];
    assert_true(c->is_anonymous);
    assert_false(c->can);
    assert_int_equal(c->place.line, 4);
    assert_true(c->has_address);
    assert_int_equal(c->address[15], 1);
    assert_int_equal(c->method, POLICY_METHOD_MTLS);
    assert_int_equal(c->tls, 0x0303);
    assert_view(c->listener, "X");
    assert_true(c->at_ms == INT64_C(1767225600000));
    parsed_fini(&p);
}

/* --- ids --- */

static void ids_survive_moves_and_layout_but_not_another_meaning(void **state)
{
    (void)state;
    struct parsed p;

    parse_good(&p, "policy 1\n"
                   "allow a, b to read topic \"x  y\" with tls >= 1.3\n"
                   "  allow   a ,b\tto read topic \"x  y\" with tls>=1.3 # moved\n"
                   "allow a, b to read topic \"x y\" with tls >= 1.3\n"
                   "allow a to read topic xy\n"
                   "allow a to read topic \"xy\"\n");
    assert_string_equal(p.model.rules[0].id, p.model.rules[1].id);
    assert_string_not_equal(p.model.rules[0].id, p.model.rules[2].id);
    assert_string_not_equal(p.model.rules[3].id, p.model.rules[4].id);
    /* printf 'allow a to read topic xy' | sha256sum */
    assert_string_equal(p.model.rules[3].id, "r-241859a3");
    parsed_fini(&p);
}

/* --- includes --- */

static void files_are_found_from_the_one_that_includes_them(void **state)
{
    (void)state;
    const struct policy_source sources[] = {
        source_of("main.policy", "policy 1\n"
                                 "include \"teams/*.policy\" scope topic a.*, b group *\n"
                                 "include other.policy\n"),
        source_of("teams/deep/z.policy", "z: allow a to read topic z\n"),
        source_of("teams/b.policy", "include \"deep/?.policy\"\n"),
        source_of("teams/a.policy", "grant r to @b\n"),
        source_of("other.policy", "team b = { x }\nrole r {\n    read topic t\n}\n"),
        source_of("unread.policy", "this would be an error\n"),
        source_of("z.policy", "this too\n"),
    };
    static const char *const names[] = {"main.policy", "teams/a.policy", "teams/b.policy",
        "other.policy", "teams/deep/z.policy"};
    static const uint32_t parents[] = {0, 0, 0, 0, 2};
    struct parsed p;

    parse_good_sources(&p, sources, 7);
    assert_int_equal(p.model.files_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(p.model.files[i].name, names[i]);
        assert_int_equal(p.model.files[i].parent, parents[i]);
    }
    assert_false(p.model.files[0].has_scope);
    assert_true(p.model.files[1].has_scope && p.model.files[2].has_scope);
    assert_int_equal(p.model.files[1].scope.count, 3);
    assert_int_equal(p.model.files[1].included.line, 2);
    assert_false(p.model.files[3].has_scope);
    assert_int_equal(p.model.targets[0].operations, 0);
    assert_int_equal(p.model.rules[0].file, 1);
    assert_int_equal(p.model.rules[1].file, 4);
    parsed_fini(&p);
}

static void main_may_stand_in_any_directory_and_a_pattern_leaves_it_out(void **state)
{
    (void)state;
    const struct policy_source sources[] = {
        source_of("etc/main.policy", "policy 1\ninclude \"*.policy\"\n"),
        source_of("etc/a.policy", ""),
        source_of("a.policy", "wrong\n"),
        source_of("etc/b/c.policy", "wrong\n"),
    };
    struct parsed p;

    parse_good_sources(&p, sources, 4);
    assert_int_equal(p.model.files_count, 2);
    assert_string_equal(p.model.files[1].name, "etc/a.policy");
    parsed_fini(&p);
}

static bool matches(const char *pattern, const char *name)
{
    const struct policy_view v = {(const uint8_t *)pattern, strlen(pattern)};

    return policy_include_matches(v, name, strlen(name));
}

static void patterns_match_as_in_a_shell_but_no_slash(void **state)
{
    (void)state;
    assert_true(matches("a.policy", "a.policy"));
    assert_true(matches("*.policy", "a.policy"));
    assert_true(matches("*", ""));
    assert_true(matches("**", "ab"));
    assert_true(matches("a*b*c", "aXbYbZc"));
    assert_true(matches("a?c", "abc"));
    assert_true(matches("*/*.policy", "x/y.policy"));
    assert_false(matches("*.policy", "x/a.policy"));
    assert_false(matches("a?c", "a/c"));
    assert_false(matches("a?c", "ac"));
    assert_false(matches("a*b", "abc"));
    assert_false(matches("*/*.policy", "x/y/z.policy"));
    assert_false(matches("", "a"));
    assert_false(matches("A*", "ab"));
    assert_false(matches("[ab]", "a"));
}

/* --- limits --- */

static char *repeated(const char *head, const char *text, size_t count, const char *tail)
{
    size_t length = strlen(text);
    char *out = malloc(strlen(head) + count * length + strlen(tail) + 1);
    char *at = out;

    assert_non_null(out);
    at += strlen(strcpy(at, head));
    for (size_t i = 0; i < count; i++, at += length) {
        memcpy(at, text, length);
    }
    strcpy(at, tail);
    return out;
}

static void check_last_error(char *text, size_t errors, const char *expected)
{
    struct parsed p;
    const struct policy_source source = source_of("a.policy", text);

    parse_sources(&p, &source, 1);
    assert_int_equal(p.report.errors, errors);
    if (errors > 0 && strstr(errors_of(&p), expected) == NULL) {
        fail_msg("expected: %s\ngot: %s", expected, errors_of(&p));
    }
    parsed_fini(&p);
    free(text);
}

static void lines_have_a_limit(void **state)
{
    (void)state;
    check_last_error(
        repeated("policy 1\nallow a to read topic t", " ", 4096 - 23, "\r\n"), 0, "");
    check_last_error(repeated("policy 1\nallow a to read topic t", " ", 4097 - 23, "\n"),
        1, "a.policy:2:1: error: the line is longer than 4096 bytes [POL090]\n  help");
}

static void rules_have_a_limit(void **state)
{
    (void)state;
    static const char rule[] = "allow a to read topic t\n";

    check_last_error(repeated("policy 1\n", rule, 10000, ""), 0, "");
    check_last_error(repeated("policy 1\n", rule, 10001, ""), 1,
        "a.policy:10002:1: error: more than 10000 rules [POL091]");
    check_last_error(
        repeated("policy 1\n", "delegate topic t\n", 10001, ""), 1, "[POL091]");
}

static void names_have_a_limit(void **state)
{
    (void)state;
    check_last_error(
        repeated("policy 1\nteam a = { b", ",\nc", POLICY_ITEMS_MAX - 1, "}\n"), 0, "");
    check_last_error(
        repeated("policy 1\nteam a = { b", ",\nc", POLICY_ITEMS_MAX, "}\nx\n"), 1,
        "a.policy:262146:1: error: the policy has more than 262144 names");
}

static void texts_have_a_limit_together(void **state)
{
    (void)state;
    char *text = repeated("policy 1", "\n", POLICY_TEXT_MAX - 8, "\n");
    struct policy_source sources[] = {
        {"main.policy", (const uint8_t *)text, POLICY_TEXT_MAX},
        source_of("a.policy", ""),
    };
    struct parsed p;

    parse_good_sources(&p, sources, 2);
    parsed_fini(&p);
    sources[0].length++;
    parse_sources(&p, sources, 2);
    assert_string_equal(errors_of(&p),
        "main.policy:1:1: error: the policy is larger than 4 MiB [POL093]\n"
        "  help: use prefixes, or lists of names\n"
        "main.policy: 1 error(s); policy not loaded\n");
    parsed_fini(&p);
    memcpy(text + 8, "\ninclude \"a.policy\"", 19);
    sources[0].length--;
    sources[1] = source_of("a.policy", "#");
    parse_sources(&p, sources, 2);
    assert_non_null(
        strstr(errors_of(&p), "main.policy:2:9: error: the policy is larger"));
    parsed_fini(&p);
    free(text);
}

static void files_have_a_limit(void **state)
{
    (void)state;
    struct policy_source sources[65];
    char names[65][16];
    struct parsed p;

    sources[0] = source_of("main.policy", "policy 1\ninclude \"f*.policy\"\n");
    for (size_t i = 1; i < 65; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "f%02zu.policy", i);
        sources[i] = source_of(names[i], "allow a to read topic t\n");
    }
    parse_good_sources(&p, sources, 64);
    assert_int_equal(p.model.files_count, 64);
    assert_int_equal(p.model.rules_count, 63);
    parsed_fini(&p);
    parse_sources(&p, sources, 65);
    assert_non_null(
        strstr(errors_of(&p), "main.policy:2:9: error: more than 64 files [POL094]"));
    parsed_fini(&p);
    char *text = repeated("policy 1\n", "include x\n", 66, "");
    sources[0] = source_of("main.policy", text);
    parse_sources(&p, sources, 2);
    assert_int_equal(p.report.errors, 65);
    assert_non_null(strstr(errors_of(&p), ":66:9: error: more than 64 statements that"));
    parsed_fini(&p);
    free(text);
}

/* --- hostile texts --- */

static double seconds_to_parse(const char *text, struct parsed *p)
{
    struct timespec from;
    struct timespec to;
    const struct policy_source source = source_of("a.policy", text);

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    parse_sources(p, &source, 1);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* Quadratic work would take minutes. */
static void ten_thousand_rules_with_as_many_names_are_fast(void **state)
{
    (void)state;
    char *text = malloc(4 << 20);
    char *at = text;
    struct parsed p;

    assert_non_null(text);
    at += sprintf(at, "policy 1\n");
    for (int i = 0; i < 10000; i++) {
        at += sprintf(at,
            "rule-%d: allow @team-%d to read topic t-%d from @net-%d with auth-%d\n"
            "team team-%d = { user-%d, other-%d }\n"
            "net net-%d = { 10.0.0.0/8 }\nauth auth-%d = { mtls }\n",
            i, 9999 - i, i, i, i, i, i, i, i, i);
    }
    double seconds = seconds_to_parse(text, &p);
    assert_int_equal(p.report.errors, 0);
    assert_int_equal(p.model.subjects[0].team, 9999);
    parsed_fini(&p);
    assert_true(seconds < 10);

    at = text + sprintf(text, "policy 1\n");
    for (int i = 0; i < 10000; i++) {
        at += sprintf(at, "allow @taem-%d to read topic t\nteam team-%d = { a }\n", i, i);
    }
    seconds = seconds_to_parse(text, &p);
    assert_int_equal(p.report.errors, 10000);
    assert_non_null(strstr(errors_of(&p), "did you mean '@team-0'?"));
    parsed_fini(&p);
    assert_true(seconds < 10);
    free(text);
}

static void errors_beyond_two_hundred_are_counted_only(void **state)
{
    (void)state;
    check_last_error(repeated("policy 1\n", "x\n", 201, ""), 201,
        "201 error(s), the first 200 shown; policy not loaded\n");
    check_last_error(
        repeated("policy 1\n", "role {\n", 100000, ""), 100000, ":201:6: error");
}

static void nothing_is_read_as_nothing(void **state)
{
    (void)state;
    const struct policy_source source = {"a.policy", NULL, 0};
    struct parsed p;

    parse_sources(&p, &source, 1);
    assert_non_null(strstr(errors_of(&p), "a.policy:1:1: error: the header is missing"));
    parsed_fini(&p);
}

static void every_failed_allocation_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    const struct policy_source sources[] = {
        source_of("main.policy",
            "policy 1\ninclude \"a.policy\" scope topic *\n"
            "x: allow a, @t to read topic t from @n, 10.0.0.1 via X with s until "
            "2026-01-01\n"
            "team t = { b }\nnet n = { ::1 }\nauth s = { mtls }\nexclusive @t, @u\n"
            "team u from ldap x\nrole r {\n    read topic t\n}\ngrant r to a\n"
            "test \"x\" {\n    a can read topic t\n}\n"),
        source_of("a.policy", "never any to read topic x\n"),
    };

    for (long n = 0;; n++) {
        struct policy_model model;
        struct report report;
        struct buf errors;
        buf_init(&errors, 1 << 20);
        report_init(&report, &errors);
        mem_fail_after(n);
        enum err e = policy_model_parse(sources, 2, &report, &model);
        mem_fail_after(-1);
        assert_int_equal(report.errors, 0);
        policy_model_fini(&model);
        buf_fini(&errors);
        if (e == OK) {
            assert_true(n > 20);
            return;
        }
        assert_int_equal(e, ERR_NOMEM);
    }
}

/* --- the example --- */

static char *read_text(const char *path, size_t *length_out)
{
    FILE *f = fopen(path, "rb");
    char *text = malloc(1 << 16);

    if (f == NULL || text == NULL) {
        fail_msg("no %s", path);
    }
    *length_out = fread(text, 1, 1 << 16, f);
    (void)fclose(f);
    return text;
}

static void the_payments_example_is_read_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"main.policy", "teams/authorisation.policy",
        "teams/settlement.policy", "teams/ledger.policy", "teams/pci.policy",
        "breakglass.policy"};
    struct policy_source sources[6];
    struct parsed p;

    for (size_t i = 0; i < 6; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "policy/examples/payments/%s", names[i]);
        sources[i].name = names[i];
        sources[i].text = (const uint8_t *)read_text(path, &sources[i].length);
    }
    parse_good_sources(&p, sources, 6);
    assert_int_equal(p.model.files_count, 6);
    assert_int_equal(p.model.teams_count, 4);
    assert_int_equal(p.model.rules_count, 15);
    assert_int_equal(p.model.exclusives_count, 1);
    assert_int_equal(p.model.tests_count, 7);
    for (size_t i = 0; i < p.model.rules_count; i++) {
        assert_true(p.model.rules[i].label.len > 0);
    }
    parsed_fini(&p);
    for (size_t i = 0; i < 6; i++) {
        free((void *)(uintptr_t)sources[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_binds_the_policy),
        cmocka_unit_test(a_rule_has_subjects_operations_and_targets),
        cmocka_unit_test(each_verb_means_what_the_table_says),
        cmocka_unit_test(keywords_have_a_meaning_by_position_only),
        cmocka_unit_test(a_condition_has_every_qualifier_once_in_any_order),
        cmocka_unit_test(a_rule_without_qualifiers_asks_for_nothing),
        cmocka_unit_test(never_delegate_and_exclusive_are_read),
        cmocka_unit_test(a_role_is_granted_before_or_behind_its_definition),
        cmocka_unit_test(lists_go_on_over_lines),
        cmocka_unit_test(a_user_has_a_name_without_its_type),
        cmocka_unit_test(a_case_has_its_context),
        cmocka_unit_test(ids_survive_moves_and_layout_but_not_another_meaning),
        cmocka_unit_test(files_are_found_from_the_one_that_includes_them),
        cmocka_unit_test(main_may_stand_in_any_directory_and_a_pattern_leaves_it_out),
        cmocka_unit_test(patterns_match_as_in_a_shell_but_no_slash),
        cmocka_unit_test(lines_have_a_limit),
        cmocka_unit_test(rules_have_a_limit),
        cmocka_unit_test(names_have_a_limit),
        cmocka_unit_test(texts_have_a_limit_together),
        cmocka_unit_test(files_have_a_limit),
        cmocka_unit_test(ten_thousand_rules_with_as_many_names_are_fast),
        cmocka_unit_test(errors_beyond_two_hundred_are_counted_only),
        cmocka_unit_test(nothing_is_read_as_nothing),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_leaks_nothing),
        cmocka_unit_test(the_payments_example_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
