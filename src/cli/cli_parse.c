#include "cli_parse.h"

#include "cli_run.h"
#include "text.h"

#include <getopt.h>
#include <string.h>

#define LONG_ONLY   256 /* getopt's values of options without a letter start here */
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- help ---- */

static void add_command_name(struct buf *b, const struct cli_command *c)
{
    buf_add_format(
        b, "%s%s%s", c->noun, c->verb == NULL ? "" : " ", c->verb == NULL ? "" : c->verb);
}

static void help_all(struct buf *b, const char *noun)
{
    const struct cli_command *c;

    buf_add_text(b, "usage: schloss COMMAND [OPTION...]\n\n");
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        struct buf left;
        if (noun != NULL && strcmp(noun, c->noun) != 0) {
            continue;
        }
        buf_init(&left, 256);
        add_command_name(&left, c);
        buf_add_format(&left, " %s", c->arguments);
        buf_add(&left, "", 1);
        buf_add_format(b, "  %-30s %s\n",
            buf_error(&left) == OK ? (const char *)left.bytes : c->noun, c->help);
        buf_fini(&left);
    }
    buf_add_text(b, "\n`schloss COMMAND --help` lists the options of a command.\n"
                    "exit: 0 done, 1 no or failed, 2 usage, 3 not reached or not "
                    "authenticated,\n"
                    "      4 refused by policy, 5 done in part, 75 try again, "
                    "130 interrupted\n");
}

static void help_command(struct buf *b, const struct cli_command *c)
{
    buf_add_text(b, "usage: schloss ");
    add_command_name(b, c);
    buf_add_format(b, "%s%s [OPTION...]\n%s\n\n", c->arguments[0] == '\0' ? "" : " ",
        c->arguments, c->help);
    const struct cli_option_row *o;
    for (size_t i = 0; (o = cli_option_at(i)) != NULL; i++) {
        if ((c->options & CLI_BIT(o->option)) == 0) {
            continue;
        }
        char letter[8] = "    ";
        if (o->letter != 0) {
            memcpy(letter, "-?, ", sizeof("-?, "));
            letter[1] = (char)o->letter;
        }
        buf_add_format(b, "  %s--%s%s%s\n", letter, o->name,
            o->argument == NULL ? "" : " ", o->argument == NULL ? "" : o->argument);
        buf_add_format(b, "          %s\n", o->help == NULL ? "same as above" : o->help);
    }
}

/* ---- options ---- */

static const struct cli_option_row *row_of_value(int value)
{
    const struct cli_option_row *o;

    for (size_t i = 0; (o = cli_option_at(i)) != NULL; i++) {
        if (value == LONG_ONLY + (int)i || (value != 0 && value == o->letter)) {
            return o;
        }
    }
    return NULL;
}

static enum cli_exit add_to_list(
    struct cli_list *list, const char *value, const char *name, struct buf *complaint)
{
    if (list->count == CLI_LIST_MAX) {
        buf_add_format(complaint, "schloss: more than %d of --%s\n", CLI_LIST_MAX, name);
        return CLI_EXIT_USAGE;
    }
    list->items[list->count++] = value;
    return CLI_EXIT_OK;
}

static enum cli_exit add_setting(
    struct cli_list *list, const char *value, const char *name, struct buf *complaint)
{
    const char *equals = strchr(value, '=');

    if (equals == NULL || equals == value) {
        buf_add_format(
            complaint, "schloss: --%s takes KEY=VALUE, not '%.80s'\n", name, value);
        return CLI_EXIT_USAGE;
    }
    return add_to_list(list, value, name, complaint);
}

static enum cli_exit take_number(struct cli *out, const struct cli_option_row *o,
    const char *value, struct buf *complaint)
{
    if (text_to_i64(value, strlen(value), o->min, o->max, &out->number[o->option]) ==
        OK) {
        return CLI_EXIT_OK;
    }
    buf_add_format(complaint,
        "schloss: --%s takes a number from %lld to %lld, not '%.80s'\n", o->name,
        (long long)o->min, (long long)o->max, value);
    return CLI_EXIT_USAGE;
}

