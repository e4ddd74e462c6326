#include "log_segment.h"

#include "log_scan.h"
#include "log_snapshot.h"
#include "log_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#define INDEX_SIZE_MAX ((size_t)64 << 20)
#define NO_TIMESTAMP   (-1)

void log_segment_name(
    char out[LOG_SEGMENT_NAME_SIZE], int64_t base_offset, const char *suffix)
{
    (void)snprintf(out, LOG_SEGMENT_NAME_SIZE, "%020" PRId64 "%s", base_offset, suffix);
}

static const char *index_suffix(enum log_index_kind kind)
{
    return kind == LOG_INDEX_OFFSET ? ".index" : ".timeindex";
}

static struct log_segment empty_segment(
    const struct log_fs *fs, int dir, int64_t base_offset, int32_t index_interval)
{
    return (struct log_segment){.fs = fs,
        .dir = dir,
        .log_fd = -1,
        .base_offset = base_offset,
        .next_offset = base_offset,
        .first_timestamp = NO_TIMESTAMP,
        .max_timestamp = NO_TIMESTAMP,
        .max_timestamp_offset = NO_TIMESTAMP,
        .index_interval = index_interval,
        .offsets = log_index_none(fs, LOG_INDEX_OFFSET),
        .times = log_index_none(fs, LOG_INDEX_TIME)};
}

void log_segment_close(struct log_segment *s)
{
    log_index_close(&s->offsets);
    log_index_close(&s->times);
    if (s->log_fd >= 0) {
        s->fs->ops->close(s->fs->context, s->log_fd);
    }
    s->log_fd = -1;
}

static int remove_file(const struct log_segment *s, const char *suffix)
{
    char name[LOG_SEGMENT_NAME_SIZE];

    log_segment_name(name, s->base_offset, suffix);
    int error = s->fs->ops->unlink(s->fs->context, s->dir, name);
    return error == -ENOENT ? 0 : error;
}

int log_segment_remove(struct log_segment *s)
{
    log_segment_close(s);
    int error = remove_file(s, index_suffix(LOG_INDEX_OFFSET));
    if (error == 0) {
        error = remove_file(s, index_suffix(LOG_INDEX_TIME));
    }
    if (error == 0) {
        error = remove_file(s, ".log");
    }
    return error == 0 ? remove_file(s, LOG_SNAPSHOT_SUFFIX) : error;
}

/* An index that cannot be made is done without, until the next entry is due. */
static void create_index(const struct log_segment *s, struct log_index *index)
{
    char name[LOG_SEGMENT_NAME_SIZE];

    log_segment_name(name, s->base_offset, index_suffix(index->kind));
    int fd = s->fs->ops->open(s->fs->context, s->dir, name, O_RDWR | O_CREAT | O_TRUNC);
    if (fd >= 0 && log_index_attach(index, fd, 0) != OK) {
        log_index_close(index);
    }
}

static void add_entry(
    const struct log_segment *s, struct log_index *index, struct log_index_entry entry)
{
    if (index->fd < 0) {
        create_index(s, index);
    }
    log_index_append(index, entry);
}

int log_segment_create(const struct log_fs *fs, int dir, int64_t base_offset,
    int32_t index_interval, struct log_segment *out)
{
    char name[LOG_SEGMENT_NAME_SIZE];
    struct log_segment s = empty_segment(fs, dir, base_offset, index_interval);

    log_segment_name(name, base_offset, ".log");
    s.log_fd = fs->ops->open(fs->context, dir, name, O_RDWR | O_CREAT | O_EXCL);
    if (s.log_fd < 0) {
        return s.log_fd;
    }
    create_index(&s, &s.offsets);
    create_index(&s, &s.times);
    *out = s;
    return 0;
}

static struct log_index_entry offset_entry(
    const struct log_segment *s, const struct record_batch_header *h, int64_t position)
{
    return (struct log_index_entry){
        .key = record_batch_last_offset(h) - s->base_offset, .value = (int32_t)position};
}

static struct log_index_entry time_entry(const struct log_segment *s)
{
    return (struct log_index_entry){.key = s->max_timestamp,
        .value = (int32_t)(s->max_timestamp_offset - s->base_offset)};
}

