#include "sandbox_root.h"
#include "sandbox_prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOTS_SIZE   "1m"
#define SCRATCH_SIZE "16m"
#define STACK_MAX    16

int sandbox_root_open(int *fd_out)
{
    int context = fsopen("tmpfs", FSOPEN_CLOEXEC);

    if (context < 0) {
        return errno;
    }
    int error = 0;
    int fd = -1;
    if (fsconfig(context, FSCONFIG_SET_STRING, "size", ROOTS_SIZE, 0) != 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "mode", "0755", 0) != 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) {
        error = errno;
    }
    if (error == 0) {
        fd = fsmount(context, FSMOUNT_CLOEXEC,
            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        error = fd < 0 ? errno : 0;
    }
    /* Over "/", which every running process looks up beneath the new mount. */
    if (error == 0 && move_mount(fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        error = errno;
    }
    (void)close(context);
    if (error != 0 && fd >= 0) {
        (void)close(fd);
        return error;
    }
    *fd_out = fd;
    return error;
}

/* Makes the directories before the last part of the path. */
static int make_parents(int root_fd, const char *path)
{
    char part[SANDBOX_LIBRARY_PATH_SIZE];
    const char *slash = strchr(path, '/');

    for (; slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        if (length >= sizeof(part)) {
            return ENAMETOOLONG;
        }
        memcpy(part, path, length);
        part[length] = '\0';
        if (mkdirat(root_fd, part, 0755) != 0 && errno != EEXIST) {
            return errno;
        }
    }
    return 0;
}

/* ... and an empty file for the last. */
static int make_place(int root_fd, const char *path)
{
    int error = make_parents(root_fd, path);

    if (error != 0) {
        return error;
    }
    int fd = openat(root_fd, path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
    if (fd < 0) {
        return errno;
    }
    (void)close(fd);
    return 0;
}

/* The file, read-only, at its own path beneath the root. */
static int bind_file(int root_fd, const char *path)
{
    struct mount_attr attr = {
        .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    int error = make_place(root_fd, path + 1);

    if (error != 0) {
        return error;
    }
    int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) {
        return errno;
    }
    struct stat st;
    if (fstat(tree, &st) != 0) {
        error = errno;
    } else if (!S_ISREG(st.st_mode)) {
        error = EINVAL;
    } else if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) != 0 ||
               move_mount(tree, "", root_fd, path + 1, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        error = errno;
    }
    (void)close(tree);
    return error;
}

/* A mount of its own for the directory, as pivot_root wants it. */
static int make_mount(int roots_fd, const char *name)
{
    int error = 0;

    if (mkdirat(roots_fd, name, 0755) != 0) {
        return errno;
    }
    int tree = open_tree(roots_fd, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) {
        return errno;
    }
    if (move_mount(tree, "", roots_fd, name, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        error = errno;
    }
    (void)close(tree);
    return error;
}

int sandbox_root_add(
    int roots_fd, const char *name, const struct sandbox_libraries *libraries)
{
    int error = make_mount(roots_fd, name);

    if (error != 0 || libraries == NULL) {
        return error;
    }
    int root_fd = openat(roots_fd, name, O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (root_fd < 0) {
        return errno;
    }
    for (size_t i = 0; i < libraries->count && error == 0; i++) {
        error = bind_file(root_fd, libraries->path[i]);
    }
    (void)close(root_fd);
    return error;
}

/* Code is not run from there; whether it can be written to is decided with the seal. */
static int bind_directory(int root_fd, const char *path)
{
    struct mount_attr attr = {
        .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
    int error = make_parents(root_fd, path + 1);

    if (error != 0) {
        return error;
    }
    if (mkdirat(root_fd, path + 1, 0755) != 0 && errno != EEXIST) {
        return errno;
    }
    int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) {
        return errno;
    }
    if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) != 0 ||
        move_mount(tree, "", root_fd, path + 1, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        error = errno;
    }
    (void)close(tree);
    return error;
}

int sandbox_root_add_directory(int roots_fd, const char *name, const char *path)
{
    int root_fd = openat(roots_fd, name, O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (root_fd < 0) {
        return errno;
    }
    int error = bind_directory(root_fd, path);
    (void)close(root_fd);
    return error;
}

int sandbox_root_open_directory(int roots_fd, const char *name, const char *path)
{
    struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};
    char whole[SANDBOX_LIBRARY_PATH_SIZE + 64];
    int n = snprintf(whole, sizeof(whole), "%s%s", name, path);

    if (n < 0 || (size_t)n >= sizeof(whole)) {
        return ENAMETOOLONG;
    }
    return mount_setattr(roots_fd, whole, 0, &attr, sizeof(attr)) == 0 ? 0 : errno;
}

static int make_scratch(uid_t uid, int *fd_out)
{
    int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
    char owner[16];
    int error = 0;

    if (context < 0) {
        return errno;
    }
    (void)snprintf(owner, sizeof(owner), "%u", (unsigned)uid);
    if (fsconfig(context, FSCONFIG_SET_STRING, "size", SCRATCH_SIZE, 0) != 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "mode", "0700", 0) != 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "uid", owner, 0) != 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) {
        error = errno;
    }
    if (error == 0) {
        *fd_out = fsmount(context, FSMOUNT_CLOEXEC,
            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        error = *fd_out < 0 ? errno : 0;
    }
    (void)close(context);
    return error;
}

static void scratch_path(char *out, size_t size, const char *name)
{
    (void)snprintf(out, size, "%s" SANDBOX_SCRATCH, name);
}

int sandbox_root_add_scratch(int roots_fd, const char *name, uid_t uid)
{
    char path[SANDBOX_LIBRARY_PATH_SIZE];
    int fd = -1;

    scratch_path(path, sizeof(path), name);
    if (mkdirat(roots_fd, path, 0755) != 0) {
        return errno;
    }
    int error = make_scratch(uid, &fd);
    if (error == 0 && move_mount(fd, "", roots_fd, path, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        error = errno;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return error;
}

int sandbox_root_open_scratch(int roots_fd, const char *name)
{
    struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};
    char path[SANDBOX_LIBRARY_PATH_SIZE];

    scratch_path(path, sizeof(path), name);
    return mount_setattr(roots_fd, path, 0, &attr, sizeof(attr)) == 0 ? 0 : errno;
}

int sandbox_root_seal(int roots_fd)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

    if (mount_setattr(roots_fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) !=
        0) {
        return errno;
    }
    return 0;
}

static int mount_number(const char *path, uint64_t *out)
{
    struct statx st;

    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &st) != 0) {
        return errno;
    }
    if ((st.stx_mask & STATX_MNT_ID) == 0) {
        return ENOSYS;
    }
    *out = st.stx_mnt_id;
    return 0;
}

/*
 * The old root, and the roots' own file system on top of it, are stacked over the new
 * root: "/" does not show them, "/.." does. They go until "/.." is "/".
 */
static int drop_old_roots(void)
{
    for (unsigned i = 0; i < STACK_MAX; i++) {
        uint64_t root = 0;
        uint64_t above = 0;
        int error = mount_number("/", &root);
        if (error == 0) {
            error = mount_number("/..", &above);
        }
        if (error != 0 || above == root) {
            return error;
        }
        if (umount2("/..", MNT_DETACH) != 0) {
            return errno;
        }
    }
    return EBUSY;
}

int sandbox_root_enter(const char *name)
{
    if (chdir(name) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || chdir("/") != 0) {
        return errno;
    }
    return drop_old_roots();
}
