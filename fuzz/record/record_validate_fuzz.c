#include "codec.h"
#include "record_reader.h"
#include "record_validate.h"

#include <stdlib.h>
#include <string.h>

/*
 * Input: a byte of options, then a record set. What is accepted must be what the rules
 * say, as found by walking it a second time.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum option {
    OPTION_REPAIR_CRC = 1,
    OPTION_COMPACTED = 2,
    OPTION_APPEND_TIME = 4,
    OPTION_TRANSACTIONS = 8,
    OPTION_OLD_VERSION = 16,
};

static const struct codec_limits limits = {
    .output_max = (size_t)1 << 20, .output_free = (size_t)1 << 16, .ratio_max = 64};

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static enum record_err decompress(
    void *context, enum record_codec codec, struct wire_view in, struct wire_view *out)
{
    struct buf *plain = context;

    switch (codec_decompress((enum codec_id)codec, in.ptr, in.len, plain, &limits)) {
    case CODEC_OK:
        *out = (struct wire_view){plain->bytes, plain->length};
        return RECORD_OK;
    case CODEC_ERR_LIMIT:
        return RECORD_ERR_BOMB;
    case CODEC_ERR_MEMORY:
        return RECORD_ERR_MEMORY;
    default:
        return RECORD_ERR_PAYLOAD;
    }
}

static void check_accepted(const uint8_t *bytes, size_t len,
    const struct record_rules *rules, const struct record_verdict *v, uint8_t options)
{
    struct wire_view plain = {
        bytes + RECORD_BATCH_HEADER_SIZE, len - RECORD_BATCH_HEADER_SIZE};
    enum record_codec codec = record_batch_codec(&v->header);
    struct record record;
    int32_t count = 0;

    require(record_batch_size(&v->header) == len && v->header.base_offset == 0);
    require(record_batch_check_crc(bytes, len));
    require(!record_batch_has(&v->header, RECORD_ATTRIBUTE_CONTROL));
    require(codec != RECORD_CODEC_ZSTD || (options & OPTION_OLD_VERSION) == 0);
    if (codec != RECORD_CODEC_NONE) {
        require(decompress(rules->decompress_context, codec, plain, &plain) == RECORD_OK);
    }
    struct record_reader r =
        record_reader_init(plain.ptr, plain.len, v->header.record_count);
    while (record_reader_next(&r, &record)) {
        require(record.offset_delta == count);
        require(!rules->compacted || record.key.ptr != NULL);
        count++;
    }
    require(record_reader_finish(&r) == RECORD_OK && count == v->header.record_count);
    require(count == v->header.last_offset_delta + 1 && v->record_index == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_batch_header h;
    struct record_verdict verdict;
    struct buf plain;

    if (size < 1) {
        return 0;
    }
    size_t len = size - 1;
    uint8_t *bytes = malloc(len + 1);
    require(bytes != NULL);
    memcpy(bytes, data + 1, len);
    buf_init(&plain, 0);
    const struct record_rules rules = {
        .produce_version = (data[0] & OPTION_OLD_VERSION) != 0 ? 6 : 9,
        .size_max = 1 << 20,
        .compacted = (data[0] & OPTION_COMPACTED) != 0,
        .append_time = (data[0] & OPTION_APPEND_TIME) != 0,
        .transactions_allowed = (data[0] & OPTION_TRANSACTIONS) != 0,
        .before_max_ms = INT64_MAX,
        .after_max_ms = 3600000,
        .now_ms = 1700000000000,
        .decompress = decompress,
        .decompress_context = &plain};
    if ((data[0] & OPTION_REPAIR_CRC) != 0 &&
        record_batch_read(bytes, len, &h) == RECORD_OK) {
        record_batch_set_crc(bytes, record_batch_size(&h));
    }
    if (record_validate(bytes, len, &rules, &verdict) == RECORD_OK) {
        check_accepted(bytes, len, &rules, &verdict, data[0]);
        record_validate_correct(bytes, len, &verdict);
        require(record_batch_check_crc(bytes, len));
    } else {
        require(record_err_code(verdict.err) != 0);
    }
    buf_fini(&plain);
    free(bytes);
    return 0;
}
