#include "policy_compile.h"

#include "mem.h"
#include "policy_blob.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct policy_source source_of(const char *name, const char *text)
{
    return (struct policy_source){name, (const uint8_t *)text, strlen(text)};
}

static struct policy *policy_from(const struct policy_source *sources, size_t count)
{
    struct buf blob;
    struct buf errors;
    struct policy *p = NULL;

    buf_init(&blob, POLICY_BLOB_MAX);
    buf_init(&errors, 1 << 20);
    if (policy_compile_text(sources, count, &blob, &errors) != OK) {
        fail_msg("%.*s", (int)errors.length, (const char *)errors.bytes);
    }
    assert_int_equal(errors.length, 0);
    assert_int_equal(policy_load(blob.bytes, blob.length, 0, &p), OK);
    buf_fini(&blob);
    buf_fini(&errors);
    return p;
}

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

static struct policy *policy_from_files(
    const char *directory, const char *const *names, size_t count)
{
    struct policy_source sources[8];

    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        sources[i].name = names[i];
        sources[i].text = (const uint8_t *)read_text(path, &sources[i].length);
    }
    struct policy *p = policy_from(sources, count);
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)sources[i].text);
    }
    return p;
}

static void every_example_compiles_and_its_tests_pass(void **state)
{
    (void)state;
    static const char *const payments[] = {"main.policy", "teams/authorisation.policy",
        "teams/settlement.policy", "teams/ledger.policy", "teams/pci.policy",
        "breakglass.policy"};
    static const char *const singles[] = {
        "default.policy", "examples/names.policy", "examples/orders.policy"};
    struct policy *p = policy_from_files("policy/examples/payments", payments, 6);

    assert_string_equal(policy_header(p).cluster, "payments-prod");
    assert_int_equal(policy_header(p).signatures, 2);
    assert_int_equal(policy_header(p).rules, 15);
    policy_free(&p);
    for (size_t i = 0; i < 3; i++) {
        p = policy_from_files("policy", &singles[i], 1);
        policy_free(&p);
    }
}

static void files_that_nothing_includes_are_not_read(void **state)
{
    (void)state;
    const struct policy_source sources[] = {
        source_of("main.policy", "policy 1\ninclude \"used.policy\"\n"),
        source_of("unused.policy", "this is no policy\n"),
        source_of("used.policy", "allow a to read topic t\n"),
    };
    struct policy *p = policy_from(sources, 3);

    assert_int_equal(policy_header(p).rules, 1);
    assert_string_equal(policy_header(p).file, "main.policy");
    policy_free(&p);
}

static void what_does_not_fit_is_refused_whole(void **state)
{
    (void)state;
    const struct policy_source source =
        source_of("a", "policy 1\nallow a to read topic t\n");
    struct buf blob;
    struct buf errors;

    buf_init(&blob, 100);
    buf_init(&errors, 100);
    assert_int_equal(policy_compile_text(&source, 1, &blob, &errors), ERR_FULL);
    assert_int_equal(blob.length, 0);
    buf_fini(&blob);
    buf_fini(&errors);
}

/* 512 principals and 340 names fit once, but not twice. */
static void pairs_of_principals_and_names_have_a_limit(void **state)
{
    (void)state;
    char text[5200] = "policy 1\nallow a0";
    char *at = text + strlen(text);
    struct buf blob;
    struct buf errors;

    for (int i = 1; i < 512; i++) {
        at += sprintf(at, ",a%d", i);
    }
    at += sprintf(at, " to read topic t0");
    for (int i = 1; i < 340; i++) {
        at += sprintf(at, ",t%d", i);
    }
    (void)sprintf(at, "\nallow any to read topic u\n");
    const struct policy_source source = source_of("a", text);
    struct policy *p = policy_from(&source, 1);
    policy_free(&p);

    char *twice = malloc(2 * strlen(text));
    assert_non_null(twice);
    (void)sprintf(twice, "%sdeny%s", text, strstr(text, "allow a0") + 5);
    const struct policy_source too_many = source_of("a", twice);
    buf_init(&blob, POLICY_BLOB_MAX);
    buf_init(&errors, 1 << 20);
    assert_int_equal(policy_compile_text(&too_many, 1, &blob, &errors), ERR_INVALID);
    buf_add(&errors, "", 1);
    assert_non_null(strstr((const char *)errors.bytes,
        "a:4:1: error: more than 262144 pairs of a principal and a name [POL092]"));
    assert_int_equal(blob.length, 0);
    buf_fini(&blob);
    buf_fini(&errors);
    free(twice);
}

static void every_failed_allocation_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    const struct policy_source sources[] = {
        source_of("main.policy",
            "policy 1\ninclude \"a.policy\" scope topic *\n"
            "x: allow a, @t to read topic t from @n with s\n"
            "team t = { b }\nnet n = { ::1 }\nauth s = { mtls }\nteam u from ldap x\n"
            "exclusive @t, @u\nrole r {\n    read topic t\n}\ngrant r to a\n"
            "test \"x\" {\n    a can read topic t\n}\n"),
        source_of("a.policy", "never c to read topic x\n"),
    };

    for (long n = 0;; n++) {
        struct buf blob;
        struct buf errors;
        buf_init(&blob, 1 << 20);
        buf_init(&errors, 1 << 20);
        mem_fail_after(n);
        enum err e = policy_compile_text(sources, 2, &blob, &errors);
        mem_fail_after(-1);
        assert_int_equal(errors.length, 0);
        assert_int_equal(blob.length > 0, e == OK);
        buf_fini(&blob);
        buf_fini(&errors);
        if (e == OK) {
            assert_true(n > 30);
            return;
        }
        assert_int_equal(e, ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_compiles_and_its_tests_pass),
        cmocka_unit_test(files_that_nothing_includes_are_not_read),
        cmocka_unit_test(what_does_not_fit_is_refused_whole),
        cmocka_unit_test(pairs_of_principals_and_names_have_a_limit),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
