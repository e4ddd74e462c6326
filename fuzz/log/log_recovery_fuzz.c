#include "log_fs_sim.h"
#include "log_partition.h"
#include "record_batch.h"

#include <stdlib.h>
#include <string.h>

/*
 * Input: a byte of options, two lengths of two bytes, then the offset index, the time
 * index and the segment. Opening either leaves the segment as it is and says that it is
 * damaged, or yields a prefix of it, all of whose batches are whole; opening again
 * changes nothing.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIRST         "00000000000000000000"
#define HEAD_SIZE     5
#define OPTION_REPAIR 1
#define OPTION_CLEAN  2
#define OPTION_SEALED 4 /* an empty segment follows */

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void repair_crcs(uint8_t *bytes, size_t len)
{
    struct record_batch_header h;

    while (record_batch_read(bytes, len, &h) == RECORD_OK) {
        size_t size = record_batch_size(&h);
        record_batch_set_crc(bytes, size);
        bytes += size;
        len -= size;
    }
}

static struct log_config config_of(bool clean)
{
    struct log_config config = log_config_default((struct wire_uuid){.bytes = {1}});

    config.segment_bytes = 1 << 16;
    config.index_interval_bytes = 64;
    config.producers_max = 4;
    config.clean = clean;
    return config;
}

/* Reads from one offset as a consumer does. */
static int64_t read_once(
    const struct log_fs *fs, struct log_partition *lp, int64_t offset, bool check_crc)
{
    static uint8_t bytes[1 << 20];
    struct record_batch_header h;
    struct log_slice slice;
    struct log_read read = {.offset = offset,
        .upper_bound = log_partition_end_offset(lp),
        .max_bytes = 300,
        .at_least_one = true};
    int64_t next = offset;

    require(log_partition_read(lp, &read, &slice) == LOG_CODE_NONE);
    require(slice.length <= sizeof(bytes));
    if (slice.length == 0) {
        return read.upper_bound; /* a gap, and nothing behind it */
    }
    require(log_fs_read(fs, slice.fd, bytes, slice.length, slice.position) == OK);
    for (size_t at = 0; at < slice.length; at += record_batch_size(&h)) {
        require(record_batch_read(bytes + at, slice.length - at, &h) == RECORD_OK);
        require(!check_crc || record_batch_check_crc(bytes + at, record_batch_size(&h)));
        require(record_batch_last_offset(&h) >= next);
        next = record_batch_last_offset(&h) + 1;
    }
    return next;
}

static void use(const struct log_fs *fs, struct log_partition *lp, bool check_crc)
{
    struct log_found found;
    int64_t end_offset = log_partition_end_offset(lp);
    int64_t offset = 0;

    for (int i = 0; i < 50 && offset < end_offset; i++) {
        offset = read_once(fs, lp, offset, check_crc);
    }
    require(log_partition_find_time(lp, 1700000000002, &found) == OK);
    require(found.offset < end_offset);
    require(log_partition_find_max_time(lp, &found) == OK);
    require(found.offset < end_offset);
    require(log_partition_flushed_offset(lp) == end_offset);
}

static void check(struct sim *sim, const uint8_t *bytes, size_t len, uint8_t options)
{
    static const struct log_report quiet;
    struct log_config config = config_of((options & OPTION_CLEAN) != 0);
    struct log_fs fs = sim_fs(sim);
    struct log_partition *lp = NULL;
    struct log_report report;
    bool check_crc = (options & (OPTION_CLEAN | OPTION_SEALED)) == 0;

    enum err e = log_partition_open(&fs, SIM_DIR, &config, 0, &lp, &report);
    const struct sim_file *f = sim_find(sim, FIRST ".log");
    require(f != NULL && f->now_len <= len);
    require(f->now_len == 0 || memcmp(f->now, bytes, f->now_len) == 0);
    if (e != OK) {
        require(e == ERR_CORRUPT && f->now_len == len);
        require(sim_find(sim, FIRST ".log.torn") == NULL);
        return;
    }
    require(f->now_len == len || (options & (OPTION_CLEAN | OPTION_SEALED)) == 0);
    int64_t end_offset = log_partition_end_offset(lp);
    use(&fs, lp, check_crc);
    log_partition_close(&lp);
    require(log_partition_open(&fs, SIM_DIR, &config, 0, &lp, &report) == OK);
    require(memcmp(&report, &quiet, sizeof(quiet)) == 0);
    require(log_partition_end_offset(lp) == end_offset);
    log_partition_close(&lp);
    require(sim_open_descriptors(sim) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim sim;

    if (size < HEAD_SIZE) {
        return 0;
    }
    size_t index_len = (size_t)data[1] << 8 | data[2];
    size_t times_len = (size_t)data[3] << 8 | data[4];
    size_t left = size - HEAD_SIZE;
    index_len = index_len > left ? left : index_len;
    left -= index_len;
    times_len = times_len > left ? left : times_len;
    left -= times_len;
    uint8_t *bytes = malloc(left + 1);
    require(bytes != NULL);
    memcpy(bytes, data + size - left, left);
    if ((data[0] & OPTION_REPAIR) != 0) {
        repair_crcs(bytes, left);
    }
    sim_init(&sim, 1);
    sim_put(&sim, FIRST ".log", bytes, left);
    sim_put(&sim, FIRST ".index", data + HEAD_SIZE, index_len);
    sim_put(&sim, FIRST ".timeindex", data + HEAD_SIZE + index_len, times_len);
    if ((data[0] & OPTION_SEALED) != 0) {
        sim_put(&sim, "00000000000000100000.log", bytes, 0);
    }
    check(&sim, bytes, left, data[0]);
    sim_fini(&sim);
    free(bytes);
    return 0;
}
