#include "cli_parse.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static struct cli cli;
static char said[16384];

static enum cli_exit parse(const char *line)
{
    static char words[1024];
    static char program[] = "schloss";
    char *argv[160] = {program};
    int argc = 1;
    struct buf text;

    (void)snprintf(words, sizeof(words), "%s", line);
    for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " ")) {
        argv[argc++] = w;
    }
    buf_init(&text, sizeof(said) - 1);
    enum cli_exit result = cli_parse(&cli, argc, argv, &text);
    (void)snprintf(said, sizeof(said), "%.*s", (int)text.length,
        text.bytes == NULL ? "" : (const char *)text.bytes);
    buf_fini(&text);
    return result;
}

static void commands_and_options_come_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(parse("-X a=b consume --group g t -n 5 -o json"), CLI_EXIT_OK);
    assert_string_equal(cli.command->noun, "consume");
    assert_int_equal(cli.args_count, 1);
    assert_string_equal(cli.args[0], "t");
    assert_string_equal(cli.text[CLI_GROUP], "g");
    assert_int_equal(cli.number[CLI_COUNT], 5);
    assert_int_equal(cli.settings.count, 1);
    assert_true(cli_has(&cli, CLI_OUTPUT));
    assert_false(cli_has(&cli, CLI_VERBOSE));
    assert_int_equal(
        parse("topic list --bootstrap-server h:1 --command-config f"), CLI_EXIT_OK);
    assert_string_equal(cli.text[CLI_BOOTSTRAP], "h:1");
    assert_string_equal(cli.text[CLI_CONFIG], "f");
}

static void commands_of_the_administrator_s_socket_take_its_path(void **state)
{
    static const char *const lines[] = {"session list --principal bob --listener X",
        "session kill 7 8", "session kill --principal bob --yes", "status -o json",
        "reload --timeout 5", "user last-use", "user last-use bob carol"};
    char line[200];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(line, sizeof(line), "%s --admin-socket /s", lines[i]);
        assert_int_equal(parse(line), CLI_EXIT_OK);
        assert_string_equal(cli.text[CLI_ADMIN_SOCKET], "/s");
    }
    assert_int_equal(parse("topic list --admin-socket /s"), CLI_EXIT_USAGE);
    assert_int_equal(parse("status --bootstrap h:1"), CLI_EXIT_USAGE);
    assert_int_equal(parse("session list --yes"), CLI_EXIT_USAGE);
    assert_int_equal(parse("status x"), CLI_EXIT_USAGE);
}

static void groups_of_a_user_are_a_list(void **state)
{
    char line[1024] = "user set u";

    (void)state;
    assert_int_equal(
        parse("user set u --group a --no-group b --group c=d --expires never"),
        CLI_EXIT_OK);
    assert_int_equal(cli.groups.count, 2);
    assert_string_equal(cli.groups.items[0], "a");
    assert_string_equal(cli.groups.items[1], "c=d");
    assert_int_equal(cli.no_groups.count, 1);
    assert_string_equal(cli.text[CLI_EXPIRES], "never");
    assert_int_equal(parse("user disable u --group a"), CLI_EXIT_USAGE);
    assert_int_equal(parse("user add u --no-group a"), CLI_EXIT_USAGE);
    assert_int_equal(parse("user add u --keep-old"), CLI_EXIT_USAGE);
    for (unsigned i = 0; i <= CLI_LIST_MAX; i++) {
        (void)strcat(line, " --group g");
    }
    assert_int_equal(parse(line), CLI_EXIT_USAGE);
}

static void the_least_length_of_a_password_has_bounds(void **state)
{
    (void)state;
    assert_int_equal(parse("user add u --min-length 8"), CLI_EXIT_OK);
    assert_int_equal(cli.number[CLI_MIN_LENGTH], 8);
    assert_int_equal(parse("user add u --min-length 1024"), CLI_EXIT_OK);
    assert_int_equal(parse("user add u --min-length 7"), CLI_EXIT_USAGE);
    assert_int_equal(parse("user add u --min-length 1025"), CLI_EXIT_USAGE);
}

static void config_of_topic_create_is_a_setting_where_it_has_a_value(void **state)
{
    (void)state;
    assert_int_equal(parse("topic create t --config a=b --config file"), CLI_EXIT_OK);
    assert_int_equal(cli.topic_configs.count, 1);
    assert_string_equal(cli.topic_configs.items[0], "a=b");
    assert_string_equal(cli.text[CLI_CONFIG], "file");
    assert_int_equal(parse("topic list --config a=b"), CLI_EXIT_OK);
    assert_string_equal(cli.text[CLI_CONFIG], "a=b");
}

