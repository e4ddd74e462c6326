/*
 * log_scan - walk over the batch headers of a segment file, in pieces of one page.
 *
 * Trust: the file may be torn or damaged. A batch counts only when it lies wholly in the
 * file, its offsets follow those before it, and (where asked) its CRC is right.
 *
 * Ownership: borrows the descriptor. Allocates nothing.
 */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include "log_fs.h"
#include "record_batch.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_SCAN_WINDOW 4096

enum log_scan_result {
    LOG_SCAN_BATCH,
    LOG_SCAN_END,    /* the file ends where a batch ended */
    LOG_SCAN_BAD,    /* what stands at `position` is no batch */
    LOG_SCAN_FAILED, /* the file could not be read */
};

struct log_scan {
    const struct log_fs *fs; /* borrowed */
    int fd;                  /* borrowed */
    bool check_crc;
    int64_t size;        /* of the file, as far as it counts */
    int64_t position;    /* of the next batch */
    int64_t next_offset; /* the least offset that the next batch may have */
    int64_t offset_max;  /* no record may lie above it; no limit unless set */
    int64_t crc_bytes;   /* that checksums were computed of */
    int64_t window_start;
    size_t window_len;
    uint8_t window[LOG_SCAN_WINDOW];
};

/* position: where a batch begins; next_offset: no batch from there on may begin below it.
 */
void log_scan_init(struct log_scan *s, const struct log_fs *fs, int fd, int64_t size,
    int64_t position, int64_t next_offset);
/* On LOG_SCAN_BATCH: its header and where it begins; the scan then stands behind it. */
enum log_scan_result log_scan_next(
    struct log_scan *s, struct record_batch_header *out, int64_t *position_out);

#endif
