/*
 * sandbox_root - small read-only file trees, one a program, that hold what its start
 * needs.
 *
 * They live on a tmpfs that is stacked over the warden's own root: no path leads there,
 * only a descriptor. Functions return 0 or an errno. Internal to this folder.
 */
#ifndef SANDBOX_ROOT_H
#define SANDBOX_ROOT_H

#include "sandbox_libraries.h"

/* A private mount namespace must be in force. The descriptor of the empty tmpfs is the
 * answer. */
int sandbox_root_open(int *fd_out) MUST_CHECK;
/* libraries: NULL for an empty root. */
int sandbox_root_add(
    int roots_fd, const char *name, const struct sandbox_libraries *libraries) MUST_CHECK;
/* A small file system of its own in that root, which only that user can reach. */
int sandbox_root_add_scratch(int roots_fd, const char *name, uid_t uid) MUST_CHECK;
/* A directory of the host, at its own path in that root; after the seal it can be written to
 * again. */
int sandbox_root_add_directory(
    int roots_fd, const char *name, const char *path) MUST_CHECK;
int sandbox_root_open_directory(
    int roots_fd, const char *name, const char *path) MUST_CHECK;
int sandbox_root_seal(int roots_fd) MUST_CHECK;
/* After that: it can be written to, as the only part of its root. */
int sandbox_root_open_scratch(int roots_fd, const char *name) MUST_CHECK;
/* In the child, whose working directory is the tmpfs: makes `name` its root, drops the
 * old one. */
int sandbox_root_enter(const char *name) MUST_CHECK;

#endif
