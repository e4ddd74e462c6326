#include "log_tail.h"

#include "log_scan.h"
#include "log_segment.h"

#include <fcntl.h>
#include <string.h>

#define SECTOR 512
/* What a search may compute checksums of, beside the length of the file. */
#define SEARCH_CRC_MAX ((int64_t)64 << 20)

static int64_t offset_max(const struct log_tail *t)
{
    int64_t max;

    return __builtin_add_overflow(t->base_offset, INT32_MAX, &max) ? INT64_MAX - 1 : max;
}

/* Where the batch at the place says that it ends; -1 where that can not be believed. */
static enum err claimed_end(const struct log_tail *t, int64_t *end_out)
{
    uint8_t bytes[RECORD_BATCH_HEADER_SIZE];
    struct record_batch_header h;

    *end_out = -1;
    if (log_fs_read(t->fs, t->fd, bytes, sizeof(bytes), t->position) != OK) {
        return ERR_IO;
    }
    if (record_batch_read_header(bytes, SIZE_MAX, &h) == RECORD_OK &&
        h.base_offset >= t->next_offset && h.base_offset <= offset_max(t) &&
        (int64_t)record_batch_size(&h) <= t->batch_max) {
        *end_out = t->position + (int64_t)record_batch_size(&h);
    }
    return OK;
}

/* A sector that touches [start, end) and holds nothing, from start on: never written. */
static enum err find_hole(
    const struct log_tail *t, int64_t start, int64_t end, bool *found_out)
{
    uint8_t bytes[SECTOR];

    *found_out = false;
    while (start < end && !*found_out) {
        int64_t stop = start - start % SECTOR + SECTOR;
        stop = stop < t->file_size ? stop : t->file_size;
        size_t n = (size_t)(stop - start);
        if (log_fs_read(t->fs, t->fd, bytes, n, start) != OK) {
            return ERR_IO;
        }
        *found_out = bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
        start = stop;
    }
    return OK;
}

/* A whole batch that begins at `start` or anywhere behind it. */
static enum err find_batch(const struct log_tail *t, int64_t start, bool *found_out)
{
    struct log_scan scan;
    struct record_batch_header h;
    int64_t position;

    log_scan_init(&scan, t->fs, t->fd, t->file_size, start, t->base_offset);
    scan.check_crc = true;
    scan.offset_max = offset_max(t);
    *found_out = false;
    for (int64_t at = start; at <= t->file_size - RECORD_BATCH_HEADER_SIZE; at++) {
        scan.position = at;
        enum log_scan_result r = log_scan_next(&scan, &h, &position);
        if (r == LOG_SCAN_FAILED) {
            return ERR_IO;
        }
        if (r == LOG_SCAN_BATCH || scan.crc_bytes > t->file_size + SEARCH_CRC_MAX) {
            *found_out = true;
            return OK;
        }
    }
    return OK;
}

enum err log_tail_is_torn(const struct log_tail *t, bool *torn_out)
{
    int64_t end = -1;
    bool hole = false;
    bool found = false;

    *torn_out = true;
    if (t->file_size - t->position < RECORD_BATCH_HEADER_SIZE) {
        return OK;
    }
    enum err e = claimed_end(t, &end);
    if (e != OK || end >= t->file_size) {
        return e; /* the last write, broken off */
    }
    if (end >= 0) {
        /* Zeros at the start of a header that can be believed mean nothing. */
        e = find_hole(t, t->position - t->position % SECTOR + SECTOR, end, &hole);
    } else {
        e = find_hole(t, t->position, t->position + RECORD_BATCH_HEADER_SIZE, &hole);
    }
    if (e == OK && !hole) {
        e = find_batch(t, end >= 0 ? end : t->position, &found);
        *torn_out = !found;
    }
    return e;
}

static enum err copy(const struct log_tail *t, int to)
{
    uint8_t bytes[LOG_SCAN_WINDOW];
    int64_t length = t->file_size - t->position;

    for (int64_t done = 0; done < length; done += LOG_SCAN_WINDOW) {
        int64_t left = length - done;
        size_t n = left < LOG_SCAN_WINDOW ? (size_t)left : LOG_SCAN_WINDOW;
        if (log_fs_read(t->fs, t->fd, bytes, n, t->position + done) != OK ||
            log_fs_write(t->fs, to, bytes, n, done) != 0) {
            return ERR_IO;
        }
    }
    return t->fs->ops->fdatasync(t->fs->context, to) == 0 ? OK : ERR_IO;
}

static enum err keep(const struct log_tail *t)
{
    char name[LOG_SEGMENT_NAME_SIZE];

    log_segment_name(name, t->base_offset, LOG_TAIL_SUFFIX);
    int to = t->fs->ops->open(t->fs->context, t->dir, name, O_RDWR | O_CREAT | O_TRUNC);
    if (to < 0) {
        return ERR_IO;
    }
    enum err e = copy(t, to);
    t->fs->ops->close(t->fs->context, to);
    if (e == OK && t->fs->ops->sync_dir(t->fs->context, t->dir) != 0) {
        e = ERR_IO;
    }
    return e;
}

enum err log_tail_cut(const struct log_tail *t)
{
    enum err e = keep(t);

    if (e == OK && t->fs->ops->truncate(t->fs->context, t->fd, t->position) != 0) {
        e = ERR_IO;
    }
    return e;
}