static enum cli_exit take_option(struct cli *out, const struct cli_option_row *o,
    const char *value, struct buf *complaint)
{
    out->text[o->option] = value == NULL ? "" : value;
    switch (o->kind) {
    case CLI_KIND_NUMBER:
        return take_number(out, o, value, complaint);
    case CLI_KIND_SETTING:
        return add_setting(
            o->option == CLI_SETTING ? &out->settings : &out->topic_configs, value,
            o->name, complaint);
    case CLI_KIND_NAME:
        return add_to_list(o->option == CLI_GROUP ? &out->groups
                           : o->option == CLI_SAN ? &out->sans
                                                  : &out->no_groups,
            value, o->name, complaint);
    case CLI_KIND_FLAG:
    case CLI_KIND_TEXT:
    case CLI_KIND_FORM: /* check_form() */
        break;
    }
    return CLI_EXIT_OK;
}

/* Kafka's tools write the settings of a new topic as --config too: a value with
 * '=' is one. */
static const struct cli_option_row *topic_config_instead(
    const struct cli_option_row *o, const char *value, const char *noun, const char *verb)
{
    bool creates = noun != NULL && verb != NULL && strcmp(noun, "topic") == 0 &&
                   strcmp(verb, "create") == 0;

    if (!creates || strcmp(o->name, "config") != 0 || strchr(value, '=') == NULL) {
        return o;
    }
    const struct cli_option_row *row;
    for (size_t i = 0; (row = cli_option_at(i)) != NULL; i++) {
        if (row->option == CLI_TOPIC_CONFIG) {
            return row;
        }
    }
    return o;
}

static void suggest_option(struct buf *complaint, const char *given)
{
    const char *best = NULL;
    const struct cli_option_row *o;
    size_t best_distance = 3;

    for (size_t i = 0; (o = cli_option_at(i)) != NULL; i++) {
        size_t distance = text_distance(given, o->name);
        if (distance < best_distance) {
            best = o->name;
            best_distance = distance;
        }
    }
    if (best != NULL) {
        buf_add_format(complaint, "  help: did you mean --%s?\n", best);
    } else {
        buf_add_text(complaint, "  help: add --help to see the options\n");
    }
}

static void complain_option(struct buf *complaint, int code, int argc, char **argv)
{
    const char *given = optind > 0 && optind <= argc ? argv[optind - 1] : "";

    if (code == ':') {
        buf_add_format(complaint, "schloss: option '%.80s' needs a value\n", given);
        return;
    }
    buf_add_format(complaint, "schloss: unknown or ambiguous option '%.80s'\n", given);
    suggest_option(complaint, given + strspn(given, "-"));
}

/* ---- commands ---- */

static void suggest_command(struct buf *complaint, const char *noun, const char *verb)
{
    const char *best = NULL;
    const char *word = verb == NULL ? noun : verb;
    const struct cli_command *c;
    size_t best_distance = 3;

    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        const char *known = verb == NULL ? c->noun : c->verb;
        if (known == NULL || (verb != NULL && strcmp(noun, c->noun) != 0)) {
            continue;
        }
        size_t distance = text_distance(word, known);
        if (distance < best_distance) {
            best = known;
            best_distance = distance;
        }
    }
    if (best != NULL) {
        buf_add_format(complaint, "  help: did you mean '%s%s%s'?\n",
            verb == NULL ? "" : noun, verb == NULL ? "" : " ", best);
    } else {
        buf_add_text(complaint, "  help: `schloss --help` lists the commands\n");
    }
}

static bool needs_verb(const char *noun)
{
    const struct cli_command *c;

    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (strcmp(noun, c->noun) == 0) {
            return c->verb != NULL;
        }
    }
    return false;
}

