/*
 * log_epochs - which leader epoch began at which offset; the file
 * leader-epoch-checkpoint.
 *
 * The truth is in the batch headers, so the list is made from them when a log is opened,
 * and the file follows: text, `0`, the number of entries, then `epoch offset` a line.
 *
 * Ownership: owns its list.
 */
#ifndef LOG_EPOCHS_H
#define LOG_EPOCHS_H

#include "err.h"
#include "log_fs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_EPOCHS_FILE "leader-epoch-checkpoint"

struct log_epoch {
    int32_t epoch;
    int64_t start_offset;
};

struct log_epochs {
    struct log_epoch *entries; /* both fields rise */
    size_t count;
    size_t capacity;
};

void log_epochs_fini(struct log_epochs *e);
/* -1 where there is none. */
int32_t log_epochs_latest(const struct log_epochs *e);
/* Adds where epoch lies above the latest one; *added_out says whether. */
enum err log_epochs_note(
    struct log_epochs *e, int32_t epoch, int64_t offset, bool *added_out) MUST_CHECK;
/* Takes back the entry that log_epochs_note() added last. */
void log_epochs_undo(struct log_epochs *e);
/* Forgets what ends at or below the offset, where the log begins now. True: the list
 * changed. */
bool log_epochs_trim(struct log_epochs *e, int64_t start_offset);
/* Writes the file, durably. */
enum err log_epochs_store(
    const struct log_epochs *e, const struct log_fs *fs, int dir) MUST_CHECK;

enum log_epochs_state {
    LOG_EPOCHS_SAME,    /* the file says what the list says */
    LOG_EPOCHS_STALE,   /* it says something else, or there is none */
    LOG_EPOCHS_DAMAGED, /* it cannot be read */
};
enum err log_epochs_compare(const struct log_epochs *e, const struct log_fs *fs, int dir,
    enum log_epochs_state *out) MUST_CHECK;

#endif
