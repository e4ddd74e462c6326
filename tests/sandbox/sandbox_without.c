/*
 * sandbox_without LAYER -- COMMAND...: runs a command as if the kernel or an outer
 * container took one layer away: seccomp, landlock, landlock-abiN, namespaces, uids,
 * no-new-privs.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LANDLOCK_VERSION 1
#define ABI_PREFIX       "landlock-abi"

static const unsigned long namespaces[] = {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS,
    CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET};

static int refuse(scmp_filter_ctx context, int error, const int *calls, size_t count)
{
    int failed = 0;

    for (size_t i = 0; i < count && failed == 0; i++) {
        failed = seccomp_rule_add(context, SCMP_ACT_ERRNO((uint16_t)error), calls[i], 0);
    }
    return failed;
}

static int refuse_namespaces(scmp_filter_ctx context)
{
    static const int calls[] = {SCMP_SYS(unshare), SCMP_SYS(setns)};
    static const int newer[] = {SCMP_SYS(clone3)};
    int failed = refuse(context, EPERM, calls, 2);

    for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]) && failed == 0;
         i++) {
        failed = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
    }
    return failed != 0 ? failed : refuse(context, ENOSYS, newer, 1);
}

static int add_rules(scmp_filter_ctx context, const char *layer)
{
    static const int seccomp[] = {SCMP_SYS(seccomp)};
    static const int landlock[] = {SYS_landlock_create_ruleset};
    static const int uids[] = {SCMP_SYS(setresuid), SCMP_SYS(setresgid),
        SCMP_SYS(setgroups), SCMP_SYS(setuid), SCMP_SYS(setgid)};

    if (strcmp(layer, "seccomp") == 0) {
        return refuse(context, ENOSYS, seccomp, 1);
    }
    if (strcmp(layer, "landlock") == 0) {
        return refuse(context, EOPNOTSUPP, landlock, 1);
    }
    if (strncmp(layer, ABI_PREFIX, strlen(ABI_PREFIX)) == 0) {
        return seccomp_rule_add(context, SCMP_ACT_NOTIFY, SYS_landlock_create_ruleset, 1,
            SCMP_CMP(2, SCMP_CMP_MASKED_EQ, UINT32_MAX, LANDLOCK_VERSION));
    }
    if (strcmp(layer, "namespaces") == 0) {
        return refuse_namespaces(context);
    }
    if (strcmp(layer, "uids") == 0) {
        return refuse(context, EPERM, uids, sizeof(uids) / sizeof(uids[0]));
    }
    if (strcmp(layer, "no-new-privs") == 0) {
        return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
            SCMP_CMP(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, PR_SET_NO_NEW_PRIVS));
    }
    return -EINVAL;
}

/* Answers the question for the version with the number, until the command is gone. */
static void answer(int notify_fd, int pidfd, int abi)
{
    struct seccomp_notif *request = NULL;
    struct seccomp_notif_resp *response = NULL;
    struct pollfd wait[2] = {
        {.fd = notify_fd, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};

    if (seccomp_notify_alloc(&request, &response) != 0) {
        exit(2);
    }
    while (poll(wait, 2, -1) > 0 && wait[1].revents == 0) {
        if ((wait[0].revents & POLLIN) == 0) {
            wait[0].fd = -1;
            continue;
        }
        memset(request, 0, sizeof(*request));
        if (seccomp_notify_receive(notify_fd, request) == 0) {
            response->id = request->id;
            response->val = abi;
            response->error = 0;
            response->flags = 0;
            (void)seccomp_notify_respond(notify_fd, response);
        }
    }
    seccomp_notify_free(request, response);
}

_Noreturn static void run(const char *layer, char **command, int report_fd)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    int fd = -1;

    if (context == NULL || add_rules(context, layer) != 0 || seccomp_load(context) != 0) {
        (void)fprintf(stderr, "sandbox_without: cannot take %s away\n", layer);
        _exit(2);
    }
    if (strncmp(layer, ABI_PREFIX, strlen(ABI_PREFIX)) == 0) {
        fd = seccomp_notify_fd(context);
    }
    if (write(report_fd, &fd, sizeof(fd)) != sizeof(fd) || read(report_fd, &fd, 1) != 1) {
        _exit(2);
    }
    (void)execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    int ends[2];
    int fd = -1;
    int status = 0;

    if (argc < 4 || strcmp(argv[2], "--") != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        (void)fprintf(stderr, "usage: sandbox_without LAYER -- COMMAND...\n");
        return 2;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        run(argv[1], &argv[3], ends[1]);
    }
    (void)close(ends[1]);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0 || read(ends[0], &fd, sizeof(fd)) != sizeof(fd)) {
        (void)waitpid(pid, &status, 0);
        return 2;
    }
    if (fd >= 0) {
        fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    }
    if (write(ends[0], "g", 1) != 1) {
        return 2;
    }
    if (fd >= 0) {
        answer(fd, pidfd, atoi(argv[1] + strlen(ABI_PREFIX)));
    }
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
