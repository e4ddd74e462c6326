#include "probe_fixture.h"
#include "sandbox_attempts.h"
#include "sandbox_profile.h"
#include "sandbox_testing.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_OUTCOME 100000

struct sandbox sandbox;
const struct sandbox *probe_sandbox = &sandbox;
int probe_program_fd = -1;
int probe_readonly_fd = -1;
static int data_fd = -1;
static char directory[] = "/tmp/schloss-probe-XXXXXX";

const struct sandbox_expected_fd probe_fds[4] = {
    {2, SANDBOX_FD_NULL},
    {SANDBOX_ATTEMPT_CHANNEL, SANDBOX_FD_SOCKET},
    {SANDBOX_ATTEMPT_READONLY, SANDBOX_FD_REGULAR},
    {SANDBOX_ATTEMPT_DATA, SANDBOX_FD_DIRECTORY},
};

bool is_root(void)
{
    return geteuid() == 0;
}

/* --- the process ------------------------------------------------------------------ */

enum err probe_start(struct probe *p, enum sandbox_role role, size_t attempt,
    unsigned without, bool extra_fd, struct sandbox_failure *failure)
{
    char words[4][16];
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    (void)snprintf(words[0], sizeof(words[0]), "%d", (int)role);
    (void)snprintf(words[1], sizeof(words[1]), "%zu", attempt);
    (void)snprintf(words[2], sizeof(words[2]), "%u", without);
    (void)snprintf(words[3], sizeof(words[3]), "%d", (int)getpid());
    const char *const arguments[] = {words[0], words[1], words[2], words[3], NULL};
    struct sandbox_fd fds[4] = {{ends[1], SANDBOX_ATTEMPT_CHANNEL},
        {probe_readonly_fd, SANDBOX_ATTEMPT_READONLY}, {data_fd, SANDBOX_ATTEMPT_DATA}};
    size_t count = sandbox_profile(role)->files == SANDBOX_FILES_BENEATH ? 3 : 2;
    if (extra_fd) {
        fds[count++] = (struct sandbox_fd){ends[1], 9};
    }
    const struct sandbox_start s = {.role = role,
        .root = PROBE_ROOT,
        .program_fd = probe_program_fd,
        .arguments = arguments,
        .fds = fds,
        .fd_count = count,
        .stderr_fd = probe_sandbox->null_fd};
    sandbox_testing_without = without;
    enum err e = sandbox_spawn(probe_sandbox, &s, &p->process, failure);
    sandbox_testing_without = 0;
    (void)close(ends[1]);
    p->channel = ends[0];
    if (e != OK) {
        (void)close(ends[0]);
    }
    return e;
}

static bool receive(const struct probe *p, void *out, size_t size)
{
    struct pollfd wait = {.fd = p->channel, .events = POLLIN};

    return poll(&wait, 1, PROBE_TIMEOUT_MS) == 1 &&
           read(p->channel, out, size) == (ssize_t)size;
}

bool probe_is_ready(const struct probe *p)
{
    char byte = 0;

    return receive(p, &byte, 1) && byte == 'r';
}

int probe_stop(struct probe *p)
{
    int status = 0;

    (void)close(p->channel);
    (void)syscall(SYS_pidfd_send_signal, p->process.pidfd, SIGKILL, NULL, 0);
    assert_int_equal(waitpid(p->process.pid, &status, 0), p->process.pid);
    (void)close(p->process.pidfd);
    return status;
}

/* Goes through with the attempt: how did it end? */
int probe_outcome(enum sandbox_role role, size_t attempt, unsigned without)
{
    struct sandbox_failure failure = {0};
    struct probe p;
    int outcome = NO_OUTCOME;
    int status = 0;

    if (probe_start(&p, role, attempt, without, false, &failure) != OK) {
        fail_msg("%s: layer %s failed: %s", sandbox_role_name(role),
            sandbox_layer_name(failure.layer), strerror(failure.error));
    }
    if (!probe_is_ready(&p)) {
        fail_msg("%s is not ready: status %x", sandbox_role_name(role),
            (unsigned)probe_stop(&p));
    }
    assert_int_equal(write(p.channel, "g", 1), 1);
    bool told = receive(&p, &outcome, sizeof(outcome));
    assert_int_equal(waitpid(p.process.pid, &status, 0), p.process.pid);
    (void)close(p.channel);
    (void)close(p.process.pidfd);
    if (!told) {
        /* It ended, or became another program that ended well. */
        outcome = WIFSIGNALED(status) ? SANDBOX_OUTCOME_SIGNAL(WTERMSIG(status)) : 0;
    }
    return outcome;
}

