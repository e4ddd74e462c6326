#include "log_partition.h"

#include "log_state.h"
#include "mem.h"
#include "record_batch.h"

#include <errno.h>

enum err log_state_reserve(struct log_partition *log)
{
    if (log->segment_count < log->segment_capacity) {
        return OK;
    }
    size_t capacity = log->segment_capacity > 0 ? log->segment_capacity * 2 : 2;
    struct log_segment *segments = mem_resize(log->segments, capacity, sizeof(*segments));
    if (segments == NULL) {
        return ERR_NOMEM;
    }
    log->segments = segments;
    log->segment_capacity = capacity;
    /* The indexes point at the table of file calls, which lives in the log, not in the
     * array. */
    return OK;
}

static size_t surplus(size_t count)
{
    return count > 0 ? count - 1 : 0;
}

void log_state_set_count(struct log_partition *log, size_t count)
{
    struct log_budget *budget = log->config.segments;

    if (budget != NULL) {
        budget->used = budget->used + surplus(count) - surplus(log->segment_count);
    }
    log->segment_count = count;
}

struct log_segment *log_state_last(const struct log_partition *log)
{
    INVARIANT(log->segment_count > 0);
    return &log->segments[log->segment_count - 1];
}

struct log_segment *log_state_segment(const struct log_partition *log, int64_t offset)
{
    size_t low = 0;
    size_t high = log->segment_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->segments[middle].next_offset <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < log->segment_count ? &log->segments[low] : NULL;
}

void log_partition_close(struct log_partition **log)
{
    struct log_partition *l = *log;

    if (l == NULL) {
        return;
    }
    INVARIANT(!l->flushing);
    for (size_t i = 0; i < l->segment_count; i++) {
        log_segment_close(&l->segments[i]);
    }
    log_state_set_count(l, 0);
    mem_free(l->segments);
    log_producers_fini(&l->producers);
    log_epochs_fini(&l->epochs);
    mem_free(l);
    *log = NULL;
}

static enum log_code check_bits(
    const struct record_batch_header *h, const struct log_append_rules *rules)
{
    if (rules->internal) {
        return LOG_CODE_NONE;
    }
    if (record_batch_has(h, RECORD_ATTRIBUTE_CONTROL) ||
        record_batch_has(h, RECORD_ATTRIBUTE_DELETE_HORIZON)) {
        return LOG_CODE_INVALID_RECORD;
    }
    return record_batch_has(h, RECORD_ATTRIBUTE_TRANSACTIONAL)
               ? LOG_CODE_INVALID_TXN_STATE
               : LOG_CODE_NONE;
}

static bool producer_fits(
    const struct record_batch_header *h, const struct log_append_rules *rules)
{
    if (!record_batch_has_producer(h)) {
        return true;
    }
    return h->producer_epoch >= 0 && (h->base_sequence >= 0 || rules->internal);
}

static bool is_too_new(const struct record_batch_header *h,
    const struct log_append_rules *rules, int64_t now_ms)
{
    int64_t newest;

    if (rules->internal || rules->append_time ||
        __builtin_add_overflow(now_ms, rules->after_max_ms, &newest)) {
        return false;
    }
    return h->max_timestamp > newest;
}

static enum log_code check_batch(const struct log_partition *log, const uint8_t *bytes,
    size_t len, const struct log_append_rules *rules, int64_t now_ms,
    struct record_batch_header *out)
{
    enum record_err e = record_batch_read(bytes, len, out);

    if (e != RECORD_OK) {
        return record_err_code(e) == LOG_CODE_CORRUPT_MESSAGE ? LOG_CODE_CORRUPT_MESSAGE
                                                              : LOG_CODE_INVALID_RECORD;
    }
    if (record_batch_size(out) != len) {
        return LOG_CODE_INVALID_RECORD;
    }
    if ((int64_t)len > rules->message_max_bytes) {
        return LOG_CODE_MESSAGE_TOO_LARGE;
    }
    if (!record_batch_check_crc(bytes, len)) {
        return LOG_CODE_CORRUPT_MESSAGE;
    }
    if (out->record_count <= 0 || out->last_offset_delta != out->record_count - 1 ||
        !producer_fits(out, rules)) {
        return LOG_CODE_INVALID_RECORD;
    }
    if ((int64_t)len > log->config.segment_bytes) {
        return LOG_CODE_RECORD_LIST_TOO_LARGE;
    }
    if (is_too_new(out, rules, now_ms)) {
        return LOG_CODE_INVALID_TIMESTAMP;
    }
    return check_bits(out, rules);
}

