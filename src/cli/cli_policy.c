/* schloss policy VERB: what looks at policy files, without a broker. */
#include "cli_policy.h"

#include "cli_output.h"
#include "cli_run.h"
#include "cli_sources.h"
#include "mem.h"
#include "policytool_verb.h"

#include <string.h>
#include <unistd.h>

#define CONFIGURATION "/etc/schloss/schloss.properties"
#define DEFAULT_FILE  "/etc/schloss/main.policy"

/* That of --file, else the one that the broker of this machine reads. The caller frees
 * *out. */
static enum cli_exit find_file(const struct cli *cli, char **out)
{
    const char *path = cli_has(cli, CLI_FILE) ? cli->text[CLI_FILE] : DEFAULT_FILE;
    struct conf *conf = NULL;

    if (!cli_has(cli, CLI_FILE) && access(CONFIGURATION, R_OK) == 0) {
        const enum cli_exit result = cli_sources_conf(CONFIGURATION, &conf);
        if (result != CLI_EXIT_OK) {
            return result;
        }
        path = conf->policy_file;
    }
    *out = mem_copy_text(path, strlen(path));
    conf_free(&conf);
    if (*out == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

/* Only where no argument names the policy is it looked for. */
static bool needs_file(const struct cli *cli, const struct policytool_verb *verb)
{
    const bool is_asked = (verb->options & POLICYTOOL_OPTION_FILE) != 0;

    return is_asked || (cli->args_count == 0 && verb->words_min == 0);
}

enum cli_exit cli_policy(const struct cli *cli)
{
    const struct cli_command *c = cli->command;
    const struct policytool_verb *verb =
        policytool_verb_find(c->verb != NULL ? c->verb : c->noun);
    struct policytool_call call = {.program = "schloss",
        .words = {cli->args, cli->args_count},
        .form = cli->text[CLI_OUTPUT],
        .regex = cli->text[CLI_REGEX],
        .shows_diff = cli_has(cli, CLI_SHOW_DIFF),
        .writes = cli_has(cli, CLI_WRITE),
        .shows_coverage = cli_has(cli, CLI_COVERAGE)};
    char *file = NULL;

    INVARIANT(verb != NULL);
    if (c->verb != NULL && needs_file(cli, verb)) {
        const enum cli_exit result = find_file(cli, &file);
        if (result != CLI_EXIT_OK) {
            return result;
        }
        call.file = file;
    }
    const int result = verb->run(&call);
    mem_free(file);
    return (enum cli_exit)result; /* the same numbers */
}

enum cli_exit cli_policy_ask(const struct cli *cli, const struct policytool_question *q)
{
    struct policytool_call call = {.program = "schloss", .form = cli->text[CLI_OUTPUT]};
    char *file = NULL;

    const enum cli_exit found = find_file(cli, &file);
    if (found != CLI_EXIT_OK) {
        return found;
    }
    call.file = file;
    const int result = policytool_run_question(&call, q);
    mem_free(file);
    return (enum cli_exit)result;
}
