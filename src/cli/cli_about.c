/* `version`, and handing `selftest` over to its own program. */
#include "cli_output.h"
#include "cli_run.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SELFTEST "schloss-selftest"

enum cli_exit cli_version(const struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"PROGRAM", CLI_CELL_TEXT}, {"VERSION", CLI_CELL_TEXT}};
    struct cli_table t;

    cli_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
    cli_table_text(&t, "schloss");
    cli_table_text(&t, SCHLOSS_VERSION);
    cli_table_text(&t, "librdkafka");
    cli_table_text(&t, rd_kafka_version_str());
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

/* The program beside this one, wherever both were installed. False: no room for its path.
 */
static bool path_beside(char *out, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", out, size);
    if (length <= 0 || (size_t)length >= size) {
        return false;
    }
    out[length] = '\0';
    char *slash = strrchr(out, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - out) + 1;
    if (folder + sizeof(SELFTEST) > size) {
        return false;
    }
    memcpy(out + folder, SELFTEST, sizeof(SELFTEST));
    return true;
}

enum cli_exit cli_selftest(const struct cli *cli)
{
    char path[4096];
    char *argv[CLI_ARGS_MAX + 2] = {NULL};
    char name[] = SELFTEST;

    if (!path_beside(path, sizeof(path))) {
        cli_error(NULL, "cannot tell where this program stands");
        return CLI_EXIT_NO;
    }
    argv[0] = name;
    for (size_t i = 0; i < cli->args_count; i++) {
        argv[i + 1] =
            (char *)(uintptr_t)cli->args[i]; /* execv() does not write to them */
    }
    (void)execv(path, argv);
    cli_error(
        "it is installed beside `schloss`", "cannot run %s: %s", path, strerror(errno));
    return CLI_EXIT_NO;
}
