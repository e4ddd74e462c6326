#include "gate_batch.h"

#include "codec.h"

#define LEVEL_FREE ((size_t)1 << 20) /* up to here any level is used */
#define LEVEL_MAX  9
#define KEPT_MAX   ((size_t)4 << 20) /* bytes of each scratch from batch to batch */

void gate_batch_scratch_init(struct gate_batch_scratch *scratch)
{
    buf_init(&scratch->plain, 0); /* codec_decompress() sets its limit */
    buf_init(&scratch->recoded, 0);
}

void gate_batch_scratch_fini(struct gate_batch_scratch *scratch)
{
    buf_fini(&scratch->plain);
    buf_fini(&scratch->recoded);
}

void gate_batch_scratch_trim(struct gate_batch_scratch *scratch)
{
    if (scratch->plain.capacity > KEPT_MAX) {
        buf_fini(&scratch->plain);
    }
    if (scratch->recoded.capacity > KEPT_MAX) {
        buf_fini(&scratch->recoded);
    }
}

static enum record_err record_err_of(enum codec_err e)
{
    switch (e) {
    case CODEC_OK:
        return RECORD_OK;
    case CODEC_ERR_LIMIT:
        return RECORD_ERR_BOMB;
    case CODEC_ERR_MEMORY:
        return RECORD_ERR_MEMORY;
    case CODEC_ERR_CORRUPT:
    case CODEC_ERR_UNSUPPORTED:
        break;
    }
    return RECORD_ERR_PAYLOAD;
}

static enum record_err decompress(
    void *context, enum record_codec codec, struct wire_view in, struct wire_view *out)
{
    struct buf *plain = context;
    enum codec_err e = codec_decompress(
        (enum codec_id)codec, in.ptr, in.len, plain, &codec_limits_default);

    *out = (struct wire_view){.ptr = plain->bytes, .len = plain->length};
    return record_err_of(e);
}

/* The records as they are without a codec; gate_batch_take() has just read them. */
static struct wire_view plain_records(const uint8_t *bytes, size_t len,
    const struct record_batch_header *h, const struct gate_batch_scratch *scratch)
{
    if (record_batch_codec(h) == RECORD_CODEC_NONE) {
        return (struct wire_view){.ptr = bytes + RECORD_BATCH_HEADER_SIZE,
            .len = len - RECORD_BATCH_HEADER_SIZE};
    }
    return (struct wire_view){.ptr = scratch->plain.bytes, .len = scratch->plain.length};
}

/* A level is effort, not a promise: of a large batch no more than a moment's. */
static int bounded_level(struct gate_batch_form form, size_t plain_len)
{
    return plain_len > LEVEL_FREE && form.level > LEVEL_MAX ? LEVEL_MAX : form.level;
}

static enum record_err recode(const uint8_t *bytes, size_t len, size_t size_max,
    struct gate_batch_form form, const struct record_batch_header *h,
    struct gate_batch_scratch *scratch)
{
    struct wire_view plain = plain_records(bytes, len, h, scratch);
    struct buf *out = &scratch->recoded;

    /* A codec may make room for more than it needs: that much again above the limit. */
    out->limit = RECORD_BATCH_HEADER_SIZE + 2 * plain.len + size_max + CODEC_OUTPUT_FREE;
    buf_reset(out);
    buf_add(out, bytes, RECORD_BATCH_HEADER_SIZE);
    enum record_err e = record_err_of(codec_compress((enum codec_id)form.codec,
        bounded_level(form, plain.len), plain.ptr, plain.len, out));
    if (e == RECORD_OK && out->length > size_max) {
        return RECORD_ERR_SIZE;
    }
    if (e == RECORD_OK) {
        record_batch_set_codec(out->bytes, out->length, (enum record_codec)form.codec);
    }
    return e;
}

enum record_err gate_batch_take(uint8_t *bytes, size_t len, struct record_rules rules,
    struct gate_batch_form form, struct gate_batch_scratch *scratch,
    struct record_verdict *verdict, struct wire_view *out)
{
    rules.decompress = decompress;
    rules.decompress_context = &scratch->plain;
    if (record_validate(bytes, len, &rules, verdict) != RECORD_OK) {
        return verdict->err;
    }
    record_validate_correct(bytes, len, verdict);
    *out = (struct wire_view){.ptr = bytes, .len = len};
    if (form.codec == GATE_BATCH_AS_SENT ||
        form.codec == (int)record_batch_codec(&verdict->header)) {
        return RECORD_OK;
    }
    verdict->err =
        recode(bytes, len, (size_t)rules.size_max, form, &verdict->header, scratch);
    *out =
        (struct wire_view){.ptr = scratch->recoded.bytes, .len = scratch->recoded.length};
    return verdict->err;
}
