#include "record_hex.h"
#include "record_reader.h"
#include "record_vectors.h"
#include "test.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static enum record_err read_all(const uint8_t *bytes, size_t len, int32_t count)
{
    struct record_reader r = record_reader_init(bytes, len, count);
    struct record record;
    struct record_header header;

    while (record_reader_next(&r, &record)) {
        while (record_header_next(&record, &header)) {
            assert_non_null(header.key.ptr);
        }
        assert_int_equal(record.header_count, 0);
    }
    return record_reader_finish(&r);
}

static void records_of_apache_kafka_are_read(void **state)
{
    uint8_t bytes[256];
    size_t len = hex_bytes(batch_vectors[0].hex, bytes, sizeof(bytes));
    struct record_reader r = record_reader_init(bytes + 61, len - 61, 3);
    struct record record;
    struct record_header header;

    (void)state;
    assert_true(record_reader_next(&r, &record));
    assert_int_equal(record.offset_delta, 0);
    assert_memory_equal(record.key.ptr, "k1", 2);
    assert_memory_equal(record.value.ptr, "v1", 2);
    assert_true(record_reader_next(&r, &record));
    assert_int_equal(record.timestamp_delta, 5);
    assert_int_equal(record.offset_delta, 1);
    assert_null(record.key.ptr);
    assert_int_equal(record.value.len, 9);
    assert_true(record_reader_next(&r, &record));
    assert_int_equal(record.timestamp_delta, -3);
    assert_null(record.value.ptr);
    assert_int_equal(record.header_count, 3);
    assert_true(record_header_next(&record, &header));
    assert_memory_equal(header.key.ptr, "h", 1);
    assert_true(record_header_next(&record, &header));
    assert_non_null(header.value.ptr);
    assert_int_equal(header.value.len, 0);
    assert_true(record_header_next(&record, &header));
    assert_null(header.value.ptr);
    assert_false(record_header_next(&record, &header));
    assert_false(record_reader_next(&r, &record));
    assert_int_equal(record_reader_finish(&r), RECORD_OK);
}

static void every_truncation_is_an_error(void **state)
{
    uint8_t bytes[256];
    size_t len = hex_bytes(batch_vectors[0].hex, bytes, sizeof(bytes));

    (void)state;
    for (size_t i = 61; i < len; i++) {
        assert_int_equal(read_all(bytes + 61, i - 61, 3), RECORD_ERR_RECORD);
    }
    assert_int_equal(read_all(bytes + 61, len - 61, 3), RECORD_OK);
    assert_int_equal(read_all(bytes + 61, len - 61, 2), RECORD_ERR_LEFT_OVER);
    assert_int_equal(read_all(bytes + 61, len - 61, 4), RECORD_ERR_RECORD);
    assert_int_equal(read_all(bytes + 61, len - 61, -1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(bytes + 61, len - 61, INT32_MAX), RECORD_ERR_RECORD);
    assert_int_equal(read_all(bytes, 0, 0), RECORD_OK);
}

/* length, attributes, timestamp delta, offset delta, key, value, headers */
static void lengths_are_exact(void **state)
{
    (void)state;
    assert_int_equal(read_all(BYTES(12, 0, 0, 0, 1, 1, 0), 1), RECORD_OK);
    assert_int_equal(read_all(BYTES(12, 0xff, 0, 0, 1, 1, 0), 1), RECORD_OK);
    assert_int_equal(read_all(BYTES(14, 0, 0, 0, 1, 1, 0, 0), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(10, 0, 0, 0, 1, 1, 0), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(12, 0, 0, 0, 1, 1, 0, 0), 1), RECORD_ERR_LEFT_OVER);
    assert_int_equal(read_all(BYTES(11, 0, 0, 0, 1, 1, 0), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(14, 0, 0, 0, 2, 'k', 1, 0), 1), RECORD_OK);
    assert_int_equal(read_all(BYTES(14, 0, 0, 0, 4, 'k', 1, 0), 1), RECORD_ERR_RECORD);
}

static void null_is_minus_one_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(read_all(BYTES(12, 0, 0, 0, 3, 1, 0), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(12, 0, 0, 0, 1, 3, 0), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(1, 0, 0, 0, 1, 1, 0), 1), RECORD_ERR_RECORD);
    /* header key null; header value -2 */
    assert_int_equal(read_all(BYTES(16, 0, 0, 0, 1, 1, 2, 0, 1), 1), RECORD_OK);
    assert_int_equal(read_all(BYTES(16, 0, 0, 0, 1, 1, 2, 1, 1), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(16, 0, 0, 0, 1, 1, 2, 0, 3), 1), RECORD_ERR_RECORD);
}

static void header_counts_are_bounded_by_the_bytes(void **state)
{
    (void)state;
    assert_int_equal(read_all(BYTES(12, 0, 0, 0, 1, 1, 1), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(12, 0, 0, 0, 1, 1, 2), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(16, 0, 0, 0, 1, 1, 4, 0, 1), 1), RECORD_ERR_RECORD);
    assert_int_equal(read_all(BYTES(20, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f), 1),
        RECORD_ERR_RECORD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_apache_kafka_are_read),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(lengths_are_exact),
        cmocka_unit_test(null_is_minus_one_and_nothing_else),
        cmocka_unit_test(header_counts_are_bounded_by_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
