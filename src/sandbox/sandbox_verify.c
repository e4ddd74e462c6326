#include "sandbox_verify.h"

#include "sandbox_profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATUS_SIZE 3072
#define LINK_SIZE   128

struct check {
    const struct sandbox *s;
    const struct sandbox_process *process;
    const struct sandbox_expectation *expected;
    char *text;
    size_t size;
};

static enum err wrong(const struct check *c, const char *what, const char *found)
{
    (void)snprintf(
        c->text, c->size, "process %d: %s: %s", (int)c->process->pid, what, found);
    return ERR_DENIED;
}

static enum err read_status(
    const struct sandbox *s, const char *process, char *out, size_t size)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "%s/status", process);
    int fd = openat(s->proc_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    ssize_t n = read(fd, out, size - 1);
    (void)close(fd);
    if (n <= 0) {
        return ERR_NOT_FOUND;
    }
    out[n] = '\0';
    return OK;
}

/* The value of a line `name:<blank>value`, without its end. */
static bool status_value(const char *status, const char *name, char *out, size_t size)
{
    char key[40];
    int n = snprintf(key, sizeof(key), "\n%s:\t", name);
    const char *at = n > 0 ? strstr(status, key) : NULL;

    if (at == NULL) {
        return false;
    }
    at += n;
    size_t length = strcspn(at, "\n");
    if (length >= size) {
        return false;
    }
    memcpy(out, at, length);
    out[length] = '\0';
    return true;
}

static enum err expect(
    const struct check *c, const char *status, const char *name, const char *value)
{
    char found[LINK_SIZE];

    if (!status_value(status, name, found, sizeof(found))) {
        return wrong(c, name, "not reported by the kernel");
    }
    if (strcmp(found, value) != 0) {
        return wrong(c, name, found);
    }
    return OK;
}

/* Those we started under, and its own. */
static enum err check_filters(const struct check *c, const char *status)
{
    char own_status[STATUS_SIZE];
    char value[LINK_SIZE];
    unsigned long own = 0;

    enum err e = read_status(c->s, "self", own_status, sizeof(own_status));
    if (e != OK) {
        return wrong(c, "own status", "not readable");
    }
    if (status_value(own_status, "Seccomp_filters", value, sizeof(value))) {
        own = strtoul(value, NULL, 10);
    }
    (void)snprintf(value, sizeof(value), "%lu", own + 1);
    return expect(c, status, "Seccomp_filters", value);
}

static enum err check_status(const struct check *c, enum sandbox_role role)
{
    static const char none[] = "0000000000000000";
    static const char *const caps[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    char name[16];
    char value[LINK_SIZE];
    char status[STATUS_SIZE];

    (void)snprintf(name, sizeof(name), "%d", (int)c->process->pid);
    enum err e = read_status(c->s, name, status, sizeof(status));
    if (e != OK) {
        (void)wrong(c, "status", "not readable");
        return e;
    }
    e = expect(c, status, "Seccomp", "2");
    if (e == OK) {
        e = check_filters(c, status);
    }
    if (e == OK) {
        e = expect(c, status, "NoNewPrivs", "1");
    }
    for (size_t i = 0; e == OK && i < sizeof(caps) / sizeof(caps[0]); i++) {
        e = expect(c, status, caps[i], none);
    }
    unsigned id = sandbox_uid(c->s, role, c->process->instance);
    (void)snprintf(value, sizeof(value), "%u\t%u\t%u\t%u", id, id, id, id);
    if (e == OK) {
        e = expect(c, status, "Uid", value);
    }
    if (e == OK && c->s->mode == SANDBOX_ROOTLESS) {
        id = getegid();
        (void)snprintf(value, sizeof(value), "%u\t%u\t%u\t%u", id, id, id, id);
    }
    if (e == OK) {
        e = expect(c, status, "Gid", value);
    }
    (void)snprintf(value, sizeof(value), "%u", c->expected->threads);
    return e == OK ? expect(c, status, "Threads", value) : e;
}

/* Of one that connects elsewhere the network is the warden's, and must be. */
static enum err check_namespaces(const struct check *c, enum sandbox_role role)
{
    static const char *const names[] = {"pid", "mnt", "ipc", "uts", "cgroup", "net"};
    char path[64];
    char own[LINK_SIZE];
    char theirs[LINK_SIZE];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "self/ns/%s", names[i]);
        ssize_t n = readlinkat(c->s->proc_fd, path, own, sizeof(own));
        (void)snprintf(path, sizeof(path), "%d/ns/%s", (int)c->process->pid, names[i]);
        ssize_t m = readlinkat(c->s->proc_fd, path, theirs, sizeof(theirs));
        if (n <= 0 || m <= 0) {
            return wrong(c, names[i], "namespace not readable");
        }
        bool same = n == m && memcmp(own, theirs, (size_t)n) == 0;
        bool shared = sandbox_profile(role)->network && strcmp(names[i], "net") == 0;
        if (same != shared) {
            return wrong(c, names[i],
                same ? "namespace is the warden's" : "namespace is not the warden's");
        }
    }
    return OK;
}

