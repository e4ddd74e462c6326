/* `selftest`: handed over to its own program, and recorded where one asks for that. */
#include "cli_admin.h"
#include "cli_output.h"
#include "cli_run.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELFTEST     "schloss-selftest"
#define PATH_SIZE    1024
#define EXIT_NOT_RUN 127 /* as a shell says it */

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

/* --admin-socket PATH, or with "=", is ours: it names the broker that records the outcome. */
static bool take_socket(const struct cli *cli, size_t *at, const char **out)
{
    static const char option[] = "--admin-socket";
    const char *word = cli->args[*at];

    if (strncmp(word, option, sizeof(option) - 1) != 0) {
        return false;
    }
    if (word[sizeof(option) - 1] == '=') {
        *out = word + sizeof(option);
        return true;
    }
    if (word[sizeof(option) - 1] != '\0' || *at + 1 >= cli->args_count) {
        return false;
    }
    *out = cli->args[++*at];
    return true;
}

/* Then nothing is tried, and nothing recorded. */
static bool asks_for_help(char *const *argv)
{
    for (size_t i = 1; argv[i] != NULL; i++) {
        if (strcmp(argv[i], "-h") == 0 || strncmp(argv[i], "--h", 3) == 0) {
            return true;
        }
    }
    return false;
}

/* The status of the program as a shell has it; -1: it ended by a signal, or did not start. */
static int run_to_end(const char *path, char **argv)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)execv(path, argv);
        _exit(EXIT_NOT_RUN);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Tells the broker that was named. */
static enum cli_exit record(const struct cli *cli, const char *path, int status)
{
    const struct record_selftest_request request = {.status = status};
    struct cli named = *cli;
    struct cli_admin a;
    const void *answer = NULL;

    named.text[CLI_ADMIN_SOCKET] = path;
    enum cli_exit result = cli_admin_open(&a, &named);
    if (result == CLI_EXIT_OK) {
        result = cli_admin_call(&a, WIRE_ADMIN_RECORD_SELFTEST, &request, &answer);
    }
    if (result == CLI_EXIT_OK) {
        const struct record_selftest_response *r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "record the self-test");
    }
    cli_admin_close(&a);
    return result;
}

static enum cli_exit run_and_record(
    const struct cli *cli, const char *path, char **argv, const char *socket)
{
    int status = run_to_end(path, argv);

    if (status == EXIT_NOT_RUN) {
        cli_error("it is installed beside `schloss`", "cannot run %s", path);
        return CLI_EXIT_NO;
    }
    if (status == CLI_EXIT_USAGE) {
        return CLI_EXIT_USAGE; /* there was no self-test */
    }
    enum cli_exit recorded = record(cli, socket, status);
    if (status != 0) {
        return status < 0 ? CLI_EXIT_NO : (enum cli_exit)status;
    }
    return recorded;
}

enum cli_exit cli_selftest(const struct cli *cli)
{
    char path[PATH_SIZE];
    char *argv[CLI_ARGS_MAX + 2] = {NULL};
    char name[] = SELFTEST;
    const char *socket = NULL;
    size_t count = 1;

    if (!path_beside(path, sizeof(path))) {
        cli_error(NULL, "cannot tell where this program stands");
        return CLI_EXIT_NO;
    }
    argv[0] = name;
    for (size_t i = 0; i < cli->args_count; i++) {
        if (!take_socket(cli, &i, &socket)) {
            /* execv() does not write to them */
            argv[count++] = (char *)(uintptr_t)cli->args[i];
        }
    }
    if (socket != NULL && !asks_for_help(argv)) {
        return run_and_record(cli, path, argv, socket);
    }
    (void)execv(path, argv);
    cli_error(
        "it is installed beside `schloss`", "cannot run %s: %s", path, strerror(errno));
    return CLI_EXIT_NO;
}
