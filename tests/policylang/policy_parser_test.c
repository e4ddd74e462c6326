#include "policy_fixture.h"

#include "mem.h"
#include "policy_blob.h"
#include "policy_lexer.h"

#include <stdio.h>
#include <stdlib.h>

static char *errors_of(const char *const *names, const char *const *texts, size_t count)
{
    struct policy_source files[70];
    struct buf blob;
    struct buf errors;

    for (size_t i = 0; i < count; i++) {
        files[i] =
            (struct policy_source){names[i], (const uint8_t *)texts[i], strlen(texts[i])};
    }
    buf_init(&blob, 1 << 20);
    buf_init(&errors, 1 << 20);
    assert_int_equal(policy_compile_text(files, count, &blob, &errors), ERR_INVALID);
    assert_int_equal(blob.length, 0);
    char *text = mem_copy_text(errors.bytes, errors.length);
    buf_fini(&blob);
    buf_fini(&errors);
    return text;
}

static char *errors_in(const char *text)
{
    const char *name = "a.policy";

    return errors_of(&name, &text, 1);
}

static void check_error(const char *statement, const char *expected)
{
    static char text[8192];
    char *errors = NULL;

    (void)snprintf(text, sizeof(text), "policy 1\n%s\n", statement);
    errors = errors_in(text);
    if (strstr(errors, expected) == NULL || strstr(errors, "1 error(s);") == NULL) {
        fail_msg("%s\nexpected: %s\ngot: %s", statement, expected, errors);
    }
    mem_free(errors);
}

static void check_good(const char *statement)
{
    static char text[8192];

    (void)snprintf(text, sizeof(text), "policy 1\n%s\n", statement);
    struct policy *p = policy_of(text);
    policy_free(&p);
}

static void an_error_is_shown_with_its_line_its_place_and_what_to_do(void **state)
{
    (void)state;
    char *errors = errors_in("policy 1 cluster \"x\"\n"
                             "allow svc-a to reed topic a\n"
                             "\tallow svc-a to consume txn a # why\n"
                             "allow svc-a to read topic \"\xc3\xa4\", pay*ments\n");

    assert_string_equal(errors,
        "a.policy:2:16: error: unknown operation 'reed' [POL012]\n"
        "    2 | allow svc-a to reed topic a\n"
        "      |                ^~~~\n"
        "  help: did you mean 'read'? operations: all read write create delete alter "
        "describe "
        "describe-configs alter-configs cluster-action idempotent-write produce consume "
        "manage "
        "observe\n"
        "a.policy:3:17: error: 'consume' has no meaning on a txn [POL015]\n"
        "    3 |  allow svc-a to consume txn a # why\n"
        "      |                 ^~~~~~~\n"
        "  help: on a txn use: all write describe produce observe\n"
        "a.policy:4:32: error: '*' is only allowed at the end of a name (prefix) or "
        "alone (any) "
        "[POL014]\n"
        "    4 | allow svc-a to read topic \"\xc3\xa4\", pay*ments\n"
        "      |                                ^~~~~~~~~\n"
        "  help: patterns are exact or prefix, as in Kafka ACLs; list the names, or "
        "choose a "
        "common prefix\n"
        "a.policy: 3 error(s); policy not loaded\n");
    mem_free(errors);
}

