#include "bench_server.h"

#include "bench_say.h"
#include "bench_setup.h"
#include "bench_wait.h"
#include "clock.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_MS       40000
#define LOG_TAIL_MAX  3000
#define DIRECTORY_FDS 16

enum err bench_server_init(struct bench_server *s, const struct bench_place *place)
{
    *s = (struct bench_server){.pid = 0};
    return bench_setup(s, place);
}

_Noreturn static void run_daemon(const struct bench_server *s, pid_t parent)
{
    static char option[] = "--config";
    char *argv[] = {/* exec does not write through these */
        (char *)(uintptr_t)s->daemon, option, (char *)(uintptr_t)s->config, NULL};
    int log = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (log >= 0) {
        (void)dup2(log, STDOUT_FILENO);
        (void)dup2(log, STDERR_FILENO);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    (void)setpgid(0, 0); /* the terminal's Ctrl-C is for us; we stop it in order */
    if (getppid() == parent) {
        (void)execv(s->daemon, argv);
    }
    _exit(127);
}

enum err bench_server_start(struct bench_server *s)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        run_daemon(s, parent);
    }
    if (pid < 0) {
        bench_say("cannot fork: %s", strerror(errno));
        return ERR_IO;
    }
    s->pid = pid;
    return OK;
}

static void print_log_tail(const struct bench_server *s)
{
    char bytes[LOG_TAIL_MAX];
    int fd = open(s->log, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return;
    }
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > LOG_TAIL_MAX ? size - LOG_TAIL_MAX : 0;
    ssize_t n = pread(fd, bytes, sizeof(bytes), from);
    if (n > 0) {
        (void)fwrite(bytes, 1, (size_t)n, stderr);
    }
    (void)close(fd);
}

static void say_end(const struct bench_server *s, int status)
{
    if (WIFSIGNALED(status)) {
        bench_say("schlossd was ended by signal %d; its log:", WTERMSIG(status));
    } else {
        bench_say("schlossd ended with status %d; its log:", WEXITSTATUS(status));
    }
    print_log_tail(s);
}

bool bench_server_alive(struct bench_server *s)
{
    int status = 0;

    if (s->pid == 0) {
        return false;
    }
    if (waitpid(s->pid, &status, WNOHANG) != s->pid) {
        return true;
    }
    s->pid = 0;
    say_end(s, status);
    return false;
}

static enum err wait_for_end(struct bench_server *s, int64_t deadline)
{
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(s->pid, &status, WNOHANG);
        if (pid != 0 && !(pid < 0 && errno == EINTR)) {
            s->pid = 0;
            if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
                return OK;
            }
            say_end(s, status);
            return ERR_IO;
        }
        if (clock_mono_us() >= deadline) {
            return ERR_TIMEOUT;
        }
        bench_sleep_ms(1);
    }
}

enum err bench_server_stop(struct bench_server *s)
{
    if (s->pid == 0) {
        return OK;
    }
    (void)kill(s->pid, SIGTERM);
    enum err e = wait_for_end(s, bench_deadline(STOP_MS));
    if (e == ERR_TIMEOUT) {
        bench_say("schlossd did not stop within %d s and was killed", STOP_MS / 1000);
        print_log_tail(s);
        (void)kill(s->pid, SIGKILL);
        (void)waitpid(s->pid, NULL, 0);
        s->pid = 0;
    }
    return e;
}

static int remove_entry(
    const char *path, const struct stat *st, int type, struct FTW *position)
{
    (void)st;
    (void)type;
    (void)position;
    (void)remove(path);
    return 0;
}

void bench_server_fini(struct bench_server *s)
{
    enum err ignored = bench_server_stop(s); /* it said what was wrong */

    (void)ignored;
    if (s->dir[0] != '\0') {
        (void)nftw(s->dir, remove_entry, DIRECTORY_FDS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        s->dir[0] = '\0';
    }
    mem_wipe(s->access.password, sizeof(s->access.password));
}
