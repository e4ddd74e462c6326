/*
 * record_err - what can be wrong with a record batch, and the code a Kafka client is
 * told.
 *
 * A list and nothing else: the enum, the protocol's error codes and the texts come from
 * it.
 */
#ifndef RECORD_ERR_H
#define RECORD_ERR_H

#include <stdint.h>

/*
 * 2 CORRUPT_MESSAGE (clients send again), 10 MESSAGE_TOO_LARGE, 32 INVALID_TIMESTAMP,
 * 48 INVALID_TXN_STATE, 76 UNSUPPORTED_COMPRESSION_TYPE, 87 INVALID_RECORD.
 *
 * Where Apache Kafka answers -1 (codec 5-7, a payload that does not decompress) we say
 * 87: clients give up at once instead of sending the same bytes again.
 */
/* clang-format off */
#define RECORD_ERR_LIST(X)                                                               \
    X(RECORD_ERR_SHORT,         87, "the record set ends inside its batch")              \
    X(RECORD_ERR_MAGIC_OLD,     87, "message format v0 or v1 is not supported")          \
    X(RECORD_ERR_MAGIC,          2, "unknown magic byte")                                \
    X(RECORD_ERR_LENGTH,         2, "batch length is too small")                         \
    X(RECORD_ERR_TRAILING,      87, "bytes follow the batch; one batch a partition")     \
    X(RECORD_ERR_CRC,            2, "CRC does not match")                                \
    X(RECORD_ERR_SIZE,          10, "batch is larger than the topic allows")             \
    X(RECORD_ERR_BASE_OFFSET,   87, "base offset of a produced batch must be 0")         \
    X(RECORD_ERR_COUNT,         87, "record count and last offset delta disagree")       \
    X(RECORD_ERR_CONTROL,       87, "control or delete-horizon bit from a client")             \
    X(RECORD_ERR_TRANSACTIONAL, 48, "transactional batches are not accepted")            \
    X(RECORD_ERR_EPOCH,         47, "a producer's epoch is below 0")                 \
    X(RECORD_ERR_SEQUENCE,      87, "a producer's sequence is below 0")              \
    X(RECORD_ERR_CODEC,         87, "unknown compression codec")                         \
    X(RECORD_ERR_ZSTD_VERSION,  76, "zstd needs Produce v7 or later")                    \
    X(RECORD_ERR_PAYLOAD,       87, "compressed records are damaged")                    \
    X(RECORD_ERR_BOMB,          10, "records expand beyond the limit")                   \
    X(RECORD_ERR_RECORD,        87, "malformed record")                                  \
    X(RECORD_ERR_LEFT_OVER,     87, "bytes are left over after the last record")         \
    X(RECORD_ERR_OFFSET_DELTA,  87, "offset delta is not the record's position")         \
    X(RECORD_ERR_NULL_KEY,      87, "compacted topic needs a key")                       \
    X(RECORD_ERR_TIMESTAMP,     32, "timestamp is out of range")                         \
    X(RECORD_ERR_APPEND_TIME,   32, "clients may not set the append-time bit")           \
    X(RECORD_ERR_MEMORY,        -1, "out of memory")
/* clang-format on */

enum record_err {
    RECORD_OK = 0,
#define RECORD_ERR_ENUM(name, code, text) name,
    RECORD_ERR_LIST(RECORD_ERR_ENUM)
#undef RECORD_ERR_ENUM
};

/* The Kafka error code; 0 for RECORD_OK. */
int16_t record_err_code(enum record_err e);
/* A constant sentence fragment, never NULL. */
const char *record_err_text(enum record_err e);

#endif