static enum sandbox_fd_kind kind_of_anonymous(const struct sandbox *s, const char *path)
{
    char target[LINK_SIZE];
    ssize_t n = readlinkat(s->proc_fd, path, target, sizeof(target) - 1);

    if (n < 0) {
        return SANDBOX_FD_OTHER;
    }
    target[n] = '\0';
    if (strcmp(target, "anon_inode:[eventpoll]") == 0) {
        return SANDBOX_FD_EPOLL;
    }
    if (strcmp(target, "anon_inode:[eventfd]") == 0) {
        return SANDBOX_FD_EVENT;
    }
    return SANDBOX_FD_OTHER;
}

static bool is_memory(const struct sandbox *s, const char *path)
{
    static const char prefix[] = "/memfd:";
    char target[LINK_SIZE];
    ssize_t n = readlinkat(s->proc_fd, path, target, sizeof(target));

    return n >= (ssize_t)sizeof(prefix) - 1 &&
           memcmp(target, prefix, sizeof(prefix) - 1) == 0;
}

/* fd is our own copy of theirs. */
static enum sandbox_fd_kind kind_of(const struct sandbox *s, int fd)
{
    struct stat st;
    struct stat null;
    char path[32];

    (void)snprintf(path, sizeof(path), "self/fd/%d", fd);
    if (fstat(fd, &st) != 0 || fstat(s->null_fd, &null) != 0) {
        return SANDBOX_FD_OTHER;
    }
    switch (st.st_mode & S_IFMT) {
    case S_IFSOCK:
        return SANDBOX_FD_SOCKET;
    case S_IFIFO:
        return SANDBOX_FD_PIPE;
    case S_IFREG:
        return is_memory(s, path) ? SANDBOX_FD_MEMORY : SANDBOX_FD_REGULAR;
    case S_IFDIR:
        return SANDBOX_FD_DIRECTORY;
    case S_IFCHR:
        return st.st_rdev == null.st_rdev ? SANDBOX_FD_NULL : SANDBOX_FD_OTHER;
    default:
        return kind_of_anonymous(s, path);
    }
}

static bool is_expected(const struct check *c, int number, enum sandbox_fd_kind kind)
{
    if (number == STDIN_FILENO || number == STDOUT_FILENO) {
        return kind == SANDBOX_FD_NULL;
    }
    for (size_t i = 0; i < c->expected->fd_count; i++) {
        if (c->expected->fds[i].number == number) {
            return c->expected->fds[i].kind == kind;
        }
    }
    return false;
}

static enum err check_fd(const struct check *c, int number)
{
    char found[64];
    int fd = (int)syscall(SYS_pidfd_getfd, c->process->pidfd, number, 0);

    if (fd < 0) {
        (void)snprintf(found, sizeof(found), "%d: errno %d", number, errno);
        return wrong(c, "descriptor not readable", found);
    }
    enum sandbox_fd_kind kind = kind_of(c->s, fd);
    (void)close(fd);
    if (!is_expected(c, number, kind)) {
        (void)snprintf(found, sizeof(found), "%d of kind %d", number, (int)kind);
        return wrong(c, "unexpected descriptor", found);
    }
    return OK;
}

/*
 * Numbers from fdinfo, which is readable where fd is not (an undumpable process in a user
 * namespace), and kinds from a copy of each.
 */
static enum err check_fds(const struct check *c)
{
    char path[32];
    size_t count = 0;
    enum err e = OK;

    (void)snprintf(path, sizeof(path), "%d/fdinfo", (int)c->process->pid);
    int fd = openat(c->s->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    if (directory == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return wrong(c, "descriptors", "not readable");
    }
    for (const struct dirent *d = readdir(directory); d != NULL && e == OK;
         d = readdir(directory)) {
        if (d->d_name[0] != '.') {
            e = check_fd(c, (int)strtol(d->d_name, NULL, 10));
            count++;
        }
    }
    (void)closedir(directory);
    if (e == OK && count != c->expected->fd_count + 2) {
        return wrong(c, "descriptors", "some are missing");
    }
    return e;
}

enum err sandbox_verify(const struct sandbox *s, const struct sandbox_process *process,
    enum sandbox_role role, const struct sandbox_expectation *expected, char *text,
    size_t size)
{
    const struct check c = {
        .s = s, .process = process, .expected = expected, .text = text, .size = size};
    enum err e = check_status(&c, role);

    if (e != OK || s->mode == SANDBOX_CONTAINER) {
        return e;
    }
    e = check_namespaces(&c, role);
    return e == OK ? check_fds(&c) : e;
}
