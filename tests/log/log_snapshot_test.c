#include "log_fs_sim.h"
#include "log_snapshot.h"
#include "mem.h"
#include "record_crc.h"
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME  "00000000000000000100.snapshot"
#define END   100 /* the offset of the snapshot */
#define MAX   4
#define ENTRY 46
#define HEAD  10

/* clang-format off */
static const uint8_t good[] = {
    0x00, 0x01, 0xc5, 0x05, 0x89, 0x36, 0x00, 0x00, 0x00, 0x02,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0f, 0xa0, 0x00, 0x03, 0x00, 0x00, 0x00, 0x09,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00, 0x00, 0x00, 0x04,
    0x00, 0x00, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0f, 0xa1, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x39, 0x00, 0x00, 0x00, 0x00,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x02,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x32,
};
/* clang-format on */

static const struct log_snapshot_entry first = {.producer_id = 4000,
    .producer_epoch = 3,
    .last_sequence = 9,
    .last_offset = 99,
    .offset_delta = 4,
    .timestamp = 1700000000000,
    .coordinator_epoch = -1,
    .transaction_offset = -1};

static enum err decode(const uint8_t *bytes, size_t len)
{
    struct log_snapshot s = {0};
    uint8_t *copy = malloc(len + 1); /* of that length for the sanitizer */

    memcpy(copy, bytes, len);
    enum err e = log_snapshot_decode(copy, len, END, MAX, &s);
    log_snapshot_fini(&s);
    free(copy);
    return e;
}

static enum err decode_one(struct log_snapshot_entry entry)
{
    struct log_snapshot s = {.entries = &entry, .count = 1};
    struct buf bytes;

    buf_init(&bytes, HEAD + ENTRY);
    log_snapshot_encode(&s, &bytes);
    assert_int_equal(bytes.length, HEAD + ENTRY);
    enum err e = decode(bytes.bytes, bytes.length);
    buf_fini(&bytes);
    return e;
}

static void what_apache_kafka_writes_is_read(void **state)
{
    struct log_snapshot s;

    (void)state;
    assert_int_equal(log_snapshot_decode(good, sizeof(good), END, 2, &s), OK);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.entries[0].producer_id, first.producer_id);
    assert_int_equal(s.entries[0].producer_epoch, first.producer_epoch);
    assert_int_equal(s.entries[0].last_sequence, first.last_sequence);
    assert_int_equal(s.entries[0].last_offset, first.last_offset);
    assert_int_equal(s.entries[0].offset_delta, first.offset_delta);
    assert_int_equal(s.entries[0].timestamp, first.timestamp);
    assert_int_equal(s.entries[0].coordinator_epoch, -1);
    assert_int_equal(s.entries[0].transaction_offset, -1);
    assert_int_equal(s.entries[1].producer_id, 4001);
    assert_int_equal(s.entries[1].last_sequence, INT32_MAX);
    assert_int_equal(s.entries[1].timestamp, -1);
    assert_int_equal(s.entries[1].coordinator_epoch, 2);
    assert_int_equal(s.entries[1].transaction_offset, 50);
    log_snapshot_fini(&s);
}

static void what_is_read_is_written_again(void **state)
{
    struct log_snapshot s;
    struct buf bytes;

    (void)state;
    assert_int_equal(log_snapshot_decode(good, sizeof(good), END, MAX, &s), OK);
    buf_init(&bytes, sizeof(good));
    log_snapshot_encode(&s, &bytes);
    assert_int_equal(bytes.length, sizeof(good));
    assert_memory_equal(bytes.bytes, good, sizeof(good));
    buf_fini(&bytes);
    log_snapshot_fini(&s);
}

static void one_without_producers_is_read(void **state)
{
    static const uint8_t empty[] = {0, 1, 0x48, 0x67, 0x4b, 0xc7, 0, 0, 0, 0};

    (void)state;
    assert_int_equal(decode(empty, sizeof(empty)), OK);
}

static void every_truncation_is_an_error(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(good); len++) {
        assert_int_equal(decode(good, len), ERR_CORRUPT);
    }
}

static void every_flipped_bit_is_an_error(void **state)
{
    uint8_t bytes[sizeof(good)];

    (void)state;
    for (size_t bit = 0; bit < sizeof(good) * 8; bit++) {
        memcpy(bytes, good, sizeof(good));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(decode(bytes, sizeof(bytes)), ERR_CORRUPT);
    }
}

/* With a right CRC. */
static enum err decode_changed(size_t at, uint8_t value, size_t len)
{
    uint8_t bytes[sizeof(good) + 1] = {0};

    memcpy(bytes, good, sizeof(good));
    bytes[at] = value;
    uint32_t crc = record_crc32c(bytes + 6, len - 6);
    for (size_t i = 0; i < 4; i++) {
        bytes[2 + i] = (uint8_t)(crc >> (24 - 8 * i));
    }
    return decode(bytes, len);
}

static void a_right_crc_is_not_enough(void **state)
{
    (void)state;
    assert_int_equal(decode_changed(1, 1, sizeof(good)), OK);
    assert_int_equal(decode_changed(1, 0, sizeof(good)), ERR_CORRUPT);     /* version */
    assert_int_equal(decode_changed(1, 2, sizeof(good)), ERR_CORRUPT);     /* version */
    assert_int_equal(decode_changed(9, 1, sizeof(good)), ERR_CORRUPT);     /* count */
    assert_int_equal(decode_changed(9, 3, sizeof(good)), ERR_CORRUPT);     /* count */
    assert_int_equal(decode_changed(6, 0xff, sizeof(good)), ERR_CORRUPT);  /* count < 0 */
    assert_int_equal(decode_changed(6, 0x7f, sizeof(good)), ERR_CORRUPT);  /* many */
    assert_int_equal(decode_changed(1, 1, sizeof(good) + 1), ERR_CORRUPT); /* surplus */
}

