/*
 * log_segment - one .log file with its two indexes.
 *
 * A segment that is followed by another one is sealed: it was synced before the next was
 * made, so only the last segment of a log can be torn.
 *
 * Ownership: owns its descriptors until log_segment_close(); the file system table is
 * borrowed.
 */
#ifndef LOG_SEGMENT_H
#define LOG_SEGMENT_H

#include "err.h"
#include "log_fs.h"
#include "log_index.h"
#include "log_report.h"
#include "record_batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_SEGMENT_NAME_SIZE 40

struct log_segment {
    const struct log_fs *fs; /* borrowed */
    int dir;                 /* borrowed */
    int log_fd;
    int64_t base_offset;     /* also the name of its files */
    int64_t next_offset;     /* behind its last record */
    int64_t size;            /* bytes that count */
    int64_t first_timestamp; /* the greatest of the first batch with one; -1: none */
    int64_t max_timestamp;
    int64_t max_timestamp_offset; /* last offset of that batch */
    int64_t since_index;          /* bytes since the last entry of the offset index */
    int32_t index_interval;
    struct log_index offsets;
    struct log_index times;
};

struct log_segment_load {
    int64_t base_offset;
    bool last;
    bool torn; /* it may be: what a crash broke off at its end is cut, see log_tail.h */
    bool check_crc;    /* of every batch */
    int64_t batch_max; /* no batch is longer */
    int32_t index_interval;
    enum err (*on_batch)(void *user, const struct record_batch_header *h);
    void *user;
};

/* 20 digits and the suffix. */
void log_segment_name(
    char out[LOG_SEGMENT_NAME_SIZE], int64_t base_offset, const char *suffix);

/* A new, empty one. Negative errno on failure. */
int log_segment_create(const struct log_fs *fs, int dir, int64_t base_offset,
    int32_t index_interval, struct log_segment *out) MUST_CHECK;
/*
 * Opens, walks over all headers, makes the indexes right. ERR_CORRUPT: it is
 * damaged, and not as a torn tail is; nothing was changed in it.
 */
enum err log_segment_open(const struct log_fs *fs, int dir,
    const struct log_segment_load *load, struct log_segment *out,
    struct log_report *report) MUST_CHECK;
void log_segment_close(struct log_segment *s);
/* Closes it and removes its files, the indexes before the .log: a crash leaves none
 * without one. The snapshot of the producers goes last: it counts as long as the segment
 * does. Negative errno: what is left is found at the next opening. */
int log_segment_remove(struct log_segment *s) MUST_CHECK;

/* Appends one batch with its final header. Negative errno on failure; then nothing
 * counts. */
int log_segment_append(struct log_segment *s, const uint8_t *bytes,
    const struct record_batch_header *h) MUST_CHECK;
/* No more will be appended: last entry of the time index, and sync. Negative errno. */
int log_segment_seal(struct log_segment *s) MUST_CHECK;

struct log_place {
    int64_t position;
    struct record_batch_header header;
};

/* The first batch whose last offset is at least that; ERR_NOT_FOUND where all lie below.
 */
enum err log_segment_find(
    const struct log_segment *s, int64_t offset, struct log_place *out) MUST_CHECK;
/* The first batch whose max timestamp is at least that; or ERR_NOT_FOUND. */
enum err log_segment_find_time(
    const struct log_segment *s, int64_t timestamp, struct log_place *out) MUST_CHECK;
/*
 * The end of the last batch that ends at most at end_max, in a row of batches from start
 * (where one begins); start itself where the first is longer.
 */
enum err log_segment_cut(const struct log_segment *s, int64_t start, int64_t end_max,
    int64_t *end_out) MUST_CHECK;

#endif
