#include "selftest_instance.h"

#include "clock.h"
#include "log.h"
#include "selftest_files.h"
#include "users_password.h"
#include "warden.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 60000
#define STOP_TIMEOUT_MS  15000
#define PAUSE_MS         10
#define LOG_BYTES        7500 /* of its beginning */

static const enum sandbox_role shared[SELFTEST_SHARED] = {SANDBOX_WARDEN, SANDBOX_PORTER,
    SANDBOX_KEYS, SANDBOX_AUTH, SANDBOX_BROKER, SANDBOX_STORE, SANDBOX_AUDIT};

static void pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static int fail(const struct selftest_instance *i, const char *what)
{
    char text[LOG_BYTES];
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/log", i->dir);
    (void)fprintf(stderr, "schloss-selftest: %s; its log:\n%s\n", what,
        selftest_files_read(path, text, sizeof(text)) ? text : "(none)");
    return SELFTEST_EXIT_FAULT;
}

static _Noreturn void be_the_warden(const struct selftest_instance *i)
{
    static const char *const no_arguments[] = {NULL};
    char config[300];
    struct warden_options options = {.config_file = config,
        .program_dir = i->program_dir,
        .gate_program = "schloss-hostile-gate",
        .gate_arguments = no_arguments};

    (void)snprintf(config, sizeof(config), "%s/log", i->dir);
    int fd = open(config, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)setpgid(0, 0);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        _exit(WARDEN_EXIT_FAULT);
    }
    (void)snprintf(config, sizeof(config), "%s/schloss.properties", i->dir);
    log_init("schlossd", LOG_LEVEL_INFO);
    _exit(warden_run(&options));
}

/* The line that says that it listens there, and where that is. */
static bool find_port(const char *text, const char *door, uint16_t *out)
{
    char begins[64];

    (void)snprintf(begins, sizeof(begins), "listening: %s on ", door);
    const char *line = strstr(text, begins);
    const char *port = line == NULL ? NULL : strstr(line, " port ");
    if (port == NULL || strchr(port, '\n') == NULL) {
        return false;
    }
    *out = (uint16_t)strtoul(port + 6, NULL, 10);
    return true;
}

static bool find_ports(struct selftest_instance *i)
{
    static const char *const doors[SELFTEST_DOORS] = {"SASL_SSL", "SSL", "RENEW"};
    char text[LOG_BYTES];
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/log", i->dir);
    if (!selftest_files_read(path, text, sizeof(text))) {
        return false;
    }
    for (size_t n = 0; n < SELFTEST_DOORS; n++) {
        if (!find_port(text, doors[n], &i->ports[n])) {
            return false;
        }
    }
    return true;
}

int selftest_instance_start(struct selftest_instance *i, const char *dir,
    const char *program_dir, enum sandbox_mode mode, bool is_infested)
{
    int64_t deadline = clock_mono_ms() + START_TIMEOUT_MS;
    struct secret generated;

    *i = (struct selftest_instance){.mode = mode, .is_infested = is_infested};
    (void)snprintf(i->dir, sizeof(i->dir), "%s", dir);
    (void)snprintf(i->program_dir, sizeof(i->program_dir), "%s", program_dir);
    if (users_secret_generate(&generated) != OK) {
        return fail(i, "no random numbers");
    }
    (void)snprintf(i->password, sizeof(i->password), "%.*s", (int)generated.length,
        (const char *)generated.bytes);
    (void)snprintf(i->canary, sizeof(i->canary), "canary-%.20s-of-bob", i->password + 20);
    secret_free(&generated);
    if (!selftest_files_make(i)) {
        return fail(i, "the files of the private broker can not be made");
    }
    i->pids[0] = fork();
    if (i->pids[0] == 0) {
        be_the_warden(i);
    }
    while (i->pids[0] > 0 && clock_mono_ms() < deadline) {
        int status = 0;
        if (find_ports(i)) {
            return 0;
        }
        if (waitpid(i->pids[0], &status, WNOHANG) == i->pids[0]) {
            i->pids[0] = 0;
            int fault = fail(i, "the private broker ended at its start");
            bool told = WIFEXITED(status) && WEXITSTATUS(status) == SANDBOX_EXIT;
            return told ? SANDBOX_EXIT : fault;
        }
        pause_ms(PAUSE_MS);
    }
    return fail(i, "the private broker does not listen");
}

