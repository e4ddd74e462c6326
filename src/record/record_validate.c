#include "record_validate.h"

#include "record_reader.h"

#define ZSTD_PRODUCE_VERSION_MIN 7
#define NO_TIMESTAMP             (-1)

static enum record_err check_producer(const struct record_batch_header *h)
{
    if (!record_batch_has_producer(h)) {
        return RECORD_OK;
    }
    if (h->base_sequence < 0) {
        return RECORD_ERR_SEQUENCE;
    }
    return h->producer_epoch < 0 ? RECORD_ERR_EPOCH : RECORD_OK;
}

static enum record_err check_codec(
    const struct record_batch_header *h, const struct record_rules *rules)
{
    enum record_codec codec = record_batch_codec(h);

    if (codec > RECORD_CODEC_ZSTD) {
        return RECORD_ERR_CODEC;
    }
    if (codec != RECORD_CODEC_NONE && rules->decompress == NULL) {
        return RECORD_ERR_CODEC;
    }
    if (codec == RECORD_CODEC_ZSTD && rules->produce_version < ZSTD_PRODUCE_VERSION_MIN) {
        return RECORD_ERR_ZSTD_VERSION;
    }
    return RECORD_OK;
}

static enum record_err check_bits(
    const struct record_batch_header *h, const struct record_rules *rules)
{
    if (record_batch_has(h, RECORD_ATTRIBUTE_CONTROL)) {
        return RECORD_ERR_CONTROL;
    }
    if (record_batch_has(h, RECORD_ATTRIBUTE_TRANSACTIONAL) &&
        !rules->transactions_allowed) {
        return RECORD_ERR_TRANSACTIONAL;
    }
    /* Only a cleaner may say that the base timestamp is something else. */
    if (record_batch_has(h, RECORD_ATTRIBUTE_DELETE_HORIZON)) {
        return RECORD_ERR_CONTROL;
    }
    return RECORD_OK;
}

static enum record_err check_header(const uint8_t *bytes, size_t len,
    const struct record_rules *rules, const struct record_batch_header *h)
{
    if (record_batch_size(h) != len) {
        return RECORD_ERR_TRAILING;
    }
    if (h->base_offset != 0) {
        return RECORD_ERR_BASE_OFFSET;
    }
    if ((int64_t)len > rules->size_max) {
        return RECORD_ERR_SIZE;
    }
    if (!record_batch_check_crc(bytes, len)) {
        return RECORD_ERR_CRC;
    }
    if (h->record_count <= 0 || h->last_offset_delta != h->record_count - 1) {
        return RECORD_ERR_COUNT;
    }
    enum record_err e = check_bits(h, rules);
    if (e == RECORD_OK) {
        e = check_producer(h);
    }
    return e == RECORD_OK ? check_codec(h, rules) : e;
}

static enum record_err plain_records(const uint8_t *bytes, size_t len,
    const struct record_rules *rules, const struct record_batch_header *h,
    struct wire_view *out)
{
    struct wire_view part = {
        .ptr = bytes + RECORD_BATCH_HEADER_SIZE, .len = len - RECORD_BATCH_HEADER_SIZE};

    if (record_batch_codec(h) == RECORD_CODEC_NONE) {
        *out = part;
        return RECORD_OK;
    }
    return rules->decompress(rules->decompress_context, record_batch_codec(h), part, out);
}

/* now - before <= timestamp <= now + after, without overflow; -1 says that there is none.
 */
static bool timestamp_fits(int64_t timestamp, const struct record_rules *rules)
{
    int64_t oldest;
    int64_t newest;

    if (timestamp == NO_TIMESTAMP || rules->append_time) {
        return true;
    }
    if (__builtin_sub_overflow(rules->now_ms, rules->before_max_ms, &oldest)) {
        oldest = INT64_MIN;
    }
    if (__builtin_add_overflow(rules->now_ms, rules->after_max_ms, &newest)) {
        newest = INT64_MAX;
    }
    return timestamp >= oldest && timestamp <= newest;
}

