#include "cli_output.h"
#include "cli_run.h"
#include "text.h"
#include "wire_api.h"
#include "wire_describe.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(a)  (sizeof(a) / sizeof((a)[0]))
#define DESCRIBE_MAX ((size_t)4 << 20)

enum cli_exit cli_protocol_list(const struct cli *cli)
{
    static const struct cli_column columns[] = {{"API", CLI_CELL_TEXT},
        {"KEY", CLI_CELL_NUMBER}, {"MIN-VERSION", CLI_CELL_NUMBER},
        {"MAX-VERSION", CLI_CELL_NUMBER}, {"ADVERTISED-FROM", CLI_CELL_NUMBER}};
    struct cli_table t;

    cli_table_init(&t, columns, COUNT_OF(columns));
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
        cli_table_text(&t, api->name);
        cli_table_number(&t, api->key);
        cli_table_number(&t, api->min);
        cli_table_number(&t, api->max);
        cli_table_number(&t, wire_api_advertised_min(api));
    }
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

static const struct wire_api *find(const char *name)
{
    int64_t key = -1;

    if (text_to_i64(name, strlen(name), 0, INT16_MAX, &key) == OK) {
        return wire_api_find((int16_t)key);
    }
    for (size_t i = 0; i < wire_api_count(); i++) {
        if (strcasecmp(wire_api_at(i)->name, name) == 0) {
            return wire_api_at(i);
        }
    }
    return NULL;
}

enum cli_exit cli_protocol_show(const struct cli *cli)
{
    const struct wire_api *api = find(cli->args[0]);
    struct buf text;

    if (api == NULL) {
        cli_error("`schloss protocol list` shows the names", "there is no API '%s' here",
            cli->args[0]);
        return CLI_EXIT_NO;
    }
    if (cli_has(cli, CLI_OUTPUT) && cli_form_of(cli) != CLI_FORM_JSON) {
        cli_error(
            "leave -o out, or use -o json", "the fields of an API are a tree: JSON only");
        return CLI_EXIT_USAGE;
    }
    buf_init(&text, DESCRIBE_MAX);
    wire_describe_api(api, &text);
    buf_add_text(&text, "\n");
    bool written = buf_error(&text) == OK &&
                   fwrite(text.bytes, 1, text.length, stdout) == text.length &&
                   fflush(stdout) == 0;
    buf_fini(&text);
    if (!written) {
        cli_error(NULL, "cannot write the result");
    }
    return written ? CLI_EXIT_OK : CLI_EXIT_NO;
}