/* The parent of a process, and the name it was started by. */
static bool look_at(pid_t pid, pid_t *parent_out, char *name, size_t size)
{
    char text[4096];
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (!selftest_files_read(path, text, sizeof(text))) {
        return false;
    }
    const char *parent = strstr(text, "\nPPid:");
    const char *state = strstr(text, "\nState:\t");
    if (parent == NULL || state == NULL || state[8] == 'Z' || state[8] == 'X') {
        return false;
    }
    *parent_out = (pid_t)strtol(parent + 6, NULL, 10);
    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    if (!selftest_files_read(path, text, sizeof(text))) {
        return false;
    }
    const char *slash = strrchr(text, '/');
    (void)snprintf(name, size, "%.63s", slash == NULL ? text : slash + 1);
    return true;
}

static void note(struct selftest_instance *i, pid_t pid)
{
    char name[64];
    pid_t parent = 0;

    if (!look_at(pid, &parent, name, sizeof(name)) || parent != i->pids[0]) {
        return;
    }
    for (size_t n = 1; n < SELFTEST_SHARED; n++) {
        if (strcmp(name, sandbox_program_name(shared[n])) == 0) {
            i->pids[n] = pid;
            if (shared[n] == SANDBOX_AUTH && i->plugin_count < SELFTEST_PLUGINS) {
                i->plugins[i->plugin_count++] = pid;
            }
        }
    }
}

bool selftest_instance_find(struct selftest_instance *i)
{
    i->plugin_count = 0;
    selftest_files_each_process(i, note);
    for (size_t n = 1; n < SELFTEST_SHARED; n++) {
        if (i->pids[n] == 0) {
            (void)fprintf(stderr, "schloss-selftest: the private broker has no %s\n",
                sandbox_program_name(shared[n]));
            return false;
        }
    }
    return true;
}

static bool lives(const struct selftest_instance *i, pid_t pid)
{
    char name[64];
    pid_t parent = 0;

    return look_at(pid, &parent, name, sizeof(name)) &&
           parent == (pid == i->pids[0] ? getpid() : i->pids[0]);
}

const char *selftest_instance_dead(const struct selftest_instance *i)
{
    for (size_t n = 0; n < SELFTEST_SHARED; n++) {
        if (shared[n] != SANDBOX_AUTH && !lives(i, i->pids[n])) {
            return sandbox_role_name(shared[n]);
        }
    }
    return selftest_instance_ended(i) > 0 ? sandbox_role_name(SANDBOX_AUTH) : NULL;
}

size_t selftest_instance_ended(const struct selftest_instance *i)
{
    size_t ended = 0;

    for (size_t n = 0; n < i->plugin_count; n++) {
        ended += lives(i, i->plugins[n]) ? 0 : 1;
    }
    return ended;
}

void selftest_instance_spare(struct selftest_instance *i)
{
    size_t left = 0;

    for (size_t n = 0; n < i->plugin_count; n++) {
        if (lives(i, i->plugins[n])) {
            i->plugins[left++] = i->plugins[n];
        }
    }
    i->plugin_count = left;
}

uid_t selftest_instance_user(pid_t pid)
{
    char text[4096];
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    const char *line =
        selftest_files_read(path, text, sizeof(text)) ? strstr(text, "\nUid:") : NULL;
    return line == NULL ? (uid_t)-1 : (uid_t)strtoul(line + 5, NULL, 10);
}

size_t selftest_instance_logged(const struct selftest_instance *i)
{
    struct stat st;
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/log", i->dir);
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

bool selftest_instance_says(
    const struct selftest_instance *i, size_t *read, const char *text)
{
    char path[300];
    char bytes[LOG_BYTES];
    bool found = false;

    (void)snprintf(path, sizeof(path), "%s/log", i->dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0) {
        ssize_t n = pread(fd, bytes, sizeof(bytes) - 1, (off_t)*read);
        if (n <= 0) {
            break;
        }
        bytes[n] = '\0';
        /* Whole lines, so that no text is cut in two. */
        char *end = strrchr(bytes, '\n');
        if (end == NULL) {
            break;
        }
        *end = '\0';
        *read += (size_t)(end - bytes) + 1;
        found = found || strstr(bytes, text) != NULL;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return found;
}

void selftest_instance_stop(struct selftest_instance *i)
{
    int64_t deadline = clock_mono_ms() + STOP_TIMEOUT_MS;
    int status = 0;

    if (i->pids[0] <= 0) {
        return;
    }
    (void)kill(i->pids[0], SIGTERM);
    while (waitpid(i->pids[0], &status, WNOHANG) == 0) {
        if (clock_mono_ms() > deadline) {
            (void)kill(i->pids[0], SIGKILL);
        }
        pause_ms(PAUSE_MS);
    }
    i->pids[0] = 0;
}
