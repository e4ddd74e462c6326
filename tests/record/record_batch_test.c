#include "record_batch.h"
#include "record_builder.h"
#include "record_hex.h"
#include "record_vectors.h"
#include "test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define VIEW(text)   ((struct wire_view){(const uint8_t *)(text), sizeof(text) - 1})
#define NIL          ((struct wire_view){NULL, 0})

static uint8_t bytes[4096];

static void batches_of_apache_kafka_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(batch_vectors); i++) {
        const struct batch_vector *v = &batch_vectors[i];
        struct record_batch_header h;
        size_t len = hex_bytes(v->hex, bytes, sizeof(bytes));
        assert_int_equal(record_batch_read(bytes, len, &h), RECORD_OK);
        assert_int_equal(record_batch_size(&h), len);
        assert_int_equal(h.crc, v->crc);
        assert_int_equal(h.attributes, v->attributes);
        assert_int_equal(h.record_count, v->record_count);
        assert_true(record_batch_check_crc(bytes, len));
        assert_false(record_batch_check_crc(bytes, len - 1));
        bytes[len - 1] ^= 1;
        assert_false(record_batch_check_crc(bytes, len));
    }
}

static void every_header_field_has_its_place(void **state)
{
    struct record_batch_header h;

    (void)state;
    for (size_t i = 0; i < 61; i++) {
        bytes[i] = (uint8_t)i;
    }
    bytes[8] = bytes[9] = bytes[10] = 0;
    bytes[11] = 49;
    bytes[16] = 2;
    assert_int_equal(record_batch_read(bytes, 61, &h), RECORD_OK);
    assert_int_equal(h.base_offset, 0x0001020304050607);
    assert_int_equal(h.leader_epoch, 0x0c0d0e0f);
    assert_int_equal(h.crc, 0x11121314);
    assert_int_equal(h.attributes, 0x1516);
    assert_int_equal(h.last_offset_delta, 0x1718191a);
    assert_int_equal(h.base_timestamp, 0x1b1c1d1e1f202122);
    assert_int_equal(h.max_timestamp, 0x232425262728292a);
    assert_int_equal(h.producer_id, 0x2b2c2d2e2f303132);
    assert_int_equal(h.producer_epoch, 0x3334);
    assert_int_equal(h.base_sequence, 0x35363738);
    assert_int_equal(h.record_count, 0x393a3b3c);
    assert_int_equal(record_batch_codec(&h), 6);
    assert_true(record_batch_has(&h, RECORD_ATTRIBUTE_TRANSACTIONAL));
    assert_false(record_batch_has(&h, RECORD_ATTRIBUTE_APPEND_TIME));
}

static void every_truncation_is_short(void **state)
{
    struct record_batch_header h;
    size_t len = hex_bytes(batch_vectors[0].hex, bytes, sizeof(bytes));

    (void)state;
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(record_batch_read(bytes, i, &h), RECORD_ERR_SHORT);
    }
}

static enum record_err read_with(size_t len, uint8_t length, uint8_t magic)
{
    struct record_batch_header h;

    memset(bytes, 0, 80);
    bytes[11] = length;
    bytes[16] = magic;
    return record_batch_read(bytes, len, &h);
}

static void lengths_and_magic_are_judged_in_apaches_order(void **state)
{
    (void)state;
    assert_int_equal(read_with(11, 49, 2), RECORD_ERR_SHORT);
    assert_int_equal(read_with(12, 13, 2), RECORD_ERR_LENGTH);
    assert_int_equal(read_with(12, 14, 2), RECORD_ERR_SHORT);
    assert_int_equal(read_with(16, 49, 3), RECORD_ERR_SHORT);
    assert_int_equal(read_with(17, 49, 3), RECORD_ERR_MAGIC);
    assert_int_equal(read_with(17, 49, 0xff), RECORD_ERR_MAGIC);
    assert_int_equal(read_with(26, 14, 1), RECORD_ERR_MAGIC_OLD);
    assert_int_equal(read_with(25, 14, 1), RECORD_ERR_SHORT);
    assert_int_equal(read_with(60, 48, 2), RECORD_ERR_LENGTH);
    assert_int_equal(read_with(61, 49, 2), RECORD_OK);
    assert_int_equal(read_with(60, 49, 2), RECORD_ERR_SHORT);
    memset(bytes, 0, 80);
    memset(bytes + 8, 0xff, 4);
    struct record_batch_header h;
    assert_int_equal(record_batch_read(bytes, 80, &h), RECORD_ERR_LENGTH);
    assert_int_equal(read_with(61, 49, 2), RECORD_OK);
    assert_int_equal(record_batch_read_header(bytes, 61, &h), RECORD_OK);
    assert_int_equal(h.batch_length, 49);
    assert_int_equal(record_batch_read_header(bytes, 60, &h), RECORD_ERR_SHORT);
    record_batch_set_crc(bytes, 61);
    assert_true(record_batch_check_crc(bytes, 61));
    assert_false(record_batch_check_crc(bytes, 60));
    bytes[8] = 0x7f;
    bytes[16] = 2;
    assert_int_equal(record_batch_read(bytes, 80, &h), RECORD_ERR_SHORT);
    assert_int_equal(record_batch_read_header(bytes, 80, &h), RECORD_ERR_SHORT);
}

