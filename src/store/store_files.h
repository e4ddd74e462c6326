/*
 * store_files - the file calls of the process: those of the log, and two on directories;
 * and the names that a directory of ours may have.
 *
 * Trust: topic names come from broker and are checked here before they become a part of a
 * path: one component, never `.` or `..`, never a slash.
 */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include "ipc_message.h"
#include "log_fs.h"

#define STORE_NAME_MAX  255 /* of one component */
#define STORE_NAME_SIZE (STORE_NAME_MAX + 1)

struct store_files {
    struct log_fs fs;
    /* 0 or a negative errno. */
    int (*make)(void *context, int dir, const char *name);
    int (*remove)(void *context, int dir, const char *name);
};

struct store_files store_files_posix(void);
/* An open directory or a negative errno. */
int store_files_open_dir(const struct store_files *f, int dir, const char *name);

/* `<topic>-<n>`. ERR_INVALID for an illegal name, or one that is too long with its
 * number. */
enum err store_name_partition(
    struct ipc_view topic, int32_t partition, char out[STORE_NAME_SIZE]) MUST_CHECK;
/* True where a partition could have this name. */
bool store_name_is_partition(const char *name);
/* `<name>.<32 hex digits>-delete`, the name cut to fit. */
void store_name_deleted(const char *name, char out[STORE_NAME_SIZE]);
bool store_name_is_deleted(const char *name);
/* `quarantine.<name>.<8 hex digits>`, which no partition can have. */
void store_name_quarantine(const char *name, char out[STORE_NAME_SIZE]);

#endif
