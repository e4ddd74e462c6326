/* schloss user last-use: when users last logged in, as the broker of now remembers. */
#include "cli_admin.h"
#include "cli_run.h"

#include <stdio.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define PAGES_MAX   1000 /* far more than a broker remembers */

static const struct cli_column columns[] = {{"PRINCIPAL", CLI_CELL_TEXT},
    {"LAST-LOGIN", CLI_CELL_TEXT}, {"MECHANISM", CLI_CELL_TEXT},
    {"ADDRESS", CLI_CELL_TEXT}, {"SESSIONS", CLI_CELL_NUMBER}};

static void add_rows(struct cli_table *t, const struct describe_last_use_response *r)
{
    const struct describe_last_use_response_user *rows = r->users.items;

    for (int32_t i = 0; i < r->users.count; i++) {
        cli_admin_add_text(t, rows[i].principal);
        cli_admin_add_time(t, rows[i].login_ms);
        cli_admin_add_text(t, rows[i].mechanism);
        cli_admin_add_text(t, rows[i].address);
        cli_table_number(t, rows[i].sessions);
    }
}

/* What is not in the list may have been before that. */
static void say_since(const struct describe_last_use_response *r)
{
    char since[CLI_ADMIN_TIME];

    cli_admin_time(r->since_ms, since);
    (void)fprintf(stderr, "logins since %s", since);
    if (r->forgotten > 0) {
        (void)fprintf(
            stderr, "; the oldest %lld users are forgotten", (long long)r->forgotten);
    }
    (void)fprintf(stderr, "\n");
}

static enum cli_exit name_all(
    struct cli_admin *a, const struct cli *cli, struct wire_array *out)
{
    struct wire_view *names = arena_alloc(&a->arena, CLI_ARGS_MAX, sizeof(*names));

    for (size_t i = 0; i < cli->args_count; i++) {
        const char *name = cli_admin_principal(a, cli->args[i]);
        if (names == NULL || name == NULL) {
            return CLI_EXIT_NO;
        }
        names[i] = cli_admin_view(name);
    }
    *out = (struct wire_array){
        .items = names, .count = cli->args_count == 0 ? -1 : (int32_t)cli->args_count};
    return CLI_EXIT_OK;
}

static enum cli_exit list_all(
    struct cli_admin *a, const struct cli *cli, struct cli_table *t)
{
    struct describe_last_use_request request = {.after_name = cli_admin_view("")};
    const struct describe_last_use_response *r = NULL;
    enum cli_exit result = name_all(a, cli, &request.names);

    for (size_t i = 0; result == CLI_EXIT_OK && i < PAGES_MAX; i++) {
        const void *answer = NULL;
        result = cli_admin_call(a, WIRE_ADMIN_DESCRIBE_LAST_USE, &request, &answer);
        if (result != CLI_EXIT_OK) {
            return result;
        }
        r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "list the last logins");
        add_rows(t, r);
        if (r->next_name.len == 0) {
            break;
        }
        request.after_name = r->next_name;
    }
    if (result == CLI_EXIT_OK) {
        say_since(r);
    }
    return result;
}

enum cli_exit cli_user_last_use(const struct cli *cli)
{
    struct cli_admin a;
    struct cli_table t;

    cli_table_init(&t, columns, COUNT_OF(columns));
    enum cli_exit result = cli_admin_open(&a, cli);
    result = result == CLI_EXIT_OK ? list_all(&a, cli, &t) : result;
    result = result == CLI_EXIT_OK ? cli_table_print(&t, cli) : result;
    cli_table_fini(&t);
    cli_admin_close(&a);
    return result;
}
