/*
 * log_fs - the file calls of this folder, as a table that a test can replace.
 *
 * Everything is relative to a directory descriptor and names are single components; there
 * are no absolute paths. Functions return 0 (or a count, or a descriptor) or a negative
 * errno.
 *
 * Threads: fdatasync and sync_dir may be called from another thread than the rest.
 */
#ifndef LOG_FS_H
#define LOG_FS_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct log_fs_ops {
    int (*open)(void *context, int dir, const char *name, int flags);
    void (*close)(void *context, int fd);
    ssize_t (*pread)(void *context, int fd, void *bytes, size_t len, int64_t position);
    ssize_t (*pwrite)(
        void *context, int fd, const void *bytes, size_t len, int64_t position);
    int (*fdatasync)(void *context, int fd);
    int (*sync_dir)(void *context, int dir);
    int (*truncate)(void *context, int fd, int64_t size);
    int (*size)(void *context, int fd, int64_t *size_out);
    int (*unlink)(void *context, int dir, const char *name);
    int (*rename)(void *context, int dir, const char *from, const char *to);
    /* Calls on_name for each entry but . and .. until it returns something other than OK.
     */
    int (*list)(void *context, int dir, enum err (*on_name)(void *user, const char *name),
        void *user);
};

struct log_fs {
    const struct log_fs_ops *ops;
    void *context; /* borrowed */
};

/* The real one. Never follows a symbolic link, new files have mode 0640. */
struct log_fs log_fs_posix(void);

/* All of len, or ERR_IO (also where the file ends before). */
enum err log_fs_read(const struct log_fs *fs, int fd, void *bytes, size_t len,
    int64_t position) MUST_CHECK;
/* All of len, or the negative errno of what failed. */
int log_fs_write(const struct log_fs *fs, int fd, const void *bytes, size_t len,
    int64_t position) MUST_CHECK;
#define LOG_FS_TEMPORARY ".tmp"

/*
 * Replaces a small file at once: a temporary file, synced, renamed. Whoever syncs the
 * directory makes that durable. Where it fails the temporary file goes again, if it can.
 */
enum err log_fs_put(const struct log_fs *fs, int dir, const char *name, const void *bytes,
    size_t len) MUST_CHECK;
/* The same durably: the directory is synced, too. */
enum err log_fs_replace(const struct log_fs *fs, int dir, const char *name,
    const void *bytes, size_t len) MUST_CHECK;
/* Gives name the suffix .bad, so that nothing unreadable is ever deleted. */
enum err log_fs_quarantine(const struct log_fs *fs, int dir, const char *name) MUST_CHECK;
/* Unlinks every file in dir and syncs it; dir itself stays. */
enum err log_fs_empty(const struct log_fs *fs, int dir) MUST_CHECK;

#endif
