/*
 * Input: a byte, then the file. With the byte odd its CRC is made right. What is believed
 * is possible, and is written again as it was. A log that begins where the snapshot was
 * made opens with it, knows whom it names, and opens a second time without a word.
 */
#include "log_fs_sim.h"
#include "log_partition.h"
#include "log_snapshot.h"
#include "record_crc.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define END         1000
#define FIRST       "00000000000000001000"
#define ENTRIES_MAX 20
#define CRC_START   6

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void repair_crc(uint8_t *bytes, size_t len)
{
    if (len < CRC_START) {
        return;
    }
    uint32_t crc = record_crc32c(bytes + CRC_START, len - CRC_START);
    for (size_t i = 0; i < sizeof(crc); i++) {
        bytes[CRC_START - 1 - i] = (uint8_t)(crc >> (8 * i));
    }
}

static void check(const struct log_snapshot *s, const uint8_t *bytes, size_t len)
{
    struct buf again;

    require(s->count <= ENTRIES_MAX);
    for (size_t i = 0; i < s->count; i++) {
        const struct log_snapshot_entry *e = &s->entries[i];
        require(e->producer_id >= 0 && e->last_offset >= -1 && e->last_offset < END);
        require(e->last_offset == -1 ||
                (e->last_sequence >= 0 && e->producer_epoch >= 0 &&
                    e->offset_delta >= 0 && e->last_offset - e->offset_delta >= 0));
    }
    buf_init(&again, len);
    log_snapshot_encode(s, &again);
    require(buf_error(&again) == OK && again.length == len);
    require(memcmp(again.bytes, bytes, len) == 0);
    buf_fini(&again);
}

static int is_in(const struct log_snapshot *s, const struct log_producer_state *p)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct log_snapshot_entry *e = &s->entries[i];
        if (e->producer_id == p->id && e->producer_epoch == p->epoch &&
            e->last_sequence == p->last_sequence && e->last_offset == p->last_offset &&
            e->timestamp == p->last_timestamp) {
            return 1;
        }
    }
    return 0;
}

/* s: what the file says; NULL: it is not to be believed. */
static void open_log(struct sim *sim, const struct log_snapshot *s)
{
    static const struct log_report quiet;
    struct log_config config = log_config_default((struct wire_uuid){.bytes = {1}});
    struct log_fs fs = sim_fs(sim);
    struct log_partition *lp = NULL;
    struct log_report report;
    struct log_producer_state p;

    config.producers_max = ENTRIES_MAX;
    require(log_partition_open(&fs, SIM_DIR, &config, 0, &lp, &report) == OK);
    require(report.files_quarantined == (s == NULL ? 1 : 0));
    for (size_t cursor = 0; log_partition_next_producer(lp, &cursor, 0, &p);) {
        require(s != NULL && is_in(s, &p));
        require(p.first_sequence >= 0 && p.base_offset >= 0);
    }
    log_partition_close(&lp);
    require(log_partition_open(&fs, SIM_DIR, &config, 0, &lp, &report) == OK);
    require(memcmp(&report, &quiet, sizeof(quiet)) == 0);
    require(log_partition_stop(lp, 0) == OK);
    log_partition_close(&lp);
    require(sim_open_descriptors(sim) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim sim;
    struct log_snapshot s;

    if (size < 1) {
        return 0;
    }
    size_t len = size - 1;
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    require(bytes != NULL);
    memcpy(bytes, data + 1, len);
    if (data[0] % 2 == 1) {
        repair_crc(bytes, len);
    }
    enum err e = log_snapshot_decode(bytes, len, END, ENTRIES_MAX, &s);
    require(e == OK || e == ERR_CORRUPT);
    sim_init(&sim, 1);
    sim_put(&sim, FIRST ".log", "", 0);
    sim_put(&sim, FIRST ".snapshot", bytes, len);
    open_log(&sim, e == OK ? &s : NULL);
    sim_fini(&sim);
    if (e == OK) {
        check(&s, bytes, len);
        log_snapshot_fini(&s);
    }
    free(bytes);
    return 0;
}
