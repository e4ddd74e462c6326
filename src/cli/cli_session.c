/* schloss session list, kill: who is connected, and the end of that. */
#include "cli_admin.h"
#include "cli_client.h"
#include "cli_run.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define PAGES_MAX   1000 /* far more than a broker could have sessions for */

static const struct cli_column columns[] = {{"ID", CLI_CELL_NUMBER},
    {"PRINCIPAL", CLI_CELL_TEXT}, {"LISTENER", CLI_CELL_TEXT},
    {"MECHANISM", CLI_CELL_TEXT}, {"ADDRESS", CLI_CELL_TEXT}, {"PORT", CLI_CELL_NUMBER},
    {"CLIENT", CLI_CELL_TEXT}, {"CONNECTED", CLI_CELL_TEXT},
    {"AUTHENTICATED", CLI_CELL_TEXT}, {"EXPIRES", CLI_CELL_TEXT}};

static void add_row(
    struct cli_table *t, const struct describe_sessions_response_session *s)
{
    cli_table_number(t, s->id);
    cli_admin_add_text(t, s->principal);
    cli_admin_add_text(t, s->listener);
    cli_admin_add_text(t, s->mechanism);
    cli_admin_add_text(t, s->address);
    cli_table_number(t, s->port);
    cli_admin_add_text(t, s->client_id);
    cli_admin_add_time(t, s->connected_ms);
    cli_admin_add_time(t, s->authenticated_ms);
    cli_admin_add_time(t, s->expires_ms);
}

static enum cli_exit add_page(
    struct cli_admin *a, struct describe_sessions_request *request, struct cli_table *t)
{
    const void *answer = NULL;
    enum cli_exit result =
        cli_admin_call(a, WIRE_ADMIN_DESCRIBE_SESSIONS, request, &answer);

    if (result != CLI_EXIT_OK) {
        return result;
    }
    const struct describe_sessions_response *r = answer;
    const struct describe_sessions_response_session *rows = r->sessions.items;
    for (int32_t i = 0; i < r->sessions.count; i++) {
        add_row(t, &rows[i]);
    }
    request->after_id = r->next_id;
    return cli_admin_check(r->error_code, r->error_message, "list sessions");
}

static enum cli_exit list_all(
    struct cli_admin *a, const struct cli *cli, struct cli_table *t)
{
    struct describe_sessions_request request = {0};
    enum cli_exit result = CLI_EXIT_OK;

    if (cli_has(cli, CLI_PRINCIPAL)) {
        const char *name = cli_admin_principal(a, cli->text[CLI_PRINCIPAL]);
        if (name == NULL) {
            return CLI_EXIT_NO;
        }
        request.principal = cli_admin_view(name);
    }
    if (cli_has(cli, CLI_LISTENER)) {
        request.listener = cli_admin_view(cli->text[CLI_LISTENER]);
    }
    for (size_t i = 0; i < PAGES_MAX; i++) {
        result = add_page(a, &request, t);
        if (result != CLI_EXIT_OK || request.after_id == 0) {
            break;
        }
    }
    return result;
}

enum cli_exit cli_session_list(const struct cli *cli)
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

/* ---- kill ---- */

/* A number names one session; a principal may have many. */
static enum cli_exit confirm(const struct cli *cli)
{
    const char *name = cli->text[CLI_PRINCIPAL];
    char line[600];

    if (name == NULL || cli_has(cli, CLI_YES)) {
        return CLI_EXIT_OK;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        cli_error("add --yes", "all sessions of %s would end: nothing was done", name);
        return CLI_EXIT_USAGE;
    }
    (void)fprintf(stderr, "All sessions of %s will end. Type its name to do it: ", name);
    if (fgets(line, sizeof(line), stdin) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, name) != 0) {
        cli_error(NULL, "that is not its name: nothing was done");
        return cli_interrupted() ? CLI_EXIT_INTERRUPTED : CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit fill(struct cli_admin *a, const struct cli *cli,
    int64_t ids[CLI_ARGS_MAX], struct end_sessions_request *out)
{
    for (size_t i = 0; i < cli->args_count; i++) {
        const char *word = cli->args[i];
        if (text_to_i64(word, strlen(word), 1, INT64_MAX, &ids[i]) != OK) {
            cli_error("`schloss session list` shows them; a user is named by --principal",
                "'%s' is not the number of a session", word);
            return CLI_EXIT_USAGE;
        }
    }
    out->ids = (struct wire_array){.items = ids, .count = (int32_t)cli->args_count};
    if (cli_has(cli, CLI_PRINCIPAL)) {
        const char *name = cli_admin_principal(a, cli->text[CLI_PRINCIPAL]);
        if (name == NULL) {
            return CLI_EXIT_NO;
        }
        out->principal = cli_admin_view(name);
    }
    return CLI_EXIT_OK;
}

static enum cli_exit print_ended(int32_t ended, size_t asked)
{
    (void)printf("%d session%s ended\n", ended, ended == 1 ? "" : "s");
    if (fflush(stdout) != 0 || ended == 0) {
        return CLI_EXIT_NO;
    }
    return asked > 0 && (size_t)ended < asked ? CLI_EXIT_PARTIAL : CLI_EXIT_OK;
}

/* Of many sessions one request ends a part. */
static enum cli_exit kill_all(struct cli_admin *a, const struct cli *cli)
{
    int64_t ids[CLI_ARGS_MAX];
    struct end_sessions_request request = {0};
    int32_t ended = 0;

    enum cli_exit result = fill(a, cli, ids, &request);
    for (size_t i = 0; result == CLI_EXIT_OK && i < PAGES_MAX; i++) {
        const void *answer = NULL;
        result = cli_admin_call(a, WIRE_ADMIN_END_SESSIONS, &request, &answer);
        if (result != CLI_EXIT_OK) {
            return result;
        }
        const struct end_sessions_response *r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "end sessions");
        ended += r->ended > 0 ? r->ended : 0;
        if (r->left <= 0 || r->ended <= 0) {
            break;
        }
    }
    return result == CLI_EXIT_OK ? print_ended(ended, cli->args_count) : result;
}

enum cli_exit cli_session_kill(const struct cli *cli)
{
    struct cli_admin a;

    if ((cli->args_count > 0) == cli_has(cli, CLI_PRINCIPAL)) {
        cli_error("`schloss session list` shows both",
            "name sessions by their numbers, or a user by --principal");
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = confirm(cli);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    result = cli_admin_open(&a, cli);
    result = result == CLI_EXIT_OK ? kill_all(&a, cli) : result;
    cli_admin_close(&a);
    return result;
}