static void wrong_lines_are_usage_errors_that_say_why(void **state)
{
    static const char *const cases[][2] = {
        {"topc list", "did you mean 'topic'"},
        {"topic lst", "did you mean 'topic list'"},
        {"topic", "needs a verb"},
        {"topic list x", "too many arguments"},
        {"topic create", "too few arguments"},
        {"topic list --partition 1", "takes no --partition"},
        {"topic list --verbos-e", "did you mean --verbose"},
        {"topic create t --partitions 0", "from 1 to 10000,"},
        {"topic create t --partitions 10001", "from 1 to 10000,"},
        {"topic list --bootstrap", "needs a value"},
        {"topic list -o xml", "table, tsv or json"},
        {"topic list -X a", "KEY=VALUE"},
        {"topic list -X =a", "KEY=VALUE"},
        {"topics --help", "did you mean 'topic'"},
        {"help topic lst", "did you mean 'topic list'"},
        {"--version topic", "unknown or ambiguous option '--version'"},
        {"", "usage"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(cases[i][0]), CLI_EXIT_USAGE);
        assert_non_null(strstr(said, cases[i][1]));
    }
    assert_int_equal(parse("topic create t --partitions 10000"), CLI_EXIT_OK);
}

static void every_command_has_help(void **state)
{
    char line[64];

    (void)state;
    for (size_t i = 0; cli_command_at(i) != NULL; i++) {
        const struct cli_command *c = cli_command_at(i);
        (void)snprintf(
            line, sizeof(line), "help %s %s", c->noun, c->verb == NULL ? "" : c->verb);
        assert_int_equal(parse(line), CLI_EXIT_OK);
        assert_null(cli.command);
        assert_non_null(strstr(said, c->help));
    }
}

static void a_noun_alone_is_helped_with_its_verbs(void **state)
{
    (void)state;
    assert_int_equal(parse("topic --help"), CLI_EXIT_OK);
    assert_non_null(strstr(said, "topic delete NAME..."));
    assert_null(strstr(said, "group list"));
    assert_int_equal(parse("--help"), CLI_EXIT_OK);
    assert_non_null(strstr(said, "group list"));
    assert_null(cli.command);
}

static void the_columns_of_the_help_are_aligned(void **state)
{
    (void)state;
    assert_int_equal(parse("--help"), CLI_EXIT_OK);
    for (size_t i = 0; cli_command_at(i) != NULL; i++) {
        const char *at = strstr(said, cli_command_at(i)->help);
        assert_non_null(at);
        const char *line = at;
        while (line[-1] != '\n') {
            line--;
        }
        assert_int_equal(at - line, 33);
        assert_true(strcspn(line, "\n") <= 90);
    }
}

static void version_is_a_command_and_an_option(void **state)
{
    (void)state;
    assert_int_equal(parse("--version"), CLI_EXIT_OK);
    assert_string_equal(cli.command->noun, "version");
    assert_int_equal(cli.args_count, 0);
    assert_int_equal(parse("version"), CLI_EXIT_OK);
    assert_string_equal(cli.command->noun, "version");
}

static void words_of_the_self_test_are_passed_on_unread(void **state)
{
    (void)state;
    assert_int_equal(parse("selftest sandbox --anything -o json"), CLI_EXIT_OK);
    assert_int_equal(cli.args_count, 4);
    assert_string_equal(cli.args[0], "sandbox");
    assert_string_equal(cli.args[3], "json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_and_options_come_in_any_order),
        cmocka_unit_test(commands_of_the_administrator_s_socket_take_its_path),
        cmocka_unit_test(groups_of_a_user_are_a_list),
        cmocka_unit_test(the_least_length_of_a_password_has_bounds),
        cmocka_unit_test(config_of_topic_create_is_a_setting_where_it_has_a_value),
        cmocka_unit_test(wrong_lines_are_usage_errors_that_say_why),
        cmocka_unit_test(every_command_has_help),
        cmocka_unit_test(a_noun_alone_is_helped_with_its_verbs),
        cmocka_unit_test(the_columns_of_the_help_are_aligned),
        cmocka_unit_test(version_is_a_command_and_an_option),
        cmocka_unit_test(words_of_the_self_test_are_passed_on_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
