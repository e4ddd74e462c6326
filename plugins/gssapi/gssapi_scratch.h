/*
 * gssapi_scratch - the private folder of the plugin, and what Kerberos is to find there.
 *
 *   krb5-*.conf our settings, then the administrator's file; named by what is in it
 *   rcache      the replay cache; the library makes it
 *   none        does not exist: where the library would look for plugins and mechanisms
 *
 * Ours come first, and the first one counts: no name service is asked, no folder of
 * plugins is read.
 *
 * Trust: the file and the path are the administrator's. A line that names another file
 * is refused, because that file is not there once the sandbox has closed.
 *
 * Ownership: the folder is the caller's, and several processes may share it. Sets
 * environment variables: one instance at a time in a process.
 *
 * Limits: GSSAPI_CONF_MAX bytes, GSSAPI_PATH_MAX for a path.
 */
#ifndef GSSAPI_SCRATCH_H
#define GSSAPI_SCRATCH_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>

#define GSSAPI_CONF_MAX  ((size_t)256 << 10)
#define GSSAPI_PATH_MAX  200u
#define GSSAPI_NAMED_MAX (GSSAPI_PATH_MAX + 64u)

/* Reads a whole file from its beginning, wherever its descriptor stands. ERR_FULL: longer
 * than out's limit. */
enum err gssapi_scratch_read(int fd, struct buf *out) MUST_CHECK;

/* NULL: can be part of a setting. */
const char *gssapi_scratch_path_problem(const char *path) MUST_CHECK;

/* Writes krb5-*.conf and points the library at the folder. bytes may be NULL: there is no
 * file. ERR_INVALID: *line_out is the line that names another file. */
enum err gssapi_scratch_prepare(
    const char *folder, const void *bytes, size_t length, size_t *line_out) MUST_CHECK;

/* path and a random end, so that processes do not meet. */
void gssapi_scratch_name(char out[GSSAPI_NAMED_MAX], const char *path);
/* A new file, readable to us alone. */
enum err gssapi_scratch_write(
    const char *path, const void *bytes, size_t length) MUST_CHECK;
/* Overwrites and removes it. */
void gssapi_scratch_shred(const char *path, size_t length);

#endif
