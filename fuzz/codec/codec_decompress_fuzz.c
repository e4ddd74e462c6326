#include "codec.h"

#include <stdlib.h>
#include <string.h>

/*
 * Input: a byte for the codec, a byte for the limit, then a compressed stream. What comes
 * out stays below the limit, and comes back when it is compressed and decompressed again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void check_again(enum codec_id id, const struct buf *plain)
{
    const struct codec_limits wide = {
        .output_max = SIZE_MAX / 2, .output_free = SIZE_MAX / 2, .ratio_max = 1};
    struct buf packed;
    struct buf again;

    buf_init(&packed, 2 * plain->length + (1 << 17));
    buf_init(&again, 0);
    require(codec_compress(id, codec_level_default(id), plain->bytes, plain->length,
                &packed) == CODEC_OK);
    require(codec_decompress(id, packed.bytes, packed.length, &again, &wide) == CODEC_OK);
    require(again.length == plain->length);
    require(plain->length == 0 || memcmp(again.bytes, plain->bytes, plain->length) == 0);
    buf_fini(&packed);
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;

    if (size < 2) {
        return 0;
    }
    enum codec_id id = (enum codec_id)(data[0] % 6);
    const struct codec_limits limits = {.output_max = (size_t)1 << 18,
        .output_free = (size_t)data[1] * 64,
        .ratio_max = 64};
    size_t len = size - 2;
    uint8_t *bytes =
        malloc(len > 0 ? len : 1); /* its own block: reading beyond it is seen */
    require(bytes != NULL);
    memcpy(bytes, data + 2, len);
    buf_init(&out, 0);
    if (codec_decompress(id, bytes, len, &out, &limits) == CODEC_OK) {
        require(out.length <= codec_output_limit(&limits, len));
        require(id <= CODEC_ZSTD);
        check_again(id, &out);
    }
    require(out.capacity <= codec_output_limit(&limits, len) + 1);
    buf_fini(&out);
    free(bytes);
    return 0;
}