static void each_fault_has_its_code(void **state)
{
    (void)state;
    check_error(
        "allow a to read topic a;b", ":2:24: error: unexpected character [POL001]");
    check_error("allow a to read topic \"a b", ":2:23: error: string is not closed");
    check_error("allow a to read topic a > b", "[POL001]");
    check_error("# bell \a", ":2:8: error: unexpected control character [POL001]");
    check_error("# carriage\rreturn", "[POL001]");
    check_error("# \xff", "the line is not UTF-8 [POL001]");
    check_error("allow", "expected a principal but the line ends here [POL003]");
    check_error("allow ,", "expected a principal, found ',' [POL003]");
    check_error("allow a", "expected 'to' but the line ends here [POL003]");
    check_error("allow a b", "expected 'to', found 'b' [POL003]");
    check_error("allow a, to read topic t", "expected 'to', found 'read' [POL003]");
    check_error("allow a to", "expected an operation but the line ends here [POL003]");
    check_error(
        "allow a to read", "expected a kind of resource but the line ends here [POL013]");
    check_error("allow a to read topics t", "found 'topics' [POL013]");
    check_error("allow a to read topics t", "did you mean 'topic'?");
    check_error(
        "allow a to read topic", "expected a topic name but the line ends here [POL003]");
    check_error("allow a to read topic a,", "expected a topic name but the line ends");
    check_error("allow a to read topic a topic", ":2:30: error: expected a topic name");
    check_error("allow a to read topic a, b extra",
        "unexpected 'extra' after a complete statement [POL004]");
    check_error("allow a to observe cluster kafka-cluster", "unexpected 'kafka-cluster'");
    check_error(
        "policy 1", "the header stands only at the start of the first file [POL005]");
    check_error("alow a to read topic a", "unknown statement 'alow' [POL010]");
    check_error("alow a to read topic a", "did you mean 'allow'?");
    check_error("}", "expected a statement, found '}' [POL003]");
    check_error("allow a to , topic t", "expected an operation, found ',' [POL003]");
    check_error("allow a to \"read\" topic t", "unknown operation 'read' [POL012]");
    check_error("allow a to read topic **", "[POL014]");
    check_error("allow a to read topic *a", "[POL014]");
    check_error("allow a to read topic \"\"", "the name is empty [POL014]");
    check_error(
        "allow \"\" to read topic t", "the name of a principal is empty [POL014]");
    check_error(
        "allow User: to read topic t", "the name of a principal is empty [POL014]");
    check_error(
        "allow User:* to read topic t", "'*' has no meaning in a principal [POL014]");
    check_error(
        "allow svc-* to read topic t", "'*' has no meaning in a principal [POL014]");
    check_error(
        "allow Group:ops to read topic t", "'Group:ops' is not a principal [POL014]");
    check_error(
        "allow a to delete cluster", "'delete' has no meaning on a cluster [POL015]");
    check_error(
        "allow a to produce group g", "'produce' has no meaning on a group [POL015]");
    check_error("allow a to idempotent-write topic t", "[POL015]");
    check_error(
        "allow a to read topic t txn x", "'read' has no meaning on a txn [POL015]");
    check_error(
        "allow a to all, read txn x", ":2:17: error: 'read' has no meaning on a txn");
    check_error("default: allow a to read topic t", "the label is reserved [POL030]");
    check_error("super-user: deny a to read topic t", "the label is reserved [POL030]");
    check_error("x: allow a to read topic t\nx: deny a to read topic t",
        ":3:1: error: the label is used twice [POL030]");
    check_error("x: policy 1", "unknown statement 'policy' [POL010]");
    check_error("allow a to read topic t reason", "expected text but the line ends here");
    check_error("allow a to read topic t ticket ,", "expected text, found ','");
}

static void words_of_later_versions_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "include \"x.policy\" scope topic a",
        "team a = { b, c }",
        "team a = {\n  b,\n  c\n}",
        "net dc = { 10.0.0.0/8, 2001:db8::/32 }",
        "auth strong = { mtls }",
        "role r {\n  consume topic a\n  observe topic b\n}",
        "grant r to alice",
        "never any to read topic a",
        "exclusive @a, @b",
        "test \"x\" {\n  alice can read topic a\n}",
        "allow @team to read topic a",
        "allow anonymous to read topic a",
        "allow a to create-tokens topic a",
        "allow a to describe-tokens topic a",
        "allow a to two-phase-commit txn a",
        "allow a to describe token a",
        "allow a to describe user a",
        "allow a to read topic a from 10.0.0.0/8",
        "allow a to read topic a via INTERNAL",
        "allow a to read topic a with tls >= 1.3",
        "allow a to read topic a with age < 8h",
        "allow a to read topic a after 2026-01-01",
        "allow a to read topic a until 2026-01-01T18:00Z",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_error(cases[i], "is not supported by this version [POL019]");
    }
    /* an open block hides nothing that begins a line */
    char *errors =
        errors_in("policy 1\nrole r {\n  consume topic a\n\"\nallow b to reed topic t\n");
    assert_non_null(strstr(errors, ":2:1: error: 'role'"));
    assert_non_null(strstr(errors, ":5:12: error: unknown operation"));
    assert_non_null(strstr(errors, ": 2 error(s)"));
    mem_free(errors);
}

static void headers_are_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "the header is missing [POL007]"},
        {"allow a to read topic t\n", "the header is missing [POL007]"},
        {"policy\n",
            "expected the version of the language but the line ends here [POL003]"},
        {"policy 2\n", "version '2' of the language is not supported [POL006]"},
        {"policy \"1\"\n", "[POL006]"},
        {"policy 1 clusters x\n",
            "expected cluster, serial or signatures, found 'clusters'"},
        {"policy 1 cluster\n", "expected the name of a cluster but the line ends here"},
        {"policy 1 cluster \"\"\n", "expected the name of a cluster"},
        {"policy 1 serial x\n", "'x' is not a number in range [POL040]"},
        {"policy 1 serial -1\n", "'-1' is not a number in range [POL040]"},
        {"policy 1 serial 9223372036854775808\n", "[POL040]"},
        {"policy 1 serial\n", "expected a number but the line ends here"},
        {"policy 1 signatures 65\n", "[POL040]"},
        {"policy 1 serial 1 serial 2\n", "'serial' stands twice in the header [POL030]"},
        {"allow a to read topic t\npolicy 1\n", "[POL005]"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *errors = errors_in(cases[i][0]);
        if (strstr(errors, cases[i][1]) == NULL) {
            fail_msg("case %zu: %s", i, errors);
        }
        mem_free(errors);
    }
    struct policy *p = policy_of(
        "\n# first\npolicy 1 signatures 64 serial 9223372036854775807 cluster c\n");
    assert_true(policy_header(p).serial == INT64_MAX);
    assert_int_equal(policy_header(p).signatures, 64);
    assert_string_equal(policy_header(p).cluster, "c");
    policy_free(&p);
}