/* Producer state is for batches with a sequence; markers have none. */
static bool has_sequence(const struct record_batch_header *h)
{
    return record_batch_has_producer(h) && h->base_sequence >= 0;
}

static enum log_code check_sequence(struct log_partition *log,
    const struct record_batch_header *h, int64_t now_ms, struct log_appended *out)
{
    const struct log_producer_batch *before = NULL;

    if (!has_sequence(h)) {
        return LOG_CODE_NONE;
    }
    enum log_code code = log_producers_check(&log->producers, h, now_ms, &before);
    if (code != LOG_CODE_NONE) {
        return code;
    }
    if (before != NULL) {
        *out = (struct log_appended){.base_offset = before->base_offset,
            .last_offset = before->last_offset,
            .append_time_ms = before->timestamp, /* as Apache Kafka does it */
            .duplicate = true};
        return LOG_CODE_NONE;
    }
    switch (log_producers_reserve(&log->producers, h->producer_id, now_ms)) {
    case OK:
        return LOG_CODE_NONE;
    case ERR_FULL:
        return LOG_CODE_STORAGE_ERROR; /* the client tries again later */
    default:
        return LOG_CODE_UNKNOWN;
    }
}

static enum log_code fail_storage(struct log_partition *log)
{
    log->read_only = true;
    return LOG_CODE_STORAGE_ERROR;
}

/*
 * The present segment is synced before the next one exists, so that only the last one can
 * be torn; and before the snapshot, which must not know more than the disk does. While a
 * flush of it runs, its error may have gone to either caller: the flush decides.
 */
enum log_code log_state_roll(struct log_partition *log, int64_t now_ms)
{
    if (log_state_reserve(log) != OK) {
        return LOG_CODE_UNKNOWN;
    }
    if (log_segment_seal(log_state_last(log)) != 0 ||
        log_state_snapshot(log, now_ms) != OK) {
        return fail_storage(log);
    }
    if (log_segment_create(&log->fs, log->dir, log->end_offset,
            log->config.index_interval_bytes, &log->segments[log->segment_count]) != 0) {
        return LOG_CODE_STORAGE_ERROR; /* nothing was lost: the next append tries again */
    }
    log_state_set_count(log, log->segment_count + 1);
    log->dir_dirty = true;
    return LOG_CODE_NONE;
}

/* One log does not take all the segments that there are: above it, as where the budget
 * is spent. */
#define EARLY_ROLLS_MAX 200

static bool is_due_early(const struct log_partition *log, const struct log_segment *s,
    const struct record_batch_header *h)
{
    bool aged = s->first_timestamp >= 0 && h->max_timestamp > s->first_timestamp &&
                h->max_timestamp - s->first_timestamp > log->config.segment_ms;

    return aged || log_index_size(&s->offsets) > log->config.segment_index_bytes ||
           log_index_size(&s->times) > log->config.segment_index_bytes;
}

static bool must_roll(
    const struct log_partition *log, const struct record_batch_header *h)
{
    const struct log_config *c = &log->config;
    const struct log_segment *s = log_state_last(log);
    int64_t size = s->size + (int64_t)record_batch_size(h);
    bool has_room = log->segment_count < EARLY_ROLLS_MAX &&
                    (c->segments == NULL || c->segments->used < c->segments->max);
    int32_t most = has_room || c->segment_bytes_max <= c->segment_bytes
                       ? c->segment_bytes
                       : c->segment_bytes_max;

    if (s->size == 0) {
        return false;
    }
    return size > most || record_batch_last_offset(h) - s->base_offset > INT32_MAX ||
           (has_room && is_due_early(log, s, h));
}

static enum log_code note_epoch(struct log_partition *log, int32_t epoch)
{
    bool added = false;

    if (log_epochs_note(&log->epochs, epoch, log->end_offset, &added) != OK) {
        return LOG_CODE_UNKNOWN;
    }
    if (added && log_epochs_store(&log->epochs, &log->fs, log->dir) != OK) {
        log_epochs_undo(&log->epochs);
        return LOG_CODE_STORAGE_ERROR;
    }
    return LOG_CODE_NONE;
}

