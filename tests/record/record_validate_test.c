#include "record_builder.h"
#include "record_hex.h"
#include "record_validate.h"
#include "record_vectors.h"
#include "test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW          1700000000000
#define VIEW(text)   ((struct wire_view){(const uint8_t *)(text), sizeof(text) - 1})
#define NIL          ((struct wire_view){NULL, 0})

static uint8_t bytes[4096];

/* What the callback gives: the tests say it, no codec does. */
struct fake {
    enum record_err err;
    struct wire_view plain;
    enum record_codec codec;
};

static enum record_err fake_decompress(
    void *context, enum record_codec codec, struct wire_view in, struct wire_view *out)
{
    struct fake *f = context;

    (void)in;
    f->codec = codec;
    *out = f->plain;
    return f->err;
}

static struct record_rules rules_of(struct fake *f)
{
    return (struct record_rules){.produce_version = 9,
        .size_max = 1048588,
        .before_max_ms = INT64_MAX,
        .after_max_ms = 3600000,
        .now_ms = NOW,
        .decompress = f == NULL ? NULL : fake_decompress,
        .decompress_context = f};
}

/* Where we answer something else than Apache Kafka, and why. */
static const struct {
    const char *name;
    int16_t code;
} deviations[] = {
    {"txn-bit-nopid", 48},    /* no transactions here */
    {"codec-5", 87},          /* -1 there: clients would send again */
    {"gzip-trailer", 87},     /* -1 there */
    {"offset-delta-gap", 87}, /* stored there, and then hides records of others */
};

static int16_t expected_code(const struct produce_vector *v)
{
    for (size_t i = 0; i < COUNT(deviations); i++) {
        if (strcmp(deviations[i].name, v->name) == 0) {
            return deviations[i].code;
        }
    }
    return v->code;
}

static void verdicts_agree_with_apache_kafka(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(produce_vectors); i++) {
        const struct produce_vector *v = &produce_vectors[i];
        struct record_verdict verdict;
        struct fake f = {
            .err = strcmp(v->name, "gzip-trailer") == 0 ? RECORD_ERR_PAYLOAD : RECORD_OK};
        size_t len = hex_bytes(v->hex, bytes, sizeof(bytes));
        struct record_rules rules = rules_of(&f);
        if (strcmp(v->name, "zstd-v7") == 0) {
            continue; /* its records need a codec: see the tests of that folder */
        }
        rules.produce_version = v->produce_version;
        rules.compacted = v->compacted;
        rules.append_time = v->append_time;
        enum record_err e = record_validate(bytes, len, &rules, &verdict);
        if (record_err_code(e) != expected_code(v)) {
            print_message("vector %s: %s\n", v->name, record_err_text(e));
        }
        assert_int_equal(record_err_code(e), expected_code(v));
        if (v->code == expected_code(v) && e == RECORD_ERR_NULL_KEY) {
            assert_int_equal(verdict.record_index, v->record_index);
        }
        if (e == RECORD_OK && v->stored != NULL) {
            uint8_t stored[4096];
            assert_int_equal(hex_bytes(v->stored, stored, sizeof(stored)), len);
            record_validate_correct(bytes, len, &verdict);
            record_batch_set_base_offset(bytes, 100);
            record_batch_set_leader_epoch(bytes, 5);
            if (v->append_time) {
                record_batch_set_timestamps(bytes, len, true, NOW);
            }
            assert_memory_equal(bytes, stored, len);
        }
    }
}

/* Two records at NOW and NOW + 1 under a header that a test then changes. */
static size_t good_batch(struct record_builder_options *options)
{
    struct buf out;

    buf_init(&out, sizeof(bytes));
    struct record_builder b = record_builder_begin(&out, options);
    record_builder_add(&b, NOW, VIEW("k"), VIEW("v"), NULL, 0);
    record_builder_add(&b, NOW + 1, VIEW("k"), NIL, NULL, 0);
    assert_int_equal(record_builder_finish(&b), OK);
    size_t len = out.length;
    memcpy(bytes, out.bytes, len);
    buf_fini(&out);
    return len;
}

static enum record_err judge(size_t len, const struct record_rules *rules, int32_t index)
{
    struct record_verdict verdict;
    enum record_err e = record_validate(bytes, len, rules, &verdict);

