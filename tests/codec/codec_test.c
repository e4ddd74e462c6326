#include "codec.h"
#include "mem.h"
#include "record_hex.h"
#include "record_validate.h"
#include "record_vectors.h"
#include "test.h"

#include <snappy-c.h>
#include <stdlib.h>

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define MIB        ((size_t)1 << 20)

static const enum codec_id codecs[] = {
    CODEC_NONE, CODEC_GZIP, CODEC_SNAPPY, CODEC_LZ4, CODEC_ZSTD};
#define CODEC_COUNT (sizeof(codecs) / sizeof(codecs[0]))

static enum codec_err decompress(enum codec_id id, const uint8_t *bytes, size_t len)
{
    struct buf out;

    buf_init(&out, 0);
    enum codec_err e = codec_decompress(id, bytes, len, &out, &codec_limits_default);
    buf_fini(&out);
    return e;
}

/* Bytes that compress a little. */
static uint8_t *sample(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    uint32_t x = 1;

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(i % 3 == 0 ? x >> 24 : 'a' + i % 7);
    }
    return bytes;
}

static struct buf compressed(enum codec_id id, const uint8_t *bytes, size_t len)
{
    struct buf out;

    buf_init(&out, 2 * len + 65536);
    assert_int_equal(
        codec_compress(id, codec_level_default(id), bytes, len, &out), CODEC_OK);
    return out;
}

static void what_was_compressed_comes_back(void **state)
{
    static const size_t lengths[] = {0, 1, 4095, 4096, 4097, 32768, 65537, 1000003};

    (void)state;
    for (size_t c = 0; c < CODEC_COUNT; c++) {
        struct buf plain;
        buf_init(&plain, 0);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            uint8_t *bytes = sample(lengths[i]);
            struct buf packed = compressed(codecs[c], bytes, lengths[i]);
            assert_int_equal(codec_decompress(codecs[c], packed.bytes, packed.length,
                                 &plain, &codec_limits_default),
                CODEC_OK);
            assert_int_equal(plain.length, lengths[i]);
            assert_memory_equal(plain.bytes, bytes, lengths[i]);
            buf_fini(&packed);
            free(bytes);
        }
        buf_fini(&plain);
    }
}

static void every_truncation_is_corrupt(void **state)
{
    uint8_t *bytes = sample(700);

    (void)state;
    for (size_t c = 1; c < CODEC_COUNT; c++) {
        struct buf packed = compressed(codecs[c], bytes, 700);
        size_t first =
            codecs[c] == CODEC_SNAPPY ? 17 : 0; /* a xerial header alone is whole */
        for (size_t len = first; len < packed.length; len++) {
            assert_int_equal(decompress(codecs[c], packed.bytes, len), CODEC_ERR_CORRUPT);
        }
        buf_fini(&packed);
    }
    free(bytes);
}

static void a_trailing_byte_is_corrupt(void **state)
{
    uint8_t *bytes = sample(700);

    (void)state;
    for (size_t c = 1; c < CODEC_COUNT; c++) {
        struct buf packed = compressed(codecs[c], bytes, 700);
        buf_add(&packed, "x", 1);
        assert_int_equal(
            decompress(codecs[c], packed.bytes, packed.length), CODEC_ERR_CORRUPT);
        buf_fini(&packed);
    }
    free(bytes);
}

static void the_limit_is_exact(void **state)
{
    const size_t len = 10000;
    uint8_t *bytes = sample(len);

    (void)state;
    for (size_t c = 0; c < CODEC_COUNT; c++) {
        struct buf packed = compressed(codecs[c], bytes, len);
        struct codec_limits limits = {
            .output_max = len, .output_free = len, .ratio_max = 1};
        struct buf out;
        buf_init(&out, 0);
        assert_int_equal(
            codec_decompress(codecs[c], packed.bytes, packed.length, &out, &limits),
            CODEC_OK);
        limits.output_max = len - 1;
        assert_int_equal(
            codec_decompress(codecs[c], packed.bytes, packed.length, &out, &limits),
            CODEC_ERR_LIMIT);
        buf_fini(&out);
        buf_fini(&packed);
    }
    free(bytes);
}

