/*
 * record-vectors FILE - record batches of a JSON file through our decoder and validator.
 *
 * "batches": each with hex, size, crc32c, attributes and record_count, which the decoder
 * has to find. "vectors": record sets as a client produces them (hex, produce_version,
 * topic), what a broker answers (expect_code, record_errors), and what it then stores
 * (out_hex where it is not rebuilt), by a clock at 1700000000000, next offset 100 and
 * leader epoch 5. Prints each difference, and at the end `N passed, M failed`; exits with
 * 1 if there was one, with 2 if the file can not be read. Where we differ on purpose is in
 * record_differences.h; such a vector is named and passes, unless it says "strict".
 */
#include "codec.h"
#include "gate_batch.h"
#include "mem.h"
#include "record_differences.h"
#include "record_hex.h"
#include "record_reader.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define NOW          1700000000000
#define NEXT_OFFSET  100
#define LEADER_EPOCH 5
#define SIZE_MAX_SET 1048588

struct vector {
    json_t *json;
    const char *name;
    unsigned differences;
};

static const char *text_at(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static long long number_at(json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void differ(struct vector *v, const char *what, long long found, long long wanted)
{
    v->differences++;
    printf("%s: %s is %lld, not %lld\n", v->name, what, found, wanted);
}

static void compare(struct vector *v, const char *key, long long found)
{
    if (found != number_at(v->json, key)) {
        differ(v, key, found, number_at(v->json, key));
    }
}

/* The bytes of a hexadecimal text, in memory of their own; NULL for text that is none. */
static uint8_t *bytes_of(const char *hex, size_t *len_out)
{
    size_t digits = strlen(hex);
    uint8_t *bytes = mem_alloc(digits / 2 + 1, 1);

    if (bytes == NULL || digits % 2 != 0 || strspn(hex, "0123456789abcdef") != digits) {
        mem_free(bytes);
        return NULL;
    }
    *len_out = hex_bytes(hex, bytes, digits / 2);
    return bytes;
}

/* How many whole records there are behind the header; -1: they can not be read. */
static long long count_records(
    const uint8_t *bytes, size_t len, const struct record_batch_header *h)
{
    struct buf plain;
    struct record record;
    long long count = -1;

    buf_init(&plain, 0);
    if (codec_decompress((enum codec_id)record_batch_codec(h),
            bytes + RECORD_BATCH_HEADER_SIZE, len - RECORD_BATCH_HEADER_SIZE, &plain,
            &codec_limits_default) == CODEC_OK) {
        struct record_reader r =
            record_reader_init(plain.bytes, plain.length, h->record_count);
        count = 0;
        while (record_reader_next(&r, &record)) {
            count++;
        }
        count = record_reader_finish(&r) == RECORD_OK ? count : -1;
    }
    buf_fini(&plain);
    return count;
}

static void run_batch(struct vector *v, uint8_t *bytes, size_t len)
{
    struct record_batch_header h;
    char crc[9];

    if (record_batch_read(bytes, len, &h) != RECORD_OK) {
        differ(v, "readable", 0, 1);
        return;
    }
    compare(v, "size", (long long)record_batch_size(&h));
    compare(v, "attributes", h.attributes);
    compare(v, "record_count", count_records(bytes, len, &h));
    (void)snprintf(crc, sizeof(crc), "%08x", (unsigned)h.crc);
    if (strcmp(crc, text_at(v->json, "crc32c")) != 0) {
        differ(v, "crc32c in the header", 0, 1);
    }
    if (!record_batch_check_crc(bytes, len)) {
        differ(v, "crc32c of the bytes", 0, 1);
    }
}

/* compression.type as its codec. */
static int codec_of(const char *type)
{
    static const char *const names[] = {"uncompressed", "gzip", "snappy", "lz4", "zstd"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(type, names[i]) == 0) {
            return (int)i;
        }
    }
    return GATE_BATCH_AS_SENT;
}

static void compare_stored(struct vector *v, uint8_t *bytes, size_t len, bool append_time)
{
    const char *wanted = text_at(v->json, "out_hex");
    struct record_batch_header h;
    size_t wanted_len = 0;
    uint8_t *other = bytes_of(wanted, &wanted_len);

    record_batch_set_base_offset(bytes, NEXT_OFFSET);
    record_batch_set_leader_epoch(bytes, LEADER_EPOCH);
    if (append_time) {
        record_batch_set_timestamps(bytes, len, true, NOW);
    }
    bool readable = record_batch_read(bytes, len, &h) == RECORD_OK;
    compare(v, "out_base_offset", readable ? h.base_offset : -1);
    compare(v, "out_max_timestamp", readable ? h.max_timestamp : -1);
    if (!readable || !record_batch_check_crc(bytes, len) ||
        count_records(bytes, len, &h) != h.record_count) {
        differ(v, "what is stored, readable", 0, 1);
    }
    if (*wanted != '\0' &&
        (other == NULL || wanted_len != len || memcmp(bytes, other, len) != 0)) {
        differ(v, "what is stored, as out_hex", 0, 1);
    }
    mem_free(other);
}

static void compare_record_errors(struct vector *v, const struct record_verdict *verdict)
{
    json_t *wanted = json_object_get(v->json, "record_errors");

    if ((size_t)verdict->fault_count != json_array_size(wanted)) {
        differ(v, "number of record errors", verdict->fault_count,
            (long long)json_array_size(wanted));
        return;
    }
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        long long index = json_integer_value(json_array_get(wanted, i));
        if (verdict->faults[i].record_index != index) {
            differ(v, "record at fault", verdict->faults[i].record_index, index);
        }
    }
}

