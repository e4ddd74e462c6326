/*
 * Snapshots of producers: written when a segment or the log ends, looked at when it opens.
 *
 * What is known of producers beyond what the segments say. Opening reads the headers of
 * all batches anyway, and so knows the last five of each producer in the log, where a
 * snapshot has the last one only. It is needed for producers whose batches were all
 * removed since, and nothing else is taken from it: of what is in the log the log is the
 * witness, and a snapshot can not claim a batch that the disk has lost. The newest one
 * has all of them; older ones are there in case it is damaged.
 */
#include "log_segment.h"
#include "log_snapshot.h"
#include "log_state.h"
#include "mem.h"

#include <stdlib.h>

static struct log_snapshot_entry to_entry(const struct log_producer_state *p)
{
    return (struct log_snapshot_entry){.producer_id = p->id,
        .producer_epoch = p->epoch,
        .last_sequence = p->last_sequence,
        .last_offset = p->last_offset,
        .offset_delta = (int32_t)(p->last_offset - p->base_offset),
        .timestamp = p->last_timestamp,
        .coordinator_epoch = -1,
        .transaction_offset = -1};
}

/* Sequences are of 31 bits: before 0 comes the greatest. */
static int32_t sequence_before(int32_t sequence, int32_t distance)
{
    return sequence >= distance ? sequence - distance
                                : INT32_MAX - (distance - sequence - 1);
}

static struct log_producer_state to_state(const struct log_snapshot_entry *e)
{
    return (struct log_producer_state){.id = e->producer_id,
        .epoch = e->producer_epoch,
        .first_sequence = sequence_before(e->last_sequence, e->offset_delta),
        .last_sequence = e->last_sequence,
        .base_offset = e->last_offset - e->offset_delta,
        .last_offset = e->last_offset,
        .last_timestamp = e->timestamp};
}

/* Empty where memory fails. */
static struct log_snapshot collect(const struct log_partition *log, int64_t now_ms)
{
    struct log_snapshot s = {0};
    struct log_producer_state state;
    size_t count = log_producers_count(&log->producers);
    size_t cursor = 0;

    if (count > 0) {
        s.entries = mem_alloc(count, sizeof(s.entries[0]));
    }
    while (s.entries != NULL &&
           log_producers_next(&log->producers, &cursor, now_ms, &state)) {
        s.entries[s.count++] = to_entry(&state);
    }
    return s;
}

/*
 * A flush that runs may not have come to the directory yet. What the snapshot knows of
 * must not be taken back by a power cut while the snapshot stays.
 */
static enum err settle_entries(const struct log_partition *log)
{
    if (!log->dir_dirty && !log->flushing) {
        return OK;
    }
    return log->fs.ops->sync_dir(log->fs.context, log->dir) == 0 ? OK : ERR_IO;
}

enum err log_state_snapshot(struct log_partition *log, int64_t now_ms)
{
    enum err e = OK;

    if (log->snapshot_offset == log->end_offset) {
        return OK;
    }
    struct log_snapshot s = collect(log, now_ms);
    if (s.count > 0) {
        e = settle_entries(log);
    }
    if (s.count > 0 && e == OK &&
        log_snapshot_store(&s, &log->fs, log->dir, log->end_offset) == OK) {
        log->snapshot_offset = log->end_offset;
        log->dir_dirty = true;
    }
    log_snapshot_fini(&s);
    return e;
}

static int remove_snapshot(
    const struct log_partition *log, int64_t offset, const char *suffix)
{
    char name[LOG_SEGMENT_NAME_SIZE];

    log_segment_name(name, offset, suffix);
    return log->fs.ops->unlink(log->fs.context, log->dir, name);
}

static enum err set_aside(
    const struct log_partition *log, int64_t offset, struct log_report *report)
{
    char name[LOG_SEGMENT_NAME_SIZE];

    log_segment_name(name, offset, LOG_SNAPSHOT_SUFFIX);
    enum err e = log_fs_quarantine(&log->fs, log->dir, name);
    report->files_quarantined += e == OK ? 1 : 0;
    return e;
}

static int by_age(const void *a, const void *b)
{
    const struct log_snapshot_entry *x = a;
    const struct log_snapshot_entry *y = b;

    return (x->last_offset < y->last_offset) - (x->last_offset > y->last_offset);
}

/* The last to write first, for as many as there is room. */
static enum err take_removed(
    struct log_partition *log, const struct log_snapshot *s, int64_t now_ms)
{
    enum err e = OK;

    if (s->count > 1) {
        qsort(s->entries, s->count, sizeof(s->entries[0]), by_age);
    }
    for (size_t i = 0; e == OK && i < s->count; i++) {
        int64_t last = s->entries[i].last_offset;
        if (last >= 0 && last < log->segments[0].base_offset) {
            struct log_producer_state state = to_state(&s->entries[i]);
            e = log_producers_restore(&log->producers, &state, now_ms);
        }
    }
    return e == ERR_FULL ? OK : e;
}

static enum err take_snapshot(
    struct log_partition *log, int64_t offset, int64_t now_ms, struct log_report *report)
{
    struct log_snapshot s = {0};
    enum err e =
        log_snapshot_load(&log->fs, log->dir, offset, log->config.producers_max, &s);

    if (e == ERR_CORRUPT) {
        return set_aside(log, offset, report);
    }
    if (e == ERR_IO) {
        return OK; /* it may be whole: it stays, and an older one has to do */
    }
    if (e == OK) {
        log->snapshot_offset = offset;
        e = take_removed(log, &s, now_ms);
    }
    log_snapshot_fini(&s);
    return e;
}

/*
 * Behind the end lies what a crash took back: it has to go before the log grows past it
 * in another way. One below the start does not know who wrote before that. Of those
 * between, each segment keeps its own, and the newest stays in any case.
 */
static enum err settle_snapshot(struct log_partition *log, const struct log_names *names,
    int64_t offset, int64_t now_ms, struct log_report *report)
{
    if (offset > log->end_offset) {
        return remove_snapshot(log, offset, LOG_SNAPSHOT_SUFFIX) == 0 ? OK : ERR_IO;
    }
    if (offset >= log->segments[0].base_offset && log->snapshot_offset < 0) {
        return take_snapshot(log, offset, now_ms, report);
    }
    if (offset < log->segments[0].base_offset ||
        !log_names_has(names, LOG_NAME_SEGMENT, offset)) {
        (void)remove_snapshot(log, offset, LOG_SNAPSHOT_SUFFIX);
    }
    return OK;
}

enum err log_state_restore(struct log_partition *log, const struct log_names *names,
    int64_t now_ms, struct log_report *report)
{
    const struct log_name_list *leftovers = &names->of[LOG_NAME_LEFTOVER];
    const struct log_name_list *list = &names->of[LOG_NAME_SNAPSHOT];
    enum err e = OK;

    for (size_t i = 0; i < leftovers->count; i++) {
        (void)remove_snapshot(
            log, leftovers->offsets[i], LOG_SNAPSHOT_SUFFIX LOG_FS_TEMPORARY);
    }
    for (size_t i = list->count; e == OK && i > 0; i--) {
        e = settle_snapshot(log, names, list->offsets[i - 1], now_ms, report);
    }
    return e;
}
