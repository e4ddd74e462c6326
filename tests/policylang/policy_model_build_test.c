#include "policy_compile_fixture.h"

static struct policy *load(const struct policy_source *sources, size_t count)
{
    struct buf blob;
    struct buf errors;
    struct policy *p = NULL;

    buf_init(&blob, (size_t)32 << 20);
    buf_init(&errors, 1 << 20);
    enum err e = policy_compile_text(sources, count, &blob, &errors);
    if (e != OK) {
        fail_msg("%.*s", (int)errors.length, (const char *)errors.bytes);
    }
    assert_int_equal(policy_load(blob.bytes, blob.length, 0, &p), OK);
    buf_fini(&blob);
    buf_fini(&errors);
    return p;
}

struct question {
    const char *principal;
    enum policy_operation operation;
    const char *topic;
};

static struct policy_decision ask(const struct policy *p, const struct question *question)
{
    const struct policy_context context = {.method = POLICY_METHOD_MTLS};
    struct policy_identity identity = {
        .principal = {(const uint8_t *)question->principal, strlen(question->principal)}};
    struct policy_who who;

    policy_resolve(p, &identity, &who);
    const struct policy_query q = {.who = &who,
        .context = &context,
        .operation = question->operation,
        .resource = POLICY_TOPIC,
        .name = {(const uint8_t *)question->topic, strlen(question->topic)}};
    return policy_decide(p, &q);
}

static bool admits(
    const struct policy *p, const struct question *question, uint32_t *rule)
{
    const struct policy_context context = {.method = POLICY_METHOD_MTLS};
    struct policy_identity identity = {
        .principal = {(const uint8_t *)question->principal, strlen(question->principal)}};
    struct policy_who who;

    policy_resolve(p, &identity, &who);
    const struct policy_query q = {.who = &who,
        .context = &context,
        .operation = question->operation,
        .resource = POLICY_TOPIC,
        .name = {(const uint8_t *)question->topic, strlen(question->topic)}};
    return policy_admits(p, &q, rule);
}

static void a_decision_names_the_rule_its_file_and_its_line(void **state)
{
    const struct policy_source sources[] = {
        source_of("main.policy", "policy 1 cluster \"c\" serial 7 signatures 2\n"
                                 "include \"teams/*.policy\" scope topic a.*\n"),
        source_of("other.policy", "allow u to read topic o\n"),
        source_of("teams/a.policy",
            "\nrole r {\n    read topic a.x\n    write topic a.y\n"
            "}\nteam t = { u }\nlabel: grant r to @t\n")};
    struct policy *p = load(sources, 3);

    (void)state;
    struct policy_decision d = ask(p, &(struct question){"User:u", POLICY_WRITE, "a.y"});
    assert_true(d.allowed);
    assert_string_equal(d.id, "label");
    assert_string_equal(d.file, "teams/a.policy");
    assert_int_equal(d.line, 7);
    assert_true(ask(p, &(struct question){"User:u", POLICY_DESCRIBE, "a.x"}).allowed);
    assert_false(ask(p, &(struct question){"User:u", POLICY_WRITE, "a.x"}).allowed);
    assert_false(ask(p, &(struct question){"User:u", POLICY_READ, "o"}).allowed);
    struct policy_header h = policy_header(p);
    assert_string_equal(h.cluster, "c");
    assert_int_equal(h.serial, 7);
    assert_int_equal(h.signatures, 2);
    assert_string_equal(h.file, "main.policy");
    policy_free(&p);
}

static void never_and_delegate_are_asked_when_others_grant(void **state)
{
    const struct policy_source source =
        source_of("a.policy", "policy 1\ndelegate topic d.* group g\n"
                              "team t = { u }\nn: never @t to write topic d.x\n");
    struct policy *p = load(&source, 1);
    uint32_t rule = 0;

    (void)state;
    assert_true(admits(p, &(struct question){"User:u", POLICY_READ, "d.x"}, &rule));
    assert_int_equal(rule, POLICY_NO_RULE);
    assert_false(admits(p, &(struct question){"User:u", POLICY_READ, "e"}, &rule));
    assert_int_equal(rule, POLICY_NO_RULE);
    assert_false(admits(p, &(struct question){"User:u", POLICY_WRITE, "d.x"}, &rule));
    assert_int_equal(rule, 1);
    assert_true(admits(p, &(struct question){"User:v", POLICY_WRITE, "d.x"}, &rule));
    policy_free(&p);
}

static void who_comes_from_two_exclusive_groups_may_nothing(void **state)
{
    const struct policy_source source = source_of("a.policy",
        "policy 1\nteam t from ldap \"cn=t\"\nteam u from ldap \"cn=u\"\nteam v = { w }\n"
        "exclusive @t, @v, @u\nallow x to read topic a\n");
    const struct policy_group groups[] = {
        {{(const uint8_t *)"ldap", 4}, {(const uint8_t *)"cn=t", 4}},
        {{(const uint8_t *)"ldap", 4}, {(const uint8_t *)"cn=u", 4}}};
    struct policy_identity identity = {
        .principal = {(const uint8_t *)"User:x", 6}, .groups = groups};
    struct policy *p = load(&source, 1);
    struct policy_who who;

    (void)state;
    for (size_t n = 0; n <= 2; n++) {
        identity.group_count = n;
        policy_resolve(p, &identity, &who);
        assert_int_equal(who.is_excluded, n == 2);
    }
    policy_free(&p);
}

