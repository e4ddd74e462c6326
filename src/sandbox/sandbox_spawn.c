#include "sandbox_spawn.h"
#include "sandbox_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void run_child(
    const struct sandbox *s, const struct sandbox_start *start, int error_fd)
{
    struct sandbox_failure failure = {.layer = SANDBOX_LAYER_NONE};
    /* No local time zone and no locale, which would be looked up in files. */
    static char locale[] = "LC_ALL=C";
    static char zone[] = "TZ=UTC0";
    char *environment[] = {locale, zone, NULL};
    char *argv[SANDBOX_ARGUMENTS_MAX + 2] = {NULL};
    int program_fd = start->program_fd;
    size_t n = 0;

    /* exec does not write through these. */
    argv[n++] = (char *)(uintptr_t)sandbox_program_name(start->role);
    for (size_t i = 0; start->arguments != NULL && start->arguments[i] != NULL; i++) {
        if (n > SANDBOX_ARGUMENTS_MAX) {
            _exit(SANDBOX_EXIT);
        }
        argv[n++] = (char *)(uintptr_t)start->arguments[i];
    }
    if (sandbox_confine(s, start, &program_fd, &error_fd, &failure)) {
        (void)execveat(program_fd, "", argv, environment, AT_EMPTY_PATH);
        failure = (struct sandbox_failure){.layer = SANDBOX_LAYER_EXEC, .error = errno};
    }
    ssize_t ignored = write(error_fd, &failure, sizeof(failure));
    (void)ignored;
    _exit(SANDBOX_EXIT);
}

/* Nothing is written when exec closed the pipe. */
static bool read_failure(int fd, struct sandbox_failure *failure)
{
    ssize_t n;

    do {
        n = read(fd, failure, sizeof(*failure));
    } while (n < 0 && errno == EINTR);
    if (n != 0 && n != (ssize_t)sizeof(*failure)) {
        *failure = (struct sandbox_failure){.layer = SANDBOX_LAYER_EXEC, .error = EIO};
    }
    return n != 0;
}

static void reap(struct sandbox_process *process)
{
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    (void)close(process->pidfd);
}

/* The child finds its root from its working directory; ours is put back. */
static pid_t clone_in_roots(const struct sandbox *s, int *pidfd_out)
{
    if (s->roots_fd >= 0 && fchdir(s->roots_fd) != 0) {
        return -1;
    }
    pid_t pid = sandbox_clone(s, pidfd_out);
    int error = errno;
    if (pid != 0 && s->roots_fd >= 0 && fchdir(s->here_fd) != 0) {
        fatal("the working directory is gone");
    }
    errno = error;
    return pid;
}

enum err sandbox_spawn(const struct sandbox *s, const struct sandbox_start *start,
    struct sandbox_process *out, struct sandbox_failure *failure_out)
{
    struct sandbox_process process = {
        .pid = -1, .pidfd = -1, .instance = start->instance};
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        *failure_out =
            (struct sandbox_failure){.layer = SANDBOX_LAYER_DESCRIPTORS, .error = errno};
        return ERR_DENIED;
    }
    process.pid = clone_in_roots(s, &process.pidfd);
    if (process.pid == 0) {
        run_child(s, start, ends[1]);
    }
    int error = errno;
    (void)close(ends[1]);
    if (process.pid < 0) {
        (void)close(ends[0]);
        *failure_out =
            (struct sandbox_failure){.layer = SANDBOX_LAYER_NAMESPACES, .error = error};
        return ERR_DENIED;
    }
    bool failed = read_failure(ends[0], failure_out);
    (void)close(ends[0]);
    if (failed) {
        reap(&process);
        return ERR_DENIED;
    }
    *out = process;
    return OK;
}
