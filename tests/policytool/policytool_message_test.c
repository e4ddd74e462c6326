#include "policytool_fixture.h"
#include "policytool_message.h"

static void write_one(enum policytool_form form, struct buf *out)
{
    const char *line = "allow a%b to \xc3\xa4 reed";
    const struct report_place place = {.file = "a b,c:d.policy",
        .line = 3,
        .text = line,
        .length = strlen(line),
        .offset = 16,
        .span = 4};
    struct policytool_messages m;
    struct report report;
    struct buf text;

    buf_init(&text, 4096);
    report_init(&report, &text);
    report.directory = "x/";
    policytool_messages_init(&m, form, &report);
    report_error(&report, &place, "POL012", "did you mean 'read'?", "100%% 'reed'\n:,");
    report_warning(&report, &place, "L01", NULL, "wide");
    report_failed(&report, &place, "denied", "test failed: \"t\"");
    assert_int_equal(report.errors, 2);
    assert_int_equal(report.warnings, 1);
    assert_int_equal(policytool_messages_write(&m, "\"errors\": 2", out), OK);
    policytool_messages_fini(&m);
    buf_fini(&text);
}

static void a_program_gets_places_in_characters(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    write_one(POLICYTOOL_JSON, &out);
    assert_text(&out,
        "{\"errors\": 2, \"messages\": [\n"
        "  {\"file\": \"x/a b,c:d.policy\", \"line\": 3, \"column\": 16, \"span\": 4, "
        "\"severity\": \"error\", \"code\": \"POL012\", \"message\": \"100% "
        "'reed'\\u000a:,\", \"help\": \"did you mean 'read'?\"},\n"
        "  {\"file\": \"x/a b,c:d.policy\", \"line\": 3, \"column\": 16, \"span\": 4, "
        "\"severity\": \"warning\", \"code\": \"L01\", \"message\": \"wide\", \"help\": "
        "\"\"},\n"
        "  {\"file\": \"x/a b,c:d.policy\", \"line\": 3, \"column\": 0, \"span\": 0, "
        "\"severity\": \"error\", \"code\": \"\", \"message\": \"test failed: "
        "\\\"t\\\"\", \"help\": \"denied\"}\n"
        "]}\n");
    buf_fini(&out);
}

static void a_command_of_a_runner_can_not_be_broken_out_of(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    write_one(POLICYTOOL_GITHUB, &out);
    assert_text(&out,
        "::error file=x/a b%2Cc%3Ad.policy,line=3,col=16,endColumn=20,title=POL012::"
        "100%25 'reed'%0A:,%0Adid you mean 'read'?\n"
        "::warning file=x/a b%2Cc%3Ad.policy,line=3,col=16,endColumn=20,title=L01::"
        "wide\n"
        "::error file=x/a b%2Cc%3Ad.policy,line=3,title=test::test failed: \"t\"%0A"
        "denied\n");
    buf_fini(&out);
}

static void sarif_has_a_reference_and_a_region(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    write_one(POLICYTOOL_SARIF, &out);
    buf_add(&out, "", 1);
    const char *text = (const char *)out.bytes;
    assert_non_null(strstr(text, "\"uri\": \"x/a%20b%2Cc%3Ad.policy\"}, \"region\": "
                                 "{\"startLine\": 3, \"startColumn\": 16, "
                                 "\"endColumn\": 20}"));
    assert_non_null(strstr(text, "\"ruleId\": \"test\", \"level\": \"error\""));
    assert_non_null(strstr(text, "\"region\": {\"startLine\": 3}"));
    buf_fini(&out);
}

static void a_form_has_a_name(void **state)
{
    enum policytool_form form = POLICYTOOL_TEXT;

    (void)state;
    assert_true(policytool_form_of("sarif", &form));
    assert_int_equal(form, POLICYTOOL_SARIF);
    assert_false(policytool_form_of("yaml", &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_gets_places_in_characters),
        cmocka_unit_test(a_command_of_a_runner_can_not_be_broken_out_of),
        cmocka_unit_test(sarif_has_a_reference_and_a_region),
        cmocka_unit_test(a_form_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