/* The batch lies at the end of the segment now. True: the indexes are due an entry for
 * it. */
static bool take_batch(struct log_segment *s, const struct record_batch_header *h)
{
    int64_t len = (int64_t)record_batch_size(h);
    bool due = s->since_index > s->index_interval;

    if (s->first_timestamp < 0) {
        s->first_timestamp = h->max_timestamp;
    }
    if (h->max_timestamp > s->max_timestamp) {
        s->max_timestamp = h->max_timestamp;
        s->max_timestamp_offset = record_batch_last_offset(h);
    }
    s->since_index = due ? len : s->since_index + len;
    s->size += len;
    s->next_offset = record_batch_last_offset(h) + 1;
    return due;
}

int log_segment_append(
    struct log_segment *s, const uint8_t *bytes, const struct record_batch_header *h)
{
    int64_t position = s->size;
    int error = log_fs_write(s->fs, s->log_fd, bytes, record_batch_size(h), position);

    if (error != 0) {
        return error;
    }
    if (take_batch(s, h)) {
        add_entry(s, &s->offsets, offset_entry(s, h, position));
        if (s->max_timestamp > NO_TIMESTAMP) {
            add_entry(s, &s->times, time_entry(s));
        }
    }
    return 0;
}

int log_segment_seal(struct log_segment *s)
{
    if (s->max_timestamp > NO_TIMESTAMP) {
        add_entry(s, &s->times, time_entry(s));
    }
    return s->fs->ops->fdatasync(s->fs->context, s->log_fd);
}

/* One index file while its segment is walked: what it says, and what it should. */
struct index_file {
    enum log_index_kind kind;
    int fd; /* -1: missing or unusable */
    bool damaged;
    struct buf content;
    struct buf expected;
    struct log_index_check check;
    int64_t last_key;
};

static enum err read_index(const struct log_fs *fs, struct index_file *f)
{
    int64_t size = 0;

    if (fs->ops->size(fs->context, f->fd, &size) != 0 || size > (int64_t)INDEX_SIZE_MAX) {
        f->damaged = true;
        return OK;
    }
    uint8_t *room = buf_reserve(&f->content, (size_t)size);
    if (room == NULL) {
        return buf_error(&f->content);
    }
    if (log_fs_read(fs, f->fd, room, (size_t)size, 0) != OK) {
        f->damaged = true;
        return OK;
    }
    buf_grew(&f->content, (size_t)size);
    return OK;
}

static enum err index_file_open(
    struct index_file *f, const struct log_segment *s, int dir, enum log_index_kind kind)
{
    char name[LOG_SEGMENT_NAME_SIZE];
    enum err e = OK;

    *f = (struct index_file){.kind = kind, .last_key = -1};
    buf_init(&f->content, INDEX_SIZE_MAX);
    buf_init(&f->expected, INDEX_SIZE_MAX);
    log_segment_name(name, s->base_offset, index_suffix(kind));
    f->fd = s->fs->ops->open(s->fs->context, dir, name, O_RDWR);
    if (f->fd >= 0) {
        e = read_index(s->fs, f);
    } else {
        f->damaged = f->fd != -ENOENT;
        f->fd = -1;
    }
    f->check = log_index_check_init(kind, f->content.bytes, f->content.length);
    return e;
}

static void index_file_fini(struct index_file *f, const struct log_fs *fs)
{
    if (f->fd >= 0) {
        fs->ops->close(fs->context, f->fd);
    }
    buf_fini(&f->content);
    buf_fini(&f->expected);
}

static void expect(struct index_file *f, struct log_index_entry entry)
{
    if (entry.key > f->last_key) {
        log_index_encode(f->kind, entry, &f->expected);
        f->last_key = entry.key;
    }
}

static bool index_is_good(const struct index_file *f)
{
    size_t size = log_index_entry_size(f->kind);

    return f->fd >= 0 && !f->damaged && !f->check.damaged &&
           f->check.next == f->check.count && f->content.length % size == 0 &&
           f->content.length >= f->expected.length;
}

static bool write_index(const struct log_fs *fs, const struct index_file *f)
{
    return fs->ops->truncate(fs->context, f->fd, 0) == 0 &&
           log_fs_write(fs, f->fd, f->expected.bytes, f->expected.length, 0) == 0;
}

