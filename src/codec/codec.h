/*
 * codec - the four compression formats of record batches, under limits.
 *
 * Trust: the peer chose the compressed bytes. Output grows as data arrives and is never
 * allocated because a header announced it (raw snappy excepted, where 22 times the input
 * is the most that the format can give). A damaged stream and a stream that grows beyond
 * the limits are told apart.
 *
 * Which streams are accepted:
 *   gzip    RFC 1952, concatenated members; nothing may follow the last one
 *   snappy  one raw block, or the xerial stream that Java writes
 *   lz4     one frame of version 1 with independent blocks and no dictionary, as Java
 * reads it zstd    frames and skippable frames, no dictionary, window up to 2^27 (which
 * is what level 22 uses; the library touches only as much of it as data arrives)
 *
 * Ownership: borrows the input; the caller's buffer gets the output. No state is kept.
 */
#ifndef CODEC_H
#define CODEC_H

#include "buf.h"
#include "err.h"

#include <stddef.h>
#include <stdint.h>

/* Numbers of the record batch attributes. */
enum codec_id {
    CODEC_NONE,
    CODEC_GZIP,
    CODEC_SNAPPY,
    CODEC_LZ4,
    CODEC_ZSTD,
};

enum codec_err {
    CODEC_OK = 0,
    CODEC_ERR_CORRUPT,     /* not a stream of that format, or damaged */
    CODEC_ERR_LIMIT,       /* it would grow beyond the limits */
    CODEC_ERR_UNSUPPORTED, /* no such codec */
    CODEC_ERR_MEMORY,
};

const char *codec_err_text(enum codec_err e);

struct codec_limits {
    size_t output_max;  /* never more than this */
    size_t output_free; /* up to here the ratio does not matter */
    size_t ratio_max;   /* above output_free: this many times the input */
};

#define CODEC_OUTPUT_MAX  ((size_t)100 << 20)
#define CODEC_OUTPUT_FREE ((size_t)16 << 20)
#define CODEC_RATIO_MAX   ((size_t)64)

extern const struct codec_limits codec_limits_default;

/* The most that input_len compressed bytes may become. */
size_t codec_output_limit(const struct codec_limits *limits, size_t input_len);

/*
 * Replaces the content of out (an initialised buffer; its memory is kept and reused, its
 * limit is set by this call). On error the content is undefined.
 */
enum codec_err codec_decompress(enum codec_id id, const uint8_t *bytes, size_t len,
    struct buf *out, const struct codec_limits *limits) MUST_CHECK;

/* What Kafka calls the default level of each codec. */
int codec_level_default(enum codec_id id);
/* Appends to out, up to its limit. gzip 1-9, lz4 1-17, zstd up to 22; other codecs ignore
 * level. */
enum codec_err codec_compress(enum codec_id id, int level, const uint8_t *bytes,
    size_t len, struct buf *out) MUST_CHECK;

#endif
