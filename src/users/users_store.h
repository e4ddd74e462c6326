/*
 * users_store - the password file on disk: read whole, replaced whole.
 *
 * A save writes a new file beside the old one (mode 0600, the old one's owner), syncs it,
 * renames it over the old and syncs the folder: after a crash there is the old file or
 * the new one.
 */
#ifndef USERS_STORE_H
#define USERS_STORE_H

#include "users_file.h"

/*
 * Holds off other editors of files in the same folder until the descriptor is closed.
 * ERR_NOT_FOUND: no such folder.
 */
enum err users_store_lock(const char *path, int *fd_out) MUST_CHECK;
/*
 * f: initialised and empty. ERR_NOT_FOUND: no such file. ERR_INVALID fills problem_out.
 * ERR_DENIED: not permitted, or not a regular file. ERR_IO: errno says why.
 */
enum err users_store_load(
    const char *path, struct users_file *f, struct users_problem *problem_out) MUST_CHECK;
/* ERR_IO, ERR_DENIED: errno says why; the old file is still there. */
enum err users_store_save(const char *path, const struct users_file *f) MUST_CHECK;

/*
 * The bytes of any such file, with the same errors. out: initialised, with a limit of
 * USERS_FILE_SIZE_MAX + 1 at least; a longer file is cut one byte above
 * USERS_FILE_SIZE_MAX, so that its parser refuses it. The caller wipes.
 */
enum err users_store_read(const char *path, struct buf *out) MUST_CHECK;
enum err users_store_write(const char *path, const struct buf *bytes) MUST_CHECK;

#endif
