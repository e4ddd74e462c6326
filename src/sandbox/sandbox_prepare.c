#include "sandbox_prepare.h"
#include "mem.h"
#include "sandbox_confine.h"
#include "sandbox_filter.h"
#include "sandbox_landlock.h"
#include "sandbox_libraries.h"
#include "sandbox_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Roles, plugins, and their dials. */
#define UIDS (SANDBOX_ROLE_COUNT + 2 * SANDBOX_INSTANCES_MAX)

#define TRIAL_ROOT   "trial"
#define LOADER_CACHE "/etc/ld.so.cache"

static enum err deny(struct sandbox_failure *failure, enum sandbox_layer layer, int error)
{
    *failure = (struct sandbox_failure){.layer = layer, .error = error};
    return ERR_DENIED;
}

static enum err open_descriptors(struct sandbox *s, struct sandbox_failure *failure)
{
    s->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    s->null_fd = s->proc_fd >= 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    s->here_fd = s->null_fd >= 0 ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    return s->here_fd >= 0 ? OK : deny(failure, SANDBOX_LAYER_DESCRIPTORS, errno);
}

static enum err check_kernel(struct sandbox *s, struct sandbox_failure *failure)
{
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;
    int error;

    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) {
        return deny(failure, SANDBOX_LAYER_SECCOMP, errno);
    }
    s->landlock_abi = sandbox_landlock_abi(&error);
    if (s->landlock_abi == 0) {
        return deny(failure, SANDBOX_LAYER_LANDLOCK, error);
    }
    if (s->landlock_abi < sandbox_landlock_abi_min(s->mode)) {
        failure->landlock_abi = s->landlock_abi;
        failure->layer = SANDBOX_LAYER_LANDLOCK;
        failure->error = 0;
        return ERR_DENIED;
    }
    if ((s->mode == SANDBOX_ROOTLESS) == (geteuid() == 0)) {
        return deny(failure, SANDBOX_LAYER_USERS, EPERM);
    }
    return OK;
}

static int write_file(int directory_fd, const char *path, const char *text)
{
    int fd = openat(directory_fd, path, O_WRONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno;
    }
    int error = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;
    (void)close(fd);
    return error;
}

/* Each id stands for itself, and no other exists. */
static int unshare_user(const struct sandbox *s)
{
    char uid_map[48];
    char gid_map[48];

    (void)snprintf(uid_map, sizeof(uid_map), "%u %u 1\n", geteuid(), geteuid());
    (void)snprintf(gid_map, sizeof(gid_map), "%u %u 1\n", getegid(), getegid());
    if (unshare(CLONE_NEWUSER) != 0) {
        return errno;
    }
    int error = write_file(s->proc_fd, "self/setgroups", "deny");
    if (error == 0) {
        error = write_file(s->proc_fd, "self/uid_map", uid_map);
    }
    return error != 0 ? error : write_file(s->proc_fd, "self/gid_map", gid_map);
}

static enum err own_namespaces(struct sandbox *s, struct sandbox_failure *failure)
{
    int error = s->mode == SANDBOX_ROOTLESS ? unshare_user(s) : 0;

    if (error == 0 && unshare(CLONE_NEWNS) != 0) {
        error = errno;
    }
    if (error == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        error = errno;
    }
    return error == 0 ? OK : deny(failure, SANDBOX_LAYER_NAMESPACES, error);
}

/*
 * Made by a child that shares our descriptors and ends: it puts the namespace in place of
 * a descriptor that we hold. Nobody is in there, not even a loopback interface that is
 * up.
 */
static enum err make_network(struct sandbox *s, struct sandbox_failure *failure)
{
    int status = 0;

    s->network_fd = fcntl(s->null_fd, F_DUPFD_CLOEXEC, 0);
    if (s->network_fd < 0) {
        return deny(failure, SANDBOX_LAYER_DESCRIPTORS, errno);
    }
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);
    if (pid == 0) {
        if (unshare(CLONE_NEWNET) != 0) {
            _exit(errno);
        }
        int fd = openat(s->proc_fd, "self/ns/net", O_RDONLY | O_CLOEXEC);
        _exit(fd >= 0 && dup3(fd, s->network_fd, O_CLOEXEC) >= 0 && close(fd) == 0
                  ? 0
                  : errno);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (pid < 0 || !WIFEXITED(status)) {
        return deny(failure, SANDBOX_LAYER_NETWORK, pid < 0 ? errno : EPERM);
    }
    return WEXITSTATUS(status) == 0
               ? OK
               : deny(failure, SANDBOX_LAYER_NETWORK, WEXITSTATUS(status));
}

