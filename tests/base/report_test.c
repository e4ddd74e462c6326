#include "test.h"

#include "report.h"

#include <string.h>

static const struct report_place place = {.file = "a/b.policy",
    .line = 6,
    .text = "  dev-dora cannot read topic x",
    .length = 30,
    .offset = 2,
    .span = 8};

static void check(struct buf *b, const char *expected)
{
    buf_add(b, "", 1);
    assert_int_equal(buf_error(b), OK);
    assert_string_equal((const char *)b->bytes, expected);
    buf_fini(b);
}

static void an_error_stands_below_its_directory(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    report_init(&r, &b);
    r.directory = "/etc/schloss/";
    report_error(&r, &place, "POL000", "do %s", "found '%s'", "x");
    report_finish(&r, "main.policy", "policy not loaded");
    assert_int_equal(r.errors, 1);
    check(&b, "/etc/schloss/a/b.policy:6:3: error: found 'x' [POL000]\n"
              "    6 |   dev-dora cannot read topic x\n"
              "      |   ^~~~~~~~\n"
              "  help: do %s\n"
              "/etc/schloss/main.policy: 1 error(s); policy not loaded\n");
}

static void a_warning_is_no_error(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    report_init(&r, &b);
    report_warning(&r, &place, "L01", NULL, "odd");
    report_finish(&r, "main.policy", "policy not loaded");
    assert_int_equal(r.errors, 0);
    assert_int_equal(r.warnings, 1);
    check(&b, "a/b.policy:6:3: warning: odd [L01]\n"
              "    6 |   dev-dora cannot read topic x\n"
              "      |   ^~~~~~~~\n");
}

static void what_failed_is_shown_with_what_there_was_instead(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    report_init(&r, &b);
    report_failed(
        &r, &place, "allowed by r-28dd3830 (b.policy:4)", "test failed: \"%s\"", "t");
    assert_int_equal(r.errors, 1);
    check(&b, "a/b.policy:6: test failed: \"t\"\n"
              "    6 |   dev-dora cannot read topic x\n"
              "  got: allowed by r-28dd3830 (b.policy:4)\n");
}

static void what_is_beyond_the_limit_is_counted_and_not_shown(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    report_init(&r, &b);
    for (int i = 0; i < REPORT_SHOWN_MAX; i++) {
        report_error(&r, &place, "POL000", NULL, "x");
        report_warning(&r, &place, "L01", NULL, "x");
    }
    size_t before = b.length;
    report_error(&r, &place, "POL000", NULL, "x");
    report_warning(&r, &place, "L01", NULL, "x");
    report_failed(&r, &place, "x", "x");
    assert_int_equal(b.length, before);
    assert_int_equal(r.errors, REPORT_SHOWN_MAX + 2);
    assert_int_equal(r.warnings, REPORT_SHOWN_MAX + 1);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_stands_below_its_directory),
        cmocka_unit_test(a_warning_is_no_error),
        cmocka_unit_test(what_failed_is_shown_with_what_there_was_instead),
        cmocka_unit_test(what_is_beyond_the_limit_is_counted_and_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
