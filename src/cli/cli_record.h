/*
 * cli_record - a record as one line of output.
 *
 * Trust: key and value are a producer's. On a terminal what could steer it is escaped;
 * into a pipe the bytes go as they are. In JSON, bytes that are not UTF-8 become U+FFFD.
 */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* negative: none */
    const void *key;      /* NULL: none */
    size_t key_length;
    const void *value; /* NULL: none, a tombstone */
    size_t value_length;
};

struct cli_record_style {
    bool json;
    bool with_key;
    bool escape;
};

void cli_record_add(
    const struct cli_record *r, const struct cli_record_style *style, struct buf *out);

#endif
