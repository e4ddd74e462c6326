#include "log_scan.h"

#include "record_crc.h"

void log_scan_init(struct log_scan *s, const struct log_fs *fs, int fd, int64_t size,
    int64_t position, int64_t next_offset)
{
    s->fs = fs;
    s->fd = fd;
    s->check_crc = false;
    s->size = size;
    s->position = position;
    s->next_offset = next_offset;
    s->offset_max = INT64_MAX - 1;
    s->crc_bytes = 0;
    s->window_start = 0;
    s->window_len = 0;
}

/* Bytes at position, at least len (at most the window) of them, or NULL. */
static const uint8_t *fetch(struct log_scan *s, int64_t position, size_t len)
{
    int64_t skip = position - s->window_start;

    if (skip >= 0 && (uint64_t)skip + len <= s->window_len) {
        return s->window + skip;
    }
    int64_t left = s->size - position;
    size_t n = left < LOG_SCAN_WINDOW ? (size_t)left : LOG_SCAN_WINDOW;
    s->window_len = 0;
    if (log_fs_read(s->fs, s->fd, s->window, n, position) != OK) {
        return NULL;
    }
    s->window_start = position;
    s->window_len = n;
    return s->window;
}

static enum log_scan_result check_crc(
    struct log_scan *s, const struct record_batch_header *h, int64_t position)
{
    int64_t at = position + RECORD_BATCH_CRC_START;
    int64_t end = position + (int64_t)record_batch_size(h);
    uint32_t crc = 0;

    while (at < end) {
        size_t n = end - at < LOG_SCAN_WINDOW ? (size_t)(end - at) : LOG_SCAN_WINDOW;
        const uint8_t *bytes = fetch(s, at, n);
        if (bytes == NULL) {
            return LOG_SCAN_FAILED;
        }
        crc = record_crc32c_extend(crc, bytes, n);
        at += (int64_t)n;
        s->crc_bytes += (int64_t)n;
    }
    return crc == h->crc ? LOG_SCAN_BATCH : LOG_SCAN_BAD;
}

static bool offsets_fit(const struct log_scan *s, const struct record_batch_header *h)
{
    int64_t last;

    return h->base_offset >= s->next_offset && h->last_offset_delta >= 0 &&
           h->record_count >= 0 && h->record_count - 1 <= h->last_offset_delta &&
           !__builtin_add_overflow(h->base_offset, h->last_offset_delta, &last) &&
           last <= s->offset_max;
}

enum log_scan_result log_scan_next(
    struct log_scan *s, struct record_batch_header *out, int64_t *position_out)
{
    int64_t left = s->size - s->position;

    if (left <= 0) {
        return LOG_SCAN_END;
    }
    if (left < RECORD_BATCH_HEADER_SIZE) {
        return LOG_SCAN_BAD;
    }
    const uint8_t *bytes = fetch(s, s->position, RECORD_BATCH_HEADER_SIZE);
    if (bytes == NULL) {
        return LOG_SCAN_FAILED;
    }
    if (record_batch_read_header(bytes, (size_t)left, out) != RECORD_OK ||
        !offsets_fit(s, out)) {
        return LOG_SCAN_BAD;
    }
    enum log_scan_result r =
        s->check_crc ? check_crc(s, out, s->position) : LOG_SCAN_BATCH;
    if (r == LOG_SCAN_BATCH) {
        *position_out = s->position;
        s->position += (int64_t)record_batch_size(out);
        s->next_offset = record_batch_last_offset(out) + 1;
    }
    return r;
}