static void sequences_wrap_to_zero(void **state)
{
    struct record_batch_header h = {
        .base_sequence = INT32_MAX - 1, .last_offset_delta = 2};

    (void)state;
    assert_int_equal(record_batch_last_sequence(&h), 0);
    h.last_offset_delta = 1;
    assert_int_equal(record_batch_last_sequence(&h), INT32_MAX);
    h = (struct record_batch_header){.base_sequence = 5, .last_offset_delta = 2};
    assert_int_equal(record_batch_last_sequence(&h), 7);
}

static void a_leader_sets_offset_and_epoch_outside_the_crc(void **state)
{
    struct record_batch_header h;
    size_t len = hex_bytes(batch_vectors[0].hex, bytes, sizeof(bytes));

    (void)state;
    record_batch_set_base_offset(bytes, 0x0102030405060708);
    record_batch_set_leader_epoch(bytes, 9);
    assert_int_equal(record_batch_read(bytes, len, &h), RECORD_OK);
    assert_int_equal(h.base_offset, 0x0102030405060708);
    assert_int_equal(h.leader_epoch, 9);
    assert_int_equal(record_batch_last_offset(&h), 0x010203040506070a);
    assert_true(record_batch_check_crc(bytes, len));
}

static void timestamps_are_set_under_a_new_crc_without_unused_bits(void **state)
{
    struct record_batch_header h;
    size_t len = hex_bytes(batch_vectors[6].hex, bytes, sizeof(bytes));

    (void)state;
    bytes[21] = 0xff;
    bytes[22] |= 0x80;
    record_batch_set_timestamps(bytes, len, true, 77);
    assert_int_equal(record_batch_read(bytes, len, &h), RECORD_OK);
    assert_int_equal(h.attributes, RECORD_ATTRIBUTE_APPEND_TIME | RECORD_CODEC_GZIP);
    assert_int_equal(h.max_timestamp, 77);
    assert_true(record_batch_check_crc(bytes, len));
    record_batch_set_timestamps(bytes, len, false, 78);
    assert_int_equal(record_batch_read(bytes, len, &h), RECORD_OK);
    assert_int_equal(h.attributes, RECORD_CODEC_GZIP);
    assert_true(record_batch_check_crc(bytes, len));
}

/* The batch "plain-3", made by us, byte for byte. */
static void the_builder_writes_what_apache_kafka_writes(void **state)
{
    const int64_t t = 1700000000000;
    const struct record_header headers[] = {
        {VIEW("h"), VIEW("x")}, {VIEW("empty"), VIEW("")}, {VIEW("nil"), NIL}};
    struct record_builder_options options = record_builder_plain(t);
    size_t len = hex_bytes(batch_vectors[0].hex, bytes, sizeof(bytes));
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    struct record_builder b = record_builder_begin(&out, &options);
    record_builder_add(&b, t, VIEW("k1"), VIEW("v1"), NULL, 0);
    record_builder_add(&b, t + 5, NIL, VIEW("value-two"), NULL, 0);
    record_builder_add(&b, t - 3, VIEW("k3"), NIL, headers, 3);
    assert_int_equal(record_builder_finish(&b), OK);
    assert_int_equal(out.length, len);
    assert_memory_equal(out.bytes, bytes, len);
    buf_fini(&out);
}

static void a_builder_without_records_or_room_says_so(void **state)
{
    struct record_builder_options options = record_builder_plain(1);
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    struct record_builder b = record_builder_begin(&out, &options);
    assert_int_equal(record_builder_finish(&b), ERR_INVALID);
    buf_fini(&out);
    buf_init(&out, 62);
    b = record_builder_begin(&out, &options);
    record_builder_add(&b, 1, NIL, NIL, NULL, 0);
    assert_int_equal(record_builder_finish(&b), ERR_FULL);
    buf_fini(&out);
}

static void every_error_has_a_code_and_a_text(void **state)
{
    (void)state;
    assert_int_equal(record_err_code(RECORD_OK), 0);
    assert_int_equal(record_err_code(RECORD_ERR_CRC), 2);
    assert_int_equal(record_err_code(RECORD_ERR_MEMORY), -1);
    assert_int_equal(record_err_code((enum record_err)999), -1);
    assert_string_equal(record_err_text((enum record_err)999), "unknown error");
    for (int e = RECORD_OK + 1; e <= RECORD_ERR_MEMORY; e++) {
        assert_int_not_equal(record_err_code((enum record_err)e), 0);
        assert_true(strlen(record_err_text((enum record_err)e)) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_of_apache_kafka_are_read),
        cmocka_unit_test(every_header_field_has_its_place),
        cmocka_unit_test(every_truncation_is_short),
        cmocka_unit_test(lengths_and_magic_are_judged_in_apaches_order),
        cmocka_unit_test(sequences_wrap_to_zero),
        cmocka_unit_test(a_leader_sets_offset_and_epoch_outside_the_crc),
        cmocka_unit_test(timestamps_are_set_under_a_new_crc_without_unused_bits),
        cmocka_unit_test(the_builder_writes_what_apache_kafka_writes),
        cmocka_unit_test(a_builder_without_records_or_room_says_so),
        cmocka_unit_test(every_error_has_a_code_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
