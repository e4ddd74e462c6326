#include "log_fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0640

static int result(int value)
{
    return value < 0 ? -errno : value;
}

static int posix_open(void *context, int dir, const char *name, int flags)
{
    (void)context;
    return result(
        openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, FILE_MODE));
}

static void posix_close(void *context, int fd)
{
    (void)context;
    (void)close(fd);
}

static ssize_t posix_pread(
    void *context, int fd, void *bytes, size_t len, int64_t position)
{
    (void)context;
    ssize_t n = pread(fd, bytes, len, position);
    return n < 0 ? -errno : n;
}

static ssize_t posix_pwrite(
    void *context, int fd, const void *bytes, size_t len, int64_t position)
{
    (void)context;
    ssize_t n = pwrite(fd, bytes, len, position);
    return n < 0 ? -errno : n;
}

static int posix_fdatasync(void *context, int fd)
{
    (void)context;
    return result(fdatasync(fd));
}

static int posix_sync_dir(void *context, int dir)
{
    (void)context;
    return result(fsync(dir));
}

static int posix_truncate(void *context, int fd, int64_t size)
{
    (void)context;
    return result(ftruncate(fd, size));
}

static int posix_size(void *context, int fd, int64_t *size_out)
{
    struct stat st;

    (void)context;
    if (fstat(fd, &st) < 0) {
        return -errno;
    }
    if (!S_ISREG(st.st_mode)) {
        return -EINVAL;
    }
    *size_out = st.st_size;
    return 0;
}

static int posix_unlink(void *context, int dir, const char *name)
{
    (void)context;
    return result(unlinkat(dir, name, 0));
}

static int posix_rename(void *context, int dir, const char *from, const char *to)
{
    (void)context;
    return result(renameat(dir, from, dir, to));
}

static int posix_list(
    void *context, int dir, enum err (*on_name)(void *user, const char *name), void *user)
{
    (void)context;
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) {
        return -errno;
    }
    DIR *stream = fdopendir(copy);
    if (stream == NULL) {
        int error = -errno;
        (void)close(copy);
        return error;
    }
    errno = 0;
    struct dirent *entry = readdir(stream);
    while (entry != NULL) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!dots && on_name(user, entry->d_name) != OK) {
            break;
        }
        errno = 0;
        entry = readdir(stream);
    }
    int error = entry == NULL ? -errno : 0;
    (void)closedir(stream);
    return error;
}

struct log_fs log_fs_posix(void)
{
    static const struct log_fs_ops ops = {
        .open = posix_open,
        .close = posix_close,
        .pread = posix_pread,
        .pwrite = posix_pwrite,
        .fdatasync = posix_fdatasync,
        .sync_dir = posix_sync_dir,
        .truncate = posix_truncate,
        .size = posix_size,
        .unlink = posix_unlink,
        .rename = posix_rename,
        .list = posix_list,
    };
    return (struct log_fs){.ops = &ops};
}
