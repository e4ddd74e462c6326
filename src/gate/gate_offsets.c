#include "gate_offsets.h"

#include "clock.h"
#include "codec.h"
#include "gate_session.h"
#include "record_batch.h"
#include "record_reader.h"
#include "wire_code.h"
#include "wire_list_offsets.h"

#define MAX_TIMESTAMP (-3) /* ListOffsets: the record with the largest (KIP-734) */
#define STORE_WAIT_MS 30000

/* What is looked for in a batch: the first record so new, from an offset on. */
struct wanted {
    int64_t timestamp;
    int64_t from;
};

/* The request's time for that row; rows come in the request's order. *at: where to look. */
static bool time_of(const struct list_offsets_topic *asked, int32_t partition,
    int32_t *at, int64_t *timestamp_out)
{
    const struct list_offsets_partition *parts = asked->partitions.items;

    while (*at < asked->partitions.count && parts[*at].partition_index != partition) {
        (*at)++;
    }
    if (*at >= asked->partitions.count) {
        return false;
    }
    *timestamp_out = parts[*at].timestamp;
    return *timestamp_out >= 0 || *timestamp_out == MAX_TIMESTAMP;
}

enum reading { READ, READ_NOTHING, READ_LATER };

/* The batch at that offset, and where the log begins; valid until store answers again.
 * READ_NOTHING: it can not be had. READ_LATER: the client's quota of bytes is used up. */
static enum reading read_batch(struct gate *g, uint64_t handle, int64_t offset,
    struct record_batch_header *header, struct wire_view *out, int64_t *start_out)
{
    struct ipc_fetch_entry entry = {.handle = handle,
        .offset = offset,
        .max_bytes = 1, /* the first batch comes whole */
        .leader_epoch = -1,
        .last_fetched_epoch = -1};
    uint64_t request = ++g->request;
    struct ipc_received m;
    struct buf entries;

    buf_init(&entries, FETCH_ENTRY_BYTES);
    ipc_fetch_entry_add(&entries, &entry);
    struct ipc_fetch fetch = {
        .max_bytes = 1, .partitions = {.ptr = entries.bytes, .len = entries.length}};
    enum err e = buf_error(&entries);
    if (e == OK) {
        e = ipc_channel_send(&g->store, IPC_MSG_FETCH, request, &fetch, -1);
    }
    buf_fini(&entries);
    if (e == OK) {
        e = gate_await(
            g, &g->store, IPC_MSG_FETCHED, request, clock_mono_ms() + STORE_WAIT_MS, &m);
    }
    if (e != OK) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    gate_throttle(g, m.body.fetched.throttle_ms);
    const struct ipc_view *records = &m.body.fetched.records;
    if (m.body.fetched.error == 0 && records->len == 0 &&
        m.body.fetched.throttle_ms > 0) {
        return READ_LATER;
    }
    if (m.body.fetched.error != 0 ||
        record_batch_read(records->ptr, records->len, header) != RECORD_OK) {
        return READ_NOTHING;
    }
    *out = (struct wire_view){.ptr = records->ptr, .len = record_batch_size(header)};
    *start_out = m.body.fetched.log_start_offset;
    return READ;
}

static bool plain_records(struct gate *g, struct wire_view batch,
    const struct record_batch_header *header, struct wire_view *out)
{
    *out = (struct wire_view){.ptr = batch.ptr + RECORD_BATCH_HEADER_SIZE,
        .len = batch.len - RECORD_BATCH_HEADER_SIZE};
    if (record_batch_codec(header) == RECORD_CODEC_NONE) {
        return true;
    }
    if (codec_decompress((enum codec_id)record_batch_codec(header), out->ptr, out->len,
            &g->batch.plain, &codec_limits_default) != CODEC_OK) {
        return false;
    }
    *out = (struct wire_view){.ptr = g->batch.plain.bytes, .len = g->batch.plain.length};
    return true;
}

static void find_record(struct wire_view plain, const struct record_batch_header *header,
    const struct wanted *wanted, struct list_offsets_partition_response *row)
{
    struct record_reader r =
        record_reader_init(plain.ptr, plain.len, header->record_count);
    struct record record;

    while (record_reader_next(&r, &record)) {
        int64_t timestamp;
        int64_t offset;
        if (!__builtin_add_overflow(
                header->base_timestamp, record.timestamp_delta, &timestamp) &&
            !__builtin_add_overflow(header->base_offset, record.offset_delta, &offset) &&
            offset >= wanted->from && timestamp >= wanted->timestamp) {
            row->offset = offset;
            row->timestamp = timestamp;
            return;
        }
    }
}

/* *is_late: the client's quota is used up, for this row and those behind it. */
static void refine_row(struct gate *g, struct wire_view topic, int64_t timestamp,
    struct list_offsets_partition_response *row, bool *is_late)
{
    struct gate_grant_key key = {.name = topic,
        .partition = row->partition_index,
        .operation = IPC_OPERATION_READ,
        .quiet = true};
    struct wanted wanted = {.timestamp = timestamp, .from = row->offset};
    struct record_batch_header header;
    struct gate_grant grant;
    struct wire_view batch;
    struct wire_view plain;
    int64_t start = 0;

    if (gate_grant_open(g, &key, &grant) != 0) {
        return;
    }
    int32_t told_ms = g->throttle_ms;
    enum reading reading =
        *is_late ? READ_LATER
                 : read_batch(g, grant.handle, row->offset, &header, &batch, &start);
    *is_late = *is_late || g->throttle_ms > told_ms; /* store would let us wait now */
    if (reading == READ_LATER) {
        row->error_code = WIRE_CODE_REQUEST_TIMED_OUT; /* clients try again */
        row->offset = -1;
        row->timestamp = -1;
        row->leader_epoch = -1;
    }
    if (reading != READ || record_batch_has(&header, RECORD_ATTRIBUTE_APPEND_TIME) ||
        !plain_records(g, batch, &header, &plain)) {
        return;
    }
    if (timestamp == MAX_TIMESTAMP) {
        wanted = (struct wanted){.timestamp = header.max_timestamp, .from = start};
    }
    find_record(plain, &header, &wanted, row);
}

void gate_offsets_refine(struct gate *g, const struct list_offsets_request *request,
    struct list_offsets_response *response)
{
    const struct list_offsets_topic *asked = request->topics.items;
    struct list_offsets_topic_response *topics = response->topics.items;
    int32_t count = response->topics.count < request->topics.count
                        ? response->topics.count
                        : request->topics.count;
    bool is_late = false;

    /* The answer's names lie where broker's next word will. */
    for (int32_t i = 0; i < count; i++) {
        topics[i].name = asked[i].name;
    }
    response->topics.count = count;
    for (int32_t i = 0; i < count; i++) {
        struct list_offsets_partition_response *rows = topics[i].partitions.items;
        int32_t at = 0;
        for (int32_t k = 0; k < topics[i].partitions.count; k++) {
            int64_t timestamp;
            if (rows[k].error_code == 0 && rows[k].offset >= 0 &&
                time_of(&asked[i], rows[k].partition_index, &at, &timestamp)) {
                refine_row(g, asked[i].name, timestamp, &rows[k], &is_late);
            }
        }
    }
}
