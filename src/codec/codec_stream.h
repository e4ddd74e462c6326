/*
 * codec_stream - what the formats share; included by the files of this folder only.
 *
 * Each format has one function to decompress into a buffer whose limit is set, and one to
 * compress. Output goes through codec_room(), which grows the buffer by bounded steps.
 */
#ifndef CODEC_STREAM_H
#define CODEC_STREAM_H

#include "buf.h"
#include "codec.h"

#include <stddef.h>
#include <stdint.h>

struct codec_input {
    const uint8_t *bytes;
    size_t len;
};

/*
 * Room for at least one byte behind the content, *len_out of it; NULL at the limit or
 * without memory: then codec_buf_err() says which.
 */
uint8_t *codec_room(struct buf *out, size_t *len_out);
/* The buffer's own error as ours; CODEC_OK where there is none. */
enum codec_err codec_buf_err(const struct buf *out);

enum codec_err codec_gzip_decompress(struct codec_input in, struct buf *out);
enum codec_err codec_gzip_compress(struct codec_input in, int level, struct buf *out);
enum codec_err codec_snappy_decompress(struct codec_input in, struct buf *out);
enum codec_err codec_snappy_compress(struct codec_input in, struct buf *out);
enum codec_err codec_lz4_decompress(struct codec_input in, struct buf *out);
enum codec_err codec_lz4_compress(struct codec_input in, int level, struct buf *out);
enum codec_err codec_zstd_decompress(struct codec_input in, struct buf *out);
enum codec_err codec_zstd_compress(struct codec_input in, int level, struct buf *out);

#endif