static void what_the_grammar_allows_is_read(void **state)
{
    (void)state;
    check_good(
        "allow any, a, User:b, \"c d\" to read, write topic a, b* topic \"*\" topic *");
    check_good("x-1: deny User:a:b to all cluster txn t* group g");
    check_good("allow a to read topic t reason \"because # of it\" ticket T-1 # comment");
    check_good("allow a to read topic t\r\nallow b to read topic t\r");
    check_good("allow\ta\tto\tread\ttopic\tt");
    struct policy *p = policy_of("policy 1\nallow \"User:x\" to read topic t\n"
                                 "allow User:y to read topic t");
    assert_true(can(p, "x", POLICY_READ, POLICY_TOPIC, "t"));
    assert_true(can(p, "y", POLICY_READ, POLICY_TOPIC, "t"));
    policy_free(&p);
}

static void rule_ids_survive_moves_and_spacing_but_not_quoted_blanks(void **state)
{
    (void)state;
    struct policy *p = policy_of("policy 1\n"
                                 "allow a to read topic \"x  y\"\n"
                                 "  allow   a\tto read topic \"x  y\"   # moved\n"
                                 "allow a to read topic \"x y\"\n");
    struct policy_decision d = ask(p, "a", POLICY_READ, POLICY_TOPIC, "x  y");
    struct policy_decision e = ask(p, "a", POLICY_READ, POLICY_TOPIC, "x y");

    assert_int_equal(d.rule, 0);
    assert_string_equal(p->rules[0].id, p->rules[1].id);
    assert_string_not_equal(d.id, e.id);
    assert_int_equal(strlen(d.id), 10);
    policy_free(&p);
}

static void lines_have_a_limit(void **state)
{
    (void)state;
    char line[POLICY_LINE_MAX + 2];

    memset(line, ' ', sizeof(line));
    (void)memcpy(line, "allow a to read topic t", 23);
    line[POLICY_LINE_MAX] = '\0';
    check_good(line);
    line[POLICY_LINE_MAX] = ' ';
    line[POLICY_LINE_MAX + 1] = '\0';
    check_error(
        line, "a.policy:2:1: error: the line is longer than 4096 bytes [POL090]\n  help");
}

static char *many_rules(size_t count, const char *rule)
{
    size_t length = strlen(rule);
    char *text = malloc(16 + count * length);

    assert_non_null(text);
    strcpy(text, "policy 1\n");
    for (size_t i = 0; i < count; i++) {
        memcpy(text + 9 + i * length, rule, length + 1);
    }
    return text;
}

static void rules_have_a_limit(void **state)
{
    (void)state;
    char *text = many_rules(10000, "allow a to read topic t\n");
    struct policy *p = policy_of(text);
    assert_int_equal(policy_header(p).rules, 10000);
    policy_free(&p);
    free(text);
    text = many_rules(10001, "allow a to read topic t\n");
    char *errors = errors_in(text);
    assert_non_null(strstr(errors, ":10002:1: error: more than 10000 rules [POL091]"));
    mem_free(errors);
    free(text);
}

static void expansion_has_a_limit(void **state)
{
    (void)state;
    char rule[2400] = "allow a";
    for (int i = 0; i < 511; i++) {
        strcat(rule, ",a");
    }
    strcat(rule, " to read topic t");
    for (int i = 0; i < 511; i++) {
        strcat(rule, ",t");
    }
    strcat(rule, "\n");
    char *text = many_rules(1, rule);
    struct policy *p = policy_of(text);
    policy_free(&p);
    free(text);
    text = many_rules(2, rule);
    char *errors = errors_in(text);
    assert_non_null(strstr(errors, ":3:1: error: more than 262144 pairs"));
    mem_free(errors);
    free(text);
}

static void text_has_a_limit(void **state)
{
    (void)state;
    char *text = malloc(POLICY_TEXT_MAX + 2);
    assert_non_null(text);
    memset(text, '\n', POLICY_TEXT_MAX + 1);
    memcpy(text, "policy 1", 8);
    text[POLICY_TEXT_MAX] = '\0';
    struct policy *p = policy_of(text);
    policy_free(&p);
    text[POLICY_TEXT_MAX] = '\n';
    text[POLICY_TEXT_MAX + 1] = '\0';
    char *errors = errors_in(text);
    assert_non_null(strstr(errors, "the policy is larger than 4 MiB [POL093]"));
    mem_free(errors);
    free(text);
}

