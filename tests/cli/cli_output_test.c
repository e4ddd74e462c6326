#include "cli_output.h"

#include "cli_record.h"
#include "test.h"

#include <string.h>

static const struct cli_column columns[] = {
    {"NAME", CLI_CELL_TEXT}, {"LOG-END", CLI_CELL_NUMBER}, {"IDS", CLI_CELL_NUMBERS}};

static void check(
    struct cli_table *t, enum cli_form form, bool header, const char *expected)
{
    struct buf out;

    buf_init(&out, 4096);
    assert_int_equal(cli_table_write(t, form, header, &out), OK);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void rows_become_tsv_and_json(void **state)
{
    struct cli_table t;

    (void)state;
    cli_table_init(&t, columns, 3);
    check(&t, CLI_FORM_JSON, true, "[]\n");
    check(&t, CLI_FORM_TSV, true, "NAME\tLOG-END\tIDS\n");
    cli_table_text(&t, "a\t\"\\\n\033");
    cli_table_number(&t, -7);
    cli_table_text(&t, "1,2");
    cli_table_text(&t, NULL);
    cli_table_text(&t, NULL);
    cli_table_text(&t, "");
    check(&t, CLI_FORM_TSV, false, "a\\t\"\\\\\\n\\x1b\t-7\t1,2\n\t\t\n");
    check(&t, CLI_FORM_JSON, true,
        "[\n  {\"name\": \"a\\u0009\\\"\\\\\\u000a\\u001b\", \"log_end\": -7, \"ids\": "
        "[1,2]},\n"
        "  {\"name\": null, \"log_end\": null, \"ids\": []}\n]\n");
    cli_table_fini(&t);
}

static void names_become_an_array_of_texts(void **state)
{
    static const struct cli_column names[] = {{"GROUPS", CLI_CELL_NAMES}};
    struct cli_table t;

    (void)state;
    cli_table_init(&t, names, 1);
    cli_table_text(&t, "");
    cli_table_text(&t, "ops");
    cli_table_text(&t, "a\"b:c, d:e");
    cli_table_text(&t, NULL);
    check(&t, CLI_FORM_TSV, false, "\nops\na\"b:c, d:e\n\n");
    check(&t, CLI_FORM_JSON, false,
        "[\n  {\"groups\": []},\n  {\"groups\": [\"ops\"]},\n"
        "  {\"groups\": [\"a\\\"b\", \"c, d\", \"e\"]},\n  {\"groups\": null}\n]\n");
    cli_table_fini(&t);
}

static void what_steers_a_terminal_is_escaped(void **state)
{
    static const char text[] = "\xc3\xbc\t\033[2J\x7f\xc2\x9b\xff\\";
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    cli_add_safe(&out, text, sizeof(text) - 1, false);
    buf_add(&out, "", 1);
    assert_string_equal(
        (const char *)out.bytes, "\xc3\xbc\t\\x1b[2J\\x7f\\xc2\\x9b\\xff\\");
    buf_fini(&out);
}

static void check_record(const struct cli_record_style *style, const char *expected)
{
    const struct cli_record r = {.topic = "t",
        .partition = 1,
        .offset = 2,
        .timestamp_ms = -1,
        .value = "v\033",
        .value_length = 2};
    struct buf out;

    buf_init(&out, 4096);
    cli_record_add(&r, style, &out);
    buf_add(&out, "", 1);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void records_become_lines(void **state)
{
    (void)state;
    check_record(&(struct cli_record_style){.json = false}, "v\033\n");
    check_record(&(struct cli_record_style){.escape = true}, "v\\x1b\n");
    check_record(&(struct cli_record_style){.with_key = true}, "\tv\033\n");
    check_record(&(struct cli_record_style){.json = true},
        "{\"topic\": \"t\", \"partition\": 1, \"offset\": 2, \"timestamp\": null, "
        "\"key\": null, \"value\": \"v\\u001b\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_tsv_and_json),
        cmocka_unit_test(names_become_an_array_of_texts),
        cmocka_unit_test(what_steers_a_terminal_is_escaped),
        cmocka_unit_test(records_become_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
