#include "sandbox_attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int outcome(long answer)
{
    return answer < 0 ? errno : 0;
}

int sandbox_attempt_perform(const struct sandbox_attempt *a, pid_t parent)
{
    if (a->perform != NULL) {
        return a->perform(parent);
    }
    return outcome(syscall(
        a->call, a->args[0], a->args[1], a->args[2], a->args[3], a->args[4], a->args[5]));
}

void sandbox_outcome_text(int value, char *out, size_t size)
{
    const char *name;

    if (value == 0) {
        (void)snprintf(out, size, "allowed");
    } else if (value > 0) {
        name = strerrorname_np(value);
        (void)snprintf(out, size, "%s", name != NULL ? name : "unknown errno");
    } else {
        name = sigabbrev_np(-value);
        (void)snprintf(out, size, "SIG%s", name != NULL ? name : "unknown");
    }
}

int sandbox_attempt_fork(pid_t parent)
{
    (void)parent;
    long pid = syscall(SYS_fork);
    if (pid == 0) {
        _exit(0);
    }
    return outcome(pid);
}

int sandbox_attempt_kill_parent(pid_t parent)
{
    return outcome(syscall(SYS_kill, parent, 0));
}

int sandbox_attempt_read_parent(pid_t parent)
{
    char byte;
    const struct iovec to = {.iov_base = &byte, .iov_len = 1};
    const struct iovec from = {.iov_base = &byte, .iov_len = 1};

    return outcome(syscall(SYS_process_vm_readv, parent, &to, 1, &from, 1, 0));
}

int sandbox_attempt_ptrace_parent(pid_t parent)
{
    return outcome(syscall(SYS_ptrace, PTRACE_SEIZE, parent, 0, 0));
}

/* getpid() of the 32-bit table: the number means another call here. */
int sandbox_attempt_int80(pid_t parent)
{
    int answer = 20;

    (void)parent;
#if defined(__x86_64__)
    __asm__ volatile("int $0x80" : "+a"(answer) : : "memory", "r8", "r9", "r10", "r11");
#endif
    return answer < 0 ? -answer : 0;
}

int sandbox_attempt_reopen_writable(pid_t parent)
{
    char path[32];

    (void)parent;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", SANDBOX_ATTEMPT_READONLY);
    return outcome(syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0));
}

int sandbox_attempt_write_data(pid_t parent)
{
    static const char byte = 'x';

    (void)parent;
    long fd = syscall(
        SYS_openat, SANDBOX_ATTEMPT_DATA, "segment", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    int result = outcome(syscall(SYS_pwrite64, fd, &byte, 1, 0));
    return result != 0 ? result : outcome(syscall(SYS_fdatasync, fd));
}

int sandbox_attempt_send_to_address(pid_t parent)
{
    const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = 9092};

    (void)parent;
    return outcome(syscall(
        SYS_sendto, SANDBOX_ATTEMPT_CHANNEL, "", 0, MSG_DONTWAIT, &to, sizeof(to)));
}

int sandbox_attempt_map_memory(pid_t parent)
{
    (void)parent;
    void *p =
        mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return errno;
    }
    memset(p, 1, 1 << 20);
    return outcome(munmap(p, 1 << 20));
}

static int tcp(long call)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_ANY),
        .sin_port = htons(call == SYS_connect ? 9 : 0)};

    long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? errno : outcome(syscall(call, fd, &to, sizeof(to)));
}

int sandbox_attempt_bind_tcp(pid_t parent)
{
    (void)parent;
    return tcp(SYS_bind);
}

int sandbox_attempt_connect_tcp(pid_t parent)
{
    (void)parent;
    return tcp(SYS_connect);
}

int sandbox_attempt_be_dumpable(pid_t parent)
{
    (void)parent;
    return syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 ? 0 : EPERM;
}
