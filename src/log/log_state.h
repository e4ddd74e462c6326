/*
 * log_state - the inside of a struct log_partition; included by the files of this folder
 * only.
 */
#ifndef LOG_STATE_H
#define LOG_STATE_H

#include "log_epochs.h"
#include "log_names.h"
#include "log_partition.h"
#include "log_producers.h"
#include "log_segment.h"

struct log_partition {
    struct log_fs fs;
    int dir; /* borrowed */
    struct log_config config;
    struct log_segment *segments; /* in order; the last one is written to */
    size_t segment_count;
    size_t segment_capacity;
    struct log_producers producers;
    struct log_epochs epochs;
    int64_t deleted_below; /* what somebody had deleted; 0: nothing */
    int64_t end_offset;
    int64_t flushed_offset;
    int64_t snapshot_offset; /* of the newest snapshot of the producers; -1: none */
    bool dir_dirty;          /* a file was made since the directory was synced */
    bool flushing;
    bool read_only;
};

/* Room for one more segment. */
enum err log_state_reserve(struct log_partition *log) MUST_CHECK;
/* So many of them count from now on. */
void log_state_set_count(struct log_partition *log, size_t count);
/* The next segment becomes the one that is written to. */
enum log_code log_state_roll(struct log_partition *log, int64_t now_ms) MUST_CHECK;
struct log_segment *log_state_last(const struct log_partition *log);
/* The segment that holds the offset, or the first above it; NULL when all lie below. */
struct log_segment *log_state_segment(const struct log_partition *log, int64_t offset);

/*
 * Writes down what is known of the producers at the end of the log, below which all is
 * durable; no file where none is known. One that can not be written is done without.
 * ERR_IO: the directory could not be synced. The new entry still has to be.
 */
enum err log_state_snapshot(struct log_partition *log, int64_t now_ms) MUST_CHECK;
/*
 * Once all segments are open: makes known again whom only a snapshot remembers, and
 * clears away snapshots that are of no use. The directory has to be synced afterwards.
 */
enum err log_state_restore(struct log_partition *log, const struct log_names *names,
    int64_t now_ms, struct log_report *report) MUST_CHECK;

#endif
