/*
 * schloss-selftest - attacks this installation's sandboxes and channels from inside.
 *
 * Sees:       nothing of the operator's: it makes a private broker in a directory of its
 *             own, and leaves the one that may be running alone.
 * Holds:      the rights of who started it.
 * Talks to:   the processes that it starts.
 * May call:   anything; for the part on sandboxes it takes on the warden's list.
 * If taken:   it parses what its own processes send.
 */
#include "err.h"
#include "log.h"
#include "selftest_files.h"
#include "selftest_ipc.h"
#include "selftest_plugin.h"
#include "selftest_sandbox.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UID_BASE       60800 /* as sandbox.uid.base */
#define EXIT_USAGE     2
#define EXIT_NOT_ALL   1
#define EXIT_OF_OURS   70
#define ATTEMPTS_LEAST 60

struct arguments {
    enum sandbox_mode mode;
    const char *dir; /* NULL: made, and removed afterwards */
    bool json;
};

static void print_help(FILE *out)
{
    fputs(
        "usage: schloss-selftest sandbox [-o json] [--mode strict|container|rootless] "
        "[--dir D]\n\n"
        "  Starts private brokers, takes over their gates and a plugin, and puts a "
        "hostile\n"
        "  stand-in in the sandbox of every process; prints what each tried and how it\n"
        "  ended.\n\n"
        "  -o json          an array of objects: process, attempt, expected, got, "
        "refused\n"
        "  --mode MODE      the sandbox to attack (default: strict as root, else "
        "rootless)\n"
        "  --dir D          an existing directory to work in (default: one in /tmp)\n"
        "  --admin-socket P of `schloss selftest`: the broker there records the "
        "outcome\n\n"
        "Exit status: 0 everything was refused, 1 something was not, 2 usage, 70 it "
        "could\n"
        "not be tried, 77 a layer of the sandbox is missing.\n",
        out);
}

static bool parse(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
        {"mode", required_argument, NULL, 'm'}, {"dir", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option;

    *out = (struct arguments){.mode = geteuid() == 0 ? SANDBOX_STRICT : SANDBOX_ROOTLESS};
    while ((option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            if (strcmp(optarg, "json") != 0 && strcmp(optarg, "table") != 0) {
                return false;
            }
            out->json = strcmp(optarg, "json") == 0;
            break;
        case 'm':
            if (sandbox_mode_parse(optarg, &out->mode) != OK) {
                return false;
            }
            break;
        case 'd':
            out->dir = optarg;
            break;
        case 'h':
            print_help(stdout);
            exit(0);
        default:
            return false;
        }
    }
    return optind + 1 == argc && strcmp(argv[optind], "sandbox") == 0;
}

/* The programs stand beside this one. */
static bool find_programs(char *out, size_t size)
{
    char self[256];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0) {
        return false;
    }
    self[n] = '\0';
    return (size_t)snprintf(out, size, "%s", dirname(self)) < size;
}

/* A directory of our own, in the given one or in /tmp. */
static bool make_directory(const char *in, char *out, size_t size)
{
    const char *base = in != NULL ? in : getenv("TMPDIR");

    base = base != NULL && base[0] != '\0' ? base : "/tmp";
    return (size_t)snprintf(out, size, "%s/schloss-selftest-XXXXXX", base) < size &&
           mkdtemp(out) != NULL;
}

static int run(const struct arguments *arguments, const char *dir,
    const char *program_dir, struct selftest_results *results)
{
    char ipc_dir[200];
    char plugin_dir[200];
    char sandbox_dir[200];
    char program[512];

    (void)snprintf(ipc_dir, sizeof(ipc_dir), "%s/broker", dir);
    (void)snprintf(plugin_dir, sizeof(plugin_dir), "%s/infested", dir);
    (void)snprintf(sandbox_dir, sizeof(sandbox_dir), "%s/sandbox", dir);
    (void)snprintf(program, sizeof(program), "%s/schloss-hostile", program_dir);
    /* The store's user goes through the last one upwards, if it can. */
    if (mkdir(ipc_dir, 0700) != 0 || mkdir(plugin_dir, 0700) != 0 ||
        mkdir(sandbox_dir, 0700) != 0) {
        (void)fprintf(stderr, "schloss-selftest: %s: %s\n", dir, strerror(errno));
        return EXIT_OF_OURS;
    }
    struct selftest_sandbox_options options = {.mode = arguments->mode,
        .uid_base = UID_BASE,
        .program = program,
        .dir = sandbox_dir};
    int status = selftest_ipc_run(ipc_dir, program_dir, arguments->mode, results);
    if (status == 0) {
        status = selftest_plugin_run(plugin_dir, program_dir, arguments->mode, results);
    }
    return status == 0 ? selftest_sandbox_run(&options, results) : status;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct selftest_results results;
    char program_dir[256];
    char dir[128];

    log_init("schloss-selftest", LOG_LEVEL_INFO);
    (void)umask(
        022); /* the users of the processes read what is made; `schloss` has 077 */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!parse(argc, argv, &arguments)) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (!find_programs(program_dir, sizeof(program_dir)) ||
        !make_directory(arguments.dir, dir, sizeof(dir)) ||
        selftest_results_init(&results) != OK) {
        (void)fprintf(
            stderr, "schloss-selftest: no room to work in: %s\n", strerror(errno));
        return EXIT_OF_OURS;
    }
    int status = run(&arguments, dir, program_dir, &results);
    selftest_files_remove(dir);
    if (arguments.json) {
        selftest_results_print_json(&results, stdout);
    } else if (results.count > 0) {
        selftest_results_print(&results, stdout);
    }
    bool all = results.refused == results.count && results.count >= ATTEMPTS_LEAST;
    selftest_results_fini(&results);
    return status != 0 ? status : all ? 0 : EXIT_NOT_ALL;
}
