#include "log_snapshot.h"

#include "log_segment.h"
#include "mem.h"
#include "record_crc.h"
#include "wire_reader.h"
#include "wire_writer.h"

#include <fcntl.h>

#define VERSION    1
#define CRC_START  6 /* behind the version and the CRC itself */
#define HEAD_SIZE  (CRC_START + 4)
#define ENTRY_SIZE 46

void log_snapshot_fini(struct log_snapshot *s)
{
    mem_free(s->entries);
    *s = (struct log_snapshot){0};
}

static void encode_entry(const struct log_snapshot_entry *e, struct buf *out)
{
    wire_write_i64(out, e->producer_id);
    wire_write_i16(out, e->producer_epoch);
    wire_write_i32(out, e->last_sequence);
    wire_write_i64(out, e->last_offset);
    wire_write_i32(out, e->offset_delta);
    wire_write_i64(out, e->timestamp);
    wire_write_i32(out, e->coordinator_epoch);
    wire_write_i64(out, e->transaction_offset);
}

static void set_crc(struct buf *b)
{
    uint32_t crc = record_crc32c(b->bytes + CRC_START, b->length - CRC_START);

    for (size_t i = 0; i < sizeof(crc); i++) {
        b->bytes[CRC_START - 1 - i] = (uint8_t)(crc >> (8 * i));
    }
}

void log_snapshot_encode(const struct log_snapshot *s, struct buf *out)
{
    INVARIANT(out->length == 0 && s->count <= INT32_MAX);
    wire_write_i16(out, VERSION);
    wire_write_u32(out, 0);
    wire_write_count(out, (int32_t)s->count, false);
    for (size_t i = 0; i < s->count; i++) {
        encode_entry(&s->entries[i], out);
    }
    if (buf_error(out) == OK) {
        set_crc(out);
    }
}

static struct log_snapshot_entry decode_entry(struct wire_reader *r)
{
    struct log_snapshot_entry e;

    e.producer_id = wire_read_i64(r);
    e.producer_epoch = wire_read_i16(r);
    e.last_sequence = wire_read_i32(r);
    e.last_offset = wire_read_i64(r);
    e.offset_delta = wire_read_i32(r);
    e.timestamp = wire_read_i64(r);
    e.coordinator_epoch = wire_read_i32(r);
    e.transaction_offset = wire_read_i64(r);
    return e;
}

static bool is_possible(const struct log_snapshot_entry *e, int64_t offset)
{
    if (e->producer_id < 0) {
        return false;
    }
    if (e->last_offset == -1) {
        return true;
    }
    return e->producer_epoch >= 0 && e->last_sequence >= 0 && e->last_offset < offset &&
           e->offset_delta >= 0 && e->offset_delta <= e->last_offset;
}

static bool decode_entries(
    struct wire_reader *r, int64_t offset, struct log_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        snapshot->entries[i] = decode_entry(r);
        if (!is_possible(&snapshot->entries[i], offset)) {
            return false;
        }
    }
    return wire_reader_finish(r) == WIRE_OK;
}

enum err log_snapshot_decode(const uint8_t *bytes, size_t len, int64_t offset,
    size_t entries_max, struct log_snapshot *out)
{
    struct wire_reader r = wire_reader_init(bytes, len);
    struct log_snapshot snapshot = {0};
    int16_t version = wire_read_i16(&r);
    uint32_t crc = wire_read_u32(&r);

    if (r.err != WIRE_OK || version != VERSION ||
        crc != record_crc32c(bytes + CRC_START, len - CRC_START)) {
        return ERR_CORRUPT;
    }
    int32_t count = wire_read_count(&r, false, false, ENTRY_SIZE);
    if (r.err != WIRE_OK || (size_t)count > entries_max) {
        return ERR_CORRUPT;
    }
    snapshot.count = (size_t)count;
    if (count > 0) {
        snapshot.entries = mem_alloc(snapshot.count, sizeof(snapshot.entries[0]));
        if (snapshot.entries == NULL) {
            return ERR_NOMEM;
        }
    }
    if (!decode_entries(&r, offset, &snapshot)) {
        log_snapshot_fini(&snapshot);
        return ERR_CORRUPT;
    }
    *out = snapshot;
    return OK;
}

enum err log_snapshot_store(
    const struct log_snapshot *s, const struct log_fs *fs, int dir, int64_t offset)
{
    char name[LOG_SEGMENT_NAME_SIZE];
    struct buf bytes;

    log_segment_name(name, offset, LOG_SNAPSHOT_SUFFIX);
    buf_init(&bytes, s->count * ENTRY_SIZE + HEAD_SIZE);
    log_snapshot_encode(s, &bytes);
    enum err e = buf_error(&bytes);
    if (e == OK) {
        e = log_fs_put(fs, dir, name, bytes.bytes, bytes.length);
    }
    buf_fini(&bytes);
    return e;
}

/* The whole of an open file, if that is not too long. */
static enum err read_file(
    const struct log_fs *fs, int fd, size_t entries_max, struct buf *out)
{
    int64_t size = 0;

    if (fs->ops->size(fs->context, fd, &size) != 0 || size < HEAD_SIZE ||
        (uint64_t)size > HEAD_SIZE + entries_max * ENTRY_SIZE) {
        return ERR_CORRUPT;
    }
    uint8_t *room = buf_reserve(out, (size_t)size);
    if (room == NULL) {
        return buf_error(out);
    }
    if (log_fs_read(fs, fd, room, (size_t)size, 0) != OK) {
        return ERR_IO;
    }
    buf_grew(out, (size_t)size);
    return OK;
}

enum err log_snapshot_load(const struct log_fs *fs, int dir, int64_t offset,
    size_t entries_max, struct log_snapshot *out)
{
    char name[LOG_SEGMENT_NAME_SIZE];
    struct buf bytes;

    log_segment_name(name, offset, LOG_SNAPSHOT_SUFFIX);
    int fd = fs->ops->open(fs->context, dir, name, O_RDONLY);
    if (fd < 0) {
        return ERR_IO;
    }
    buf_init(&bytes, HEAD_SIZE + entries_max * ENTRY_SIZE);
    enum err e = read_file(fs, fd, entries_max, &bytes);
    fs->ops->close(fs->context, fd);
    if (e == OK) {
        e = log_snapshot_decode(bytes.bytes, bytes.length, offset, entries_max, out);
    }
    buf_fini(&bytes);
    return e;
}
