/*
 * cert_file - files of certificates and keys: read whole, written whole.
 *
 * A file is written beside its place, synced and renamed there: after a crash there is the
 * old one, the new one, or none. What is there already is replaced only where that is
 * asked for, also when it came meanwhile.
 *
 * Trust: paths are the administrator's, contents may be anything.
 *
 * Limits: a file has CERT_FILE_MAX bytes, a revocation list CERT_CRL_MAX.
 */
#ifndef CERT_FILE_H
#define CERT_FILE_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>

#define CERT_PATH_MAX 2048
#define CERT_FILE_MAX ((size_t)1 << 20)
#define CERT_CRL_MAX  ((size_t)64 << 20)

struct cert_file {
    const char *path;
    const void *bytes;
    size_t length;
    unsigned mode;
    bool replace;
};

/* out: initialised; its limit is the file's. ERR_NOT_FOUND, ERR_FULL, ERR_NOMEM; ERR_DENIED:
 * not permitted, or no regular file; ERR_IO. errno says why. The caller wipes. */
enum err cert_file_read(const char *path, struct buf *out) MUST_CHECK;
/* ERR_EXISTS: something is there, and it stays. ERR_IO, ERR_DENIED, ERR_NOT_FOUND: errno
 * says why. */
enum err cert_file_write(const struct cert_file *f) MUST_CHECK;
bool cert_file_exists(const char *path);

/* Makes the last part of the path with mode 0700, or takes what is there. ERR_INVALID: others
 * may write to it, or it belongs to another user than the caller and root. */
enum err cert_file_folder(const char *path) MUST_CHECK;
/* The same of one that is there: ERR_NOT_FOUND: it is not, or is no folder. */
enum err cert_file_folder_check(const char *path) MUST_CHECK;
/* Held until the descriptor is closed. */
enum err cert_file_lock(const char *folder, int *fd_out) MUST_CHECK;
/* `folder/name`. ERR_FULL: too long. */
enum err cert_file_path(
    char out[CERT_PATH_MAX], const char *folder, const char *name) MUST_CHECK;

#endif