    assert_int_equal(e, verdict.err);
    assert_int_equal(verdict.record_index, index);
    return e;
}

static enum record_err judge_changed(size_t at, uint8_t value)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    struct record_verdict verdict;
    size_t len = good_batch(&options);

    bytes[at] = value;
    record_batch_set_crc(bytes, len);
    return record_validate(bytes, len, &rules, &verdict);
}

static void the_size_limit_is_exact(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    size_t len = good_batch(&options);

    (void)state;
    rules.size_max = (int32_t)len;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
    rules.size_max = (int32_t)len - 1;
    assert_int_equal(judge(len, &rules, -1), RECORD_ERR_SIZE);
}

static void one_byte_more_or_less_is_refused(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    size_t len = good_batch(&options);

    (void)state;
    assert_int_equal(judge(len + 1, &rules, -1), RECORD_ERR_TRAILING);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(judge(i, &rules, -1), RECORD_ERR_SHORT);
    }
}

static void every_flipped_bit_under_the_crc_is_found(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    size_t len = good_batch(&options);

    (void)state;
    for (size_t bit = 17 * 8; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(judge(len, &rules, -1), RECORD_ERR_CRC);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void header_fields_are_checked_under_a_right_crc(void **state)
{
    (void)state;
    assert_int_equal(judge_changed(7, 1), RECORD_ERR_BASE_OFFSET);
    assert_int_equal(judge_changed(22, RECORD_ATTRIBUTE_CONTROL), RECORD_ERR_CONTROL);
    assert_int_equal(
        judge_changed(22, RECORD_ATTRIBUTE_DELETE_HORIZON), RECORD_ERR_CONTROL);
    assert_int_equal(
        judge_changed(22, RECORD_ATTRIBUTE_TRANSACTIONAL), RECORD_ERR_TRANSACTIONAL);
    assert_int_equal(
        judge_changed(22, RECORD_ATTRIBUTE_APPEND_TIME), RECORD_ERR_APPEND_TIME);
    assert_int_equal(judge_changed(22, 0x80), RECORD_OK);
    assert_int_equal(judge_changed(22, RECORD_CODEC_GZIP), RECORD_ERR_CODEC);
    assert_int_equal(judge_changed(22, 5), RECORD_ERR_CODEC);
    assert_int_equal(judge_changed(22, 7), RECORD_ERR_CODEC);
    assert_int_equal(judge_changed(26, 2), RECORD_ERR_COUNT);
    assert_int_equal(judge_changed(26, 0), RECORD_ERR_COUNT);
    assert_int_equal(judge_changed(60, 0), RECORD_ERR_COUNT);
    assert_int_equal(judge_changed(57, 0x80), RECORD_ERR_COUNT);
    assert_int_equal(judge_changed(50, 0xfe), RECORD_OK); /* id -2 is no producer */
}

static void a_batch_without_records_is_refused(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    size_t len = good_batch(&options);

    (void)state;
    memset(bytes + 23, 0xff, 4);
    memset(bytes + 57, 0, 4);
    record_batch_set_crc(bytes, len);
    assert_int_equal(judge(len, &rules, -1), RECORD_ERR_COUNT);
}

static void a_producer_needs_epoch_and_sequence(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);

    (void)state;
    options.producer_id = 0;
    assert_int_equal(judge(good_batch(&options), &rules, -1), RECORD_ERR_SEQUENCE);
    options.producer_epoch = 0;
    assert_int_equal(judge(good_batch(&options), &rules, -1), RECORD_ERR_SEQUENCE);
    options.base_sequence = 0;
    assert_int_equal(judge(good_batch(&options), &rules, -1), RECORD_OK);
    options.producer_epoch = -1;
    assert_int_equal(judge(good_batch(&options), &rules, -1), RECORD_ERR_EPOCH);
    assert_int_equal(record_err_code(RECORD_ERR_EPOCH), 47);
    options.producer_id = -5;
    assert_int_equal(judge(good_batch(&options), &rules, -1), RECORD_OK);
}

static void timestamps_have_both_bounds(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    size_t len = good_batch(&options);

    (void)state;
    rules.after_max_ms = 1;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
    rules.after_max_ms = 0;
    assert_int_equal(judge(len, &rules, 1), RECORD_ERR_TIMESTAMP);
    rules.after_max_ms = INT64_MAX;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
    rules.now_ms = NOW + 10;
    rules.before_max_ms = 10;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
    rules.before_max_ms = 9;
    assert_int_equal(judge(len, &rules, 0), RECORD_ERR_TIMESTAMP);
    rules.append_time = true;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
}

static void a_timestamp_that_overflows_is_refused(void **state)
{
    struct record_rules rules = rules_of(NULL);
    struct record_builder_options options = record_builder_plain(NOW);
    size_t len = good_batch(&options);

    (void)state;
    rules.after_max_ms = INT64_MAX;
    bytes[27] = 0x7f;
    memset(bytes + 28, 0xff, 7);
    record_batch_set_crc(bytes, len);
    assert_int_equal(judge(len, &rules, 1), RECORD_ERR_TIMESTAMP);
}

static void compacted_topics_want_keys(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    size_t len = good_batch(&options);

    (void)state;
    rules.compacted = true;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
}

static void compressed_records_are_judged_plain(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    static uint8_t plain[256];
    struct fake f = {.err = RECORD_OK};
    struct record_rules rules = rules_of(&f);
    size_t len = good_batch(&options);

    (void)state;
    memcpy(plain, bytes + 61, len - 61);
    bytes[22] = RECORD_CODEC_ZSTD;
    record_batch_set_crc(bytes, len);
    f.plain = (struct wire_view){plain, len - 61};
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
    assert_int_equal(f.codec, RECORD_CODEC_ZSTD);
    rules.produce_version = 7;
    assert_int_equal(judge(len, &rules, -1), RECORD_OK);
    rules.produce_version = 6;
    assert_int_equal(judge(len, &rules, -1), RECORD_ERR_ZSTD_VERSION);
    rules.produce_version = 9;
    f.plain.len--;
    assert_int_equal(judge(len, &rules, 1), RECORD_ERR_RECORD);
    f.plain.len += 2;
    assert_int_equal(judge(len, &rules, -1), RECORD_ERR_LEFT_OVER);
    f.err = RECORD_ERR_BOMB;
    assert_int_equal(judge(len, &rules, -1), RECORD_ERR_BOMB);
}

static void a_wrong_max_timestamp_is_corrected_and_a_right_one_left(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    struct record_verdict verdict;
    uint8_t before[256];
    size_t len = good_batch(&options);

    (void)state;
    memcpy(before, bytes, len);
    assert_int_equal(record_validate(bytes, len, &rules, &verdict), RECORD_OK);
    assert_int_equal(verdict.max_timestamp, NOW + 1);
    record_validate_correct(bytes, len, &verdict);
    assert_memory_equal(bytes, before, len);
    bytes[42] ^= 0x55;
    record_batch_set_crc(bytes, len);
    assert_int_equal(record_validate(bytes, len, &rules, &verdict), RECORD_OK);
    record_validate_correct(bytes, len, &verdict);
    assert_memory_equal(bytes, before, len);
}

/* Five records: no key in those of the bits in no_key, an hour too far ahead in `late`. */
static size_t batch_with(unsigned no_key, unsigned late)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct buf out;

    buf_init(&out, sizeof(bytes));
    struct record_builder b = record_builder_begin(&out, &options);
    for (unsigned i = 0; i < 5; i++) {
        int64_t timestamp = (late >> i & 1) != 0 ? NOW + 3600001 : NOW;
        record_builder_add(
            &b, timestamp, (no_key >> i & 1) != 0 ? NIL : VIEW("k"), NIL, NULL, 0);
    }
    assert_int_equal(record_builder_finish(&b), OK);
    size_t len = out.length;
    memcpy(bytes, out.bytes, len);
    buf_fini(&out);
    return len;
}

