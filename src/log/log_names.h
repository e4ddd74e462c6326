/*
 * log_names - the files of a log's directory whose names begin with an offset.
 *
 * Trust: whatever lies in the directory. A name of another form is left alone.
 *
 * Ownership: owns its lists, each of at most LOG_NAMES_MAX offsets.
 */
#ifndef LOG_NAMES_H
#define LOG_NAMES_H

#include "err.h"
#include "log_fs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_NAMES_MAX ((size_t)1 << 20)

enum log_name_kind {
    LOG_NAME_SEGMENT,
    LOG_NAME_SNAPSHOT,
    LOG_NAME_LEFTOVER, /* of a snapshot that a crash kept from getting its name */
    LOG_NAME_KINDS,
};

struct log_name_list {
    int64_t *offsets; /* in order */
    size_t count;
    size_t capacity;
};

struct log_names {
    struct log_name_list of[LOG_NAME_KINDS];
};

/* ERR_FULL: more than there may be. */
enum err log_names_list(
    const struct log_fs *fs, int dir, struct log_names *out) MUST_CHECK;
void log_names_fini(struct log_names *n);
bool log_names_has(const struct log_names *n, enum log_name_kind kind, int64_t offset);

#endif