/* Whether its topic takes a record that could be read. */
static enum record_err judge(const struct record *record,
    const struct record_rules *rules, struct record_verdict *out)
{
    int64_t timestamp;

    if (rules->compacted && record->key.ptr == NULL) {
        return RECORD_ERR_NULL_KEY;
    }
    if (record_batch_has(&out->header, RECORD_ATTRIBUTE_APPEND_TIME)) {
        return RECORD_ERR_APPEND_TIME;
    }
    if (__builtin_add_overflow(
            out->header.base_timestamp, record->timestamp_delta, &timestamp) ||
        !timestamp_fits(timestamp, rules)) {
        return RECORD_ERR_TIMESTAMP;
    }
    if (timestamp > out->max_timestamp) {
        out->max_timestamp = timestamp;
    }
    return RECORD_OK;
}

static void note_fault(const struct record_rules *rules, struct record_verdict *out,
    int32_t index, enum record_err e)
{
    bool first = out->err == RECORD_OK;

    /* A timestamp is the error of the whole, whatever was wrong before. */
    if (first || (out->err == RECORD_ERR_NULL_KEY && e != RECORD_ERR_NULL_KEY)) {
        out->err = e;
    }
    out->record_index = first ? index : out->record_index;
    if (rules->arena == NULL || out->fault_count == RECORD_FAULTS_MAX) {
        return;
    }
    if (out->faults == NULL) {
        out->faults = arena_alloc(rules->arena, RECORD_FAULTS_MAX, sizeof(*out->faults));
    }
    if (out->faults != NULL) {
        out->faults[out->fault_count++] =
            (struct record_fault){.record_index = index, .err = e};
    }
}

static enum record_err check_records(
    struct wire_view plain, const struct record_rules *rules, struct record_verdict *out)
{
    struct record_reader r =
        record_reader_init(plain.ptr, plain.len, out->header.record_count);
    struct record record;

    while (record_reader_next(&r, &record)) {
        if (record.offset_delta != r.index - 1) {
            out->record_index = r.index - 1;
            return RECORD_ERR_OFFSET_DELTA;
        }
        enum record_err e = judge(&record, rules, out);
        if (e != RECORD_OK) {
            note_fault(rules, out, r.index - 1, e);
        }
    }
    enum record_err e = record_reader_finish(&r);
    if (e != RECORD_OK) {
        out->record_index = e == RECORD_ERR_RECORD ? r.index : -1;
        return e;
    }
    return out->err;
}

static enum record_err validate(const uint8_t *bytes, size_t len,
    const struct record_rules *rules, struct record_verdict *out)
{
    struct wire_view plain = {0};
    enum record_err e = record_batch_read(bytes, len, &out->header);

    if (e != RECORD_OK) {
        return e;
    }
    e = check_header(bytes, len, rules, &out->header);
    if (e != RECORD_OK) {
        return e;
    }
    e = plain_records(bytes, len, rules, &out->header, &plain);
    return e == RECORD_OK ? check_records(plain, rules, out) : e;
}

enum record_err record_validate(const uint8_t *bytes, size_t len,
    const struct record_rules *rules, struct record_verdict *out)
{
    *out = (struct record_verdict){.record_index = -1, .max_timestamp = NO_TIMESTAMP};
    out->err = validate(bytes, len, rules, out);
    if (out->err != RECORD_ERR_NULL_KEY && out->err != RECORD_ERR_TIMESTAMP &&
        out->err != RECORD_ERR_APPEND_TIME) {
        out->fault_count = 0; /* a batch that can not be read has no others */
    }
    return out->err;
}

void record_validate_correct(
    uint8_t *bytes, size_t len, const struct record_verdict *verdict)
{
    if (verdict->header.max_timestamp != verdict->max_timestamp) {
        record_batch_set_timestamps(bytes, len, false, verdict->max_timestamp);
    }
}
