#include "sandbox_confine.h"
#include "sandbox_profile.h"
#include "sandbox_root.h"
#include "sandbox_testing.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t sandbox_clone(const struct sandbox *s, int *pidfd_out)
{
    unsigned long flags = CLONE_PIDFD | SIGCHLD;

    if (s->mode != SANDBOX_CONTAINER) {
        /* A child always has mounts of its own: pivot_root in ours would move the warden.
         */
        flags |= CLONE_NEWNS;
        if (!SANDBOX_LEAVES_OUT(SANDBOX_LAYER_NAMESPACES)) {
            flags |= CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
        }
    }
    return (pid_t)syscall(SYS_clone, flags, NULL, pidfd_out, NULL, 0);
}

static int enter_network(const struct sandbox *s, enum sandbox_role role)
{
    if (s->mode == SANDBOX_CONTAINER || sandbox_profile(role)->network ||
        SANDBOX_LEAVES_OUT(SANDBOX_LAYER_NETWORK)) {
        return 0;
    }
    return setns(s->network_fd, CLONE_NEWNET) == 0 ? 0 : errno;
}

/* Out of the reach of every fixed number. */
static bool lift(int *fd)
{
    *fd = fcntl(*fd, F_DUPFD_CLOEXEC, SANDBOX_FD_TARGET_MAX + 1);
    return *fd >= 0;
}

/* Everything is closed by exec but what gets its fixed number here. */
static int fix_descriptors(const struct sandbox *s, const struct sandbox_start *start,
    int *program_fd, int *error_fd)
{
    int lifted[SANDBOX_FDS_MAX];
    int null_fd = s->null_fd;
    int stderr_fd = start->stderr_fd;

    if (start->fd_count > SANDBOX_FDS_MAX) {
        return E2BIG;
    }
    if (!lift(&null_fd) || !lift(&stderr_fd) || !lift(program_fd) || !lift(error_fd)) {
        return errno;
    }
    for (size_t i = 0; i < start->fd_count; i++) {
        lifted[i] = start->fds[i].fd;
        if (!lift(&lifted[i])) {
            return errno;
        }
    }
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        return errno;
    }
    if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDOUT_FILENO) < 0 ||
        dup2(stderr_fd, STDERR_FILENO) < 0) {
        return errno;
    }
    for (size_t i = 0; i < start->fd_count; i++) {
        int target = start->fds[i].target;
        if (target < 0 || target > SANDBOX_FD_TARGET_MAX) {
            return EBADF;
        }
        if (dup2(lifted[i], target) < 0) {
            return errno;
        }
    }
    return 0;
}

static int enter_root(const struct sandbox *s, const struct sandbox_start *start)
{
    if (s->mode == SANDBOX_CONTAINER || SANDBOX_LEAVES_OUT(SANDBOX_LAYER_ROOT)) {
        return 0;
    }
    return sandbox_root_enter(start->root);
}

/* The bounding set goes while we may still change it. */
static int drop_bounding_set(void)
{
    const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                               SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                               SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_CAPABILITIES)) {
        return 0;
    }
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
            return errno;
        }
    }
    return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) == 0 ? 0 : errno;
}

static int become_user(const struct sandbox *s, const struct sandbox_start *start)
{
    if (s->mode == SANDBOX_ROOTLESS || SANDBOX_LEAVES_OUT(SANDBOX_LAYER_USERS)) {
        return 0;
    }
    uid_t uid = sandbox_uid(s, start->role, start->instance);
    if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        return errno;
    }
    return 0;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_CAPABILITIES)) {
        return 0;
    }
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
        syscall(SYS_capset, &header, none) != 0) {
        return errno;
    }
    return 0;
}

/* The way back must be shut. */
static int check_user(void)
{
    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_USERS) ||
        SANDBOX_LEAVES_OUT(SANDBOX_LAYER_CAPABILITIES)) {
        return 0;
    }
    if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0 || geteuid() == 0 ||
        getegid() == 0) {
        return EPERM;
    }
    return 0;
}

static int forbid_new_privileges(void)
{
    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_NO_NEW_PRIVS)) {
        return 0;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

/* A hard limit that is lower already stays: a limit is never raised. */
static int set_limits(enum sandbox_role role)
{
    const struct sandbox_profile *p = sandbox_profile(role);

    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_LIMITS)) {
        return 0;
    }
    for (size_t i = 0; i < SANDBOX_LIMITS_MAX && p->limits[i].name != NULL; i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)p->limits[i].resource, &limit) != 0) {
            return errno;
        }
        if (limit.rlim_max > p->limits[i].value) {
            limit.rlim_max = p->limits[i].value;
        }
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit((__rlimit_resource_t)p->limits[i].resource, &limit) != 0) {
            return errno;
        }
    }
    return 0;
}

static bool done(int error, enum sandbox_layer layer, struct sandbox_failure *failure)
{
    if (error != 0) {
        *failure = (struct sandbox_failure){.layer = layer, .error = error};
    }
    return error == 0;
}

bool sandbox_confine(const struct sandbox *s, const struct sandbox_start *start,
    int *program_fd, int *error_fd, struct sandbox_failure *failure)
{
    /*
     * Capabilities in two steps, as the bounding set needs one and setresuid() two of
     * them; the number of processes last, because setresuid() looks at that limit.
     */
    return done(enter_network(s, start->role), SANDBOX_LAYER_NETWORK, failure) &&
           done(fix_descriptors(s, start, program_fd, error_fd),
               SANDBOX_LAYER_DESCRIPTORS, failure) &&
           done(enter_root(s, start), SANDBOX_LAYER_ROOT, failure) &&
           done(drop_bounding_set(), SANDBOX_LAYER_CAPABILITIES, failure) &&
           done(become_user(s, start), SANDBOX_LAYER_USERS, failure) &&
           done(drop_capabilities(), SANDBOX_LAYER_CAPABILITIES, failure) &&
           done(check_user(), SANDBOX_LAYER_USERS, failure) &&
           done(forbid_new_privileges(), SANDBOX_LAYER_NO_NEW_PRIVS, failure) &&
           done(set_limits(start->role), SANDBOX_LAYER_LIMITS, failure) &&
           done(setsid() < 0 && errno != EPERM ? errno : 0, SANDBOX_LAYER_PROCESS,
               failure);
}
