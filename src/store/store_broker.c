/* What broker asks for itself: partitions, its own records, reading them back. */
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "store.h"
#include "wire_code.h"

#include <string.h>

#define APPEND_MAX                                                                       \
    (16 * 1024 * 1024) /* of the catalogue: APPEND.batch, READ_DATA.records */
#define PRODUCERS_MAX (APPEND_MAX / IPC_PRODUCER_BYTES)

enum err store_broker_on_open(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_partition_open *asked = &m->body.partition_open;
    struct store_partition *p = NULL;
    struct ipc_partition_opened answer = {
        .topic_id = asked->topic_id, .partition = asked->partition};

    answer.error = store_partition_open(s, asked, &p);
    answer.log_start_offset = p == NULL ? -1 : log_partition_start_offset(p->log);
    answer.log_end_offset = p == NULL ? -1 : log_partition_end_offset(p->log);
    return ipc_link_send(&s->broker, IPC_MSG_PARTITION_OPENED, m->request, &answer, -1);
}

enum err store_broker_on_drop(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_partition_drop *asked = &m->body.partition_drop;
    struct ipc_partition_dropped answer = {
        .topic_id = asked->topic_id, .partition = asked->partition};
    struct store_partition *p =
        store_partition_find(s, &asked->topic_id, asked->partition);

    answer.error =
        p == NULL ? WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION : store_partition_drop(p);
    return ipc_link_send(&s->broker, IPC_MSG_PARTITION_DROPPED, m->request, &answer, -1);
}

enum err store_broker_on_named(void *context, const struct ipc_received *m)
{
    struct store *s = context;

    (void)m;
    if (s->named) {
        return ERR_INVALID;
    }
    s->named = true;
    store_partition_sweep(s);
    store_retention_begin(s);
    return OK;
}

/* The partition, if it can be used; otherwise the code why not. */
static struct store_partition *find_open(const struct store *s,
    const struct ipc_uuid *topic_id, int32_t partition, int16_t *error_out)
{
    struct store_partition *p = store_partition_find(s, topic_id, partition);

    *error_out = p == NULL        ? WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION
                 : p->log == NULL ? WIRE_CODE_KAFKA_STORAGE_ERROR
                                  : 0;
    return *error_out == 0 ? p : NULL;
}

static void on_appended(
    struct store_partition *p, const struct store_waiter *w, int16_t error)
{
    struct store *s = p->store;
    struct ipc_appended done = {
        .error = error, .base_offset = error == 0 ? w->appended.base_offset : -1};

    s->appends--;
    if (ipc_link_send(&s->broker, IPC_MSG_APPENDED, w->request, &done, -1) != OK) {
        log_err("broker can not be answered [STO016]");
        s->role.stopping = true;
    }
}

/* 0: the answer comes when it is durable. */
static int16_t append(
    struct store *s, struct store_partition *p, const struct ipc_received *m)
{
    struct ipc_view batch = m->body.append.batch;
    struct log_append_rules rules = {.message_max_bytes = APPEND_MAX,
        .leader_epoch = p->leader_epoch,
        .internal = true};
    uint8_t *bytes = store_piece(s, batch.len);
    struct store_waiter *waiter = mem_alloc(1, sizeof(*waiter));

    if (bytes == NULL || waiter == NULL) {
        mem_free(waiter);
        return WIRE_CODE_UNKNOWN_SERVER_ERROR;
    }
    if (batch.len > 0) {
        memcpy(bytes, batch.ptr, batch.len); /* it is numbered in place */
    }
    enum log_code code = log_partition_append(
        p->log, bytes, batch.len, &rules, clock_wall_ms(), &waiter->appended);
    if (code != LOG_CODE_NONE) {
        s->damaged = s->damaged || log_partition_is_read_only(p->log);
        mem_free(waiter);
        return (int16_t)code;
    }
    waiter->settled = on_appended;
    waiter->request = m->request;
    waiter->needed = waiter->appended.last_offset + 1;
    store_partition_wait(p, waiter);
    s->appends++;
    store_partition_appended(p, true);
    return 0;
}

enum err store_broker_on_append(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_append *asked = &m->body.append;
    struct ipc_appended answer = {.base_offset = -1};
    struct store_partition *p =
        find_open(s, &asked->topic_id, asked->partition, &answer.error);

    if (s->appends >= STORE_APPENDS_MAX) {
        return ERR_INVALID;
    }
    if (p != NULL) {
        answer.error = append(s, p, m);
    }
    return answer.error == 0
               ? OK
               : ipc_link_send(&s->broker, IPC_MSG_APPENDED, m->request, &answer, -1);
}

