#include "users_store.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096

static enum err from_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    default:
        return ERR_IO;
    }
}

/* The folder of a path, as a path that ends in a slash. */
static enum err folder_of(const char *path, char out[PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    if (length + sizeof(".users.XXXXXX") > PATH_SIZE) {
        errno = ENAMETOOLONG;
        return ERR_IO;
    }
    if (slash == NULL) {
        memcpy(out, "./", sizeof("./"));
        return OK;
    }
    memcpy(out, path, length);
    out[length] = '\0';
    return OK;
}

static enum err folder_open(const char *path, int *fd_out)
{
    char folder[PATH_SIZE];
    enum err e = folder_of(path, folder);
    if (e != OK) {
        return e;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return from_errno();
    }
    *fd_out = fd;
    return OK;
}

enum err users_store_lock(const char *path, int *fd_out)
{
    int fd = -1;
    enum err e = folder_open(path, &fd);
    if (e != OK) {
        return e;
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            (void)close(fd);
            return ERR_IO;
        }
    }
    *fd_out = fd;
    return OK;
}

/* Stops one byte above the limit, which the parser then refuses. */
static enum err read_all(int fd, struct buf *out)
{
    while (out->length <= USERS_FILE_SIZE_MAX) {
        uint8_t *room = buf_reserve(out, 1);
        if (room == NULL) {
            return buf_error(out);
        }
        size_t free_bytes = out->capacity - out->length;
        ssize_t n = read(fd, room, free_bytes);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (n == 0) {
            return OK;
        }
        buf_grew(out, n < 0 ? 0 : (size_t)n);
    }
    return OK;
}

enum err users_store_read(const char *path, struct buf *out)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return from_errno();
    }
    enum err e = fstat(fd, &status) == 0 ? OK : ERR_IO;
    if (e == OK && !S_ISREG(status.st_mode)) {
        errno = EINVAL;
        e = ERR_DENIED;
    }
    if (e == OK) {
        e = read_all(fd, out);
    }
    (void)close(fd);
    return e;
}

enum err users_store_load(
    const char *path, struct users_file *f, struct users_problem *problem_out)
{
    struct buf bytes;

    buf_init(&bytes, USERS_FILE_SIZE_MAX + 1);
    enum err e = users_store_read(path, &bytes);
    if (e == OK) {
        e = users_file_parse(f, bytes.bytes, bytes.length, problem_out);
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.length);
    }
    buf_fini(&bytes);
    return e;
}

/* A file of another user (root edits for the broker's) stays that user's. */
static enum err keep_owner(int fd, const char *old_path)
{
    struct stat status;

    if (stat(old_path, &status) != 0) {
        return errno == ENOENT ? OK : from_errno();
    }
    if (status.st_uid == geteuid()) {
        return OK;
    }
    return fchown(fd, status.st_uid, status.st_gid) == 0 ? OK : from_errno();
}

static enum err replace_with(const char *path, const struct buf *bytes)
{
    char temporary[PATH_SIZE];
    enum err e = folder_of(path, temporary);
    if (e != OK) {
        return e;
    }
    size_t length = strlen(temporary);
    memcpy(temporary + length, ".users.XXXXXX", sizeof(".users.XXXXXX"));
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return from_errno();
    }
    e = keep_owner(fd, path);
    if (e == OK) {
        e = buf_write(bytes, fd);
    }
    if (e == OK && (fchmod(fd, 0600) != 0 || fsync(fd) != 0)) {
        e = ERR_IO;
    }
    if (close(fd) != 0 && e == OK) {
        e = ERR_IO;
    }
    if (e == OK && rename(temporary, path) != 0) {
        e = from_errno();
    }
    if (e != OK) {
        int why = errno;
        (void)unlink(temporary);
        errno = why;
    }
    return e;
}

enum err users_store_write(const char *path, const struct buf *bytes)
{
    int folder = -1;
    enum err e = folder_open(path, &folder);
    if (e == OK) {
        e = replace_with(path, bytes);
    }
    if (e == OK && fsync(folder) != 0) {
        e = ERR_IO;
    }
    if (folder >= 0) {
        (void)close(folder);
    }
    return e;
}

enum err users_store_save(const char *path, const struct users_file *f)
{
    struct buf bytes;

    buf_init(&bytes, USERS_FILE_SIZE_MAX);
    enum err e = users_file_serialise(f, &bytes);
    if (e == OK) {
        e = users_store_write(path, &bytes);
    }
    if (bytes.bytes != NULL) {
        mem_wipe(bytes.bytes, bytes.length);
    }
    buf_fini(&bytes);
    return e;
}
