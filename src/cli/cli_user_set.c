/* schloss user set, disable, enable: what a user is beside name and password. */
#include "cli_output.h"
#include "cli_run.h"
#include "cli_user_file.h"
#include "clock.h"

#include <string.h>

/* 0: never. */
static enum cli_exit read_expiry(const char *text, int64_t *ms_out)
{
    *ms_out = 0;
    if (strcmp(text, "never") == 0) {
        return CLI_EXIT_OK;
    }
    if (users_time_parse(text, strlen(text), ms_out) != OK) {
        cli_error("write it in UTC, like 2027-01-31T23:59:59Z, or never",
            "--expires does not take '%.80s'", text);
        return CLI_EXIT_USAGE;
    }
    if (*ms_out <= clock_wall_ms()) {
        cli_error("`schloss user disable` refuses a user from now on",
            "--expires %s is over already", text);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit check_group(const char *name)
{
    size_t at = 0;
    const char *problem = users_name_problem(name, strlen(name), &at);

    if (problem == NULL) {
        return CLI_EXIT_OK;
    }
    cli_error("names are 1 to 255 bytes of printable UTF-8 without ':'",
        "'%s' can not be a group: %s (byte %zu)", name, problem, at + 1);
    return CLI_EXIT_USAGE;
}

static bool has_item(const struct cli_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

enum cli_exit cli_user_check_wishes(const struct cli *cli)
{
    enum cli_exit result = CLI_EXIT_OK;
    int64_t ms;

    if (cli_has(cli, CLI_EXPIRES)) {
        result = read_expiry(cli->text[CLI_EXPIRES], &ms);
    }
    for (size_t i = 0; i < cli->groups.count && result == CLI_EXIT_OK; i++) {
        result = check_group(cli->groups.items[i]);
        if (result == CLI_EXIT_OK && has_item(&cli->no_groups, cli->groups.items[i])) {
            cli_error(NULL, "--group %s and --no-group %s contradict each other",
                cli->groups.items[i], cli->groups.items[i]);
            result = CLI_EXIT_USAGE;
        }
    }
    return result;
}

/* Who is in a group already stays in it, who is not in it need not leave. */
static enum err apply_groups(struct users_entry *entry, const struct cli *cli)
{
    enum err e = OK;

    for (size_t i = 0; i < cli->no_groups.count; i++) {
        const char *name = cli->no_groups.items[i];
        (void)!users_entry_remove_group(entry, name, strlen(name));
    }
    for (size_t i = 0; i < cli->groups.count && (e == OK || e == ERR_EXISTS); i++) {
        const char *name = cli->groups.items[i];
        e = users_entry_add_group(entry, name, strlen(name));
    }
    return e == ERR_EXISTS ? OK : e;
}

enum cli_exit cli_user_apply_wishes(
    struct users_entry *entry, const struct cli_user_change *change)
{
    const struct cli *cli = change->cli;

    if (cli_has(cli, CLI_EXPIRES)) {
        enum cli_exit result = read_expiry(cli->text[CLI_EXPIRES], &entry->expires_ms);
        if (result != CLI_EXIT_OK) {
            return result;
        }
    }
    enum err e = apply_groups(entry, cli);
    if (e == ERR_FULL) {
        cli_error("--no-group NAME takes the user out of one",
            "%s would be in more than %zu groups", change->name, USERS_GROUPS_MAX);
        return CLI_EXIT_NO;
    }
    return e == OK ? CLI_EXIT_OK : cli_user_complain(e, change->name, change->path);
}

static enum cli_exit set_wishes(
    struct users_file *f, const struct cli_user_change *change)
{
    struct users_entry *entry = NULL;
    enum cli_exit result = cli_user_find(f, change, &entry);

    return result == CLI_EXIT_OK ? cli_user_apply_wishes(entry, change) : result;
}

static enum cli_exit set_disabled(
    struct users_file *f, const struct cli_user_change *change)
{
    struct users_entry *entry = NULL;
    enum cli_exit result = cli_user_find(f, change, &entry);

    if (result == CLI_EXIT_OK) {
        entry->disabled = true;
    }
    return result;
}

static enum cli_exit set_enabled(
    struct users_file *f, const struct cli_user_change *change)
{
    struct users_entry *entry = NULL;
    enum cli_exit result = cli_user_find(f, change, &entry);

    if (result == CLI_EXIT_OK) {
        entry->disabled = false;
    }
    return result;
}

enum cli_exit cli_user_set(const struct cli *cli)
{
    struct cli_user_change change = {.cli = cli, .apply = set_wishes};

    if (!cli_has(cli, CLI_EXPIRES) && cli->groups.count + cli->no_groups.count == 0) {
        cli_error(
            "--expires, --group and --no-group say what", "there is nothing to set");
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = cli_user_check_wishes(cli);
    return result == CLI_EXIT_OK ? cli_user_change_named(&change, "changed") : result;
}

enum cli_exit cli_user_disable(const struct cli *cli)
{
    struct cli_user_change change = {.cli = cli, .apply = set_disabled};

    return cli_user_change_named(&change, "disabled");
}

enum cli_exit cli_user_enable(const struct cli *cli)
{
    struct cli_user_change change = {.cli = cli, .apply = set_enabled};

    return cli_user_change_named(&change, "enabled");
}
