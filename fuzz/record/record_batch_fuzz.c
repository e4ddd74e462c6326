#include "record_batch.h"
#include "record_reader.h"

#include <stdlib.h>
#include <string.h>

/*
 * Input: a byte of which bit 0 asks for a right CRC, then a batch. Whatever is read lies
 * inside it, and what a leader writes into it can be read again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void check_view(struct wire_view view, const uint8_t *bytes, size_t len)
{
    if (view.ptr != NULL) {
        require(view.ptr >= bytes && view.len <= (size_t)(bytes + len - view.ptr));
    }
}

static void walk(const uint8_t *bytes, size_t len, const struct record_batch_header *h)
{
    struct record_reader r = record_reader_init(bytes, len, h->record_count);
    struct record record;
    int32_t records = 0;

    while (record_reader_next(&r, &record)) {
        struct record_header header;
        check_view(record.key, bytes, len);
        check_view(record.value, bytes, len);
        while (record_header_next(&record, &header)) {
            require(header.key.ptr != NULL);
            check_view(header.key, bytes, len);
            check_view(header.value, bytes, len);
        }
        require(record.header_count == 0);
        records++;
    }
    require(record_reader_finish(&r) != RECORD_OK || records == h->record_count);
}

static void change(uint8_t *bytes, size_t len)
{
    struct record_batch_header h;

    record_batch_set_base_offset(bytes, 77);
    record_batch_set_leader_epoch(bytes, 5);
    record_batch_set_timestamps(bytes, len, true, 99);
    require(record_batch_check_crc(bytes, len));
    require(record_batch_read(bytes, len, &h) == RECORD_OK);
    require(h.base_offset == 77 && h.leader_epoch == 5 && h.max_timestamp == 99);
    require(record_batch_has(&h, RECORD_ATTRIBUTE_APPEND_TIME));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_batch_header h;

    if (size < 1) {
        return 0;
    }
    size_t len = size - 1;
    uint8_t *bytes = malloc(len + 1);
    require(bytes != NULL);
    memcpy(bytes, data + 1, len);
    if (record_batch_read(bytes, len, &h) == RECORD_OK) {
        size_t batch = record_batch_size(&h);
        require(batch >= RECORD_BATCH_HEADER_SIZE && batch <= len);
        if ((data[0] & 1) != 0) {
            record_batch_set_crc(bytes, batch);
            require(record_batch_check_crc(bytes, batch));
        }
        walk(bytes + RECORD_BATCH_HEADER_SIZE, batch - RECORD_BATCH_HEADER_SIZE, &h);
        change(bytes, batch);
    }
    free(bytes);
    return 0;
}