static void no_more_producers_are_read_than_asked_for(void **state)
{
    struct log_snapshot s;

    (void)state;
    assert_int_equal(log_snapshot_decode(good, sizeof(good), END, 1, &s), ERR_CORRUPT);
}

static void what_can_not_be_is_not_believed(void **state)
{
    struct log_snapshot_entry e = first;

    (void)state;
    assert_int_equal(decode_one(e), OK);
    e.last_offset = END; /* behind the end of the log at that time */
    assert_int_equal(decode_one(e), ERR_CORRUPT);
    e.last_offset = -2;
    assert_int_equal(decode_one(e), ERR_CORRUPT);
    e.last_offset = 4;
    assert_int_equal(decode_one(e), OK);
    e.offset_delta = 5; /* it would begin below offset 0 */
    assert_int_equal(decode_one(e), ERR_CORRUPT);
    e.offset_delta = -1;
    assert_int_equal(decode_one(e), ERR_CORRUPT);
    e = first;
    e.last_sequence = -1;
    assert_int_equal(decode_one(e), ERR_CORRUPT);
    e = first;
    e.producer_epoch = -1;
    assert_int_equal(decode_one(e), ERR_CORRUPT);
    e = first;
    e.producer_id = -1;
    assert_int_equal(decode_one(e), ERR_CORRUPT);
}

static void a_producer_may_have_an_epoch_and_no_batch(void **state)
{
    struct log_snapshot_entry e = first;

    (void)state;
    e.last_offset = -1;
    e.last_sequence = -1;
    e.offset_delta = 0;
    assert_int_equal(decode_one(e), OK);
}

static enum err load(struct sim *sim, struct log_snapshot *out)
{
    struct log_fs fs = sim_fs(sim);

    return log_snapshot_load(&fs, SIM_DIR, END, MAX, out);
}

static void a_file_is_there_whole_or_not_at_all(void **state)
{
    static struct sim sim;
    struct log_snapshot_entry entry = first;
    struct log_snapshot s = {.entries = &entry, .count = 1};
    struct log_snapshot read = {0};
    bool stored = false;

    (void)state;
    for (long n = 0; !stored; n++) {
        sim_init(&sim, (uint64_t)n + 1);
        struct log_fs fs = sim_fs(&sim);
        sim.fail_after = n;
        sim.fail_errno = EIO;
        stored = log_snapshot_store(&s, &fs, SIM_DIR, END) == OK;
        assert_true(stored == (sim_find(&sim, NAME) != NULL));
        assert_null(sim_find(&sim, NAME ".tmp"));
        if (stored) {
            assert_true(n > 3); /* open, write, sync, rename */
            assert_int_equal(load(&sim, &read), OK);
            assert_memory_equal(&read.entries[0].last_offset, &first.last_offset, 8);
            log_snapshot_fini(&read);
        }
        assert_int_equal(sim_open_descriptors(&sim), 0);
        sim_fini(&sim);
    }
}

static void a_file_is_no_longer_than_it_may_be(void **state)
{
    static struct sim sim;
    uint8_t bytes[HEAD + (MAX + 1) * ENTRY] = {0};
    struct log_snapshot s;

    (void)state;
    sim_init(&sim, 1);
    assert_int_equal(load(&sim, &s), ERR_IO); /* there is none */
    sim_put(&sim, NAME, bytes, sizeof(bytes));
    assert_int_equal(load(&sim, &s), ERR_CORRUPT);
    sim_put(&sim, NAME, bytes, 0);
    assert_int_equal(load(&sim, &s), ERR_CORRUPT);
    sim_put(&sim, NAME, good, sizeof(good));
    assert_int_equal(load(&sim, &s), OK);
    log_snapshot_fini(&s);
    assert_int_equal(sim_open_descriptors(&sim), 0);
    sim_fini(&sim);
}

static void failed_allocations_are_no_damage(void **state)
{
    static struct sim sim;
    struct log_snapshot s;
    unsigned failed = 0;

    (void)state;
    sim_init(&sim, 1);
    sim_put(&sim, NAME, good, sizeof(good));
    for (long n = 0; n < 4; n++) {
        mem_fail_after(n);
        enum err e = load(&sim, &s);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        if (e == OK) {
            log_snapshot_fini(&s);
        }
        failed += e != OK ? 1 : 0;
    }
    assert_int_equal(failed, 2);
    assert_int_equal(sim_open_descriptors(&sim), 0);
    sim_fini(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_apache_kafka_writes_is_read),
        cmocka_unit_test(what_is_read_is_written_again),
        cmocka_unit_test(one_without_producers_is_read),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(every_flipped_bit_is_an_error),
        cmocka_unit_test(a_right_crc_is_not_enough),
        cmocka_unit_test(no_more_producers_are_read_than_asked_for),
        cmocka_unit_test(what_can_not_be_is_not_believed),
        cmocka_unit_test(a_producer_may_have_an_epoch_and_no_batch),
        cmocka_unit_test(a_file_is_there_whole_or_not_at_all),
        cmocka_unit_test(a_file_is_no_longer_than_it_may_be),
        cmocka_unit_test(failed_allocations_are_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
