#include "sandbox_landlock.h"

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int listen_somewhere(uint16_t *port_out)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&name, size), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    *port_out = ntohs(name.sin_port);
    return fd;
}

static int connect_to(uint16_t port)
{
    const struct sockaddr_in name = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0
               ? 0
               : errno;
}

/* In a process of its own, since there is no way back. Its number says where it failed. */
static void attack(uint16_t good, uint16_t other)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        sandbox_landlock_close_but_ports(&good, 1) != 0) {
        _exit(1);
    }
    if (connect_to(good) != 0) {
        _exit(2);
    }
    if (connect_to(other) != EACCES) {
        _exit(3);
    }
    if (access("/etc/passwd", R_OK) == 0 && fopen("/etc/passwd", "re") != NULL) {
        _exit(4);
    }
    _exit(0);
}

static void only_the_ports_that_were_named_can_be_connected_to(void **state)
{
    uint16_t good = 0;
    uint16_t other = 0;
    int error = 0;
    int status = 0;

    (void)state;
    if (sandbox_landlock_abi(&error) < 4) {
        print_message("skipped: this kernel has no rules for ports\n");
        skip();
    }
    int fds[2] = {listen_somewhere(&good), listen_somewhere(&other)};
    pid_t pid = fork();
    if (pid == 0) {
        attack(good, other);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(fds[0]);
    close(fds[1]);
}

/* --- reading ---------------------------------------------------------------------- */

static char directory[] = "/tmp/schloss-landlock-XXXXXX";

static int try_open(const char *name, int flags)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return open(path, flags | O_CLOEXEC, 0600) >= 0 ? 0 : errno;
}

/* As above: of the directory `in` everything can be read, of `out` one file. */
static void attack_files(const int *paths, size_t count)
{
    static const struct {
        const char *name;
        int flags;
        int expected;
    } tries[] = {
        {"in/file", O_RDONLY, 0},
        {"in", O_RDONLY | O_DIRECTORY, 0},
        {"out/file", O_RDONLY, 0},
        {"out/other", O_RDONLY, EACCES},
        {"out", O_RDONLY | O_DIRECTORY, EACCES},
        {"in/file", O_RDWR, EACCES},
        {"in/file", O_WRONLY | O_TRUNC, EACCES},
        {"in/made", O_WRONLY | O_CREAT, EACCES},
        {"out/file", O_WRONLY, EACCES},
        {"in/../out/other", O_RDONLY, EACCES},
    };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        sandbox_landlock_close_but_reading(paths, count) != 0) {
        _exit(100);
    }
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        if (try_open(tries[i].name, tries[i].flags) != tries[i].expected) {
            _exit((int)i + 1);
        }
    }
    _exit(0);
}

static int open_path(const char *name, int flags)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    int fd = open(path, flags | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void make_directory(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void the_paths_that_were_named_can_be_read_and_no_more(void **state)
{
    static const char *const files[] = {"in/file", "out/file", "out/other"};
    char path[128];
    int status = 0;

    (void)state;
    assert_non_null(mkdtemp(directory));
    make_directory("in");
    make_directory("out");
    for (size_t i = 0; i < 3; i++) {
        (void)close(open_path(files[i], O_WRONLY | O_CREAT));
    }
    const int paths[] = {open_path("in", O_PATH), open_path("out/file", O_PATH)};
    pid_t pid = fork();
    if (pid == 0) {
        attack_files(paths, 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)close(paths[0]);
    (void)close(paths[1]);
    static const char *const all[] = {
        "in/file", "out/file", "out/other", "in", "out", ""};
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", directory, all[i]);
        assert_int_equal(remove(path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_ports_that_were_named_can_be_connected_to),
        cmocka_unit_test(the_paths_that_were_named_can_be_read_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
