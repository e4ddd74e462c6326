#include "cert_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY ".cert.XXXXXX"

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
    case EEXIST:
        return ERR_EXISTS;
    default:
        return ERR_IO;
    }
}

static enum err read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 1);
        if (room == NULL) {
            errno = EFBIG;
            return buf_error(out);
        }
        ssize_t n = read(fd, room, out->capacity - out->length);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (n == 0) {
            return OK;
        }
        buf_grew(out, n < 0 ? 0 : (size_t)n);
    }
}

enum err cert_file_read(const char *path, struct buf *out)
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
    e = e == OK ? read_all(fd, out) : e;
    (void)close(fd);
    return e;
}

/* --- writing ---------------------------------------------------------------------- */

/* The folder of a path, as a path that ends in a slash. */
static enum err folder_of(const char *path, char out[CERT_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    if (length + sizeof(TEMPORARY) > CERT_PATH_MAX) {
        errno = ENAMETOOLONG;
        return ERR_IO;
    }
    memcpy(out, slash == NULL ? "./" : path, slash == NULL ? 2 : length);
    out[slash == NULL ? 2 : length] = '\0';
    return OK;
}

static enum err write_all(int fd, const struct cert_file *f)
{
    size_t done = 0;

    while (done < f->length) {
        ssize_t n = write(fd, (const char *)f->bytes + done, f->length - done);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        done += n < 0 ? 0 : (size_t)n;
    }
    return fchmod(fd, f->mode) == 0 && fsync(fd) == 0 ? OK : ERR_IO;
}

static enum err sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return from_errno();
    }
    enum err e = fsync(fd) == 0 ? OK : ERR_IO;
    (void)close(fd);
    return e;
}

/* Not every file system knows the flag; all that have hard links refuse by those, too. */
static bool put_in_place(const char *temporary, const struct cert_file *f)
{
    if (f->replace) {
        return rename(temporary, f->path) == 0;
    }
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, f->path, RENAME_NOREPLACE) == 0) {
        return true;
    }
    return (errno == EINVAL || errno == ENOSYS) && link(temporary, f->path) == 0 &&
           unlink(temporary) == 0;
}

enum err cert_file_write(const struct cert_file *f)
{
    char folder[CERT_PATH_MAX];
    char temporary[CERT_PATH_MAX];

    enum err e = folder_of(f->path, folder);
    if (e != OK) {
        return e;
    }
    (void)snprintf(temporary, sizeof(temporary), "%s", folder);
    (void)strncat(temporary, TEMPORARY, sizeof(temporary) - strlen(temporary) - 1);
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        return from_errno();
    }
    e = write_all(fd, f);
    if (close(fd) != 0 && e == OK) {
        e = ERR_IO;
    }
    if (e == OK && !put_in_place(temporary, f)) {
        e = from_errno();
    }
    if (e != OK) {
        int why = errno;
        (void)unlink(temporary);
        errno = why;
        return e;
    }
    return sync_folder(folder);
}

bool cert_file_exists(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

/* --- folders ---------------------------------------------------------------------- */

/* Who may write there, or may take himself the right to, may put a file of his own in the
 * place of ours. */
static bool is_own(const struct stat *status)
{
    return (status->st_uid == geteuid() || status->st_uid == 0) &&
           (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

enum err cert_file_folder_check(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        return from_errno();
    }
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return ERR_NOT_FOUND;
    }
    return is_own(&status) ? OK : ERR_INVALID;
}

enum err cert_file_folder(const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return OK;
    }
    return errno == EEXIST ? cert_file_folder_check(path) : from_errno();
}

enum err cert_file_lock(const char *folder, int *fd_out)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return from_errno();
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

enum err cert_file_path(char out[CERT_PATH_MAX], const char *folder, const char *name)
{
    int length = snprintf(out, CERT_PATH_MAX, "%s/%s", folder, name);

    if (length < 0 || length >= CERT_PATH_MAX) {
        errno = ENAMETOOLONG;
        return ERR_FULL;
    }
    return OK;
}