static void set_header(uint8_t *bytes, size_t len, const struct log_append_rules *rules,
    int64_t base_offset, int64_t now_ms)
{
    record_batch_set_base_offset(bytes, base_offset);
    record_batch_set_leader_epoch(bytes, rules->leader_epoch);
    if (rules->append_time) {
        record_batch_set_timestamps(bytes, len, true, now_ms);
    }
}

/* A full disk may have taken a part of the batch: that part goes again, and all is as
 * before. */
static enum log_code on_write_error(struct log_partition *log, int error)
{
    const struct log_segment *s = log_state_last(log);

    if (error != -ENOSPC && error != -EDQUOT) {
        return fail_storage(log);
    }
    if (log->fs.ops->truncate(log->fs.context, s->log_fd, s->size) != 0) {
        return fail_storage(log);
    }
    return LOG_CODE_STORAGE_ERROR;
}

static enum log_code write_batch(
    struct log_partition *log, const uint8_t *bytes, size_t len, int64_t now_ms)
{
    struct record_batch_header h;

    INVARIANT(record_batch_read(bytes, len, &h) == RECORD_OK);
    if (must_roll(log, &h)) {
        enum log_code code = log_state_roll(log, now_ms);
        if (code != LOG_CODE_NONE) {
            return code;
        }
    }
    enum log_code code = note_epoch(log, h.leader_epoch);
    if (code != LOG_CODE_NONE) {
        return code;
    }
    int error = log_segment_append(log_state_last(log), bytes, &h);
    if (error != 0) {
        return on_write_error(log, error);
    }
    if (has_sequence(&h)) {
        log_producers_note(&log->producers, &h, now_ms);
    }
    log->end_offset = record_batch_last_offset(&h) + 1;
    return LOG_CODE_NONE;
}

enum log_code log_partition_append(struct log_partition *log, uint8_t *bytes, size_t len,
    const struct log_append_rules *rules, int64_t now_ms, struct log_appended *out)
{
    struct record_batch_header h;

    if (log->read_only) {
        return LOG_CODE_STORAGE_ERROR;
    }
    *out = (struct log_appended){.duplicate = false};
    enum log_code code = check_batch(log, bytes, len, rules, now_ms, &h);
    if (code == LOG_CODE_NONE) {
        code = check_sequence(log, &h, now_ms, out);
    }
    if (code != LOG_CODE_NONE || out->duplicate) {
        return code;
    }
    if (h.record_count > INT64_MAX - 1 - log->end_offset) {
        return LOG_CODE_STORAGE_ERROR;
    }
    out->base_offset = log->end_offset;
    out->last_offset = log->end_offset + h.last_offset_delta;
    out->append_time_ms = rules->append_time ? now_ms : -1;
    set_header(bytes, len, rules, log->end_offset, now_ms);
    return write_batch(log, bytes, len, now_ms);
}

/* Where the batches below the bound end in this segment. */
static enum err bound_position(
    const struct log_segment *s, int64_t upper_bound, int64_t *out)
{
    struct log_place place;

    if (upper_bound >= s->next_offset) {
        *out = s->size;
        return OK;
    }
    enum err e = log_segment_find(s, upper_bound, &place);
    *out = e == OK ? place.position : s->size;
    return e;
}

static enum err slice(
    const struct log_segment *s, const struct log_read *read, struct log_slice *out)
{
    struct log_place first;
    int64_t bound = 0;
    int64_t end = 0;

    enum err e = log_segment_find(s, read->offset, &first);
    if (e == ERR_NOT_FOUND) {
        return OK; /* a gap in the offsets before a segment that is still empty */
    }
    if (e == OK) {
        e = bound_position(s, read->upper_bound, &bound);
    }
    if (e != OK || first.position >= bound) {
        return e;
    }
    end = bound;
    if ((uint64_t)(bound - first.position) > read->max_bytes) {
        e = log_segment_cut(
            s, first.position, first.position + (int64_t)read->max_bytes, &end);
    }
    if (e == OK && end == first.position && read->at_least_one) {
        end += (int64_t)record_batch_size(&first.header);
    }
    if (e == OK && end > first.position) {
        *out = (struct log_slice){.fd = s->log_fd,
            .position = first.position,
            .length = (size_t)(end - first.position)};
    }
    return e;
}

