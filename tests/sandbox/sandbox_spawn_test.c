/*
 * What the warden sees: processes that are verified, failures that come back, its own
 * filter.
 */
#include "mem.h"
#include "probe_fixture.h"
#include "sandbox_attempts.h"
#include "sandbox_enter.h"
#include "sandbox_filter.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define INHERITED 50

static void every_role_is_verified(void **state)
{
    char text[256];

    (void)state;
    for (unsigned role = SANDBOX_PORTER; role < SANDBOX_ROLE_COUNT; role++) {
        if (probe_verified((enum sandbox_role)role, 0, false, text, sizeof(text)) != OK) {
            fail_msg("%s: %s", sandbox_role_name((enum sandbox_role)role), text);
        }
    }
}

#define WITHOUT(layer) (1u << SANDBOX_LAYER_##layer)

static void each_visible_layer_that_is_missing_is_noticed(void **state)
{
    static const struct {
        unsigned without;
        const char *text;
        bool as_root_only;
    } cases[] = {
        {WITHOUT(SECCOMP), "Seccomp", false},
        {WITHOUT(CAPABILITIES), "Cap", false},
        {WITHOUT(USERS), "Uid", true},
        /* With capabilities a filter can be had without it. */
        {WITHOUT(NO_NEW_PRIVS) | WITHOUT(USERS) | WITHOUT(CAPABILITIES), "NoNewPrivs",
            true},
        {WITHOUT(NAMESPACES), "namespace is the warden's", false},
        {WITHOUT(NETWORK), "net: namespace is the warden's", false},
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].as_root_only && !is_root()) {
            continue;
        }
        assert_int_equal(
            probe_verified(SANDBOX_GATE, cases[i].without, false, text, sizeof(text)),
            ERR_DENIED);
        if (strstr(text, cases[i].text) == NULL) {
            fail_msg("%zu: %s", i, text);
        }
    }
}

/* With another device for the null device, descriptors 0 and 1 are not what they must be.
 */
static void another_device_for_input_is_noticed(void **state)
{
    static const struct sandbox_expected_fd fds[] = {{2, SANDBOX_FD_OTHER},
        {SANDBOX_ATTEMPT_CHANNEL, SANDBOX_FD_SOCKET},
        {SANDBOX_ATTEMPT_READONLY, SANDBOX_FD_REGULAR}};
    const struct sandbox_expectation expected = {.threads = 1, .fds = fds, .fd_count = 3};
    struct sandbox other = sandbox;
    struct sandbox_failure failure;
    struct probe p;
    char text[256];

    (void)state;
    other.null_fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    assert_true(other.null_fd >= 0);
    assert_int_equal(
        probe_start(&p, SANDBOX_GATE, PROBE_NO_ATTEMPT, 0, false, &failure), OK);
    assert_true(probe_is_ready(&p));
    assert_int_equal(
        sandbox_verify(&other, &p.process, SANDBOX_GATE, &expected, text, sizeof(text)),
        ERR_DENIED);
    assert_non_null(strstr(text, "unexpected descriptor: 0 of kind"));
    (void)close(other.null_fd);
    (void)probe_stop(&p);
}

/* A child plays a warden whose own number of filters changes after a start. */
static int count_filters(void)
{
    struct sandbox_failure failure;
    struct probe p;
    char text[256] = "";

    if (probe_start(&p, SANDBOX_GATE, PROBE_NO_ATTEMPT, 0, false, &failure) != OK ||
        !probe_is_ready(&p) || probe_verify(&p, SANDBOX_GATE, text, sizeof(text)) != OK ||
        sandbox_enter_warden(&failure) != OK) {
        return 1;
    }
    if (probe_verify(&p, SANDBOX_GATE, text, sizeof(text)) != ERR_DENIED) {
        return 2;
    }
    return strstr(text, "Seccomp_filters: 1") != NULL ? 0 : 3;
}

