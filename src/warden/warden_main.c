/*
 * warden (schlossd) - starts, wires, verifies, watches and reaps all the others.
 *
 * Sees:       the administrator's files, exit statuses, fixed-size messages of its
 *             children.
 * Holds:      root, or root of a user namespace of its own; the listening sockets;
 *             descriptors of key, users, data directory and audit file, and the socket
 *             of a fetch of keys, which it passes on unread.
 * Talks to:   every process, over one channel each.
 * May call:   anything but the calls of the profile `warden`, which are refused for
 *             ever.
 * If taken:   everything: so it parses nothing that comes from a client, and is small.
 */
#include "policy_collect.h"
#include "sandbox_landlock.h"
#include "warden.h"
#include "warden_files.h"
#include "warden_flags.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/schloss/schloss.properties"

enum {
    OPTION_CHECK = 256,
    OPTION_PRINT_SANDBOX,
    OPTION_TLS_POLICIES,
    OPTION_VERSION,
    OPTION_VERBOSE,
    OPTION_HELP
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"print-sandbox", no_argument, NULL, OPTION_PRINT_SANDBOX},
    {"tls-policies", no_argument, NULL, OPTION_TLS_POLICIES},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* clang-format off */
static const char help[] =
    "usage: schlossd [--config FILE] [--check]\n"
    "       schlossd --print-sandbox | --tls-policies | --version [--verbose]\n\n"
    "  --config FILE    the configuration (default " DEFAULT_CONFIG ")\n"
    "  --check          check the configuration, and that the files it names can be opened\n"
    "                   and have safe modes, then end; policy, users and certificate are\n"
    "                   not read, which only a start or a SIGHUP does\n"
    "  --print-sandbox  what each process may call, hold and use up\n"
    "  --tls-policies   what the words of schloss.tls.policy allow\n"
    "  --version        the version; with --verbose, how it was built\n\n"
    "SIGHUP reads policy, certificate, users and configuration again; SIGTERM ends it.\n"
    "Exit status: 0 ended when told to, 2 usage, 70 our own fault, 77 a layer of the\n"
    "sandbox is missing, 78 configuration or policy.\n";
/* clang-format on */

static int wrong_usage(const char *complaint)
{
    fprintf(stderr, "schlossd: %s\n\n%s", complaint, help);
    return 2;
}

static int unexpected(const char *word)
{
    fprintf(stderr,
        "schlossd: unexpected argument '%.200s'; did you mean --config %.200s?\n", word,
        word);
    return 2;
}

static int print_version(bool verbose)
{
    printf("schlossd %s\n", WARDEN_VERSION);
    if (verbose) {
        printf("compiler %s\nflags    %s\n", WARDEN_COMPILER, WARDEN_FLAGS);
    }
    return 0;
}

static int print_policies(void)
{
    struct buf text;

    buf_init(&text, 16384);
    tlspolicy_print(&text);
    bool ok = buf_error(&text) == OK &&
              fwrite(text.bytes, 1, text.length, stdout) == text.length;
    buf_fini(&text);
    return ok ? 0 : WARDEN_EXIT_FAULT;
}

static int check_file(const char *path, bool secret)
{
    struct warden_message why;
    int fd = -1;

    if (path == NULL) {
        return 0;
    }
    if (warden_files_open(path, secret, &fd, &why) != OK) {
        fprintf(stderr, "%s\n", why.text);
        return WARDEN_EXIT_CONFIG;
    }
    (void)close(fd);
    return 0;
}

static bool is_missing(const char *config_file)
{
    if (access(config_file, F_OK) == 0 || errno != ENOENT) {
        return false;
    }
    fprintf(stderr,
        "%s: can not be opened: %s\n"
        "  help: name one with --config, or try ./quickstart\n",
        config_file, strerror(ENOENT));
    return true;
}

