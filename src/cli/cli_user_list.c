/* schloss user list, show: what the password file says, but for the hashes. */
#include "cli_output.h"
#include "cli_run.h"
#include "cli_user_file.h"
#include "clock.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct cli_column columns[] = {{"USER", CLI_CELL_TEXT},
    {"COST", CLI_CELL_TEXT}, {"STATE", CLI_CELL_TEXT}, {"EXPIRES", CLI_CELL_TEXT},
    {"PASSWORDS", CLI_CELL_NUMBER}, {"GROUPS", CLI_CELL_NAMES}};

static void add_cost(struct cli_table *t, const char *hash)
{
    /* "$argon2id$v=19$" in front and "$salt$hash" behind stay here */
    const char *numbers = hash + strlen("$argon2id$v=19$");
    char cost[USERS_HASH_MAX];

    (void)snprintf(cost, sizeof(cost), "%.*s", (int)strcspn(numbers, "$"), numbers);
    cli_table_text(t, cost);
}

static void add_groups(struct cli_table *t, const struct users_entry *user)
{
    struct buf text;

    buf_init(&text, USERS_GROUPS_MAX * (USERS_NAME_MAX + 1) + 1);
    for (size_t i = 0; i < user->group_count; i++) {
        buf_add_text(&text, i == 0 ? "" : ":");
        buf_add_text(&text, user->groups[i]);
    }
    buf_add(&text, "", 1);
    if (buf_error(&text) != OK) {
        t->error = buf_error(&text);
    } else {
        cli_table_text(t, (const char *)text.bytes);
    }
    buf_fini(&text);
}

static void add_row(struct cli_table *t, const struct users_entry *user, int64_t now_ms)
{
    const bool expired = users_entry_is_expired(user, now_ms);
    char time[USERS_TIME_LENGTH + 1] = "";

    if (user->expires_ms != 0) {
        users_time_format(user->expires_ms, time);
    }
    cli_table_text(t, user->name);
    add_cost(t, user->hash);
    cli_table_text(t, user->disabled ? "disabled" : expired ? "expired" : "active");
    cli_table_text(t, user->expires_ms == 0 ? NULL : time);
    cli_table_number(t, user->old_hash == NULL ? 1 : 2);
    add_groups(t, user);
}

/* No names: all users. */
static enum cli_exit add_rows(struct cli_table *t, const struct users_file *f,
    const struct cli *cli, const char *path)
{
    const int64_t now_ms = clock_wall_ms();

    for (size_t i = 0; i < f->count && cli->args_count == 0; i++) {
        add_row(t, f->entries[i], now_ms);
    }
    for (size_t i = 0; i < cli->args_count; i++) {
        const struct users_entry *user =
            users_file_find(f, cli->args[i], strlen(cli->args[i]));
        if (user == NULL) {
            return cli_user_complain(ERR_NOT_FOUND, cli->args[i], path);
        }
        add_row(t, user, now_ms);
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_user_list(const struct cli *cli)
{
    struct users_file f;
    struct cli_table t;
    const char *path = NULL;

    enum cli_exit result = cli_user_need_file(cli, &path);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    users_file_init(&f);
    cli_table_init(&t, columns, COUNT_OF(columns));
    result = cli_user_load(path, false, &f);
    result = result == CLI_EXIT_OK ? add_rows(&t, &f, cli, path) : result;
    result = result == CLI_EXIT_OK ? cli_table_print(&t, cli) : result;
    cli_table_fini(&t);
    users_file_fini(&f);
    return result;
}

enum cli_exit cli_user_show(const struct cli *cli)
{
    return cli_user_list(cli);
}
