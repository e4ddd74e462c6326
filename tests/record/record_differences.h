/*
 * record_differences - where a record set gets another answer here than from Apache Kafka
 * 4.3, on purpose: our finding, its error code, and why.
 */
#ifndef RECORD_DIFFERENCES_H
#define RECORD_DIFFERENCES_H

#include "record_err.h"

#include <stddef.h>
#include <stdint.h>

struct record_difference {
    enum record_err err;
    int16_t kafka_code;
    const char *reason;
};

static const struct record_difference record_differences[] = {
    {RECORD_ERR_TRANSACTIONAL, 0, "there are no transactions yet"},
    {RECORD_ERR_CODEC, -1, "a client that is told -1 sends the same bytes again"},
    {RECORD_ERR_PAYLOAD, -1, "a client that is told -1 sends the same bytes again"},
    {RECORD_ERR_OFFSET_DELTA, 0, "a consumer would skip records that others wrote"},
    {RECORD_ERR_TRAILING, 0, "bytes that nobody reads are not taken and dropped"},
    {RECORD_ERR_RECORD, 0, "a negative length other than -1 is not null"},
    {RECORD_ERR_APPEND_TIME, 0, "whose clock it was is the broker's word"},
    {RECORD_ERR_CONTROL, 0, "the delete horizon is a cleaner's word"},
    {RECORD_ERR_EPOCH, 0, "a producer id means nothing without its epoch"},
    {RECORD_ERR_TIMESTAMP, 0, "a timestamp that overflows is no timestamp"},
};

static inline const struct record_difference *record_difference_find(
    enum record_err err, int16_t kafka_code)
{
    for (size_t i = 0; i < sizeof(record_differences) / sizeof(record_differences[0]);
         i++) {
        if (record_differences[i].err == err &&
            record_differences[i].kafka_code == kafka_code) {
            return &record_differences[i];
        }
    }
    return NULL;
}

#endif
