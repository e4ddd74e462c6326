/* Finding records by their time. */
#include "log_state.h"
#include "mem.h"
#include "record_reader.h"

/* The records part of an uncompressed batch; NULL where memory or disk fail. */
static uint8_t *load_records(
    const struct log_segment *s, const struct log_place *place, size_t *len_out)
{
    size_t len = record_batch_size(&place->header) - RECORD_BATCH_HEADER_SIZE;
    uint8_t *bytes = mem_alloc(len, 1);

    if (bytes != NULL && log_fs_read(s->fs, s->log_fd, bytes, len,
                             place->position + RECORD_BATCH_HEADER_SIZE) != OK) {
        mem_free(bytes);
        return NULL;
    }
    *len_out = len;
    return bytes;
}

/*
 * The first record of the batch that is at least as new. The batch's own word stands
 * where no record agrees with it: its last record, at its max timestamp.
 */
static enum err find_in_records(const struct log_segment *s,
    const struct log_place *place, int64_t timestamp, struct log_found *out)
{
    const struct record_batch_header *h = &place->header;
    struct record record;
    size_t len = 0;
    uint8_t *bytes = load_records(s, place, &len);

    if (bytes == NULL) {
        return ERR_IO;
    }
    struct record_reader r = record_reader_init(bytes, len, h->record_count);
    *out = (struct log_found){
        .offset = record_batch_last_offset(h), .timestamp = h->max_timestamp};
    while (record_reader_next(&r, &record)) {
        int64_t t;
        bool inside =
            record.offset_delta >= 0 && record.offset_delta <= h->last_offset_delta;
        if (inside &&
            !__builtin_add_overflow(h->base_timestamp, record.timestamp_delta, &t) &&
            t >= timestamp) {
            *out = (struct log_found){
                .offset = h->base_offset + record.offset_delta, .timestamp = t};
            break;
        }
    }
    mem_free(bytes);
    return OK;
}

static bool records_have_times(const struct record_batch_header *h)
{
    return record_batch_codec(h) == RECORD_CODEC_NONE &&
           !record_batch_has(h, RECORD_ATTRIBUTE_APPEND_TIME);
}

static enum err find_in_segment(
    const struct log_segment *s, int64_t timestamp, struct log_found *out)
{
    struct log_place place;
    enum err e = log_segment_find_time(s, timestamp, &place);

    if (e != OK) {
        return e;
    }
    if (records_have_times(&place.header)) {
        return find_in_records(s, &place, timestamp, out);
    }
    *out = (struct log_found){
        .offset = place.header.base_offset, .timestamp = place.header.max_timestamp};
    return OK;
}

/* What was deleted and lies in a file still is not found: the first that is left is as good
 * for a consumer, who then reads a little more. */
static void skip_deleted(const struct log_partition *log, struct log_found *found)
{
    if (found->offset >= 0 && found->offset < log_partition_start_offset(log)) {
        found->offset = log_partition_start_offset(log);
        found->timestamp = -1;
    }
    if (found->offset >= log->end_offset) {
        *found = (struct log_found){.offset = -1, .timestamp = -1};
    }
}

enum err log_partition_find_time(
    struct log_partition *log, int64_t timestamp, struct log_found *out)
{
    enum err e = OK;

    *out = (struct log_found){.offset = -1, .timestamp = -1};
    for (size_t i = 0; i < log->segment_count; i++) {
        const struct log_segment *s = &log->segments[i];
        if (s->size > 0 && s->max_timestamp >= timestamp &&
            s->next_offset > log_partition_start_offset(log)) {
            e = find_in_segment(s, timestamp, out);
            break;
        }
    }
    skip_deleted(log, out);
    return e;
}

enum err log_partition_find_max_time(struct log_partition *log, struct log_found *out)
{
    const struct log_segment *best = NULL;
    struct log_place place;

    *out = (struct log_found){.offset = -1, .timestamp = -1};
    for (size_t i = 0; i < log->segment_count; i++) {
        const struct log_segment *s = &log->segments[i];
        if (s->max_timestamp >= 0 && s->next_offset > log_partition_start_offset(log) &&
            (best == NULL || s->max_timestamp > best->max_timestamp)) {
            best = s;
        }
    }
    if (best == NULL) {
        return OK;
    }
    enum err e = log_segment_find_time(best, best->max_timestamp, &place);
    if (e != OK) {
        return e;
    }
    if (records_have_times(&place.header)) {
        e = find_in_records(best, &place, best->max_timestamp, out);
    } else {
        *out = (struct log_found){.offset = record_batch_last_offset(&place.header),
            .timestamp = place.header.max_timestamp};
    }
    skip_deleted(log, out);
    return e;
}
