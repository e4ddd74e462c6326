#include "record_reader.h"

#define HEADER_SIZE_MIN 2 /* two lengths of one byte */

struct record_reader record_reader_init(const uint8_t *bytes, size_t len, int32_t count)
{
    struct record_reader r = {.rest = wire_reader_init(bytes, len), .count = count};

    if (count < 0 || (size_t)count > len / RECORD_SIZE_MIN) {
        r.err = RECORD_ERR_RECORD;
    }
    return r;
}

/* A zigzag length and that many bytes; -1 is null where that is allowed. */
static struct wire_view read_bytes(struct wire_reader *r, bool nullable)
{
    int32_t length = wire_read_varint(r);

    if (length == -1 && nullable) {
        return (struct wire_view){0};
    }
    if (length < 0) {
        wire_reader_fail(r, length == -1 ? WIRE_ERR_NULL : WIRE_ERR_LIMIT);
        return (struct wire_view){0};
    }
    return wire_read_raw(r, (size_t)length);
}

static struct record_header read_header(struct wire_reader *r)
{
    struct record_header h;

    h.key = read_bytes(r, false);
    h.value = read_bytes(r, true);
    return h;
}

static void read_headers(struct wire_reader *r, struct record *out)
{
    int32_t count = wire_read_varint(r);

    if (count < 0 || (size_t)count > r->left / HEADER_SIZE_MIN) {
        wire_reader_fail(r, WIRE_ERR_LIMIT);
        return;
    }
    out->header_count = count;
    out->headers = (struct wire_view){.ptr = r->pos, .len = r->left};
    for (int32_t i = 0; i < count; i++) {
        (void)read_header(r);
    }
}

static enum wire_err read_record(struct wire_reader *r, struct record *out)
{
    struct wire_view body = read_bytes(r, false);

    if (r->err != WIRE_OK) {
        return r->err;
    }
    struct wire_reader in = wire_reader_init(body.ptr, body.len);
    *out = (struct record){0};
    (void)wire_read_i8(&in); /* attributes: unused by every version, ignored by Apache */
    out->timestamp_delta = wire_read_varlong(&in);
    out->offset_delta = wire_read_varint(&in);
    out->key = read_bytes(&in, true);
    out->value = read_bytes(&in, true);
    read_headers(&in, out);
    return wire_reader_finish(&in);
}

bool record_reader_next(struct record_reader *r, struct record *out)
{
    if (r->err != RECORD_OK || r->index >= r->count) {
        return false;
    }
    if (read_record(&r->rest, out) != WIRE_OK) {
        r->err = RECORD_ERR_RECORD;
        return false;
    }
    r->index++;
    return true;
}

enum record_err record_reader_finish(const struct record_reader *r)
{
    if (r->err != RECORD_OK) {
        return r->err;
    }
    if (r->index < r->count) {
        return RECORD_ERR_RECORD;
    }
    return r->rest.left > 0 ? RECORD_ERR_LEFT_OVER : RECORD_OK;
}

bool record_header_next(struct record *record, struct record_header *out)
{
    if (record->header_count <= 0) {
        return false;
    }
    struct wire_reader r = wire_reader_init(record->headers.ptr, record->headers.len);
    *out = read_header(&r);
    record->header_count--;
    record->headers = (struct wire_view){.ptr = r.pos, .len = r.left};
    return r.err == WIRE_OK;
}
