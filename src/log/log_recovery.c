/* Opening a log: which files there are, and what in them can be believed. */
#include "log_identity.h"
#include "log_start.h"
#include "log_state.h"
#include "mem.h"

#define SEGMENT_BYTES      (1 << 30)
#define SEGMENT_MS         ((int64_t)7 * 24 * 60 * 60 * 1000)
#define INDEX_BYTES        (10 * 1024 * 1024)
#define INDEX_INTERVAL     4096
#define PRODUCERS_MAX      10000
#define PRODUCER_EXPIRY_MS ((int64_t)24 * 60 * 60 * 1000)

struct log_config log_config_default(struct wire_uuid topic_id)
{
    return (struct log_config){.topic_id = topic_id,
        .segment_bytes = SEGMENT_BYTES,
        .segment_ms = SEGMENT_MS,
        .segment_index_bytes = INDEX_BYTES,
        .index_interval_bytes = INDEX_INTERVAL,
        .producers_max = PRODUCERS_MAX,
        .producer_expiry_ms = PRODUCER_EXPIRY_MS};
}

struct recovery {
    struct log_partition *log;
    struct log_report *report;
    int64_t now_ms;
    struct log_names names;
};

/*
 * Producers and epochs follow from the headers. A producer counts as heard of now:
 * timestamps are the client's, and an old one must not make its retries unknown. Where
 * the budget is spent it stays unknown: what other logs remember is no reason not to open
 * this one.
 */
static enum err on_batch(void *user, const struct record_batch_header *h)
{
    const struct recovery *r = user;
    struct log_partition *log = r->log;
    bool added = false;
    enum err e = OK;

    if (record_batch_has_producer(h) && h->base_sequence >= 0 &&
        !record_batch_has(h, RECORD_ATTRIBUTE_CONTROL)) {
        e = log_producers_reserve(&log->producers, h->producer_id, r->now_ms);
        if (e == OK) {
            log_producers_note(&log->producers, h, r->now_ms);
        }
        e = e == ERR_FULL ? OK : e;
    }
    return e == OK
               ? log_epochs_note(&log->epochs, h->leader_epoch, h->base_offset, &added)
               : e;
}

static int64_t batch_max(const struct log_config *config)
{
    return config->batch_max > 0 ? config->batch_max : config->segment_bytes;
}

static enum err load_segment(struct recovery *r, int64_t base_offset, bool last)
{
    struct log_partition *log = r->log;
    struct log_segment_load load = {.base_offset = base_offset,
        .last = last,
        .torn = last && !log->config.clean,
        .check_crc = last && !log->config.clean,
        .batch_max = batch_max(&log->config),
        .index_interval = log->config.index_interval_bytes,
        .on_batch = on_batch,
        .user = r};
    enum err e = log_state_reserve(log);

    /* A segment that begins before the last one ends: neither can be believed. */
    if (e == OK && base_offset < log->end_offset) {
        r->report->damaged_segment = base_offset;
        return ERR_CORRUPT;
    }
    if (e == OK) {
        e = log_segment_open(
            &log->fs, log->dir, &load, &log->segments[log->segment_count], r->report);
    }
    if (e == OK) {
        log->end_offset = log->segments[log->segment_count].next_offset;
        log_state_set_count(log, log->segment_count + 1);
    }
    return e;
}

static enum err load_segments(struct recovery *r)
{
    const struct log_name_list *list = &r->names.of[LOG_NAME_SEGMENT];
    enum err e = OK;

    for (size_t i = 0; e == OK && i < list->count; i++) {
        e = load_segment(r, list->offsets[i], i + 1 == list->count);
    }
    return e;
}

static enum err create_first(struct log_partition *log)
{
    enum err e = log_state_reserve(log);

    if (e != OK) {
        return e;
    }
    if (log_segment_create(&log->fs, log->dir, 0, log->config.index_interval_bytes,
            &log->segments[0]) != 0) {
        return ERR_IO;
    }
    log_state_set_count(log, 1);
    return OK;
}

/* Before anything is touched: is this directory ours? */
static enum err check_identity(
    const struct log_partition *log, enum log_identity_state *state_out)
{
    enum err e =
        log_identity_compare(&log->fs, log->dir, log->config.topic_id, state_out);

    return e == OK && *state_out == LOG_IDENTITY_OTHER ? ERR_DENIED : e;
}