size_t probe_find(const char *name)
{
    size_t i = 0;

    while (i < sandbox_attempt_count && strcmp(sandbox_attempts[i].name, name) != 0) {
        i++;
    }
    assert_true(i < sandbox_attempt_count);
    return i;
}

enum err probe_verify(
    const struct probe *p, enum sandbox_role role, char *text, size_t size)
{
    const struct sandbox_expectation expected = {.threads = role == SANDBOX_STORE ? 2 : 1,
        .fds = probe_fds,
        .fd_count = sandbox_profile(role)->files == SANDBOX_FILES_BENEATH ? 4 : 3};

    return sandbox_verify(probe_sandbox, &p->process, role, &expected, text, size);
}

enum err probe_verified(
    enum sandbox_role role, unsigned without, bool extra_fd, char *text, size_t size)
{
    struct sandbox_failure failure;
    struct probe p;

    if (probe_start(&p, role, PROBE_NO_ATTEMPT, without, extra_fd, &failure) != OK) {
        fail_msg(
            "layer %s: %s", sandbox_layer_name(failure.layer), strerror(failure.error));
    }
    assert_true(probe_is_ready(&p));
    text[0] = '\0';
    enum err e = probe_verify(&p, role, text, size);
    (void)probe_stop(&p);
    return e;
}

static int make_files(void)
{
    char path[64];

    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/secret", directory);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "canary", 6) != 6 || close(fd) != 0) {
        return -1;
    }
    probe_readonly_fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(path, sizeof(path), "%s/data", directory);
    if (mkdir(path, 0700) != 0) {
        return -1;
    }
    data_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = openat(data_fd, "movable", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || close(fd) != 0) {
        return -1;
    }
    if (is_root()) {
        uid_t store = PROBE_UID_BASE + SANDBOX_STORE;
        if (fchown(data_fd, store, store) != 0 || chown(directory, store, store) != 0) {
            return -1;
        }
    }
    return probe_readonly_fd >= 0 && data_fd >= 0 ? 0 : -1;
}

int probe_set_up(void **state)
{
    struct sandbox_failure failure = {0};
    char text[1024];

    (void)state;
    probe_program_fd = open(PROBE_PROGRAM, O_PATH | O_CLOEXEC);
    if (probe_program_fd < 0 || make_files() != 0) {
        return -1;
    }
    enum sandbox_mode mode = is_root() ? SANDBOX_STRICT : SANDBOX_ROOTLESS;
    enum err e = sandbox_prepare(&sandbox, mode, PROBE_UID_BASE, &failure);
    if (e == OK) {
        e = sandbox_add_program(
            &sandbox, PROBE_ROOT, probe_program_fd, NULL, NULL, &failure);
    }
    static const char *const extra[] = {"/etc/passwd", NULL};
    if (e == OK) {
        e = sandbox_add_program(
            &sandbox, "extra", probe_program_fd, NULL, extra, &failure);
    }
    if (e == OK) {
        e = sandbox_seal(&sandbox, &failure);
    }
    if (e != OK) {
        sandbox_failure_text("test", mode, &failure, text, sizeof(text));
        print_message("%s\n", text);
        return -1;
    }
    print_message("sandbox=%s\n", sandbox_mode_name(mode));
    return 0;
}

int probe_tear_down(void **state)
{
    static const char *const names[] = {
        "data/segment", "data/movable", "moved", "escape", "secret"};

    (void)state;
    int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlinkat(fd, names[i], 0);
    }
    (void)unlinkat(fd, "outside", AT_REMOVEDIR);
    (void)unlinkat(fd, "data", AT_REMOVEDIR);
    (void)close(fd);
    (void)rmdir(directory);
    sandbox_fini(&sandbox);
    return 0;
}
