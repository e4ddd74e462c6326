#include "bench_program.h"

#include "bench_say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void run_child(char *const argv[], int in, int out)
{
    if (in >= 0) {
        (void)dup2(in, STDIN_FILENO);
    }
    (void)dup2(out, STDOUT_FILENO);
    (void)execvp(argv[0], argv);
    _exit(127);
}

static enum err read_output(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 1024);
        ssize_t n = room == NULL ? -1 : read(fd, room, 1024);
        if (n == 0) {
            return OK;
        }
        if (room == NULL || (n < 0 && errno != EINTR)) {
            return room == NULL ? ERR_FULL : ERR_IO;
        }
        buf_grew(out, n > 0 ? (size_t)n : 0);
    }
}

/* The reading end of a pipe that holds all of it; -1 where there is none. */
static enum err open_input(const char *input, int *fd_out)
{
    int ends[2];

    *fd_out = -1;
    if (input == NULL) {
        return OK;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return ERR_IO;
    }
    ssize_t n = write(ends[1], input, strlen(input));
    (void)close(ends[1]);
    *fd_out = ends[0];
    return n == (ssize_t)strlen(input) ? OK : ERR_IO;
}

static enum err run(char *const argv[], int in, struct buf *out)
{
    int ends[2];
    int status = 0;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return ERR_IO;
    }
    pid_t pid = fork();
    if (pid == 0) {
        run_child(argv, in, ends[1]);
    }
    (void)close(ends[1]);
    enum err e = pid < 0 ? ERR_IO : read_output(ends[0], out);
    (void)close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (e == OK && status != 0) {
        e = ERR_IO;
    }
    if (e != OK) {
        bench_say("%s %s", argv[0],
            WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "cannot be run" : "failed");
    }
    return e;
}

enum err bench_program_run(char *const argv[], const char *input, struct buf *out)
{
    int in = -1;
    enum err e = open_input(input, &in);

    e = e == OK ? run(argv, in, out) : e;
    if (in >= 0) {
        (void)close(in);
    }
    return e;
}
