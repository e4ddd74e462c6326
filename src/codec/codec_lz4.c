#include "codec_stream.h"

#include <lz4frame.h>
#include <stdbool.h>

#define HEADER_SIZE_MIN 7 /* magic, FLG, BD, header checksum */
#define FLG_AT          4

/* FLG bits of the LZ4 frame format, version 1.6.x */
#define FLG_VERSION_MASK 0xc0
#define FLG_VERSION      0x40
#define FLG_INDEPENDENT  0x20
#define FLG_RESERVED     0x02
#define FLG_DICTIONARY   0x01

/* Java's reader refuses linked blocks, so such a batch would be one nobody can consume.
 */
static bool frame_is_ours(struct codec_input in)
{
    if (in.len < HEADER_SIZE_MIN || in.bytes[0] != 0x04 || in.bytes[1] != 0x22 ||
        in.bytes[2] != 0x4d || in.bytes[3] != 0x18) {
        return false;
    }
    uint8_t flags = in.bytes[FLG_AT];
    return (flags & FLG_VERSION_MASK) == FLG_VERSION && (flags & FLG_INDEPENDENT) != 0 &&
           (flags & (FLG_RESERVED | FLG_DICTIONARY)) == 0;
}

static enum codec_err decompress_some(
    LZ4F_dctx *context, struct codec_input *in, struct buf *out, bool *ended_out)
{
    size_t room = 0;
    uint8_t *to = codec_room(out, &room);

    if (to == NULL) {
        return codec_buf_err(out);
    }
    size_t taken = in->len;
    size_t result = LZ4F_decompress(context, to, &room, in->bytes, &taken, NULL);
    if (LZ4F_isError(result)) {
        return CODEC_ERR_CORRUPT;
    }
    buf_grew(out, room);
    in->bytes += taken;
    in->len -= taken;
    *ended_out = result == 0;
    return room > 0 || taken > 0 || *ended_out ? CODEC_OK : CODEC_ERR_CORRUPT;
}

enum codec_err codec_lz4_decompress(struct codec_input in, struct buf *out)
{
    LZ4F_dctx *context = NULL;
    enum codec_err e = CODEC_OK;
    bool ended = false;

    if (!frame_is_ours(in)) {
        return CODEC_ERR_CORRUPT;
    }
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
        return CODEC_ERR_MEMORY;
    }
    while (e == CODEC_OK && !ended) {
        e = decompress_some(context, &in, out, &ended);
    }
    (void)LZ4F_freeDecompressionContext(context);
    return e == CODEC_OK && in.len > 0 ? CODEC_ERR_CORRUPT : e;
}

enum codec_err codec_lz4_compress(struct codec_input in, int level, struct buf *out)
{
    /* Kafka's level 9 means the fast compressor, which the library calls 0. */
    LZ4F_preferences_t how = {
        .frameInfo = {.blockMode = LZ4F_blockIndependent, .blockSizeID = LZ4F_max64KB},
        .compressionLevel = level == codec_level_default(CODEC_LZ4) ? 0 : level};
    size_t size = LZ4F_compressFrameBound(in.len, &how);
    uint8_t *room = buf_reserve(out, size);

    if (room == NULL) {
        return codec_buf_err(out);
    }
    size = LZ4F_compressFrame(room, size, in.bytes, in.len, &how);
    if (LZ4F_isError(size)) {
        return CODEC_ERR_MEMORY;
    }
    buf_grew(out, size);
    return CODEC_OK;
}
