#include "log_batches.h"

#include "record_builder.h"

#include <stdlib.h>
#include <string.h>

size_t batch_make(uint8_t *bytes, const struct batch_spec *spec)
{
    static uint8_t value[BATCH_MAX];
    struct record_builder_options options = record_builder_plain(spec->timestamp);
    struct wire_view view = {value, spec->value_size};
    struct buf out;

    memset(value, spec->fill, sizeof(value));
    options.attributes = spec->attributes;
    if (spec->producer_id != 0) {
        options.producer_id = spec->producer_id;
        options.producer_epoch = spec->epoch;
        options.base_sequence = spec->sequence;
    }
    buf_init(&out, BATCH_MAX);
    struct record_builder b = record_builder_begin(&out, &options);
    for (int32_t i = 0; i < spec->count; i++) {
        record_builder_add(
            &b, spec->timestamp + i, (struct wire_view){NULL, 0}, view, NULL, 0);
    }
    if (record_builder_finish(&b) != OK) {
        abort();
    }
    size_t len = out.length;
    memcpy(bytes, out.bytes, len);
    buf_fini(&out);
    return len;
}

struct log_config batch_config(void)
{
    struct log_config config = log_config_default((struct wire_uuid){.bytes = {1, 2, 3}});

    config.segment_bytes = 4096;
    config.segment_ms = INT64_MAX;
    config.index_interval_bytes = 256;
    config.producers_max = 8;
    return config;
}

struct log_append_rules batch_rules(void)
{
    return (struct log_append_rules){
        .message_max_bytes = BATCH_MAX, .leader_epoch = 3, .after_max_ms = INT64_MAX};
}

enum log_code batch_append(
    struct log_partition *log, const struct batch_spec *spec, struct log_appended *out)
{
    static uint8_t bytes[BATCH_MAX];
    struct log_append_rules rules = batch_rules();

    return log_partition_append(
        log, bytes, batch_make(bytes, spec), &rules, BATCH_NOW, out);
}

int64_t batch_append_plain(struct log_partition *log, int32_t count)
{
    struct batch_spec spec = {.count = count,
        .value_size = 10,
        .timestamp = BATCH_NOW + log_partition_end_offset(log)};
    struct log_appended appended;

    if (batch_append(log, &spec, &appended) != LOG_CODE_NONE) {
        abort();
    }
    return appended.base_offset;
}