static enum err make_roots(struct sandbox *s, struct sandbox_failure *failure)
{
    int error = sandbox_root_open(&s->roots_fd);

    if (error == 0) {
        error = sandbox_root_add(s->roots_fd, TRIAL_ROOT, NULL);
    }
    return error == 0 ? OK : deny(failure, SANDBOX_LAYER_ROOT, error);
}

/* Every layer a gate wears, in the same order, by the same functions. */
_Noreturn static void run_trial(
    const struct sandbox *s, const struct sandbox_filter *filter, int error_fd)
{
    const struct sandbox_start start = {.role = SANDBOX_GATE,
        .root = TRIAL_ROOT,
        .program_fd = s->null_fd,
        .stderr_fd = STDERR_FILENO};
    struct sandbox_failure failure = {.layer = SANDBOX_LAYER_NONE};
    int program_fd = s->null_fd;

    if (sandbox_confine(s, &start, &program_fd, &error_fd, &failure)) {
        /* exec would have closed these; the limit of a gate leaves little room beside
         * them. */
        (void)close_range(STDERR_FILENO + 1, SANDBOX_FD_TARGET_MAX, 0);
        failure.layer = SANDBOX_LAYER_LANDLOCK;
        failure.error = sandbox_landlock_close(NULL, 0);
        if (failure.error == 0) {
            failure.layer = SANDBOX_LAYER_SECCOMP;
            failure.error = sandbox_filter_load(filter);
        }
    }
    ssize_t ignored = write(error_fd, &failure, sizeof(failure));
    (void)ignored;
    _exit(0);
}

/* The child reports on the pipe, success (error 0) included: silence is a failure. */
static enum err try_with(struct sandbox *s, const struct sandbox_filter *filter,
    struct sandbox_failure *failure)
{
    struct sandbox_failure report = {.layer = SANDBOX_LAYER_SECCOMP, .error = EIO};
    int ends[2];
    int pidfd = -1;

    if (pipe2(ends, O_CLOEXEC) != 0 || (s->roots_fd >= 0 && fchdir(s->roots_fd) != 0)) {
        return deny(failure, SANDBOX_LAYER_DESCRIPTORS, errno);
    }
    pid_t pid = sandbox_clone(s, &pidfd);
    if (pid == 0) {
        run_trial(s, filter, ends[1]);
    }
    int error = errno;
    (void)close(ends[1]);
    if (pid > 0) {
        ssize_t n = read(ends[0], &report, sizeof(report));
        if (n != (ssize_t)sizeof(report)) {
            report =
                (struct sandbox_failure){.layer = SANDBOX_LAYER_SECCOMP, .error = EIO};
        }
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
        (void)close(pidfd);
    }
    (void)close(ends[0]);
    if (s->roots_fd >= 0 && fchdir(s->here_fd) != 0) {
        return deny(failure, SANDBOX_LAYER_DESCRIPTORS, errno);
    }
    if (pid < 0) {
        return deny(failure, SANDBOX_LAYER_NAMESPACES, error);
    }
    return report.error == 0 ? OK : deny(failure, report.layer, report.error);
}

static enum err try_layers(struct sandbox *s, struct sandbox_failure *failure)
{
    struct sandbox_filter filter;

    if (sandbox_filter_build(SANDBOX_GATE, &filter) != OK) {
        return deny(failure, SANDBOX_LAYER_SECCOMP, ENOMEM);
    }
    enum err e = try_with(s, &filter, failure);
    sandbox_filter_fini(&filter);
    return e;
}

enum err sandbox_prepare(struct sandbox *s, enum sandbox_mode mode, uid_t uid_base,
    struct sandbox_failure *failure_out)
{
    *s = (struct sandbox){.mode = mode,
        .uid_base = uid_base,
        .proc_fd = -1,
        .null_fd = -1,
        .network_fd = -1,
        .roots_fd = -1,
        .here_fd = -1};
    *failure_out = (struct sandbox_failure){.layer = SANDBOX_LAYER_NONE};
    if (mode != SANDBOX_ROOTLESS && (uid_base == 0 || uid_base > INT32_MAX - UIDS)) {
        return deny(failure_out, SANDBOX_LAYER_USERS, EINVAL);
    }
    enum err e = open_descriptors(s, failure_out);
    if (e == OK) {
        e = check_kernel(s, failure_out);
    }
    if (e == OK && mode != SANDBOX_CONTAINER) {
        e = own_namespaces(s, failure_out);
        if (e == OK) {
            e = make_network(s, failure_out);
        }
        if (e == OK) {
            e = make_roots(s, failure_out);
        }
    }
    if (e == OK) {
        e = try_layers(s, failure_out);
    }
    if (e != OK) {
        sandbox_fini(s);
    }
    return e;
}

