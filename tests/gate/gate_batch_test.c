#include "codec.h"
#include "gate_batch.h"
#include "record_builder.h"
#include "test.h"

#define NOW     1700000000000
#define RECORDS 200

static struct gate_batch_scratch scratch;
static struct record_verdict verdict;
static struct buf batch;
static struct wire_view out;

static int set_up(void **state)
{
    (void)state;
    gate_batch_scratch_init(&scratch);
    buf_init(&batch, (size_t)1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gate_batch_scratch_fini(&scratch);
    buf_fini(&batch);
    return 0;
}

static struct record_rules rules(void)
{
    return (struct record_rules){.produce_version = 9,
        .size_max = 1 << 20,
        .before_max_ms = INT64_MAX,
        .after_max_ms = 3600000,
        .now_ms = NOW};
}

/* The batch that a client sends: text that compresses, in this codec, with a producer. */
static void client_sends(enum record_codec codec)
{
    static const char value[] = "text that says the same again and again and again";
    struct record_builder_options options = record_builder_plain(NOW);
    struct buf plain;

    options.producer_id = 7;
    options.producer_epoch = 0;
    options.base_sequence = 41;
    buf_init(&plain, (size_t)1 << 20);
    struct record_builder b = record_builder_begin(&plain, &options);
    for (int i = 0; i < RECORDS; i++) {
        record_builder_add(&b, NOW + i, (struct wire_view){.ptr = NULL},
            (struct wire_view){.ptr = (const uint8_t *)value, .len = sizeof(value)}, NULL,
            0);
    }
    assert_int_equal(record_builder_finish(&b), OK);
    buf_reset(&batch);
    buf_add(&batch, plain.bytes, RECORD_BATCH_HEADER_SIZE);
    assert_int_equal(
        codec_compress((enum codec_id)codec, codec_level_default((enum codec_id)codec),
            plain.bytes + RECORD_BATCH_HEADER_SIZE,
            plain.length - RECORD_BATCH_HEADER_SIZE, &batch),
        CODEC_OK);
    record_batch_set_codec(batch.bytes, batch.length, codec);
    buf_fini(&plain);
}

static enum record_err take(int codec, struct record_rules by)
{
    struct gate_batch_form form = {.codec = codec,
        .level = codec < 0 ? 0 : codec_level_default((enum codec_id)codec)};

    return gate_batch_take(batch.bytes, batch.length, by, form, &scratch, &verdict, &out);
}

static void a_batch_in_the_codec_of_its_topic_is_not_copied(void **state)
{
    (void)state;
    client_sends(RECORD_CODEC_ZSTD);
    assert_int_equal(take(GATE_BATCH_AS_SENT, rules()), RECORD_OK);
    assert_ptr_equal(out.ptr, batch.bytes);
    assert_int_equal(take(RECORD_CODEC_ZSTD, rules()), RECORD_OK);
    assert_ptr_equal(out.ptr, batch.bytes);
    assert_int_equal(out.len, batch.length);
}

static void every_codec_becomes_every_other_and_the_records_stay(void **state)
{
    (void)state;
    for (int from = RECORD_CODEC_NONE; from <= RECORD_CODEC_ZSTD; from++) {
        for (int to = RECORD_CODEC_NONE; to <= RECORD_CODEC_ZSTD; to++) {
            struct record_verdict again;
            client_sends((enum record_codec)from);
            assert_int_equal(take(to, rules()), RECORD_OK);
            struct record_batch_header before = verdict.header;
            buf_reset(&batch);
            buf_add(&batch, out.ptr, out.len);
            assert_int_equal(take(GATE_BATCH_AS_SENT, rules()), RECORD_OK);
            again = verdict;
            assert_int_equal(record_batch_codec(&again.header), to);
            assert_int_equal(again.header.record_count, RECORDS);
            assert_int_equal(again.header.producer_id, before.producer_id);
            assert_int_equal(again.header.base_sequence, before.base_sequence);
            assert_int_equal(again.header.base_timestamp, before.base_timestamp);
            assert_int_equal(again.max_timestamp, NOW + RECORDS - 1);
        }
    }
}

static void a_batch_that_outgrows_the_limit_is_too_large(void **state)
{
    struct record_rules small = rules();

    (void)state;
    client_sends(RECORD_CODEC_GZIP);
    assert_int_equal(take(RECORD_CODEC_NONE, rules()), RECORD_OK);
    small.size_max = (int32_t)out.len;
    assert_int_equal(take(RECORD_CODEC_NONE, small), RECORD_OK);
    small.size_max--;
    assert_int_equal(take(RECORD_CODEC_NONE, small), RECORD_ERR_SIZE);
    assert_int_equal(verdict.err, RECORD_ERR_SIZE);
    assert_int_equal(take(GATE_BATCH_AS_SENT, small), RECORD_OK);
}

static void a_level_is_one_of_the_codec(void **state)
{
    struct gate_batch_form best = {.codec = RECORD_CODEC_GZIP, .level = 9};
    struct gate_batch_form fast = {.codec = RECORD_CODEC_GZIP, .level = 1};

    (void)state;
    client_sends(RECORD_CODEC_NONE);
    assert_int_equal(gate_batch_take(batch.bytes, batch.length, rules(), best, &scratch,
                         &verdict, &out),
        RECORD_OK);
    size_t best_len = out.len;
    assert_int_equal(gate_batch_take(batch.bytes, batch.length, rules(), fast, &scratch,
                         &verdict, &out),
        RECORD_OK);
    assert_true(best_len < out.len);
}

/* The highest levels take minutes for megabytes: whoever makes a topic may ask for them. */
static void of_a_large_batch_no_level_takes_more_than_a_moment(void **state)
{
    struct gate_batch_form most = {.codec = RECORD_CODEC_ZSTD, .level = 22};
    struct gate_batch_form bounded = {.codec = RECORD_CODEC_ZSTD, .level = 9};
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules wide = rules();
    size_t lengths[2];

    (void)state;
    wide.size_max = 4 << 20;
    for (size_t large = 0; large < 2; large++) {
        struct buf value;
        buf_init(&value, (size_t)4 << 20);
        for (uint32_t i = 0; value.length < (large == 1 ? 1200000 : 600000); i++) {
            buf_add_format(&value, "%u ", (i * 2654435761U) >> 12);
        }
        struct buf one;
        buf_init(&one, (size_t)4 << 20);
        struct record_builder b = record_builder_begin(&one, &options);
        record_builder_add(&b, NOW, (struct wire_view){.ptr = NULL},
            (struct wire_view){.ptr = value.bytes, .len = value.length}, NULL, 0);
        assert_int_equal(record_builder_finish(&b), OK);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(gate_batch_take(one.bytes, one.length, wide,
                                 i == 0 ? most : bounded, &scratch, &verdict, &out),
                RECORD_OK);
            lengths[i] = out.len;
        }
        assert_int_equal(lengths[0] == lengths[1], large == 1);
        buf_fini(&one);
        buf_fini(&value);
    }
}

static void a_damaged_batch_is_refused_before_it_is_recoded(void **state)
{
    (void)state;
    client_sends(RECORD_CODEC_LZ4);
    batch.bytes[batch.length - 1] ^= 1;
    assert_int_equal(take(RECORD_CODEC_ZSTD, rules()), RECORD_ERR_CRC);
    client_sends(RECORD_CODEC_GZIP);
    batch.bytes[batch.length - 1] ^= 1; /* the trailer says how long the text was */
    record_batch_set_crc(batch.bytes, batch.length);
    assert_int_equal(take(RECORD_CODEC_ZSTD, rules()), RECORD_ERR_PAYLOAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_batch_in_the_codec_of_its_topic_is_not_copied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            every_codec_becomes_every_other_and_the_records_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_batch_that_outgrows_the_limit_is_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_level_is_one_of_the_codec, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            of_a_large_batch_no_level_takes_more_than_a_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_damaged_batch_is_refused_before_it_is_recoded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
