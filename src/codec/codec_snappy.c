#include "codec_stream.h"

#include <snappy-c.h>
#include <string.h>

/*
 * A copy element of three bytes gives at most 64, which is the best the format can do.
 * What a raw block announces beyond 22 times its size is a lie, and is not allocated.
 */
#define EXPANSION_MAX 22

#define XERIAL_HEADER_SIZE   16
#define XERIAL_VERSION       1
#define XERIAL_BLOCK_SIZE    ((size_t)32 << 10)
#define XERIAL_LENGTH_SIZE   4
#define XERIAL_VERSION_AT    8
#define XERIAL_COMPATIBLE_AT 12

static const uint8_t xerial_magic[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_u32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)(value >> 16);
    p[2] = (uint8_t)(value >> 8);
    p[3] = (uint8_t)value;
}

static enum codec_err raw_decompress(struct codec_input in, struct buf *out)
{
    size_t plain = 0;

    /* The library reports a varint that needs more bytes than there are. */
    if (snappy_uncompressed_length((const char *)in.bytes, in.len, &plain) != SNAPPY_OK) {
        return CODEC_ERR_CORRUPT;
    }
    if (plain > out->limit - out->length) {
        return CODEC_ERR_LIMIT;
    }
    if (plain / EXPANSION_MAX > in.len) {
        return CODEC_ERR_CORRUPT;
    }
    uint8_t *room = buf_reserve(out, plain);
    if (room == NULL) {
        return codec_buf_err(out);
    }
    if (snappy_uncompress((const char *)in.bytes, in.len, (char *)room, &plain) !=
        SNAPPY_OK) {
        return CODEC_ERR_CORRUPT;
    }
    buf_grew(out, plain);
    return CODEC_OK;
}

static enum codec_err xerial_decompress(struct codec_input in, struct buf *out)
{
    if (in.len < XERIAL_HEADER_SIZE ||
        get_u32(in.bytes + XERIAL_VERSION_AT) < XERIAL_VERSION ||
        get_u32(in.bytes + XERIAL_COMPATIBLE_AT) > XERIAL_VERSION) {
        return CODEC_ERR_CORRUPT;
    }
    size_t at = XERIAL_HEADER_SIZE;
    while (at < in.len) {
        if (in.len - at < XERIAL_LENGTH_SIZE) {
            return CODEC_ERR_CORRUPT;
        }
        size_t block = get_u32(in.bytes + at);
        at += XERIAL_LENGTH_SIZE;
        if (block > in.len - at) {
            return CODEC_ERR_CORRUPT;
        }
        enum codec_err e = raw_decompress(
            (struct codec_input){.bytes = in.bytes + at, .len = block}, out);
        if (e != CODEC_OK) {
            return e;
        }
        at += block;
    }
    return CODEC_OK;
}

enum codec_err codec_snappy_decompress(struct codec_input in, struct buf *out)
{
    if (in.len >= sizeof(xerial_magic) &&
        memcmp(in.bytes, xerial_magic, sizeof(xerial_magic)) == 0) {
        return xerial_decompress(in, out);
    }
    return raw_decompress(in, out);
}

/* The xerial form, because every client reads that one. */
enum codec_err codec_snappy_compress(struct codec_input in, struct buf *out)
{
    uint8_t version[XERIAL_LENGTH_SIZE];

    put_u32(version, XERIAL_VERSION);
    buf_add(out, xerial_magic, sizeof(xerial_magic));
    buf_add(out, version, sizeof(version));
    buf_add(out, version, sizeof(version));
    while (in.len > 0) {
        size_t block = in.len < XERIAL_BLOCK_SIZE ? in.len : XERIAL_BLOCK_SIZE;
        size_t size = snappy_max_compressed_length(block);
        uint8_t *room = buf_reserve(out, XERIAL_LENGTH_SIZE + size);
        if (room == NULL) {
            return codec_buf_err(out);
        }
        if (snappy_compress((const char *)in.bytes, block,
                (char *)room + XERIAL_LENGTH_SIZE, &size) != SNAPPY_OK) {
            return CODEC_ERR_MEMORY;
        }
        put_u32(room, (uint32_t)size);
        buf_grew(out, XERIAL_LENGTH_SIZE + size);
        in.bytes += block;
        in.len -= block;
    }
    return codec_buf_err(out);
}
