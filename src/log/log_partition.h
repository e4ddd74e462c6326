/*
 * log_partition - the log of one partition: a directory in Apache Kafka's on-disk form.
 *
 * Append checks again what a compromised gate could have left out (header, CRC, counts,
 * sizes, control and transactional bits, producer sequences); it never decompresses.
 * Offsets are given here. Reads hand out whole batches as a file range.
 *
 * Durability: what was appended is durable below log_partition_flushed_offset(), and only
 * there. A flush has three parts, so that the slow one can run in another thread. After a
 * failed sync or a failed write (a full disk excepted) the log is read-only until it is
 * opened again: what the kernel has dropped must not be called durable by a second try.
 *
 * Trust: the batch comes from a peer, the files may be torn. Time comes as an argument.
 *
 * Ownership: owns its descriptors; the directory descriptor is borrowed for the log's
 * life.
 */
#ifndef LOG_PARTITION_H
#define LOG_PARTITION_H

#include "err.h"
#include "log_budget.h"
#include "log_code.h"
#include "log_epochs.h"
#include "log_fs.h"
#include "log_producers.h"
#include "log_report.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_partition;

struct log_config {
    struct wire_uuid topic_id;
    int32_t segment_bytes;       /* a batch above it is refused */
    int32_t segment_bytes_max;   /* where there are too many segments; 0: segment_bytes */
    int64_t segment_ms;          /* of records' time between first and last; above zero */
    int32_t segment_index_bytes; /* a full index begins a new segment, too */
    int32_t batch_max;           /* what was written is no longer; 0: segment_bytes */
    int32_t index_interval_bytes; /* one index entry for about so many bytes */
    size_t producers_max;
    int64_t producer_expiry_ms;
    struct log_budget *producers; /* borrowed for the log's life; NULL: no common limit */
    /* The same: each keeps descriptors. Where it is spent, only size ends a segment, and
     * that at segment_bytes_max. */
    struct log_budget *segments;
    bool clean; /* closed by the last one to use it: checks no CRC, cuts nothing */
};

/* Kafka's defaults: 1 GiB, seven days, 10 MiB, 4096, one day; 10,000 producers. */
struct log_config log_config_default(struct wire_uuid topic_id);

/*
 * Opens or creates the log in dir. Of the last segment what a crash broke off is cut and
 * kept in `<base offset>.log.torn`; never in a log that was closed in good order (clean).
 * Indexes and checkpoints that cannot be read are renamed and made again; snapshots of
 * the producers are renamed, too, and done without. All that it finds is durable
 * afterwards. ERR_CORRUPT: a segment is damaged, and not as a crash damages it; the
 * report says where. No .log file was changed then, only indexes of the segments before
 * may have been made again. ERR_DENIED: the directory belongs to another topic id; it is
 * left as it is.
 */
enum err log_partition_open(const struct log_fs *fs, int dir,
    const struct log_config *config, int64_t now_ms, struct log_partition **out,
    struct log_report *report_out) MUST_CHECK;
/* No flush may be running. Does not flush: see log_partition_stop(). Accepts NULL inside.
 */
void log_partition_close(struct log_partition **log);

/* The next segment, and how batches are judged, go by these from now on. */
void log_partition_configure(struct log_partition *log, int32_t segment_bytes,
    int64_t segment_ms, int32_t segment_index_bytes);

struct log_retention {
    int64_t ms;    /* -1: no limit. Records without a timestamp have no age */
    int64_t bytes; /* -1: no limit */
};

/*
 * Removes whole segments from the start: those whose newest record is too old, and those
 * without which the log still has as many bytes as it may; at most removals_max, and none
 * that is not durable. Where all of it goes, an empty segment begins at its end.
 * *removed_out also says how many went before an error. ERR_AGAIN: a flush is running.
 */
enum err log_partition_retain(struct log_partition *log,
    const struct log_retention *rules, int64_t now_ms, size_t removals_max,
    size_t *removed_out) MUST_CHECK;

/*
 * From now on the log begins at that offset, durably; -1: at what is durable. Segments
 * that lie below it as a whole are removed. LOG_CODE_OFFSET_OUT_OF_RANGE above what is
 * durable; below the present start nothing changes.
 */
