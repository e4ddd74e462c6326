/*
 * record_batch - the 61-byte header of a record batch of format 2, and changes to it in
 * place.
 *
 * Trust: the bytes may come from a peer or from a damaged disk. record_batch_read() looks
 * at 61 bytes and at the length it was given, and believes nothing about the records
 * behind them.
 *
 * Ownership: borrows the bytes; nothing here allocates.
 */
#ifndef RECORD_BATCH_H
#define RECORD_BATCH_H

#include "record_err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_BATCH_HEADER_SIZE 61
#define RECORD_BATCH_OVERHEAD                                                            \
    12 /* base offset and length: bytes that the length leaves out */
#define RECORD_BATCH_CRC_START 21
#define RECORD_BATCH_MAGIC     2

enum record_attribute {
    RECORD_ATTRIBUTE_CODEC = 0x07,
    RECORD_ATTRIBUTE_APPEND_TIME = 0x08,
    RECORD_ATTRIBUTE_TRANSACTIONAL = 0x10,
    RECORD_ATTRIBUTE_CONTROL = 0x20,
    RECORD_ATTRIBUTE_DELETE_HORIZON = 0x40,
};

enum record_codec {
    RECORD_CODEC_NONE,
    RECORD_CODEC_GZIP,
    RECORD_CODEC_SNAPPY,
    RECORD_CODEC_LZ4,
    RECORD_CODEC_ZSTD,
};

struct record_batch_header {
    int64_t base_offset;
    int32_t batch_length; /* bytes after this field */
    int32_t leader_epoch;
    int8_t magic;
    uint32_t crc;
    int16_t attributes;
    int32_t last_offset_delta;
    int64_t base_timestamp;
    int64_t max_timestamp;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t record_count;
};

/*
 * Decodes the header of the batch that begins at bytes. The whole batch must be there: OK
 * means that record_batch_size() bytes lie in len. Does not look at the CRC or the
 * records.
 */
enum record_err record_batch_read(
    const uint8_t *bytes, size_t len, struct record_batch_header *out);
/* The same where only the first 61 bytes are at hand. available: bytes that exist in all.
 */
enum record_err record_batch_read_header(const uint8_t bytes[RECORD_BATCH_HEADER_SIZE],
    size_t available, struct record_batch_header *out);
/* len: exactly one batch, as record_batch_read() measured it. */
bool record_batch_check_crc(const uint8_t *bytes, size_t len);

size_t record_batch_size(const struct record_batch_header *h);
/* base offset + last offset delta; the caller knows that both are in range. */
int64_t record_batch_last_offset(const struct record_batch_header *h);
/* Sequence of the last record; 2147483647 is followed by 0. */
int32_t record_batch_last_sequence(const struct record_batch_header *h);
enum record_codec record_batch_codec(const struct record_batch_header *h);
bool record_batch_has(const struct record_batch_header *h, enum record_attribute bit);
bool record_batch_has_producer(const struct record_batch_header *h);

/* The fields a leader sets. The first two are not under the CRC. */
void record_batch_set_base_offset(uint8_t *bytes, int64_t base_offset);
void record_batch_set_leader_epoch(uint8_t *bytes, int32_t epoch);
/* Sets or clears the append-time bit, drops unused bits, sets max timestamp and the CRC.
 */
void record_batch_set_timestamps(
    uint8_t *bytes, size_t len, bool append_time, int64_t max_timestamp);
/* Another codec, and the length and CRC of a batch that is now len bytes long. */
void record_batch_set_codec(uint8_t *bytes, size_t len, enum record_codec codec);
/* Makes the CRC right again. */
void record_batch_set_crc(uint8_t *bytes, size_t len);

#endif
