#include "log_index.h"

#include "wire_reader.h"
#include "wire_writer.h"

#define ENTRY_SIZE_MAX 12

size_t log_index_entry_size(enum log_index_kind kind)
{
    return kind == LOG_INDEX_OFFSET ? 8 : ENTRY_SIZE_MAX;
}

int64_t log_index_size(const struct log_index *index)
{
    return index->count * (int64_t)log_index_entry_size(index->kind);
}

struct log_index_entry log_index_decode(enum log_index_kind kind, const uint8_t *bytes)
{
    struct wire_reader r = wire_reader_init(bytes, log_index_entry_size(kind));
    struct log_index_entry entry;

    entry.key = kind == LOG_INDEX_OFFSET ? wire_read_i32(&r) : wire_read_i64(&r);
    entry.value = wire_read_i32(&r);
    return entry;
}

void log_index_encode(
    enum log_index_kind kind, struct log_index_entry entry, struct buf *out)
{
    if (kind == LOG_INDEX_OFFSET) {
        wire_write_i32(out, (int32_t)entry.key);
    } else {
        wire_write_i64(out, entry.key);
    }
    wire_write_i32(out, entry.value);
}

struct log_index log_index_none(const struct log_fs *fs, enum log_index_kind kind)
{
    return (struct log_index){.fs = fs, .kind = kind, .fd = -1};
}

static bool read_entry(
    const struct log_index *index, int64_t at, struct log_index_entry *out)
{
    uint8_t bytes[ENTRY_SIZE_MAX];
    size_t size = log_index_entry_size(index->kind);

    if (log_fs_read(index->fs, index->fd, bytes, size, at * (int64_t)size) != OK) {
        return false;
    }
    *out = log_index_decode(index->kind, bytes);
    return true;
}

enum err log_index_attach(struct log_index *index, int fd, int64_t count)
{
    index->fd = fd;
    index->count = count;
    if (count > 0 && !read_entry(index, count - 1, &index->last)) {
        index->count = 0;
        return ERR_IO;
    }
    return OK;
}

void log_index_close(struct log_index *index)
{
    if (index->fd >= 0) {
        index->fs->ops->close(index->fs->context, index->fd);
    }
    index->fd = -1;
    index->count = 0;
}

void log_index_append(struct log_index *index, struct log_index_entry entry)
{
    struct buf bytes;

    if (index->fd < 0 || (index->count > 0 && entry.key <= index->last.key)) {
        return;
    }
    buf_init(&bytes, ENTRY_SIZE_MAX);
    log_index_encode(index->kind, entry, &bytes);
    if (buf_error(&bytes) == OK &&
        log_fs_write(index->fs, index->fd, bytes.bytes, bytes.length,
            index->count * (int64_t)bytes.length) == 0) {
        index->last = entry;
        index->count++;
    }
    buf_fini(&bytes);
}

static bool floor_entry(const struct log_index *index, int64_t wanted, bool by_value,
    struct log_index_entry *out)
{
    int64_t low = 0;
    int64_t high = index->count; /* the answer lies before it */

    if (high > 0 && (by_value ? index->last.value : index->last.key) <= wanted) {
        *out = index->last;
        return true;
    }
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        struct log_index_entry entry;
        if (!read_entry(index, middle, &entry)) {
            return false;
        }
        if ((by_value ? entry.value : entry.key) <= wanted) {
            *out = entry;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0;
}

bool log_index_floor_key(
    const struct log_index *index, int64_t key, struct log_index_entry *out)
{
    return floor_entry(index, key, false, out);
}

bool log_index_floor_value(
    const struct log_index *index, int64_t value, struct log_index_entry *out)
{
    return floor_entry(index, value, true, out);
}

struct log_index_check log_index_check_init(
    enum log_index_kind kind, const uint8_t *bytes, size_t len)
{
    return (struct log_index_check){
        .kind = kind, .bytes = bytes, .count = len / log_index_entry_size(kind)};
}

/*
 * truth rises from step to step: by position in an offset index, by timestamp in a time
 * index. An entry that the truth has passed without agreeing is wrong.
 */
void log_index_check_step(struct log_index_check *c, struct log_index_entry truth)
{
    if (c->damaged || c->next >= c->count) {
        return;
    }
    size_t size = log_index_entry_size(c->kind);
    struct log_index_entry entry = log_index_decode(c->kind, c->bytes + c->next * size);
    if (entry.key == truth.key && entry.value == truth.value) {
        c->next++;
    } else if (entry.key <= truth.key || entry.value <= truth.value) {
        c->damaged = true;
    }
}
