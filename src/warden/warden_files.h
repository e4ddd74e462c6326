/*
 * warden_files - opens what the administrator named: configuration, certificate, key,
 * users, policy, data directory, programs, listening sockets.
 *
 * A file that is missing, readable by others where it must not be, or of the wrong kind
 * is refused with a sentence that names it and says what to do.
 */
#ifndef WARDEN_FILES_H
#define WARDEN_FILES_H

#include "warden.h"

struct warden_message {
    char text[1024];
};

/* The file and conf.d/ beside it, parsed. */
enum err warden_files_config(
    const char *path, struct conf **out, struct buf *errors_out) MUST_CHECK;

/* Opens a regular file; secret: refuses one that group or others may read. */
enum err warden_files_open(
    const char *path, bool secret, int *fd_out, struct warden_message *why) MUST_CHECK;
/* The whole of a file that is not secret. Initialises out; on an error it is empty. */
enum err warden_files_read(
    const char *path, size_t max, struct buf *out, struct warden_message *why) MUST_CHECK;
/* The PEM certificates of the file, without a private key that may stand in it too. */
enum err warden_files_chain(
    const char *path, struct buf *out, struct warden_message *why) MUST_CHECK;

/* The data directory, made if it is not there, and owned by uid (-1: left as it is). The
 * lock on it goes with the descriptor and its copies. */
enum err warden_files_data(
    const char *path, uid_t uid, int *fd_out, struct warden_message *why) MUST_CHECK;
/* Opens a program for execution. */
enum err warden_files_program(const char *dir, const char *name, int *fd_out,
    struct warden_message *why) MUST_CHECK;
/* Binds and listens. */
enum err warden_files_listen(const struct conf_listener *l, struct warden_listener *out,
    struct warden_message *why) MUST_CHECK;

#endif