static void limits_follow_the_input(void **state)
{
    const struct codec_limits *l = &codec_limits_default;

    (void)state;
    assert_int_equal(codec_output_limit(l, 0), 16 * MIB);
    assert_int_equal(codec_output_limit(l, MIB / 4), 16 * MIB);
    assert_int_equal(codec_output_limit(l, MIB / 4 + 1), 16 * MIB + 64);
    assert_int_equal(codec_output_limit(l, 2 * MIB), 100 * MIB);
    assert_int_equal(codec_output_limit(l, SIZE_MAX), 100 * MIB);
}

static void a_bomb_stops_at_the_limit(void **state)
{
    const size_t len = 40 * MIB;
    uint8_t *zeros = calloc(len, 1);

    (void)state;
    assert_non_null(zeros);
    for (size_t c = 1; c < CODEC_COUNT; c++) {
        struct buf packed = compressed(codecs[c], zeros, len);
        struct buf out;
        buf_init(&out, 0);
        enum codec_err expected =
            packed.length * 64 < len ? CODEC_ERR_LIMIT : CODEC_OK; /* snappy: 1 to 21 */
        assert_int_equal(codec_decompress(codecs[c], packed.bytes, packed.length, &out,
                             &codec_limits_default),
            expected);
        assert_true(
            expected == CODEC_OK || out.capacity <= 16 * MIB + 64 * packed.length + 1);
        buf_fini(&out);
        buf_fini(&packed);
    }
    free(zeros);
}

static void gzip_members_are_joined(void **state)
{
    struct buf packed = compressed(CODEC_GZIP, (const uint8_t *)"ab", 2);
    size_t one = packed.length;
    struct buf out;

    (void)state;
    assert_int_equal(
        codec_compress(CODEC_GZIP, 1, (const uint8_t *)"cd", 2, &packed), CODEC_OK);
    buf_init(&out, 0);
    assert_int_equal(codec_decompress(CODEC_GZIP, packed.bytes, packed.length, &out,
                         &codec_limits_default),
        CODEC_OK);
    assert_int_equal(out.length, 4);
    assert_memory_equal(out.bytes, "abcd", 4);
    packed.bytes[one - 1] ^= 1; /* the size in the trailer of the first */
    assert_int_equal(
        decompress(CODEC_GZIP, packed.bytes, packed.length), CODEC_ERR_CORRUPT);
    buf_fini(&out);
    buf_fini(&packed);
}

static void raw_snappy_blocks_are_read_too(void **state)
{
    char packed[64];
    size_t len = sizeof(packed);
    struct buf out;

    (void)state;
    assert_int_equal(snappy_compress("hello hello hello", 17, packed, &len), SNAPPY_OK);
    buf_init(&out, 0);
    assert_int_equal(codec_decompress(CODEC_SNAPPY, (const uint8_t *)packed, len, &out,
                         &codec_limits_default),
        CODEC_OK);
    assert_memory_equal(out.bytes, "hello hello hello", 17);
    buf_fini(&out);
}