static void errors_begin_with_the_directory_of_the_main_file(void **state)
{
    const struct policy_source sources[] = {
        source_of("main.policy", "policy 1\ninclude \"t/a.policy\"\n"),
        source_of("t/a.policy",
            "allow any to read, write topic x\nnever any to read topic x\n"
            "test \"t\" {\n    u cannot write topic x\n}\n")};
    const struct policy_job job = {sources, 2, "/etc/p/"};
    struct buf blob;
    struct buf errors;

    (void)state;
    buf_init(&blob, 1 << 20);
    buf_init(&errors, 1 << 20);
    assert_int_equal(policy_compile(&job, &blob, &errors), ERR_INVALID);
    assert_int_equal(blob.length, 0);
    buf_add(&errors, "", 1);
    const char *text = (const char *)errors.bytes;
    assert_non_null(strstr(text, "/etc/p/t/a.policy:2:1: error: invariant broken: "
                                 "/etc/p/t/a.policy:1 lets any read topic x [POL060]\n"));
    assert_non_null(strstr(text, "/etc/p/t/a.policy:4: test failed: \"t\"\n"));
    assert_non_null(strstr(text, " (/etc/p/t/a.policy:1)\n"));
    assert_non_null(strstr(text, "/etc/p/main.policy: 2 error(s); policy not loaded\n"));
    buf_fini(&blob);
    buf_fini(&errors);
}

static void a_policy_that_fails_its_tests_leaves_no_byte(void **state)
{
    const struct policy_source source = source_of("a.policy",
        "policy 1\nallow a to read topic x\ntest \"t\" {\n    b can read topic x\n}\n");
    struct buf blob;
    struct buf errors;

    (void)state;
    buf_init(&blob, 1 << 20);
    buf_init(&errors, 1 << 20);
    buf_add(&blob, "before", 6);
    assert_int_equal(policy_compile_text(&source, 1, &blob, &errors), ERR_INVALID);
    assert_int_equal(blob.length, 6);
    buf_fini(&blob);
    buf_fini(&errors);
}

static void what_was_in_the_room_before_stays_in_front(void **state)
{
    const struct policy_source source =
        source_of("a.policy", "policy 1\nallow a to read topic x\n");
    struct policy *p = NULL;
    struct buf blob;
    struct buf errors;

    (void)state;
    buf_init(&blob, 1 << 20);
    buf_init(&errors, 1 << 20);
    buf_add(&blob, "before", 6);
    assert_int_equal(policy_compile_text(&source, 1, &blob, &errors), OK);
    assert_memory_equal(blob.bytes, "before", 6);
    assert_int_equal(policy_load(blob.bytes + 6, blob.length - 6, 0, &p), OK);
    policy_free(&p);
    buf_fini(&blob);
    buf_fini(&errors);
}

static void a_room_that_is_too_small_is_an_error_of_its_own(void **state)
{
    const struct policy_source source =
        source_of("a.policy", "policy 1\nallow a to read topic x\n");
    struct buf blob;
    struct buf errors;

    (void)state;
    buf_init(&blob, 64);
    buf_init(&errors, 1 << 20);
    assert_int_equal(policy_compile_text(&source, 1, &blob, &errors), ERR_FULL);
    assert_int_equal(blob.length, 0);
    assert_int_equal(errors.length, 0);
    buf_fini(&blob);
    buf_fini(&errors);
}

static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    const struct policy_source sources[] = {
        source_of("main.policy",
            "policy 1\ninclude \"a.policy\" scope topic x user *\nteam t = { a, b }\n"
            "team u = { c }\nexclusive @t, @u\nnet n = { 10.0.0.0/8 }\n"),
        source_of("a.policy",
            "allow @t to read topic x from @n via L\ndeny c to create-tokens user d\n"
            "never c to read topic x\ntest \"t\" {\n    a can read topic x "
            "from 10.0.0.1 via L\n    a cannot describe-tokens user d\n}\n")};
    enum err e = ERR_NOMEM;
    long n = 0;

    (void)state;
    for (; e == ERR_NOMEM && n < 1000; n++) {
        struct buf blob;
        struct buf errors;
        buf_init(&blob, 1 << 20);
        buf_init(&errors, 1 << 20);
        mem_fail_after(n);
        e = policy_compile_text(sources, 2, &blob, &errors);
        mem_fail_after(-1);
        assert_int_equal(errors.length, 0);
        assert_int_equal(blob.length > 0, e == OK);
        buf_fini(&blob);
        buf_fini(&errors);
    }
    assert_int_equal(e, OK);
    assert_true(n > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_names_the_rule_its_file_and_its_line),
        cmocka_unit_test(never_and_delegate_are_asked_when_others_grant),
        cmocka_unit_test(who_comes_from_two_exclusive_groups_may_nothing),
        cmocka_unit_test(errors_begin_with_the_directory_of_the_main_file),
        cmocka_unit_test(a_policy_that_fails_its_tests_leaves_no_byte),
        cmocka_unit_test(what_was_in_the_room_before_stays_in_front),
        cmocka_unit_test(a_room_that_is_too_small_is_an_error_of_its_own),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
