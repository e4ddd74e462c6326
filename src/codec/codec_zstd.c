#include "codec_stream.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <stdbool.h>

#define WINDOW_LOG_MAX 27

static enum codec_err error_of(size_t result)
{
    return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? CODEC_ERR_MEMORY
                                                                     : CODEC_ERR_CORRUPT;
}

static enum codec_err decompress_some(
    ZSTD_DCtx *context, ZSTD_inBuffer *in, struct buf *out, bool *ended_out)
{
    size_t room = 0;
    uint8_t *to = codec_room(out, &room);

    if (to == NULL) {
        return codec_buf_err(out);
    }
    ZSTD_outBuffer into = {.dst = to, .size = room};
    size_t taken = in->pos;
    size_t result = ZSTD_decompressStream(context, &into, in);
    if (ZSTD_isError(result)) {
        return error_of(result);
    }
    buf_grew(out, into.pos);
    bool frame_ended = result == 0;
    *ended_out = frame_ended && in->pos == in->size;
    bool moved = into.pos > 0 || in->pos > taken;
    return moved || *ended_out ? CODEC_OK : CODEC_ERR_CORRUPT;
}

enum codec_err codec_zstd_decompress(struct codec_input in, struct buf *out)
{
    ZSTD_inBuffer from = {.src = in.bytes, .size = in.len};
    enum codec_err e = CODEC_OK;
    bool ended = false;
    ZSTD_DCtx *context = ZSTD_createDCtx();

    if (context == NULL) {
        return CODEC_ERR_MEMORY;
    }
    if (ZSTD_isError(
            ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        e = CODEC_ERR_MEMORY;
    }
    while (e == CODEC_OK && !ended) {
        e = decompress_some(context, &from, out, &ended);
    }
    (void)ZSTD_freeDCtx(context);
    return e;
}

enum codec_err codec_zstd_compress(struct codec_input in, int level, struct buf *out)
{
    size_t size = ZSTD_compressBound(in.len);
    uint8_t *room = buf_reserve(out, size);

    if (room == NULL) {
        return codec_buf_err(out);
    }
    size = ZSTD_compress(room, size, in.bytes, in.len, level);
    if (ZSTD_isError(size)) {
        return CODEC_ERR_MEMORY;
    }
    buf_grew(out, size);
    return CODEC_OK;
}