enum log_code log_partition_read(
    struct log_partition *log, const struct log_read *read, struct log_slice *out)
{
    *out = (struct log_slice){.fd = -1};
    if (read->offset < log_partition_start_offset(log) ||
        read->offset > log->end_offset) {
        return LOG_CODE_OFFSET_OUT_OF_RANGE;
    }
    const struct log_segment *s = log_state_segment(log, read->offset);
    if (s == NULL || read->offset >= read->upper_bound) {
        return LOG_CODE_NONE;
    }
    return slice(s, read, out) == OK ? LOG_CODE_NONE : LOG_CODE_STORAGE_ERROR;
}

void log_partition_configure(struct log_partition *log, int32_t segment_bytes,
    int64_t segment_ms, int32_t segment_index_bytes)
{
    log->config.segment_bytes = segment_bytes;
    log->config.segment_ms = segment_ms;
    log->config.segment_index_bytes = segment_index_bytes;
}

int64_t log_partition_start_offset(const struct log_partition *log)
{
    int64_t first = log->segments[0].base_offset;

    return log->deleted_below > first ? log->deleted_below : first;
}

int64_t log_partition_end_offset(const struct log_partition *log)
{
    return log->end_offset;
}

int64_t log_partition_flushed_offset(const struct log_partition *log)
{
    return log->flushed_offset;
}

int32_t log_partition_leader_epoch(const struct log_partition *log)
{
    return log_epochs_latest(&log->epochs);
}

int32_t log_partition_epoch_at(
    const struct log_partition *log, int64_t offset, int32_t current)
{
    return offset >= log->end_offset ? current : log_epochs_at(&log->epochs, offset);
}

struct log_epoch log_partition_end_of_epoch(
    const struct log_partition *log, int32_t asked, int32_t current)
{
    return log_epochs_end_of(&log->epochs, asked, current, log->end_offset);
}

bool log_partition_next_producer(const struct log_partition *log, size_t *cursor,
    int64_t now_ms, struct log_producer_state *out)
{
    return log_producers_next(&log->producers, cursor, now_ms, out);
}

int64_t log_partition_size_bytes(const struct log_partition *log)
{
    int64_t size = 0;

    for (size_t i = 0; i < log->segment_count; i++) {
        size += log->segments[i].size;
    }
    return size;
}

size_t log_partition_segment_count(const struct log_partition *log)
{
    return log->segment_count;
}

bool log_partition_is_read_only(const struct log_partition *log)
{
    return log->read_only;
}

bool log_flush_begin(struct log_partition *log, struct log_flush *job)
{
    if (log->read_only || log->flushing || log->flushed_offset >= log->end_offset) {
        return false;
    }
    *job = (struct log_flush){.fs = &log->fs,
        .log_fd = log_state_last(log)->log_fd,
        .dir = log->dir_dirty ? log->dir : -1,
        .target = log->end_offset};
    log->dir_dirty = false;
    log->flushing = true;
    return true;
}

int log_flush_run(const struct log_flush *job)
{
    int error = job->fs->ops->fdatasync(job->fs->context, job->log_fd);

    if (error == 0 && job->dir >= 0) {
        error = job->fs->ops->sync_dir(job->fs->context, job->dir);
    }
    return error;
}

enum err log_flush_end(struct log_partition *log, const struct log_flush *job, int result)
{
    INVARIANT(log->flushing);
    log->flushing = false;
    if (result != 0) {
        log->read_only = true;
    }
    if (log->read_only) {
        return ERR_IO;
    }
    if (job->target > log->flushed_offset) {
        log->flushed_offset = job->target;
    }
    return OK;
}

enum err log_partition_sync(struct log_partition *log)
{
    struct log_flush job;

    if (log_flush_begin(log, &job)) {
        return log_flush_end(log, &job, log_flush_run(&job));
    }
    return log->read_only ? ERR_IO : OK;
}

enum err log_partition_stop(struct log_partition *log, int64_t now_ms)
{
    enum err e = log_partition_sync(log);

    if (e == OK) {
        e = log_state_snapshot(log, now_ms);
    }
    if (e == OK && log->dir_dirty) {
        e = log->fs.ops->sync_dir(log->fs.context, log->dir) == 0 ? OK : ERR_IO;
        log->dir_dirty = false;
    }
    log->read_only = log->read_only || e != OK;
    return e;
}