static void every_record_that_a_topic_does_not_take_is_named(void **state)
{
    struct record_rules rules = rules_of(NULL);
    struct record_verdict v;
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    rules.compacted = true;
    rules.arena = &arena;
    size_t len = batch_with(0x0a, 0);
    assert_int_equal(record_validate(bytes, len, &rules, &v), RECORD_ERR_NULL_KEY);
    assert_int_equal(v.fault_count, 2);
    assert_int_equal(v.faults[0].record_index, 1);
    assert_int_equal(v.faults[1].record_index, 3);
    assert_int_equal(v.record_index, 1);
    len = batch_with(0x02, 0x10);
    assert_int_equal(record_validate(bytes, len, &rules, &v), RECORD_ERR_TIMESTAMP);
    assert_int_equal(v.fault_count, 2);
    assert_int_equal(v.faults[0].err, RECORD_ERR_NULL_KEY);
    assert_int_equal(v.faults[1].err, RECORD_ERR_TIMESTAMP);
    assert_int_equal(v.faults[1].record_index, 4);
    bytes[len - 1] ^= 1; /* the number of headers of the last record */
    record_batch_set_crc(bytes, len);
    assert_int_equal(record_validate(bytes, len, &rules, &v), RECORD_ERR_RECORD);
    assert_int_equal(v.fault_count, 0);
    rules.arena = NULL;
    len = batch_with(0x1f, 0);
    assert_int_equal(record_validate(bytes, len, &rules, &v), RECORD_ERR_NULL_KEY);
    assert_int_equal(v.fault_count, 0);
    arena_fini(&arena);
}