void sandbox_fini(struct sandbox *s)
{
    int *const fds[] = {
        &s->proc_fd, &s->null_fd, &s->network_fd, &s->roots_fd, &s->here_fd};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (*fds[i] >= 0) {
            (void)close(*fds[i]);
        }
        *fds[i] = -1;
    }
}

/* Without the cache the loader would miss libraries outside its built-in directories. */
static enum err collect(int program_fd, const char *name, const char *const *arguments,
    const char *const *extra_paths, struct sandbox_libraries *libraries)
{
    enum err e = sandbox_libraries_ask(program_fd, name, arguments, libraries);

    if (e == OK && access(LOADER_CACHE, R_OK) == 0) {
        e = sandbox_libraries_add(libraries, LOADER_CACHE);
    }
    for (; e == OK && extra_paths != NULL && *extra_paths != NULL; extra_paths++) {
        e = sandbox_libraries_add(libraries, *extra_paths);
    }
    return e;
}

enum err sandbox_add_program(struct sandbox *s, const char *name, int program_fd,
    const char *const *arguments, const char *const *extra_paths,
    struct sandbox_failure *failure_out)
{
    INVARIANT(!s->sealed && strchr(name, '/') == NULL);
    if (s->mode == SANDBOX_CONTAINER) {
        return OK;
    }
    struct sandbox_libraries *libraries = mem_alloc(1, sizeof(*libraries));
    if (libraries == NULL) {
        return ERR_NOMEM;
    }
    enum err e = collect(program_fd, name, arguments, extra_paths, libraries);
    if (e == OK) {
        /* Every role's user must get in, whatever mask the administrator's shell has. */
        mode_t mask = umask(S_IWGRP | S_IWOTH);
        int error = sandbox_root_add(s->roots_fd, name, libraries);
        (void)umask(mask);
        e = error == 0 ? OK : deny(failure_out, SANDBOX_LAYER_ROOT, error);
    } else {
        (void)deny(failure_out, SANDBOX_LAYER_EXEC, ENOEXEC);
    }
    mem_free(libraries);
    return e;
}

enum err sandbox_add_scratch(
    struct sandbox *s, const char *name, uid_t uid, struct sandbox_failure *failure_out)
{
    INVARIANT(!s->sealed && s->scratch_count < SANDBOX_INSTANCES_MAX);
    if (s->roots_fd < 0) {
        return ERR_UNSUPPORTED;
    }
    int error = sandbox_root_add_scratch(s->roots_fd, name, uid);
    if (error != 0) {
        return deny(failure_out, SANDBOX_LAYER_ROOT, error);
    }
    s->scratches[s->scratch_count++] = name;
    return OK;
}

enum err sandbox_add_directory(struct sandbox *s, const char *name, const char *path,
    struct sandbox_failure *failure_out)
{
    INVARIANT(!s->sealed && s->directory_count < SANDBOX_DIRECTORIES_MAX);
    if (s->roots_fd < 0) {
        return OK;
    }
    mode_t mask = umask(S_IWGRP | S_IWOTH);
    int error = sandbox_root_add_directory(s->roots_fd, name, path);
    (void)umask(mask);
    if (error != 0) {
        return deny(failure_out, SANDBOX_LAYER_ROOT, error);
    }
    s->directories[s->directory_count++] = (struct sandbox_directory){name, path};
    return OK;
}

enum err sandbox_seal(struct sandbox *s, struct sandbox_failure *failure_out)
{
    int error = s->roots_fd >= 0 ? sandbox_root_seal(s->roots_fd) : 0;

    for (size_t i = 0; error == 0 && i < s->scratch_count; i++) {
        error = sandbox_root_open_scratch(s->roots_fd, s->scratches[i]);
    }
    for (size_t i = 0; error == 0 && i < s->directory_count; i++) {
        error = sandbox_root_open_directory(
            s->roots_fd, s->directories[i].root, s->directories[i].path);
    }
    s->sealed = error == 0;
    return error == 0 ? OK : deny(failure_out, SANDBOX_LAYER_ROOT, error);
}

uid_t sandbox_uid(const struct sandbox *s, enum sandbox_role role, unsigned instance)
{
    INVARIANT(instance <= SANDBOX_INSTANCES_MAX);
    if (s->mode == SANDBOX_ROOTLESS) {
        return geteuid();
    }
    if (instance == 0) {
        return s->uid_base + (uid_t)role;
    }
    /* A plugin's dial is not its plugin. */
    unsigned before = role == SANDBOX_DIAL ? SANDBOX_INSTANCES_MAX : 0;
    return s->uid_base + (uid_t)SANDBOX_ROLE_COUNT + before + instance - 1;
}