/* Puts the file in order and hands it to the segment's index. */
static enum err index_file_adopt(struct index_file *f,
    const struct log_segment_load *load, const struct log_fs *fs, int dir,
    struct log_index *index, struct log_report *report)
{
    char name[LOG_SEGMENT_NAME_SIZE];
    size_t len = f->content.length;

    if (buf_error(&f->expected) != OK) {
        return buf_error(&f->expected);
    }
    if (!index_is_good(f)) {
        bool beyond_end = f->check.next < f->check.count;
        log_segment_name(name, load->base_offset, index_suffix(f->kind));
        if (f->damaged || f->check.damaged || (beyond_end && !load->last)) {
            if (f->fd >= 0) {
                fs->ops->close(fs->context, f->fd);
            }
            f->fd = -1;
            if (log_fs_quarantine(fs, dir, name) == OK) {
                report->files_quarantined++;
            }
        }
        if (f->fd < 0) {
            f->fd = fs->ops->open(fs->context, dir, name, O_RDWR | O_CREAT);
        }
        if (f->fd < 0 || !write_index(fs, f)) {
            report->indexes_failed++;
            return OK;
        }
        report->indexes_rebuilt++;
        len = f->expected.length;
    }
    int fd = f->fd;
    f->fd = -1;
    if (log_index_attach(index, fd, (int64_t)(len / log_index_entry_size(f->kind))) !=
        OK) {
        log_index_close(index);
        report->indexes_failed++;
    }
    return OK;
}

static enum err walk_batch(struct log_segment *s, const struct log_segment_load *load,
    const struct record_batch_header *h, int64_t position, struct index_file *offsets,
    struct index_file *times)
{
    struct log_index_entry entry = offset_entry(s, h, position);
    bool due = take_batch(s, h);

    log_index_check_step(&offsets->check, entry);
    if (due) {
        expect(offsets, entry);
    }
    if (s->max_timestamp > NO_TIMESTAMP) {
        log_index_check_step(&times->check, time_entry(s));
        if (due) {
            expect(times, time_entry(s));
        }
    }
    return load->on_batch(load->user, h);
}

/* No batch begins where the last good one ends: a torn tail goes, damage stays. */
static enum err settle_bad(struct log_segment *s, const struct log_segment_load *load,
    int64_t file_size, struct log_report *report)
{
    struct log_tail tail = {.fs = s->fs,
        .dir = s->dir,
        .fd = s->log_fd,
        .file_size = file_size,
        .position = s->size,
        .next_offset = s->next_offset,
        .base_offset = s->base_offset,
        .batch_max = load->batch_max};
    bool torn = false;
    enum err e = load->torn ? log_tail_is_torn(&tail, &torn) : OK;

    if (e != OK) {
        return e;
    }
    if (!torn) {
        report->damaged_segment = s->base_offset;
        report->damaged_position = s->size;
        return ERR_CORRUPT;
    }
    e = log_tail_cut(&tail);
    if (e == OK) {
        report->truncated_bytes = file_size - s->size;
        report->truncated_at_offset = s->next_offset;
    }
    return e;
}

static enum err walk(struct log_segment *s, const struct log_segment_load *load,
    int64_t file_size, struct index_file *offsets, struct index_file *times,
    struct log_report *report)
{
    struct log_scan scan;

    log_scan_init(&scan, s->fs, s->log_fd, file_size, 0, s->base_offset);
    scan.check_crc = load->check_crc;
    for (;;) {
        struct record_batch_header h;
        int64_t position = 0;
        enum log_scan_result r = log_scan_next(&scan, &h, &position);
        bool fits = r != LOG_SCAN_BATCH ||
                    (record_batch_last_offset(&h) - s->base_offset <= INT32_MAX &&
                        position <= INT32_MAX);
        if (r == LOG_SCAN_END) {
            return OK;
        }
        if (r == LOG_SCAN_FAILED) {
            return ERR_IO;
        }
        if (r == LOG_SCAN_BAD || !fits) {
            return settle_bad(s, load, file_size, report);
        }
        enum err e = walk_batch(s, load, &h, position, offsets, times);
        if (e != OK) {
            return e;
        }
    }
}