static enum err repair_identity(const struct log_partition *log,
    enum log_identity_state state, struct log_report *report)
{
    if (state == LOG_IDENTITY_SAME) {
        return OK;
    }
    if (state == LOG_IDENTITY_DAMAGED) {
        enum err e = log_fs_quarantine(&log->fs, log->dir, LOG_IDENTITY_FILE);
        if (e != OK) {
            return e;
        }
        report->files_quarantined++;
    }
    report->identity_written = log->segment_count > 0;
    return log_identity_store(&log->fs, log->dir, log->config.topic_id);
}

static enum err repair_epochs(const struct log_partition *log, struct log_report *report)
{
    enum log_epochs_state state;
    enum err e = log_epochs_compare(&log->epochs, &log->fs, log->dir, &state);

    if (e != OK || state == LOG_EPOCHS_SAME) {
        return e;
    }
    if (state == LOG_EPOCHS_DAMAGED) {
        e = log_fs_quarantine(&log->fs, log->dir, LOG_EPOCHS_FILE);
        if (e != OK) {
            return e;
        }
        report->files_quarantined++;
    }
    report->epochs_rebuilt = log->segment_count > 0;
    return log_epochs_store(&log->epochs, &log->fs, log->dir);
}

static enum err load_start(struct log_partition *log, struct log_report *report)
{
    enum err e = log_start_load(&log->fs, log->dir, &log->deleted_below);

    if (e == ERR_CORRUPT) {
        e = log_fs_quarantine(&log->fs, log->dir, LOG_START_FILE);
        report->files_quarantined++;
        log->deleted_below = 0;
    }
    /* Only what was durable was deleted: the end was lost, and what comes next is new. */
    if (e == OK && log->deleted_below > log->end_offset) {
        log->deleted_below = log->end_offset;
        e = log_start_store(&log->fs, log->dir, log->end_offset);
    }
    return e;
}

/* What was read may be in the page cache only: nothing is served before it is on disk. */
static enum err make_durable(struct log_partition *log)
{
    const struct log_fs_ops *ops = log->fs.ops;

    if (ops->fdatasync(log->fs.context, log_state_last(log)->log_fd) != 0 ||
        ops->sync_dir(log->fs.context, log->dir) != 0) {
        return ERR_IO;
    }
    log->flushed_offset = log->end_offset;
    return OK;
}

static enum err recover(struct recovery *r)
{
    struct log_partition *log = r->log;
    enum log_identity_state identity;
    enum err e = check_identity(log, &identity);

    if (e == OK) {
        e = log_names_list(&log->fs, log->dir, &r->names);
    }
    if (e == OK) {
        e = load_segments(r);
    }
    if (e == OK) {
        e = repair_identity(log, identity, r->report);
    }
    if (e == OK) {
        e = repair_epochs(log, r->report);
    }
    if (e == OK && log->segment_count == 0) {
        e = create_first(log);
    }
    if (e == OK) {
        e = load_start(log, r->report);
    }
    if (e == OK) {
        e = log_state_restore(log, &r->names, r->now_ms, r->report);
    }
    return e == OK ? make_durable(log) : e;
}

enum err log_partition_open(const struct log_fs *fs, int dir,
    const struct log_config *config, int64_t now_ms, struct log_partition **out,
    struct log_report *report_out)
{
    struct log_partition *log = mem_alloc(1, sizeof(*log));

    *report_out = (struct log_report){0};
    if (log == NULL) {
        return ERR_NOMEM;
    }
    INVARIANT(config->segment_bytes > 0 && config->index_interval_bytes >= 0);
    log->fs = *fs;
    log->dir = dir;
    log->config = *config;
    log->snapshot_offset = -1;
    log_producers_init(&log->producers, config->producers_max, config->producer_expiry_ms,
        config->producers);
    struct recovery r = {.log = log, .report = report_out, .now_ms = now_ms};
    enum err e = recover(&r);
    log_names_fini(&r.names);
    if (e != OK) {
        log_partition_close(&log);
        return e;
    }
    *out = log;
    return OK;
}
