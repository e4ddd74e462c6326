/* Where a log begins: segments that are too old or too much go, and what was deleted. */
#include "log_start.h"
#include "log_state.h"

#include <string.h>

#define REMOVALS_AT_ONCE 8

static bool is_too_old(
    const struct log_segment *s, const struct log_retention *rules, int64_t now_ms)
{
    return rules->ms >= 0 && s->max_timestamp >= 0 && now_ms > s->max_timestamp &&
           now_ms - s->max_timestamp > rules->ms;
}

/* surplus: bytes of the log above its limit. */
static size_t count_removable(const struct log_partition *log,
    const struct log_retention *rules, int64_t now_ms, size_t removals_max)
{
    int64_t surplus = rules->bytes < 0 ? 0 : log_partition_size_bytes(log) - rules->bytes;
    size_t n = 0;

    while (n < log->segment_count && n < removals_max) {
        const struct log_segment *s = &log->segments[n];
        bool is_deleted = s->size > 0 && s->next_offset <= log->deleted_below;
        bool too_much = rules->bytes >= 0 && s->size > 0 && surplus >= s->size;
        if ((!too_much && !is_deleted && !is_too_old(s, rules, now_ms)) ||
            s->next_offset > log->flushed_offset) {
            break;
        }
        surplus -= s->size;
        n++;
    }
    return n;
}

static enum err remove_first(struct log_partition *log, size_t count, size_t *removed_out)
{
    int error = 0;

    while (*removed_out < count && error == 0) {
        error = log_segment_remove(&log->segments[*removed_out]);
        ++*removed_out; /* closed, whatever became of its files */
    }
    log_state_set_count(log, log->segment_count - *removed_out);
    memmove(log->segments, log->segments + *removed_out,
        log->segment_count * sizeof(log->segments[0]));
    return error == 0 ? OK : ERR_IO;
}

/*
 * The entry of the segment that stays must be on the disk before those of the others go: a
 * log without any would begin at offset 0 again.
 */
static enum err make_ready(struct log_partition *log, size_t count, int64_t now_ms)
{
    if (count == log->segment_count && log_state_roll(log, now_ms) != LOG_CODE_NONE) {
        return ERR_IO;
    }
    if (!log->dir_dirty) {
        return OK;
    }
    if (log->fs.ops->sync_dir(log->fs.context, log->dir) != 0) {
        log->read_only = true;
        return ERR_IO;
    }
    log->dir_dirty = false;
    return OK;
}

enum err log_partition_retain(struct log_partition *log,
    const struct log_retention *rules, int64_t now_ms, size_t removals_max,
    size_t *removed_out)
{
    *removed_out = 0;
    if (log->read_only) {
        return OK; /* its files are evidence */
    }
    if (log->flushing) {
        return ERR_AGAIN; /* of a file that might go */
    }
    size_t count = count_removable(log, rules, now_ms, removals_max);
    if (count == 0) {
        return OK;
    }
    enum err e = make_ready(log, count, now_ms);
    if (e == OK) {
        e = remove_first(log, count, removed_out);
    }
    if (log_epochs_trim(&log->epochs, log_partition_start_offset(log)) && e == OK) {
        e = log_epochs_store(&log->epochs, &log->fs, log->dir);
    }
    if (e == OK && log->fs.ops->sync_dir(log->fs.context, log->dir) != 0) {
        e = ERR_IO;
    }
    return e;
}

enum log_code log_partition_delete_before(struct log_partition *log, int64_t offset)
{
    struct log_retention rules = {.ms = -1, .bytes = -1};
    size_t removed;

    offset = offset == -1 ? log->flushed_offset : offset;
    if (offset < 0 || offset > log->flushed_offset) {
        return LOG_CODE_OFFSET_OUT_OF_RANGE;
    }
    if (offset <= log_partition_start_offset(log)) {
        return LOG_CODE_NONE;
    }
    if (log->read_only || log_start_store(&log->fs, log->dir, offset) != OK) {
        return LOG_CODE_STORAGE_ERROR;
    }
    log->deleted_below = offset;
    /* Nobody can read them any more: files that do not go now, go with the next ones. At
     * the time 0 no producer is too old for a snapshot; whoever reads it looks again. */
    (void)!log_partition_retain(log, &rules, 0, REMOVALS_AT_ONCE, &removed);
    return LOG_CODE_NONE;
}
