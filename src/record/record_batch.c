#include "record_batch.h"

#include "err.h"
#include "record_crc.h"
#include "wire_reader.h"

#define AT_LENGTH        8
#define AT_LEADER_EPOCH  12
#define AT_CRC           17
#define AT_ATTRIBUTES    21
#define AT_MAX_TIMESTAMP 35

/* Shortest message of any format; below it Apache calls the set corrupt before all else.
 */
#define LENGTH_MIN_ANY (14)
#define LENGTH_MIN     (RECORD_BATCH_HEADER_SIZE - RECORD_BATCH_OVERHEAD)
#define MAGIC_END      17 /* bytes up to and with the magic, in every format */

#define ATTRIBUTES_KNOWN 0x7f

static struct record_batch_header decode(const uint8_t *bytes)
{
    struct wire_reader r = wire_reader_init(bytes, RECORD_BATCH_HEADER_SIZE);
    struct record_batch_header h = {0};

    h.base_offset = wire_read_i64(&r);
    h.batch_length = wire_read_i32(&r);
    h.leader_epoch = wire_read_i32(&r);
    h.magic = wire_read_i8(&r);
    h.crc = wire_read_u32(&r);
    h.attributes = wire_read_i16(&r);
    h.last_offset_delta = wire_read_i32(&r);
    h.base_timestamp = wire_read_i64(&r);
    h.max_timestamp = wire_read_i64(&r);
    h.producer_id = wire_read_i64(&r);
    h.producer_epoch = wire_read_i16(&r);
    h.base_sequence = wire_read_i32(&r);
    h.record_count = wire_read_i32(&r);
    INVARIANT(wire_reader_finish(&r) == WIRE_OK);
    return h;
}

static int32_t read_length(const uint8_t *bytes)
{
    struct wire_reader r = wire_reader_init(bytes + AT_LENGTH, sizeof(int32_t));

    return wire_read_i32(&r);
}

/* The order of these checks is Apache's, so that the same bytes get the same code. */
static enum record_err check_frame(const uint8_t *bytes, size_t visible, size_t available)
{
    if (visible < RECORD_BATCH_OVERHEAD) {
        return RECORD_ERR_SHORT;
    }
    int64_t length = read_length(bytes);
    if (length < LENGTH_MIN_ANY) {
        return RECORD_ERR_LENGTH;
    }
    if (visible < MAGIC_END) {
        return RECORD_ERR_SHORT;
    }
    uint8_t magic = bytes[MAGIC_END - 1];
    if (magic > RECORD_BATCH_MAGIC) {
        return RECORD_ERR_MAGIC;
    }
    if (available < (size_t)length + RECORD_BATCH_OVERHEAD) {
        return RECORD_ERR_SHORT;
    }
    if (magic < RECORD_BATCH_MAGIC) {
        return RECORD_ERR_MAGIC_OLD;
    }
    return length < LENGTH_MIN ? RECORD_ERR_LENGTH : RECORD_OK;
}

enum record_err record_batch_read(
    const uint8_t *bytes, size_t len, struct record_batch_header *out)
{
    enum record_err e = check_frame(bytes, len, len);

    if (e == RECORD_OK) {
        *out = decode(bytes);
    }
    return e;
}

enum record_err record_batch_read_header(const uint8_t bytes[RECORD_BATCH_HEADER_SIZE],
    size_t available, struct record_batch_header *out)
{
    enum record_err e = check_frame(bytes, RECORD_BATCH_HEADER_SIZE, available);

    if (e == RECORD_OK) {
        *out = decode(bytes);
    }
    return e;
}

static uint32_t compute_crc(const uint8_t *bytes, size_t len)
{
    return record_crc32c(bytes + RECORD_BATCH_CRC_START, len - RECORD_BATCH_CRC_START);
}

bool record_batch_check_crc(const uint8_t *bytes, size_t len)
{
    if (len < RECORD_BATCH_HEADER_SIZE) {
        return false;
    }
    struct wire_reader r = wire_reader_init(bytes + AT_CRC, sizeof(uint32_t));
    return wire_read_u32(&r) == compute_crc(bytes, len);
}

size_t record_batch_size(const struct record_batch_header *h)
{
    return (size_t)h->batch_length + RECORD_BATCH_OVERHEAD;
}

int64_t record_batch_last_offset(const struct record_batch_header *h)
{
    return h->base_offset + h->last_offset_delta;
}

int32_t record_batch_last_sequence(const struct record_batch_header *h)
{
    uint32_t sum = (uint32_t)h->base_sequence + (uint32_t)h->last_offset_delta;

    return (int32_t)(sum & INT32_MAX);
}

enum record_codec record_batch_codec(const struct record_batch_header *h)
{
    return (enum record_codec)(h->attributes & RECORD_ATTRIBUTE_CODEC);
}

bool record_batch_has(const struct record_batch_header *h, enum record_attribute bit)
{
    return (h->attributes & (int16_t)bit) != 0;
}

bool record_batch_has_producer(const struct record_batch_header *h)
{
    return h->producer_id >= 0;
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
}

void record_batch_set_base_offset(uint8_t *bytes, int64_t base_offset)
{
    put(bytes, (uint64_t)base_offset, sizeof(base_offset));
}

void record_batch_set_leader_epoch(uint8_t *bytes, int32_t epoch)
{
    put(bytes + AT_LEADER_EPOCH, (uint32_t)epoch, sizeof(epoch));
}

void record_batch_set_crc(uint8_t *bytes, size_t len)
{
    INVARIANT(len >= RECORD_BATCH_HEADER_SIZE);
    put(bytes + AT_CRC, compute_crc(bytes, len), sizeof(uint32_t));
}

void record_batch_set_timestamps(
    uint8_t *bytes, size_t len, bool append_time, int64_t max_timestamp)
{
    uint8_t low =
        bytes[AT_ATTRIBUTES + 1] & ATTRIBUTES_KNOWN & ~RECORD_ATTRIBUTE_APPEND_TIME;

    bytes[AT_ATTRIBUTES] = 0;
    bytes[AT_ATTRIBUTES + 1] =
        append_time ? (uint8_t)(low | RECORD_ATTRIBUTE_APPEND_TIME) : low;
    put(bytes + AT_MAX_TIMESTAMP, (uint64_t)max_timestamp, sizeof(max_timestamp));
    record_batch_set_crc(bytes, len);
}

void record_batch_set_codec(uint8_t *bytes, size_t len, enum record_codec codec)
{
    uint8_t others =
        bytes[AT_ATTRIBUTES + 1] & ATTRIBUTES_KNOWN & ~RECORD_ATTRIBUTE_CODEC;

    INVARIANT(len >= RECORD_BATCH_HEADER_SIZE && len <= INT32_MAX);
    put(bytes + AT_LENGTH, len - RECORD_BATCH_OVERHEAD, sizeof(int32_t));
    bytes[AT_ATTRIBUTES] = 0;
    bytes[AT_ATTRIBUTES + 1] = (uint8_t)(others | (uint8_t)codec);
    record_batch_set_crc(bytes, len);
}