static int16_t read_batches(struct store *s, const struct store_partition *p,
    const struct ipc_read *asked, struct ipc_view *out)
{
    struct log_slice slice;
    struct log_read read = {.offset = asked->offset,
        .upper_bound = store_partition_high_watermark(p),
        .max_bytes = asked->max_bytes > APPEND_MAX ? APPEND_MAX : asked->max_bytes,
        .at_least_one = true};
    enum log_code code = log_partition_read(p->log, &read, &slice);

    if (code != LOG_CODE_NONE || slice.length == 0) {
        return (int16_t)code;
    }
    uint8_t *piece = slice.length > APPEND_MAX ? NULL : store_piece(s, slice.length);
    if (piece == NULL ||
        log_fs_read(&s->files.fs, slice.fd, piece, slice.length, slice.position) != OK) {
        return WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    *out = (struct ipc_view){.ptr = piece, .len = slice.length};
    return 0;
}

enum err store_broker_on_read(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_read *asked = &m->body.read;
    struct ipc_read_data answer = {.log_end_offset = -1};
    const struct store_partition *p =
        find_open(s, &asked->topic_id, asked->partition, &answer.error);

    if (p != NULL) {
        answer.error = read_batches(s, p, asked, &answer.records);
        answer.log_end_offset = log_partition_end_offset(p->log);
    }
    return ipc_link_send(&s->broker, IPC_MSG_READ_DATA, m->request, &answer, -1);
}

/* p NULL: error says why not. */
static enum err delete_records(struct store *s, struct store_partition *p,
    uint64_t request, const struct ipc_records_delete *asked, int16_t error)
{
    struct ipc_records_deleted answer = {.error = error, .log_start_offset = -1};

    if (p != NULL && error == 0) {
        answer.error = (int16_t)log_partition_delete_before(p->log, asked->before);
        s->damaged = s->damaged || log_partition_is_read_only(p->log);
    }
    if (answer.error == 0) {
        answer.log_start_offset = log_partition_start_offset(p->log);
    }
    return ipc_link_send(&s->broker, IPC_MSG_RECORDS_DELETED, request, &answer, -1);
}

static void on_durable_for_deletion(
    struct store_partition *p, const struct store_waiter *w, int16_t error)
{
    if (delete_records(p->store, p, w->request, &w->deletion, error) != OK) {
        log_err("broker can not be answered [STO016]");
        p->store->role.stopping = true;
    }
}

enum err store_broker_on_delete_records(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_records_delete *asked = &m->body.records_delete;
    const struct store_waiter waiter = {
        .settled = on_durable_for_deletion, .request = m->request, .deletion = *asked};
    int16_t error = 0;
    struct store_partition *p = find_open(s, &asked->topic_id, asked->partition, &error);

    if (p != NULL && store_partition_wait_for_all(p, &waiter)) {
        return OK;
    }
    return delete_records(s, p, m->request, asked, error);
}

enum err store_broker_on_log_query(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_log_query *asked = &m->body.log_query;
    struct ipc_log_answer answer = {.size_bytes = -1};
    const struct store_partition *p =
        find_open(s, &asked->topic_id, asked->partition, &answer.error);

    if (p != NULL) {
        answer.size_bytes = log_partition_size_bytes(p->log);
    }
    return ipc_link_send(&s->broker, IPC_MSG_LOG_ANSWER, m->request, &answer, -1);
}

enum err store_broker_on_epoch_query(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_epoch_query *asked = &m->body.epoch_query;
    struct ipc_epoch_answer answer = {.epoch = -1, .end_offset = -1};
    const struct store_partition *p =
        find_open(s, &asked->topic_id, asked->partition, &answer.error);

    if (p != NULL) {
        struct log_epoch end =
            log_partition_end_of_epoch(p->log, asked->epoch, p->leader_epoch);
        answer.epoch = end.epoch;
        answer.end_offset = end.start_offset;
    }
    return ipc_link_send(&s->broker, IPC_MSG_EPOCH_ANSWER, m->request, &answer, -1);
}

enum err store_broker_on_producers_query(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_producers_query *asked = &m->body.producers_query;
    struct ipc_producers_answer answer = {0};
    const struct store_partition *p =
        find_open(s, &asked->topic_id, asked->partition, &answer.error);
    struct log_producer_state producer;
    size_t cursor = 0;
    struct buf entries;

    buf_init(&entries, PRODUCERS_MAX * IPC_PRODUCER_BYTES);
    while (p != NULL && entries.length < PRODUCERS_MAX * IPC_PRODUCER_BYTES &&
           log_partition_next_producer(p->log, &cursor, clock_wall_ms(), &producer)) {
        struct ipc_producer entry = {.id = producer.id,
            .epoch = producer.epoch,
            .last_sequence = producer.last_sequence,
            .last_timestamp = producer.last_timestamp};
        ipc_producer_add(&entries, &entry);
    }
    if (buf_error(&entries) != OK) {
        answer.error = WIRE_CODE_UNKNOWN_SERVER_ERROR;
    } else {
        answer.producers = (struct ipc_view){.ptr = entries.bytes, .len = entries.length};
    }
    enum err e =
        ipc_link_send(&s->broker, IPC_MSG_PRODUCERS_ANSWER, m->request, &answer, -1);
    buf_fini(&entries);
    return e;
}
