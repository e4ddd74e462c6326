#include "selftest_sandbox.h"

#include "sandbox_attempts.h"
#include "sandbox_enter.h"
#include "sandbox_prepare.h"
#include "sandbox_profile.h"
#include "sandbox_spawn.h"
#include "sandbox_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS           10000
#define EXIT_FAILURE_OF_OURS 70
#define NO_ATTEMPT           9999
#define OUTCOME_NONE         100000 /* it neither told one nor ended */

struct stage {
    const struct selftest_sandbox_options *options;
    struct sandbox sandbox;
    int program_fd;
    int readonly_fd;
    int data_fd;
};

struct stand_in {
    struct sandbox_process process;
    int channel;
};

static int refuse(const struct stage *s, const struct sandbox_failure *failure)
{
    char text[768];

    sandbox_failure_text(
        "schloss-selftest", s->options->mode, failure, text, sizeof(text));
    (void)fprintf(stderr, "%s\n", text);
    return SANDBOX_EXIT;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "schloss-selftest: %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE_OF_OURS;
}

/* A file that only the warden's user may read, and the store's directory. */
static int make_bait(struct stage *s)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/secret", s->options->dir);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "canary", 6) != 6 || close(fd) != 0) {
        return fail(path);
    }
    s->readonly_fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(path, sizeof(path), "%s/store", s->options->dir);
    if (s->readonly_fd < 0 || mkdir(path, 0700) != 0) {
        return fail(path);
    }
    s->data_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = openat(s->data_fd, "movable", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || close(fd) != 0) {
        return fail(path);
    }
    uid_t store = s->options->uid_base + SANDBOX_STORE;
    if (s->options->mode != SANDBOX_ROOTLESS && fchown(s->data_fd, store, store) != 0) {
        return fail(path);
    }
    return 0;
}

/* As the warden does it: a root for each role, all sealed, then its own list. */
static int build(struct stage *s)
{
    struct sandbox_failure failure = {0};
    enum err e =
        sandbox_prepare(&s->sandbox, s->options->mode, s->options->uid_base, &failure);

    for (int role = SANDBOX_PORTER; e == OK && role < SANDBOX_ROLE_COUNT; role++) {
        e = sandbox_add_program(&s->sandbox, sandbox_role_name((enum sandbox_role)role),
            s->program_fd, NULL, NULL, &failure);
    }
    if (e == OK) {
        e = sandbox_seal(&s->sandbox, &failure);
    }
    if (e == OK) {
        e = sandbox_enter_warden(&failure);
    }
    return e == OK ? 0 : refuse(s, &failure);
}

static bool receive(const struct stand_in *p, void *out, size_t size)
{
    struct pollfd wait = {.fd = p->channel, .events = POLLIN};

    return poll(&wait, 1, TIMEOUT_MS) == 1 &&
           read(p->channel, out, size) == (ssize_t)size;
}

static enum err start(const struct stage *s, enum sandbox_role role, size_t attempt,
    pid_t target, struct stand_in *out)
{
    struct sandbox_failure failure = {0};
    char words[3][16];
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return ERR_IO;
    }
    (void)snprintf(words[0], sizeof(words[0]), "%d", (int)role);
    (void)snprintf(words[1], sizeof(words[1]), "%zu", attempt);
    (void)snprintf(words[2], sizeof(words[2]), "%d", (int)target);
    const char *const arguments[] = {words[0], words[1], words[2], NULL};
    const struct sandbox_fd fds[] = {{ends[1], SANDBOX_ATTEMPT_CHANNEL},
        {s->readonly_fd, SANDBOX_ATTEMPT_READONLY}, {s->data_fd, SANDBOX_ATTEMPT_DATA}};
    /* Plugins have users of their own: what is attacked is another one's process. */
    bool is_auth = role == SANDBOX_AUTH || role == SANDBOX_AUTH_SCRATCH;
    const struct sandbox_start what = {.role = role,
        .instance = !is_auth                ? 0
                    : attempt == NO_ATTEMPT ? 2
                                            : 1,
        .root = sandbox_role_name(role),
        .program_fd = s->program_fd,
        .arguments = arguments,
        .fds = fds,
        .fd_count = sandbox_profile(role)->files == SANDBOX_FILES_BENEATH ? 3 : 2,
        .stderr_fd = s->sandbox.null_fd};
    enum err e = sandbox_spawn(&s->sandbox, &what, &out->process, &failure);
    char byte = 0;
    (void)close(ends[1]);
    out->channel = ends[0];
    if (e != OK) {
        (void)refuse(s, &failure);
        (void)close(ends[0]);
        return e;
    }
    return receive(out, &byte, 1) && byte == 'r' ? OK : ERR_TIMEOUT;
}