enum log_code log_partition_delete_before(
    struct log_partition *log, int64_t offset) MUST_CHECK;

struct log_append_rules {
    int32_t message_max_bytes;
    int32_t leader_epoch;
    bool append_time; /* message.timestamp.type=LogAppendTime */
    /* How far ahead of now records may be: one that never grows old would keep all that
     * comes behind it. Not of internal ones. */
    int64_t after_max_ms;
    bool internal; /* the broker's own records: transactional and control batches too */
};

struct log_appended {
    int64_t base_offset;
    int64_t last_offset;
    int64_t append_time_ms; /* -1 unless append_time */
    bool duplicate; /* nothing was written: these are the offsets of the first time */
};

/* bytes: exactly one batch; changed in place (offsets, epoch, timestamps). */
enum log_code log_partition_append(struct log_partition *log, uint8_t *bytes, size_t len,
    const struct log_append_rules *rules, int64_t now_ms,
    struct log_appended *out) MUST_CHECK;

/* A range of one file, valid while the log is open: appends never change it. */
struct log_slice {
    int fd; /* borrowed; -1 when length is 0 */
    int64_t position;
    size_t length;
};

struct log_read {
    int64_t offset;
    int64_t upper_bound; /* nothing at or above it; usually the flushed offset */
    size_t max_bytes;
    bool at_least_one; /* the first batch whole, even when it is larger than max_bytes */
};

/*
 * Whole batches of one segment, the first of which holds offset. Empty at or above the
 * bound. LOG_CODE_OFFSET_OUT_OF_RANGE outside [start, end].
 */
enum log_code log_partition_read(struct log_partition *log, const struct log_read *read,
    struct log_slice *out) MUST_CHECK;

int64_t log_partition_start_offset(const struct log_partition *log);
int64_t log_partition_end_offset(const struct log_partition *log);
int64_t log_partition_flushed_offset(const struct log_partition *log);
int32_t log_partition_leader_epoch(
    const struct log_partition *log); /* -1: no batch yet */
/* Of the record at that offset, or that comes there: current is the leader's own. */
int32_t log_partition_epoch_at(
    const struct log_partition *log, int64_t offset, int32_t current);
/* As log_epochs_end_of(). */
struct log_epoch log_partition_end_of_epoch(
    const struct log_partition *log, int32_t asked, int32_t current);
/* As log_producers_next(). */
bool log_partition_next_producer(const struct log_partition *log, size_t *cursor,
    int64_t now_ms, struct log_producer_state *out);
int64_t log_partition_size_bytes(const struct log_partition *log);
size_t log_partition_segment_count(const struct log_partition *log);
bool log_partition_is_read_only(const struct log_partition *log);

struct log_flush {
    const struct log_fs *fs; /* borrowed */
    int log_fd;              /* borrowed: open until log_flush_end() */
    int dir;                 /* borrowed; -1: no directory entry is new */
    int64_t target;          /* durable below it, if this goes well */
};

/* False: nothing to do, one is running, or the log is read-only. */
bool log_flush_begin(struct log_partition *log, struct log_flush *job) MUST_CHECK;
/* Shares nothing with the log: may run in any thread. 0 or a negative errno. */
int log_flush_run(const struct log_flush *job) MUST_CHECK;
/* result: what log_flush_run() gave. */
enum err log_flush_end(
    struct log_partition *log, const struct log_flush *job, int result) MUST_CHECK;
/* All three parts at once, for callers without threads. */
enum err log_partition_sync(struct log_partition *log) MUST_CHECK;
/* The same for a clean stop: what is known of the producers is written down, too. */
enum err log_partition_stop(struct log_partition *log, int64_t now_ms) MUST_CHECK;

struct log_found {
    int64_t offset;    /* -1: none */
    int64_t timestamp; /* -1: none */
};

/*
 * The first record whose timestamp is at least that. In a compressed batch this is the
 * first record of the batch, which may be older: a consumer then reads a little more,
 * never less.
 */
enum err log_partition_find_time(
    struct log_partition *log, int64_t timestamp, struct log_found *out) MUST_CHECK;
/* The record with the greatest timestamp; in a compressed batch the last record of the
 * batch. */
enum err log_partition_find_max_time(
    struct log_partition *log, struct log_found *out) MUST_CHECK;

#endif
