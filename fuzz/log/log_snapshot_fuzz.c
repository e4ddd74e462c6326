/*
 * Input: a byte, then the file. With the byte odd its CRC is made right. What is believed
 * is possible, and is written again as it was.
 */
#include "log_snapshot.h"
#include "record_crc.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define END         1000
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
    if (e == OK) {
        check(&s, bytes, len);
        log_snapshot_fini(&s);
    }
    free(bytes);
    return 0;
}
