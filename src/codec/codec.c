#include "codec.h"

#include "codec_stream.h"

#define STEP_MIN ((size_t)4096)
#define STEP_MAX ((size_t)1 << 20)

const struct codec_limits codec_limits_default = {
    .output_max = CODEC_OUTPUT_MAX,
    .output_free = CODEC_OUTPUT_FREE,
    .ratio_max = CODEC_RATIO_MAX,
};

const char *codec_err_text(enum codec_err e)
{
    switch (e) {
    case CODEC_OK:
        return "ok";
    case CODEC_ERR_CORRUPT:
        return "damaged stream";
    case CODEC_ERR_LIMIT:
        return "output beyond the limit";
    case CODEC_ERR_UNSUPPORTED:
        return "unknown codec";
    case CODEC_ERR_MEMORY:
        return "out of memory";
    }
    return "unknown error";
}

size_t codec_output_limit(const struct codec_limits *limits, size_t input_len)
{
    size_t most;

    if (__builtin_mul_overflow(input_len, limits->ratio_max, &most)) {
        most = SIZE_MAX;
    }
    most = most < limits->output_free ? limits->output_free : most;
    return most < limits->output_max ? most : limits->output_max;
}

enum codec_err codec_buf_err(const struct buf *out)
{
    switch (buf_error(out)) {
    case OK:
        return CODEC_OK;
    case ERR_FULL:
        return CODEC_ERR_LIMIT;
    default:
        return CODEC_ERR_MEMORY;
    }
}

/* Steps grow with the content, so that small batches stay small and large ones are few
 * calls. */
uint8_t *codec_room(struct buf *out, size_t *len_out)
{
    size_t spare = out->capacity - out->length;
    size_t step = out->length < STEP_MIN ? STEP_MIN : out->length;
    size_t left = out->limit - out->length;

    step = step > STEP_MAX ? STEP_MAX : step;
    step = step > left ? left : step;
    step = spare > step ? spare : step;
    step = step > left ? left : step;
    uint8_t *room = buf_reserve(out, step > 0 ? step : 1);
    *len_out = step;
    return room;
}

static enum codec_err decompress(enum codec_id id, struct codec_input in, struct buf *out)
{
    switch (id) {
    case CODEC_NONE:
        buf_add(out, in.bytes, in.len);
        return codec_buf_err(out);
    case CODEC_GZIP:
        return codec_gzip_decompress(in, out);
    case CODEC_SNAPPY:
        return codec_snappy_decompress(in, out);
    case CODEC_LZ4:
        return codec_lz4_decompress(in, out);
    case CODEC_ZSTD:
        return codec_zstd_decompress(in, out);
    }
    return CODEC_ERR_UNSUPPORTED;
}

enum codec_err codec_decompress(enum codec_id id, const uint8_t *bytes, size_t len,
    struct buf *out, const struct codec_limits *limits)
{
    size_t most = codec_output_limit(limits, len);

    buf_reset(out);
    if (out->capacity > most) {
        buf_fini(out);
    }
    /* One byte above, so that a stream of exactly the limit can still read its own end.
     */
    out->limit = most + 1;
    enum codec_err e =
        decompress(id, (struct codec_input){.bytes = bytes, .len = len}, out);
    return e == CODEC_OK && out->length > most ? CODEC_ERR_LIMIT : e;
}

int codec_level_default(enum codec_id id)
{
    switch (id) {
    case CODEC_GZIP:
        return 6;
    case CODEC_LZ4:
        return 9;
    case CODEC_ZSTD:
        return 3;
    case CODEC_NONE:
    case CODEC_SNAPPY:
        break;
    }
    return 0;
}

enum codec_err codec_compress(
    enum codec_id id, int level, const uint8_t *bytes, size_t len, struct buf *out)
{
    struct codec_input in = {.bytes = bytes, .len = len};

    switch (id) {
    case CODEC_NONE:
        buf_add(out, bytes, len);
        return codec_buf_err(out);
    case CODEC_GZIP:
        return codec_gzip_compress(in, level, out);
    case CODEC_SNAPPY:
        return codec_snappy_compress(in, out);
    case CODEC_LZ4:
        return codec_lz4_compress(in, level, out);
    case CODEC_ZSTD:
        return codec_zstd_compress(in, level, out);
    }
    return CODEC_ERR_UNSUPPORTED;
}