static void snappy_lengths_that_lie_are_not_allocated(void **state)
{
    (void)state;
    /* announces 4 MiB in five bytes */
    assert_int_equal(
        decompress(CODEC_SNAPPY, BYTES(0x80, 0x80, 0x80, 0x02, 0)), CODEC_ERR_CORRUPT);
    /* announces 4 GiB - 1 */
    assert_int_equal(decompress(CODEC_SNAPPY, BYTES(0xff, 0xff, 0xff, 0xff, 0x0f, 0)),
        CODEC_ERR_LIMIT);
    /* xerial with a block length of 0xffffffff, and one byte too many */
    assert_int_equal(
        decompress(CODEC_SNAPPY, BYTES(0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1,
                                     0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0)),
        CODEC_ERR_CORRUPT);
    assert_int_equal(decompress(CODEC_SNAPPY, BYTES(0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                                  0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0)),
        CODEC_ERR_CORRUPT);
    /* xerial of a version that does not exist */
    assert_int_equal(decompress(CODEC_SNAPPY, BYTES(0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                                  0, 0, 0, 0, 0, 0, 0, 1)),
        CODEC_ERR_CORRUPT);
    assert_int_equal(decompress(CODEC_SNAPPY, BYTES(0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                                  0, 0, 0, 2, 0, 0, 0, 2)),
        CODEC_ERR_CORRUPT);
}

static void lz4_frames_java_would_refuse_are_refused(void **state)
{
    struct buf packed = compressed(CODEC_LZ4, (const uint8_t *)"abcdefgh", 8);
    static const uint8_t bad_flags[] = {0x40, 0x61, 0x62, 0x20, 0xa0};

    (void)state;
    assert_int_equal(packed.bytes[4], 0x60);
    for (size_t i = 0; i < sizeof(bad_flags); i++) {
        packed.bytes[4] = bad_flags[i];
        assert_int_equal(
            decompress(CODEC_LZ4, packed.bytes, packed.length), CODEC_ERR_CORRUPT);
    }
    packed.bytes[4] = 0x60;
    packed.bytes[6] ^= 1; /* header checksum */
    assert_int_equal(
        decompress(CODEC_LZ4, packed.bytes, packed.length), CODEC_ERR_CORRUPT);
    /* legacy and skippable frames */
    assert_int_equal(decompress(CODEC_LZ4, BYTES(2, 0x21, 0x4c, 0x18, 1, 0, 0, 0, 0)),
        CODEC_ERR_CORRUPT);
    assert_int_equal(decompress(CODEC_LZ4, BYTES(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0)),
        CODEC_ERR_CORRUPT);
    buf_fini(&packed);
}

static void zstd_windows_and_dictionaries_are_bounded(void **state)
{
    (void)state;
    /* window 2^31: descriptor exponent 21; then an empty last block */
    assert_int_equal(
        decompress(CODEC_ZSTD, BYTES(0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0)),
        CODEC_ERR_CORRUPT);
    assert_int_equal(
        decompress(CODEC_ZSTD, BYTES(0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 1, 0, 0)),
        CODEC_OK);
    assert_int_equal(
        decompress(CODEC_ZSTD, BYTES(0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3 | 1, 1, 0, 0)),
        CODEC_ERR_CORRUPT);
    /* dictionary id 7 */
    assert_int_equal(
        decompress(CODEC_ZSTD, BYTES(0x28, 0xb5, 0x2f, 0xfd, 1, 1 << 3, 7, 1, 0, 0)),
        CODEC_ERR_CORRUPT);
    /* a skippable frame, then an empty one; then the skippable one cut */
    assert_int_equal(
        decompress(CODEC_ZSTD, BYTES(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9, 0x28, 0xb5,
                                   0x2f, 0xfd, 0, 1 << 3, 1, 0, 0)),
        CODEC_OK);
    assert_int_equal(decompress(CODEC_ZSTD, BYTES(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0)),
        CODEC_ERR_CORRUPT);
}

static void garbage_is_corrupt_and_unknown_codecs_are_named(void **state)
{
    static const uint8_t garbage[64] = {0x13, 0x37, 0xff};

    (void)state;
    for (size_t c = 1; c < CODEC_COUNT; c++) {
        assert_int_equal(
            decompress(codecs[c], garbage, sizeof(garbage)), CODEC_ERR_CORRUPT);
        assert_int_equal(decompress(codecs[c], garbage, 0), CODEC_ERR_CORRUPT);
    }
    for (int id = 5; id < 9; id++) {
        assert_int_equal(
            decompress((enum codec_id)id, garbage, 1), CODEC_ERR_UNSUPPORTED);
    }
}