static void several_files_make_one_policy(void **state)
{
    (void)state;
    const char *names[65];
    const char *texts[65];

    for (size_t i = 0; i < 65; i++) {
        names[i] = i == 0 ? "main" : "other";
        texts[i] = i == 0 ? "policy 1\n" : "allow a to read topic t\n";
    }
    struct policy_source files[64];
    struct buf blob;
    struct buf errors;
    for (size_t i = 0; i < 64; i++) {
        files[i] =
            (struct policy_source){names[i], (const uint8_t *)texts[i], strlen(texts[i])};
    }
    buf_init(&blob, 1 << 20);
    buf_init(&errors, 1 << 20);
    assert_int_equal(policy_compile_text(files, 64, &blob, &errors), OK);
    struct policy *p = NULL;
    assert_int_equal(policy_load(blob.bytes, blob.length, 0, &p), OK);
    assert_string_equal(ask(p, "a", POLICY_READ, POLICY_TOPIC, "t").file, "other");
    policy_free(&p);
    buf_fini(&blob);
    buf_fini(&errors);

    char *text = errors_of(names, texts, 65);
    assert_non_null(strstr(text, "other:1:1: error: more than 64 files [POL094]"));
    mem_free(text);
    texts[1] = "x: alow\nx: allow a to read topic t\n";
    texts[2] = "policy 1\nx: allow a to read topic t\n";
    text = errors_of(names, texts, 3);
    assert_non_null(strstr(text, "other:1:4: error: unknown statement"));
    assert_non_null(strstr(text, "other:1:1: error: the header stands only"));
    assert_non_null(strstr(text, "it is the label of line 2 of another file"));
    assert_non_null(strstr(text, "main: 3 error(s); policy not loaded\n"));
    mem_free(text);
}

static void errors_beyond_two_hundred_are_counted_only(void **state)
{
    (void)state;
    char *text = many_rules(201, "x\n");
    char *errors = errors_in(text);
    assert_non_null(strstr(errors, ":201:1: error"));
    assert_null(strstr(errors, ":202:1: error"));
    assert_non_null(
        strstr(errors, "201 error(s), the first 200 shown; policy not loaded\n"));
    mem_free(errors);
    free(text);
}

static void every_failed_allocation_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    static const char text[] = "policy 1\nx: allow a, b to all topic t, u* group *\n";
    const struct policy_source file = {"a", (const uint8_t *)text, sizeof(text) - 1};

    for (long n = 0;; n++) {
        struct buf blob;
        struct buf errors;
        struct policy *p = NULL;
        buf_init(&blob, 1 << 20);
        buf_init(&errors, 1 << 20);
        mem_fail_after(n);
        enum err e = policy_compile_text(&file, 1, &blob, &errors);
        if (e == OK) {
            e = policy_load(blob.bytes, blob.length, 0, &p);
        }
        mem_fail_after(-1);
        policy_free(&p);
        buf_fini(&blob);
        buf_fini(&errors);
        if (e == OK) {
            assert_true(n > 10);
            return;
        }
        assert_int_equal(e, ERR_NOMEM);
    }
}

static void a_blob_that_does_not_fit_is_refused_whole(void **state)
{
    (void)state;
    static const char text[] = "policy 1\nallow a to read topic t\n";
    const struct policy_source file = {"a", (const uint8_t *)text, sizeof(text) - 1};
    struct buf blob;
    struct buf errors;

    buf_init(&blob, 100);
    buf_init(&errors, 100);
    assert_int_equal(policy_compile_text(&file, 1, &blob, &errors), ERR_FULL);
    assert_int_equal(blob.length, 0);
    buf_fini(&blob);
    buf_fini(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_shown_with_its_line_its_place_and_what_to_do),
        cmocka_unit_test(each_fault_has_its_code),
        cmocka_unit_test(words_of_later_versions_are_refused_by_name),
        cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(what_the_grammar_allows_is_read),
        cmocka_unit_test(rule_ids_survive_moves_and_spacing_but_not_quoted_blanks),
        cmocka_unit_test(lines_have_a_limit),
        cmocka_unit_test(rules_have_a_limit),
        cmocka_unit_test(expansion_has_a_limit),
        cmocka_unit_test(text_has_a_limit),
        cmocka_unit_test(several_files_make_one_policy),
        cmocka_unit_test(errors_beyond_two_hundred_are_counted_only),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_leaks_nothing),
        cmocka_unit_test(a_blob_that_does_not_fit_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