/* Consumes one or two words of args. */
static const struct cli_command *find_command(struct cli *out, struct buf *complaint)
{
    const char *noun = out->args[0];
    const char *verb = out->args_count > 1 ? out->args[1] : NULL;
    const struct cli_command *c;
    bool noun_known = false;

    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (strcmp(noun, c->noun) != 0) {
            continue;
        }
        noun_known = true;
        if (c->verb == NULL || (verb != NULL && strcmp(verb, c->verb) == 0)) {
            size_t words = c->verb == NULL ? 1 : 2;
            out->args_count -= words;
            memmove(out->args, out->args + words, out->args_count * sizeof(out->args[0]));
            return c;
        }
    }
    if (!noun_known) {
        buf_add_format(complaint, "schloss: unknown command '%.80s'\n", noun);
        suggest_command(complaint, noun, NULL);
    } else if (verb == NULL) {
        buf_add_format(complaint, "schloss: '%s' needs a verb\n", noun);
        buf_add_format(complaint, "  help: `schloss %s --help` lists them\n", noun);
    } else {
        buf_add_format(complaint, "schloss: unknown command '%s %.80s'\n", noun, verb);
        suggest_command(complaint, noun, verb);
    }
    return NULL;
}

static enum cli_exit check_form(const struct cli *out, struct buf *complaint)
{
    static const char *const forms[] = {"table", "tsv", "json", "text"};
    const char *value = out->text[CLI_OUTPUT];

    if (value == NULL || out->command->run == cli_policy ||
        out->command->run == cli_policy_explain ||
        out->command->run == cli_policy_simulate) {
        return CLI_EXIT_OK; /* those have forms of their own */
    }
    const bool takes_text = (out->command->options & CLI_BIT(CLI_PLAN)) != 0 ||
                            out->command->run == cli_policy_status;
    for (size_t i = 0; i < COUNT_OF(forms) - (takes_text ? 0 : 1); i++) {
        if (strcmp(value, forms[i]) == 0) {
            return CLI_EXIT_OK;
        }
    }
    buf_add_format(
        complaint, "schloss: --output takes table, tsv or json, not '%.80s'\n", value);
    return CLI_EXIT_USAGE;
}

static enum cli_exit check_command(const struct cli *out, struct buf *complaint)
{
    const struct cli_command *c = out->command;
    const struct cli_option_row *o;

    for (size_t i = 0; (o = cli_option_at(i)) != NULL; i++) {
        if (out->text[o->option] != NULL && (c->options & CLI_BIT(o->option)) == 0) {
            buf_add_format(complaint, "schloss: '%s%s%s' takes no --%s\n", c->noun,
                c->verb == NULL ? "" : " ", c->verb == NULL ? "" : c->verb, o->name);
            buf_add_text(complaint, "  help: add --help to see the options\n");
            return CLI_EXIT_USAGE;
        }
    }
    if (out->args_count < c->args_min || out->args_count > c->args_max) {
        buf_add_format(complaint, "schloss: too %s arguments\n",
            out->args_count < c->args_min ? "few" : "many");
        buf_add_text(complaint, "  help: usage: schloss ");
        add_command_name(complaint, c);
        buf_add_format(complaint, " %s\n", c->arguments);
        return CLI_EXIT_USAGE;
    }
    return check_form(out, complaint);
}

static enum cli_exit take_word(struct cli *out, const char *word, struct buf *complaint)
{
    if (out->args_count == CLI_ARGS_MAX) {
        buf_add_format(complaint, "schloss: more than %d arguments\n", CLI_ARGS_MAX);
        return CLI_EXIT_USAGE;
    }
    out->args[out->args_count++] = word;
    return CLI_EXIT_OK;
}