static enum err open_log(struct log_segment *s, int dir, int64_t *size_out)
{
    char name[LOG_SEGMENT_NAME_SIZE];

    log_segment_name(name, s->base_offset, ".log");
    s->log_fd = s->fs->ops->open(s->fs->context, dir, name, O_RDWR);
    if (s->log_fd < 0) {
        return ERR_IO;
    }
    return s->fs->ops->size(s->fs->context, s->log_fd, size_out) == 0 ? OK : ERR_IO;
}

enum err log_segment_open(const struct log_fs *fs, int dir,
    const struct log_segment_load *load, struct log_segment *out,
    struct log_report *report)
{
    struct log_segment s =
        empty_segment(fs, dir, load->base_offset, load->index_interval);
    struct index_file offsets;
    struct index_file times;
    int64_t file_size = 0;

    enum err e = open_log(&s, dir, &file_size);
    if (e != OK) {
        log_segment_close(&s);
        return e;
    }
    e = index_file_open(&offsets, &s, dir, LOG_INDEX_OFFSET);
    enum err e_times = index_file_open(&times, &s, dir, LOG_INDEX_TIME);
    e = e != OK ? e : e_times;
    if (e == OK) {
        e = walk(&s, load, file_size, &offsets, &times, report);
    }
    if (e == OK && !load->last && s.max_timestamp > NO_TIMESTAMP) {
        expect(&times, time_entry(&s));
    }
    if (e == OK) {
        e = index_file_adopt(&offsets, load, fs, dir, &s.offsets, report);
    }
    if (e == OK) {
        e = index_file_adopt(&times, load, fs, dir, &s.times, report);
    }
    index_file_fini(&offsets, fs);
    index_file_fini(&times, fs);
    if (e != OK) {
        log_segment_close(&s);
        return e;
    }
    *out = s;
    return OK;
}

static enum err next_batch(struct log_scan *scan, struct log_place *out)
{
    switch (log_scan_next(scan, &out->header, &out->position)) {
    case LOG_SCAN_BATCH:
        return OK;
    case LOG_SCAN_END:
        return ERR_NOT_FOUND;
    case LOG_SCAN_BAD:
        return ERR_CORRUPT;
    case LOG_SCAN_FAILED:
        break;
    }
    return ERR_IO;
}

enum err log_segment_find(
    const struct log_segment *s, int64_t offset, struct log_place *out)
{
    struct log_index_entry entry = {0};
    struct log_scan scan;
    enum err e;

    if (!log_index_floor_key(&s->offsets, offset - s->base_offset, &entry)) {
        entry.value = 0;
    }
    log_scan_init(&scan, s->fs, s->log_fd, s->size, entry.value, s->base_offset);
    do {
        e = next_batch(&scan, out);
    } while (e == OK && record_batch_last_offset(&out->header) < offset);
    return e;
}

enum err log_segment_find_time(
    const struct log_segment *s, int64_t timestamp, struct log_place *out)
{
    struct log_index_entry entry = {0};
    struct log_place place = {0};
    struct log_scan scan;
    enum err e = OK;

    /* All batches up to the entry's offset are older, if the entry itself is older. */
    if (timestamp > INT64_MIN && log_index_floor_key(&s->times, timestamp - 1, &entry)) {
        e = log_segment_find(s, s->base_offset + entry.value, &place);
    }
    if (e != OK) {
        return e;
    }
    log_scan_init(&scan, s->fs, s->log_fd, s->size, place.position, s->base_offset);
    do {
        e = next_batch(&scan, out);
    } while (e == OK && out->header.max_timestamp < timestamp);
    return e;
}

enum err log_segment_cut(
    const struct log_segment *s, int64_t start, int64_t end_max, int64_t *end_out)
{
    struct log_index_entry entry = {0};
    struct log_place place;
    struct log_scan scan;
    enum err e = OK;
    int64_t end = start;

    if (log_index_floor_value(&s->offsets, end_max, &entry) && entry.value > start) {
        end = entry.value;
    }
    log_scan_init(&scan, s->fs, s->log_fd, s->size, end, s->base_offset);
    while (e == OK && scan.position <= end_max) {
        end = scan.position;
        e = next_batch(&scan, &place);
    }
    *end_out = end;
    return e == ERR_NOT_FOUND ? OK : e;
}
