/* log_batches - record batches and logs for tests. */
#ifndef LOG_BATCHES_H
#define LOG_BATCHES_H

#include "log_fs_sim.h"
#include "log_partition.h"

#include <stddef.h>
#include <stdint.h>

#define BATCH_MAX 8192
#define BATCH_NOW 1700000000000

struct batch_spec {
    int32_t count;
    size_t value_size;   /* of each record */
    int64_t timestamp;   /* of the first; each next one is a millisecond later */
    int64_t producer_id; /* 0: none */
    int16_t epoch;
    int32_t sequence;
    int16_t attributes;
    uint8_t fill; /* every byte of the values */
};

/* Fills bytes (BATCH_MAX of them) and returns the length. */
size_t batch_make(uint8_t *bytes, const struct batch_spec *spec);

struct log_config batch_config(void);
struct log_append_rules batch_rules(void);
/* Appends count records of one batch; returns the code. */
enum log_code batch_append(
    struct log_partition *log, const struct batch_spec *spec, struct log_appended *out);
/* count plain records of ten bytes; must succeed. Returns the base offset. */
int64_t batch_append_plain(struct log_partition *log, int32_t count);

#endif
