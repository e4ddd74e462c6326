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

#define LOG_EPOCH_NONE  (-1)
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
/* Of the record at that offset; -1 where the list begins after it. */
int32_t log_epochs_at(const struct log_epochs *e, int64_t offset);
/*
 * Where an epoch ends, as KIP-101 and KIP-320 have it: the latest epoch that is not above
 * the one asked for, and the offset behind its last record. {-1, -1} for one that is above
 * all. current is the leader's own, which begins at end_offset if it wrote nothing yet.
 */
struct log_epoch log_epochs_end_of(
    const struct log_epochs *e, int32_t asked, int32_t current, int64_t end_offset);
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