static void missing_memory_is_an_error_of_its_own(void **state)
{
    uint8_t *bytes = sample(9000);

    (void)state;
    for (size_t c = 1; c < CODEC_COUNT; c++) {
        struct buf packed = compressed(codecs[c], bytes, 9000);
        mem_fail_after(0);
        assert_int_equal(
            decompress(codecs[c], packed.bytes, packed.length), CODEC_ERR_MEMORY);
        mem_fail_after(-1);
        buf_fini(&packed);
    }
    free(bytes);
}

static enum record_err through_codec(
    void *context, enum record_codec codec, struct wire_view in, struct wire_view *out)
{
    struct buf *plain = context;
    enum codec_err e = codec_decompress(
        (enum codec_id)codec, in.ptr, in.len, plain, &codec_limits_default);

    *out = (struct wire_view){plain->bytes, plain->length};
    return e == CODEC_OK ? RECORD_OK : RECORD_ERR_PAYLOAD;
}

static void compressed_batches_of_apache_kafka_validate(void **state)
{
    static const struct {
        const char *name;
        int16_t code;
    } cases[] = {{"zstd-v7", 0}, {"gzip-trailer", 87}, {"gzip", 0}, {"lz4", 0}};
    struct buf plain;
    struct record_rules rules = {.produce_version = 9,
        .size_max = 1 << 20,
        .before_max_ms = INT64_MAX,
        .after_max_ms = 3600000,
        .now_ms = 1700000000000,
        .decompress = through_codec,
        .decompress_context = &plain};
    size_t seen = 0;

    (void)state;
    buf_init(&plain, 0);
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        const char *hex = NULL;
        for (size_t i = 0; i < sizeof(produce_vectors) / sizeof(produce_vectors[0]);
             i++) {
            hex = strcmp(produce_vectors[i].name, cases[c].name) == 0
                      ? produce_vectors[i].hex
                      : hex;
        }
        for (size_t i = 0; i < sizeof(batch_vectors) / sizeof(batch_vectors[0]); i++) {
            hex = strcmp(batch_vectors[i].name, cases[c].name) == 0 ? batch_vectors[i].hex
                                                                    : hex;
        }
        uint8_t bytes[1024];
        struct record_verdict verdict;
        assert_non_null(hex);
        size_t len = hex_bytes(hex, bytes, sizeof(bytes));
        enum record_err e = record_validate(bytes, len, &rules, &verdict);
        assert_int_equal(record_err_code(e), cases[c].code);
        seen++;
    }
    assert_int_equal(seen, 4);
    buf_fini(&plain);
}

static void every_error_has_a_text(void **state)
{
    (void)state;
    for (int e = CODEC_OK; e <= CODEC_ERR_MEMORY + 1; e++) {
        assert_true(strlen(codec_err_text((enum codec_err)e)) > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_compressed_comes_back),
        cmocka_unit_test(every_truncation_is_corrupt),
        cmocka_unit_test(a_trailing_byte_is_corrupt),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(limits_follow_the_input),
        cmocka_unit_test(a_bomb_stops_at_the_limit),
        cmocka_unit_test(gzip_members_are_joined),
        cmocka_unit_test(raw_snappy_blocks_are_read_too),
        cmocka_unit_test(snappy_lengths_that_lie_are_not_allocated),
        cmocka_unit_test(lz4_frames_java_would_refuse_are_refused),
        cmocka_unit_test(zstd_windows_and_dictionaries_are_bounded),
        cmocka_unit_test(garbage_is_corrupt_and_unknown_codecs_are_named),
        cmocka_unit_test(missing_memory_is_an_error_of_its_own),
        cmocka_unit_test(compressed_batches_of_apache_kafka_validate),
        cmocka_unit_test(every_error_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