static void a_wrong_number_of_filters_is_noticed(void **state)
{
    int status = 0;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(count_filters());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_descriptor_too_many_or_too_few_is_noticed(void **state)
{
    struct sandbox_failure failure;
    struct probe p;
    char text[256];

    (void)state;
    assert_int_equal(
        probe_verified(SANDBOX_GATE, 0, true, text, sizeof(text)), ERR_DENIED);
    assert_non_null(strstr(text, "unexpected descriptor: 9 of kind"));

    assert_int_equal(
        probe_start(&p, SANDBOX_GATE, PROBE_NO_ATTEMPT, 0, false, &failure), OK);
    assert_true(probe_is_ready(&p));
    assert_int_equal(probe_verify(&p, SANDBOX_STORE, text, sizeof(text)), ERR_DENIED);
    struct sandbox_expectation expected = {.threads = 1, .fds = probe_fds, .fd_count = 4};
    assert_int_equal(
        sandbox_verify(&sandbox, &p.process, SANDBOX_GATE, &expected, text, sizeof(text)),
        ERR_DENIED);
    assert_non_null(strstr(text, "some are missing"));
    expected =
        (struct sandbox_expectation){.threads = 2, .fds = probe_fds, .fd_count = 3};
    assert_int_equal(
        sandbox_verify(&sandbox, &p.process, SANDBOX_GATE, &expected, text, sizeof(text)),
        ERR_DENIED);
    assert_non_null(strstr(text, "Threads"));
    struct sandbox_expected_fd other[3] = {probe_fds[0], probe_fds[1], probe_fds[2]};
    other[1].kind = SANDBOX_FD_PIPE;
    expected = (struct sandbox_expectation){.threads = 1, .fds = other, .fd_count = 3};
    assert_int_equal(
        sandbox_verify(&sandbox, &p.process, SANDBOX_GATE, &expected, text, sizeof(text)),
        ERR_DENIED);
    (void)probe_stop(&p);
}

static void what_the_warden_had_open_is_not_inherited(void **state)
{
    int fds[INHERITED];
    char text[256];

    (void)state;
    for (size_t i = 0; i < INHERITED; i++) {
        fds[i] = open("/dev/null", O_RDONLY); /* without close-on-exec, on purpose */
    }
    enum err e = probe_verified(SANDBOX_GATE, 0, false, text, sizeof(text));
    for (size_t i = 0; i < INHERITED; i++) {
        (void)close(fds[i]);
    }
    if (e != OK) {
        fail_msg("%s", text);
    }
}

static void limits_are_in_force(void **state)
{
    static const char *const lines[] = {
        "\nMax processes             0                    0 ",
        "\nMax core file size        0                    0 ",
        "\nMax file size             0                    0 ",
        "\nMax open files            16                   16 ",
        "\nMax stack size            1048576              1048576 ",
    };
    struct sandbox_failure failure;
    struct probe p;
    char path[32];
    char text[4096] = {0};

    (void)state;
    assert_int_equal(
        probe_start(&p, SANDBOX_GATE, PROBE_NO_ATTEMPT, 0, false, &failure), OK);
    assert_true(probe_is_ready(&p));
    (void)snprintf(path, sizeof(path), "%d/limits", (int)p.process.pid);
    int fd = openat(sandbox.proc_fd, path, O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    (void)close(fd);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (strstr(text, lines[i]) == NULL) {
            fail_msg("%s not in %s", lines[i], text);
        }
    }
    (void)probe_stop(&p);
}

/* --- the filter of the running process -------------------------------------------- */

static void the_filter_in_force_is_the_tested_one(void **state)
{
    struct sandbox_failure failure;
    struct probe p;
    uint64_t tested = 0;

    (void)state;
    if (!is_root()) {
        print_message("skipped: reading a filter needs root\n");
        skip();
    }
    for (unsigned role = SANDBOX_PORTER; role < SANDBOX_ROLE_COUNT; role++) {
        assert_int_equal(sandbox_filter_digest((enum sandbox_role)role, &tested), OK);
        assert_int_equal(probe_start(&p, (enum sandbox_role)role, PROBE_NO_ATTEMPT, 0,
                             false, &failure),
            OK);
        assert_true(probe_is_ready(&p));
        assert_int_equal(ptrace(PTRACE_SEIZE, p.process.pid, 0, 0), 0);
        assert_int_equal(ptrace(PTRACE_INTERRUPT, p.process.pid, 0, 0), 0);
        assert_int_equal(waitpid(p.process.pid, NULL, __WALL), p.process.pid);
        long length = ptrace(PTRACE_SECCOMP_GET_FILTER, p.process.pid, 0, NULL);
        if (length < 0) {
            int error = errno;
            (void)probe_stop(&p);
            print_message("skipped: PTRACE_SECCOMP_GET_FILTER: %s\n", strerror(error));
            skip();
        }
        struct sock_filter *code = mem_alloc((size_t)length, sizeof(*code));
        assert_non_null(code);
        assert_int_equal(
            ptrace(PTRACE_SECCOMP_GET_FILTER, p.process.pid, 0, code), length);
        assert_int_equal(sandbox_filter_digest_of(code, (size_t)length), tested);
        mem_free(code);
        (void)probe_stop(&p);
    }
}

/* --- failures and the warden ------------------------------------------------------ */

static void a_layer_that_fails_comes_back_with_its_errno(void **state)
{
    struct sandbox_start s = {.role = SANDBOX_GATE,
        .root = "missing",
        .program_fd = probe_program_fd,
        .stderr_fd = sandbox.null_fd};
    struct sandbox_failure failure = {0};
    struct sandbox_process process;

    (void)state;
    assert_int_equal(sandbox_spawn(&sandbox, &s, &process, &failure), ERR_DENIED);
    assert_int_equal(failure.layer, SANDBOX_LAYER_ROOT);
    assert_int_equal(failure.error, ENOENT);
    s.root = PROBE_ROOT;
    s.program_fd = probe_readonly_fd;
    assert_int_equal(sandbox_spawn(&sandbox, &s, &process, &failure), ERR_DENIED);
    assert_int_equal(failure.layer, SANDBOX_LAYER_EXEC);
    assert_int_equal(failure.error, EACCES);
    const struct sandbox_fd bad = {-1, 3};
    s.fds = &bad;
    s.fd_count = 1;
    assert_int_equal(sandbox_spawn(&sandbox, &s, &process, &failure), ERR_DENIED);
    assert_int_equal(failure.layer, SANDBOX_LAYER_DESCRIPTORS);
    assert_int_equal(failure.error, EBADF);
}

static void a_sealed_root_takes_nothing_more(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(sandbox.roots_fd, "later", 0755), -1);
    assert_int_equal(errno, EROFS);
    assert_int_equal(mkdirat(sandbox.roots_fd, PROBE_ROOT "/later", 0755), -1);
    assert_int_equal(errno, EROFS);
    assert_int_equal(
        openat(sandbox.roots_fd, PROBE_ROOT "/etc/ld.so.cache", O_WRONLY), -1);
}