/* How it ended. */
static int stop(struct stand_in *p)
{
    int status = 0;

    (void)close(p->channel);
    (void)syscall(SYS_pidfd_send_signal, p->process.pidfd, SIGKILL, NULL, 0);
    (void)waitpid(p->process.pid, &status, 0);
    (void)close(p->process.pidfd);
    return status;
}

static int outcome_of(
    const struct stage *s, enum sandbox_role role, size_t attempt, pid_t target)
{
    struct stand_in p;
    int outcome = OUTCOME_NONE;
    int status = 0;

    if (start(s, role, attempt, target, &p) != OK) {
        return OUTCOME_NONE;
    }
    bool told = write(p.channel, "g", 1) == 1 && receive(&p, &outcome, sizeof(outcome));
    struct pollfd end = {.fd = p.process.pidfd, .events = POLLIN};
    if (!told && poll(&end, 1, TIMEOUT_MS) == 1) {
        (void)waitpid(p.process.pid, &status, 0);
        (void)close(p.channel);
        (void)close(p.process.pidfd);
        return WIFSIGNALED(status) ? SANDBOX_OUTCOME_SIGNAL(WTERMSIG(status)) : 0;
    }
    (void)stop(&p);
    return told ? outcome : OUTCOME_NONE;
}

/* What the warden does before it gives a process anything. */
static enum err verify(const struct stage *s, enum sandbox_role role,
    const struct stand_in *p, char *text, size_t size)
{
    static const struct sandbox_expected_fd fds[] = {{2, SANDBOX_FD_NULL},
        {SANDBOX_ATTEMPT_CHANNEL, SANDBOX_FD_SOCKET},
        {SANDBOX_ATTEMPT_READONLY, SANDBOX_FD_REGULAR},
        {SANDBOX_ATTEMPT_DATA, SANDBOX_FD_DIRECTORY}};
    const struct sandbox_expectation expected = {
        .threads = sandbox_profile(role)->threads ? 2 : 1,
        .fds = fds,
        .fd_count = sandbox_profile(role)->files == SANDBOX_FILES_BENEATH ? 4 : 3};

    return sandbox_verify(&s->sandbox, &p->process, role, &expected, text, size);
}

static void attempt(const struct stage *s, enum sandbox_role role, size_t number,
    pid_t sibling, struct selftest_results *out)
{
    const struct sandbox_attempt *a = &sandbox_attempts[number];
    bool at_sibling = strstr(a->name, "a sibling") != NULL;
    char expected[32];
    char got[32];

    int found = outcome_of(s, role, number, at_sibling ? sibling : getpid());
    sandbox_outcome_text(a->expected, expected, sizeof(expected));
    if (found == OUTCOME_NONE) {
        (void)snprintf(got, sizeof(got), "no outcome");
    } else {
        sandbox_outcome_text(found, got, sizeof(got));
    }
    selftest_results_add(out, false, sandbox_role_name(role), a->name, expected, got);
}

/* What the table allows is no attempt of an intruder; it is there for the tests. */
static int attack_role(
    const struct stage *s, enum sandbox_role role, struct selftest_results *out)
{
    struct stand_in sibling;
    char text[512];

    if (start(s, role, NO_ATTEMPT, 0, &sibling) != OK) {
        (void)fprintf(stderr, "schloss-selftest: the stand-in for %s does not start\n",
            sandbox_role_name(role));
        return EXIT_FAILURE_OF_OURS;
    }
    if (verify(s, role, &sibling, text, sizeof(text)) != OK) {
        (void)fprintf(stderr,
            "schloss-selftest: the stand-in for %s is not in its sandbox: %s\n",
            sandbox_role_name(role), text);
        (void)stop(&sibling);
        return EXIT_FAILURE_OF_OURS;
    }
    for (size_t i = 0; i < sandbox_attempt_count; i++) {
        const struct sandbox_attempt *a = &sandbox_attempts[i];
        if ((a->roles & (1u << role)) != 0 && a->expected != 0) {
            attempt(s, role, i, sibling.process.pid, out);
        }
    }
    bool alive = syscall(SYS_pidfd_send_signal, sibling.process.pidfd, 0, NULL, 0) == 0;
    (void)stop(&sibling);
    selftest_results_add(out, false, sandbox_role_name(role),
        "end a process of the same role by any of these", "it lives",
        alive ? "it lives" : "it ended");
    return 0;
}

int selftest_sandbox_run(
    const struct selftest_sandbox_options *options, struct selftest_results *out)
{
    struct stage s = {.options = options, .readonly_fd = -1, .data_fd = -1};
    int status;

    s.program_fd = open(options->program, O_RDONLY | O_CLOEXEC);
    if (s.program_fd < 0) {
        return fail(options->program);
    }
    status = make_bait(&s);
    if (status == 0) {
        status = build(&s);
    }
    for (int role = SANDBOX_PORTER; status == 0 && role < SANDBOX_ROLE_COUNT; role++) {
        status = attack_role(&s, (enum sandbox_role)role, out);
    }
    return status;
}
