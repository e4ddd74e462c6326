#include "record_builder.h"

#include "wire_writer.h"

struct record_builder_options record_builder_plain(int64_t base_timestamp)
{
    return (struct record_builder_options){.base_timestamp = base_timestamp,
        .producer_id = -1,
        .producer_epoch = -1,
        .base_sequence = -1};
}

static void write_header(struct buf *out, const struct record_batch_header *h)
{
    wire_write_i64(out, h->base_offset);
    wire_write_i32(out, h->batch_length);
    wire_write_i32(out, h->leader_epoch);
    wire_write_i8(out, h->magic);
    wire_write_u32(out, h->crc);
    wire_write_i16(out, h->attributes);
    wire_write_i32(out, h->last_offset_delta);
    wire_write_i64(out, h->base_timestamp);
    wire_write_i64(out, h->max_timestamp);
    wire_write_i64(out, h->producer_id);
    wire_write_i16(out, h->producer_epoch);
    wire_write_i32(out, h->base_sequence);
    wire_write_i32(out, h->record_count);
}

struct record_builder record_builder_begin(
    struct buf *out, const struct record_builder_options *options)
{
    struct record_builder b = {.out = out, .start = out->length};

    b.header = (struct record_batch_header){.leader_epoch = -1,
        .magic = RECORD_BATCH_MAGIC,
        .attributes = options->attributes,
        .last_offset_delta = -1,
        .base_timestamp = options->base_timestamp,
        .max_timestamp = -1,
        .producer_id = options->producer_id,
        .producer_epoch = options->producer_epoch,
        .base_sequence = options->base_sequence};
    write_header(out, &b.header);
    return b;
}

static size_t varlong_size(int64_t value)
{
    uint64_t zigzag = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    size_t size = 1;

    for (; zigzag > 0x7f; zigzag >>= 7) {
        size++;
    }
    return size;
}

static int32_t view_length(struct wire_view view)
{
    INVARIANT(view.len <= INT32_MAX);
    return view.ptr == NULL ? -1 : (int32_t)view.len;
}

static size_t view_size(struct wire_view view)
{
    return varlong_size(view_length(view)) + (view.ptr == NULL ? 0 : view.len);
}

static void write_view(struct buf *out, struct wire_view view)
{
    wire_write_varint(out, view_length(view));
    if (view.ptr != NULL) {
        buf_add(out, view.ptr, view.len);
    }
}

void record_builder_add(struct record_builder *b, int64_t timestamp, struct wire_view key,
    struct wire_view value, const struct record_header *headers, size_t header_count)
{
    struct record_batch_header *h = &b->header;
    int64_t delta;
    INVARIANT(!__builtin_sub_overflow(timestamp, h->base_timestamp, &delta));
    INVARIANT(h->record_count < INT32_MAX && header_count <= INT32_MAX);

    size_t size = 1 + varlong_size(delta) + varlong_size(h->record_count) +
                  view_size(key) + view_size(value) + varlong_size((int64_t)header_count);
    for (size_t i = 0; i < header_count; i++) {
        size += view_size(headers[i].key) + view_size(headers[i].value);
    }
    INVARIANT(size <= INT32_MAX);

    wire_write_varint(b->out, (int32_t)size);
    wire_write_i8(b->out, 0);
    wire_write_varlong(b->out, delta);
    wire_write_varint(b->out, h->record_count);
    write_view(b->out, key);
    write_view(b->out, value);
    wire_write_varint(b->out, (int32_t)header_count);
    for (size_t i = 0; i < header_count; i++) {
        write_view(b->out, headers[i].key);
        write_view(b->out, headers[i].value);
    }
    if (h->record_count == 0 || timestamp > h->max_timestamp) {
        h->max_timestamp = timestamp;
    }
    h->record_count++;
    h->last_offset_delta++;
}

/* Overwrites the header that stands at start with the final one. */
static enum err seal(
    struct buf *out, size_t start, const struct record_batch_header *header)
{
    struct record_batch_header h = *header;
    struct buf bytes;

    if (buf_error(out) != OK) {
        return buf_error(out);
    }
    size_t len = out->length - start;
    if (len > INT32_MAX) {
        return ERR_FULL;
    }
    h.batch_length = (int32_t)(len - RECORD_BATCH_OVERHEAD);
    buf_init(&bytes, RECORD_BATCH_HEADER_SIZE);
    write_header(&bytes, &h);
    enum err e = buf_error(&bytes);
    if (e == OK) {
        for (size_t i = 0; i < RECORD_BATCH_HEADER_SIZE; i++) {
            out->bytes[start + i] = bytes.bytes[i];
        }
        record_batch_set_crc(out->bytes + start, len);
    }
    buf_fini(&bytes);
    return e;
}

enum err record_builder_finish(struct record_builder *b)
{
    if (buf_error(b->out) == OK && b->header.record_count == 0) {
        return ERR_INVALID;
    }
    return seal(b->out, b->start, &b->header);
}