static void a_root_holds_what_was_asked_for_and_no_more(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(fstatat(sandbox.roots_fd, "extra/etc/passwd", &st, 0), 0);
    assert_int_equal(
        openat(sandbox.roots_fd, "extra/etc/passwd", O_WRONLY | O_CLOEXEC), -1);
    assert_int_equal(
        fstatat(sandbox.roots_fd, "extra/lib64/ld-linux-x86-64.so.2", &st, 0), 0);
    assert_int_equal(
        fstatat(sandbox.roots_fd, PROBE_ROOT "/lib64/ld-linux-x86-64.so.2", &st, 0), 0);
    assert_int_equal(fstatat(sandbox.roots_fd, PROBE_ROOT "/etc/passwd", &st, 0), -1);
    assert_int_equal(fstatat(sandbox.roots_fd, PROBE_ROOT "/proc", &st, 0), -1);
    assert_int_equal(fstatat(sandbox.roots_fd, PROBE_ROOT "/dev", &st, 0), -1);
    /* No path leads to the roots. */
    assert_int_equal(stat("/" PROBE_ROOT, &st), -1);
}

/* A child plays the warden: under its list it can still start and verify, and not trace.
 */
static int play_warden(void)
{
    struct sandbox_failure failure;
    char text[256];

    if (sandbox_enter_warden(&failure) != OK) {
        return 10;
    }
    if (probe_verified(SANDBOX_GATE, 0, false, text, sizeof(text)) != OK) {
        (void)fprintf(stderr, "%s\n", text);
        return 11;
    }
    (void)ptrace(PTRACE_TRACEME, 0, 0, 0);
    return 12;
}

static void the_warden_can_start_processes_under_its_own_filter(void **state)
{
    int status = 0;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(play_warden());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status)) {
        fail_msg("exit %d", WEXITSTATUS(status));
    }
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* The warden's end of the channel is held by another process, so that the gate sees no
 * end of it. */
static void play_warden_and_wait(int report_fd)
{
    struct sandbox_failure failure;
    struct probe p;
    pid_t pids[2];

    if (probe_start(&p, SANDBOX_GATE, PROBE_NO_ATTEMPT, 0, false, &failure) != OK ||
        !probe_is_ready(&p)) {
        _exit(1);
    }
    pids[0] = p.process.pid;
    pids[1] = fork();
    if (pids[1] == 0) {
        (void)close(report_fd);
        (void)pause();
        _exit(0);
    }
    if (write(report_fd, pids, sizeof(pids)) != sizeof(pids)) {
        _exit(2);
    }
    (void)pause();
    _exit(0);
}

static void a_process_ends_with_its_warden(void **state)
{
    struct pollfd wait = {.events = POLLIN};
    pid_t pids[2] = {0, 0};
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        play_warden_and_wait(ends[1]);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], pids, sizeof(pids)), sizeof(pids));
    wait.fd = (int)syscall(SYS_pidfd_open, pids[0], 0);
    assert_true(wait.fd >= 0);
    assert_int_equal(poll(&wait, 1, 0), 0);
    (void)kill(pid, SIGKILL);
    int ended = poll(&wait, 1, PROBE_TIMEOUT_MS);
    (void)kill(pids[1], SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(ended, 1);
    (void)close(wait.fd);
    (void)close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_is_verified),
        cmocka_unit_test(each_visible_layer_that_is_missing_is_noticed),
        cmocka_unit_test(a_descriptor_too_many_or_too_few_is_noticed),
        cmocka_unit_test(another_device_for_input_is_noticed),
        cmocka_unit_test(a_wrong_number_of_filters_is_noticed),
        cmocka_unit_test(what_the_warden_had_open_is_not_inherited),
        cmocka_unit_test(limits_are_in_force),
        cmocka_unit_test(the_filter_in_force_is_the_tested_one),
        cmocka_unit_test(a_layer_that_fails_comes_back_with_its_errno),
        cmocka_unit_test(a_sealed_root_takes_nothing_more),
        cmocka_unit_test(a_root_holds_what_was_asked_for_and_no_more),
        cmocka_unit_test(the_warden_can_start_processes_under_its_own_filter),
        cmocka_unit_test(a_process_ends_with_its_warden),
    };
    return cmocka_run_group_tests(tests, probe_set_up, probe_tear_down);
}