static void fill_getopt(struct option longs[CLI_OPTION_ROWS_MAX + 1], char *letters)
{
    const struct cli_option_row *o;
    size_t n = 0;
    size_t i = 0;

    letters[n++] = '-'; /* words come in order, as the value 1 */
    letters[n++] = ':';
    for (; (o = cli_option_at(i)) != NULL; i++) {
        longs[i] = (struct option){.name = o->name,
            .has_arg = o->kind == CLI_KIND_FLAG ? no_argument : required_argument,
            .val = LONG_ONLY + (int)i};
        if (o->letter != 0) {
            letters[n++] = (char)o->letter;
            if (o->kind != CLI_KIND_FLAG) {
                letters[n++] = ':';
            }
        }
    }
    longs[i] = (struct option){.name = NULL};
    letters[n] = '\0';
}

static enum cli_exit take_all(
    struct cli *out, int argc, char **argv, struct buf *complaint)
{
    struct option longs[CLI_OPTION_ROWS_MAX + 1];
    char letters[2 * CLI_OPTION_ROWS_MAX + 3];
    enum cli_exit result = CLI_EXIT_OK;

    fill_getopt(longs, letters);
    optind = 0;
    opterr = 0;
    while (result == CLI_EXIT_OK) {
        int code = getopt_long(argc, argv, letters, longs, NULL);
        const struct cli_option_row *o = row_of_value(code);
        if (code == -1) {
            break;
        }
        if (code == 1) {
            result = take_word(out, optarg, complaint);
        } else if (o == NULL) {
            complain_option(complaint, code, argc, argv);
            result = CLI_EXIT_USAGE;
        } else {
            o = topic_config_instead(o, optarg, out->args[0], out->args[1]);
            result = take_option(out, o, optarg, complaint);
        }
    }
    for (int i = optind; i < argc && result == CLI_EXIT_OK; i++) { /* behind "--" */
        result = take_word(out, argv[i], complaint);
    }
    return result;
}

/* The self-test is another program with options of its own: its words are not
 * read here.
 */
static bool is_selftest(struct cli *out, int argc, char **argv)
{
    const struct cli_command *c;

    if (argc < 3 || strcmp(argv[1], "selftest") != 0 || argc - 2 > CLI_ARGS_MAX) {
        return false;
    }
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (strcmp(c->noun, "selftest") == 0 && strcmp(c->verb, argv[2]) == 0) {
            out->command = c;
            for (int k = 2; k < argc; k++) {
                out->args[out->args_count++] = argv[k];
            }
            return true;
        }
    }
    return false;
}

/* A noun that needs a verb is helped with its verbs; a word that is none is an
 * error. */
static enum cli_exit give_help(struct cli *out, struct buf *complaint)
{
    if (out->args_count == 0) {
        help_all(complaint, NULL);
    } else if (out->args_count == 1 && needs_verb(out->args[0])) {
        help_all(complaint, out->args[0]);
    } else {
        const struct cli_command *c = find_command(out, complaint);
        if (c == NULL) {
            return CLI_EXIT_USAGE;
        }
        help_command(complaint, c);
    }
    return CLI_EXIT_OK;
}

/* `--version` alone means `version`; no command takes it as an option. */
static bool is_version(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--version") == 0;
}

enum cli_exit cli_parse(struct cli *out, int argc, char **argv, struct buf *complaint)
{
    *out = (struct cli){.command = NULL};
    if (is_selftest(out, argc, argv)) {
        return CLI_EXIT_OK;
    }
    if (is_version(argc, argv)) {
        out->args[out->args_count++] = "version";
        out->command = find_command(out, complaint);
        return CLI_EXIT_OK;
    }
    enum cli_exit result = take_all(out, argc, argv, complaint);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (cli_has(out, CLI_HELP)) {
        return give_help(out, complaint);
    }
    if (out->args_count == 0) {
        help_all(complaint, NULL);
        return CLI_EXIT_USAGE;
    }
    if (strcmp(out->args[0], "help") == 0) {
        out->args_count--;
        memmove(out->args, out->args + 1, out->args_count * sizeof(out->args[0]));
        return give_help(out, complaint);
    }
    out->command = find_command(out, complaint);
    return out->command == NULL ? CLI_EXIT_USAGE : check_command(out, complaint);
}
