#include "sandbox_landlock.h"

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_ports_that_were_named_can_be_connected_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
