#include "log_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>

#define NAME_SIZE 256

enum err log_fs_read(
    const struct log_fs *fs, int fd, void *bytes, size_t len, int64_t position)
{
    uint8_t *to = bytes;

    while (len > 0) {
        ssize_t n = fs->ops->pread(fs->context, fd, to, len, position);
        if (n == -EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_IO;
        }
        to += n;
        len -= (size_t)n;
        position += n;
    }
    return OK;
}

int log_fs_write(
    const struct log_fs *fs, int fd, const void *bytes, size_t len, int64_t position)
{
    const uint8_t *from = bytes;

    while (len > 0) {
        ssize_t n = fs->ops->pwrite(fs->context, fd, from, len, position);
        if (n == -EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? -EIO : (int)n;
        }
        from += n;
        len -= (size_t)n;
        position += n;
    }
    return 0;
}

static enum err with_suffix(char out[NAME_SIZE], const char *name, const char *suffix)
{
    int n = snprintf(out, NAME_SIZE, "%s%s", name, suffix);

    return n > 0 && n < NAME_SIZE ? OK : ERR_INVALID;
}

static enum err write_file(
    const struct log_fs *fs, int dir, const char *name, const void *bytes, size_t len)
{
    int fd = fs->ops->open(fs->context, dir, name, O_RDWR | O_CREAT | O_TRUNC);

    if (fd < 0) {
        return ERR_IO;
    }
    bool good = log_fs_write(fs, fd, bytes, len, 0) == 0 &&
                fs->ops->fdatasync(fs->context, fd) == 0;
    fs->ops->close(fs->context, fd);
    return good ? OK : ERR_IO;
}

enum err log_fs_put(
    const struct log_fs *fs, int dir, const char *name, const void *bytes, size_t len)
{
    char temporary[NAME_SIZE];
    enum err e = with_suffix(temporary, name, LOG_FS_TEMPORARY);

    if (e != OK) {
        return e;
    }
    e = write_file(fs, dir, temporary, bytes, len);
    if (e == OK && fs->ops->rename(fs->context, dir, temporary, name) != 0) {
        e = ERR_IO;
    }
    if (e != OK) {
        (void)fs->ops->unlink(fs->context, dir, temporary);
    }
    return e;
}

enum err log_fs_replace(
    const struct log_fs *fs, int dir, const char *name, const void *bytes, size_t len)
{
    enum err e = log_fs_put(fs, dir, name, bytes, len);

    if (e == OK && fs->ops->sync_dir(fs->context, dir) != 0) {
        e = ERR_IO;
    }
    return e;
}

enum err log_fs_quarantine(const struct log_fs *fs, int dir, const char *name)
{
    char aside[NAME_SIZE];
    enum err e = with_suffix(aside, name, ".bad");

    if (e == OK && fs->ops->rename(fs->context, dir, name, aside) != 0) {
        e = ERR_IO;
    }
    return e;
}

struct first_name {
    char name[NAME_SIZE];
    bool found;
};

static enum err keep_first(void *user, const char *name)
{
    struct first_name *first = user;

    first->found = with_suffix(first->name, name, "") == OK;
    return ERR_EXISTS; /* one is enough */
}

/* One name at a time: a directory must not change while it is read. */
enum err log_fs_empty(const struct log_fs *fs, int dir)
{
    for (;;) {
        struct first_name first = {.found = false};
        if (fs->ops->list(fs->context, dir, keep_first, &first) != 0) {
            return ERR_IO;
        }
        if (!first.found) {
            return fs->ops->sync_dir(fs->context, dir) == 0 ? OK : ERR_IO;
        }
        if (fs->ops->unlink(fs->context, dir, first.name) != 0) {
            return ERR_IO;
        }
    }
}
