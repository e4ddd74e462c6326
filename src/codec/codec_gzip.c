#define ZLIB_CONST /* zlib then promises not to write to its input */

#include "codec_stream.h"
#include "mem.h"

#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

#define GZIP_WINDOW_BITS                                                                 \
    (15 + 16) /* the largest window; + 16: gzip framing and nothing else */
#define MEMORY_LEVEL 8

/* zlib's memory goes through base/mem, so that tests can refuse it. */
static voidpf allocate(voidpf opaque, uInt items, uInt size)
{
    (void)opaque;
    return mem_alloc(items, size);
}

static void release(voidpf opaque, voidpf address)
{
    (void)opaque;
    mem_free(address);
}

static void give_input(z_stream *z, struct codec_input *in)
{
    if (z->avail_in == 0 && in->len > 0) {
        uInt n = in->len < UINT_MAX ? (uInt)in->len : UINT_MAX;
        z->next_in = in->bytes;
        z->avail_in = n;
        in->bytes += n;
        in->len -= n;
    }
}

static enum codec_err give_room(z_stream *z, struct buf *out)
{
    size_t room = 0;

    z->next_out = codec_room(out, &room);
    z->avail_out = (uInt)(room < UINT_MAX ? room : UINT_MAX);
    return codec_buf_err(out);
}

/* One call of inflate; *ended_out: the last member is complete and no input is left. */
static enum codec_err inflate_some(
    z_stream *z, struct codec_input *in, struct buf *out, bool *ended_out)
{
    give_input(z, in);
    uInt had_in = z->avail_in;
    enum codec_err e = give_room(z, out);
    if (e != CODEC_OK) {
        return e;
    }
    uInt had_out = z->avail_out;
    int result = inflate(z, Z_NO_FLUSH);
    buf_grew(out, had_out - z->avail_out);
    if (result == Z_STREAM_END) {
        *ended_out = z->avail_in == 0 && in->len == 0;
        return *ended_out || inflateReset(z) == Z_OK ? CODEC_OK : CODEC_ERR_CORRUPT;
    }
    if (result == Z_MEM_ERROR) {
        return CODEC_ERR_MEMORY;
    }
    bool moved = had_in != z->avail_in || had_out != z->avail_out;
    return result == Z_OK && moved ? CODEC_OK : CODEC_ERR_CORRUPT;
}

enum codec_err codec_gzip_decompress(struct codec_input in, struct buf *out)
{
    z_stream z = {.zalloc = allocate, .zfree = release};
    enum codec_err e = CODEC_OK;
    bool ended = false;

    if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK) {
        return CODEC_ERR_MEMORY;
    }
    while (e == CODEC_OK && !ended) {
        e = inflate_some(&z, &in, out, &ended);
    }
    (void)inflateEnd(&z);
    return e;
}

enum codec_err codec_gzip_compress(struct codec_input in, int level, struct buf *out)
{
    z_stream z = {.zalloc = allocate, .zfree = release};
    enum codec_err e = CODEC_OK;
    int result = Z_OK;

    if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
            Z_DEFAULT_STRATEGY) != Z_OK) {
        return CODEC_ERR_MEMORY;
    }
    while (e == CODEC_OK && result != Z_STREAM_END) {
        give_input(&z, &in);
        e = give_room(&z, out);
        if (e == CODEC_OK) {
            uInt had = z.avail_out;
            result = deflate(&z, in.len > 0 ? Z_NO_FLUSH : Z_FINISH);
            buf_grew(out, had - z.avail_out);
            e = result == Z_OK || result == Z_STREAM_END ? CODEC_OK : CODEC_ERR_MEMORY;
        }
    }
    (void)deflateEnd(&z);
    return e;
}