static void run_produced(struct vector *v, uint8_t *bytes, size_t len)
{
    json_t *topic = json_object_get(v->json, "topic");
    bool append_time = strcmp(text_at(topic, "timestamp_type"), "LogAppendTime") == 0;
    int codec = codec_of(text_at(topic, "compression.type"));
    struct arena arena;
    struct record_rules rules = {
        .produce_version = (int16_t)number_at(v->json, "produce_version"),
        .size_max = SIZE_MAX_SET,
        .compacted = json_is_true(json_object_get(topic, "compacted")),
        .append_time = append_time,
        .before_max_ms = number_at(topic, "before_max_ms"),
        .after_max_ms = number_at(topic, "after_max_ms"),
        .now_ms = NOW,
        .arena = &arena};
    struct gate_batch_form form = {.codec = codec,
        .level = codec < 0 ? 0 : codec_level_default((enum codec_id)codec)};
    struct gate_batch_scratch scratch;
    struct record_verdict verdict;
    struct wire_view out;

    arena_init(&arena, (size_t)1 << 20);
    gate_batch_scratch_init(&scratch);
    enum record_err e =
        gate_batch_take(bytes, len, rules, form, &scratch, &verdict, &out);
    int16_t wanted = (int16_t)number_at(v->json, "expect_code");
    const struct record_difference *known = record_difference_find(e, wanted);
    if (json_is_true(json_object_get(v->json, "strict"))) {
        known = NULL;
    }
    if (record_err_code(e) != wanted && known != NULL) {
        printf("%s: on purpose %d (%s), not %d: %s\n", v->name, record_err_code(e),
            record_err_text(e), wanted, known->reason);
    } else if (record_err_code(e) != wanted) {
        differ(v, record_err_text(e), record_err_code(e), wanted);
    } else if (e != RECORD_OK) {
        compare_record_errors(v, &verdict);
    } else {
        uint8_t *stored = mem_alloc(out.len, 1);
        if (stored != NULL) {
            memcpy(stored, out.ptr, out.len);
            compare_stored(v, stored, out.len, append_time);
        }
        mem_free(stored);
    }
    gate_batch_scratch_fini(&scratch);
    arena_fini(&arena);
}

/* Runs one section; counts what passed and what failed. */
static void run_all(json_t *list, void (*run)(struct vector *, uint8_t *, size_t),
    unsigned *passed, unsigned *failed)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *json = json_array_get(list, i);
        struct vector v = {.json = json, .name = text_at(json, "name")};
        size_t len = 0;
        uint8_t *bytes = bytes_of(text_at(json, "hex"), &len);
        if (bytes == NULL) {
            differ(&v, "hex", 0, 1);
        } else {
            run(&v, bytes, len);
        }
        mem_free(bytes);
        if (v.differences == 0) {
            (*passed)++;
        } else {
            (*failed)++;
        }
    }
}

int main(int argc, char **argv)
{
    json_error_t error;
    unsigned passed = 0;
    unsigned failed = 0;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: record-vectors FILE\n");
        return 2;
    }
    json_t *file = json_load_file(argv[1], 0, &error);
    if (file == NULL) {
        (void)fprintf(stderr, "%s:%d: %s\n", argv[1], error.line, error.text);
        return 2;
    }
    run_all(json_object_get(file, "batches"), run_batch, &passed, &failed);
    run_all(json_object_get(file, "vectors"), run_produced, &passed, &failed);
    json_decref(file);
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