/* Whether some listener offers PLAIN by the plugin that reads it. */
static bool needs_users(const struct conf *conf)
{
    bool needed = false;

    for (size_t i = 0; i < conf->listener_count; i++) {
        const struct conf_listener *l = &conf->listeners[i];
        for (size_t k = 0; k < l->mechanisms.count; k++) {
            needed |= strcmp(l->mechanisms.items[k], "PLAIN") == 0 &&
                      conf_listener_may_use(l, "password");
        }
    }
    for (size_t i = 0; needed && i < conf->auth_plugins.count; i++) {
        if (strcmp(conf->auth_plugins.items[i], "password") == 0) {
            return true;
        }
    }
    return false;
}

/* With what it may include; the text is not looked into. */
static int check_policy(const struct conf *conf)
{
    const enum policy_guard guard =
        conf->policy_signatures_required > 0 ? POLICY_GUARD_NONE : POLICY_GUARD_OWNER;
    struct policy_collect_message why;
    struct policy_collected files;

    if (policy_collect_guarded(conf->policy_file, guard, &files, &why) != OK) {
        fprintf(stderr, "%s\n", why.text);
        return WARDEN_EXIT_CONFIG;
    }
    policy_collected_fini(&files);
    return 0;
}

static int check(const char *config_file)
{
    struct conf *conf = NULL;
    struct buf errors;
    int status = 0;

    buf_init(&errors, (size_t)256 * 1024);
    if (warden_files_config(config_file, &conf, &errors) != OK) {
        fprintf(stderr, "%.*s", (int)errors.length, (const char *)errors.bytes);
        buf_fini(&errors);
        return WARDEN_EXIT_CONFIG;
    }
    buf_fini(&errors);
    status = check_file(conf->certificate_file, false);
    status = status != 0 ? status : check_file(conf->key_file, true);
    status = status != 0 ? status : check_file(conf->token_pin_file, true);
    if (status == 0 && needs_users(conf)) {
        status = check_file(conf->users_file, true);
    }
    if (status == 0 && conf->policy_mode != CONF_POLICY_API) {
        status = check_policy(conf);
    }
    if (status == 0) {
        printf("%s: no errors\n", config_file);
    }
    conf_free(&conf);
    return status;
}

/* The programs stand beside this one. */
static bool find_programs(char *out, size_t size)
{
    char self[1024];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0 || (size_t)n >= size) {
        return false;
    }
    self[n] = '\0';
    (void)snprintf(out, size, "%s", dirname(self));
    return true;
}

static int print_sandbox(void)
{
    int error;

    sandbox_print(stdout, sandbox_landlock_abi(&error));
    return 0;
}

int main(int argc, char **argv)
{
    struct warden_options o = {.config_file = DEFAULT_CONFIG};
    char programs[1024];
    bool version = false;
    bool verbose = false;
    bool only_check = false;
    int option;

    log_init("schlossd", LOG_LEVEL_INFO);
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            o.config_file = optarg;
            break;
        case OPTION_CHECK:
            only_check = true;
            break;
        case OPTION_PRINT_SANDBOX:
            return print_sandbox();
        case OPTION_TLS_POLICIES:
            return print_policies();
        case OPTION_VERSION:
            version = true;
            break;
        case OPTION_VERBOSE:
            verbose = true;
            break;
        case OPTION_HELP:
            fputs(help, stdout);
            return 0;
        default:
            fputs(help, stderr);
            return 2;
        }
    }
    if (optind != argc) {
        return unexpected(argv[optind]);
    }
    if (verbose && !version) {
        return wrong_usage("--verbose goes with --version");
    }
    if (version) {
        return print_version(verbose);
    }
    if (is_missing(o.config_file)) {
        return WARDEN_EXIT_CONFIG;
    }
    if (only_check) {
        return check(o.config_file);
    }
    if (!find_programs(programs, sizeof(programs))) {
        log_err("the directory of the programs is unknown: /proc is not mounted");
        return WARDEN_EXIT_FAULT;
    }
    o.program_dir = programs;
    return warden_run(&o);
}