static void faults_are_named_up_to_a_limit_and_to_where_memory_goes(void **state)
{
    struct record_builder_options options = record_builder_plain(NOW);
    struct record_rules rules = rules_of(NULL);
    struct record_verdict v;
    struct arena arena;
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    struct record_builder b = record_builder_begin(&out, &options);
    for (int i = 0; i <= RECORD_FAULTS_MAX; i++) {
        record_builder_add(&b, NOW, NIL, NIL, NULL, 0);
    }
    assert_int_equal(record_builder_finish(&b), OK);
    rules.compacted = true;
    rules.arena = &arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(
        record_validate(out.bytes, out.length, &rules, &v), RECORD_ERR_NULL_KEY);
    assert_int_equal(v.fault_count, RECORD_FAULTS_MAX);
    assert_int_equal(v.faults[RECORD_FAULTS_MAX - 1].record_index, RECORD_FAULTS_MAX - 1);
    arena_fini(&arena);
    arena_init(&arena, 1);
    assert_int_equal(
        record_validate(out.bytes, out.length, &rules, &v), RECORD_ERR_NULL_KEY);
    assert_int_equal(v.fault_count, 0);
    assert_int_equal(v.record_index, 0);
    arena_fini(&arena);
    buf_fini(&out);
}

static void a_clock_before_its_epoch_makes_no_bound_overflow(void **state)
{
    struct record_rules rules = rules_of(NULL);
    struct record_verdict v;

    (void)state;
    size_t len = batch_with(0, 0);
    rules.now_ms = -5;
    rules.after_max_ms = INT64_MAX;
    assert_int_equal(record_validate(bytes, len, &rules, &v), RECORD_OK);
    rules.after_max_ms = 5;
    assert_int_equal(record_validate(bytes, len, &rules, &v), RECORD_ERR_TIMESTAMP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_agree_with_apache_kafka),
        cmocka_unit_test(the_size_limit_is_exact),
        cmocka_unit_test(one_byte_more_or_less_is_refused),
        cmocka_unit_test(every_flipped_bit_under_the_crc_is_found),
        cmocka_unit_test(header_fields_are_checked_under_a_right_crc),
        cmocka_unit_test(a_batch_without_records_is_refused),
        cmocka_unit_test(a_producer_needs_epoch_and_sequence),
        cmocka_unit_test(timestamps_have_both_bounds),
        cmocka_unit_test(a_timestamp_that_overflows_is_refused),
        cmocka_unit_test(compacted_topics_want_keys),
        cmocka_unit_test(compressed_records_are_judged_plain),
        cmocka_unit_test(a_wrong_max_timestamp_is_corrected_and_a_right_one_left),
        cmocka_unit_test(every_record_that_a_topic_does_not_take_is_named),
        cmocka_unit_test(faults_are_named_up_to_a_limit_and_to_where_memory_goes),
        cmocka_unit_test(a_clock_before_its_epoch_makes_no_bound_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
