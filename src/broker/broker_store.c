#include "broker_store.h"

#include "broker.h"
#include "log.h"
#include "mem.h"
#include "wire_code.h"

#include <string.h>

#define PENDING_MAX     131072
#define BIG_QUERIES_MAX 16 /* each answer has up to 220 KB */
#define PENDING_QUERIES                                                                  \
    65536 /* what clients ask leaves room for what broker itself needs */

#define PENDING_DECISIONS 32768 /* half of what store lets wait for the disk */

struct pending {
    enum ipc_msg expected;
    broker_store_done *done;
    void *context;
};

const struct broker_partition broker_metadata_log = {
    .topic_id = {.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
    .partition = 0};

void broker_store_init(struct broker_store *s)
{
    *s = (struct broker_store){.log = {.burst = 5, .period_ms = 10000}};
    table_init(&s->pending, PENDING_MAX);
}

static struct ipc_uuid to_ipc(struct wire_uuid id)
{
    struct ipc_uuid out;

    memcpy(out.bytes, id.bytes, sizeof(out.bytes));
    return out;
}

static void ask(struct broker *b, enum ipc_msg msg, const void *message,
    enum ipc_msg expected, broker_store_done *done, void *context)
{
    struct broker_store *s = &b->store;
    uint64_t request = ++s->request;
    struct pending *p = mem_alloc(1, sizeof(*p));
    enum err e = p == NULL ? ERR_NOMEM : OK;

    if (e == OK) {
        *p = (struct pending){.expected = expected, .done = done, .context = context};
        e = table_put(&s->pending, &request, sizeof(request), p);
    }
    if (e == OK) {
        e = ipc_link_send(&b->store_link, msg, request, message, -1);
        if (e != OK) {
            (void)table_remove(&s->pending, &request, sizeof(request));
        } else if (expected == IPC_MSG_PRODUCERS_ANSWER) {
            s->big_queries++;
        }
    }
    if (e != OK) {
        struct broker_store_answer failed = {.error = WIRE_CODE_KAFKA_STORAGE_ERROR};
        uint64_t left_out = 0;
        if (log_limit_allows(&s->log, loop_now_ms(b->role.loop), &left_out)) {
            log_err("store can not be asked: %s; %llu more not shown [STO010]",
                err_text(e), (unsigned long long)left_out);
        }
        mem_free(p);
        done(b, context, &failed);
    }
}

void broker_store_open(struct broker *b, const struct broker_partition *at,
    const struct broker_log *log, enum broker_open how, broker_store_done *done,
    void *context)
{
    struct ipc_partition_open open = {.topic_id = to_ipc(at->topic_id),
        .topic = {.ptr = log->topic.ptr, .len = log->topic.len},
        .partition = at->partition,
        .leader_epoch = log->leader_epoch,
        .create = how == BROKER_OPEN_OR_CREATE,
        .only_configures = how == BROKER_RECONFIGURE,
        .segment_bytes = log->segment_bytes,
        .segment_ms = log->segment_ms,
        .segment_index_bytes = log->segment_index_bytes,
        .retention_ms = log->retention_ms,
        .retention_bytes = log->retention_bytes};

    ask(b, IPC_MSG_PARTITION_OPEN, &open, IPC_MSG_PARTITION_OPENED, done, context);
}

void broker_store_drop(struct broker *b, const struct broker_partition *at,
    broker_store_done *done, void *context)
{
    struct ipc_partition_drop drop = {
        .topic_id = to_ipc(at->topic_id), .partition = at->partition};

    ask(b, IPC_MSG_PARTITION_DROP, &drop, IPC_MSG_PARTITION_DROPPED, done, context);
}

void broker_store_append(struct broker *b, const struct broker_partition *at,
    struct wire_view batch, broker_store_done *done, void *context)
{
    struct ipc_append append = {.topic_id = to_ipc(at->topic_id),
        .partition = at->partition,
        .batch = {.ptr = batch.ptr, .len = batch.len}};

    ask(b, IPC_MSG_APPEND, &append, IPC_MSG_APPENDED, done, context);
}

void broker_store_read(struct broker *b, const struct broker_partition *at,
    int64_t offset, uint32_t max_bytes, broker_store_done *done, void *context)
{
    struct ipc_read read = {.topic_id = to_ipc(at->topic_id),
        .partition = at->partition,
        .offset = offset,
        .max_bytes = max_bytes};

    ask(b, IPC_MSG_READ, &read, IPC_MSG_READ_DATA, done, context);
}

bool broker_store_is_busy(const struct broker *b)
{
    return b->store.pending.count >= PENDING_DECISIONS;
}

/* For what a client asks. */
static void ask_if_room(struct broker *b, enum ipc_msg msg, const void *message,
    enum ipc_msg expected, broker_store_done *done, void *context)
{
    if (b->store.pending.count >= PENDING_QUERIES) {
        struct broker_store_answer failed = {.error = WIRE_CODE_KAFKA_STORAGE_ERROR};
        done(b, context, &failed);
        return;
    }
    ask(b, msg, message, expected, done, context);
}

void broker_store_measure(struct broker *b, const struct broker_partition *at,
    broker_store_done *done, void *context)
{
    struct ipc_log_query query = {
        .topic_id = to_ipc(at->topic_id), .partition = at->partition};

    ask_if_room(b, IPC_MSG_LOG_QUERY, &query, IPC_MSG_LOG_ANSWER, done, context);
}

void broker_store_delete_records(struct broker *b, const struct broker_partition *at,
    int64_t before, broker_store_done *done, void *context)
{
    struct ipc_records_delete delete = {
        .topic_id = to_ipc(at->topic_id), .partition = at->partition, .before = before};

    ask_if_room(
        b, IPC_MSG_RECORDS_DELETE, &delete, IPC_MSG_RECORDS_DELETED, done, context);
}

void broker_store_query(struct broker *b, const struct broker_partition *at,
    int64_t timestamp, uint8_t isolation, broker_store_done *done, void *context)
{
    struct ipc_offset_query query = {.topic_id = to_ipc(at->topic_id),
        .partition = at->partition,
        .timestamp = timestamp,
        .isolation = isolation};

    ask_if_room(b, IPC_MSG_OFFSET_QUERY, &query, IPC_MSG_OFFSET_ANSWER, done, context);
}

void broker_store_query_epoch(struct broker *b, const struct broker_partition *at,
    int32_t epoch, broker_store_done *done, void *context)
{
    struct ipc_epoch_query query = {
        .topic_id = to_ipc(at->topic_id), .partition = at->partition, .epoch = epoch};

    ask_if_room(b, IPC_MSG_EPOCH_QUERY, &query, IPC_MSG_EPOCH_ANSWER, done, context);
}

void broker_store_query_producers(struct broker *b, const struct broker_partition *at,
    broker_store_done *done, void *context)
{
    struct ipc_producers_query query = {
        .topic_id = to_ipc(at->topic_id), .partition = at->partition};

    if (b->store.big_queries >= BIG_QUERIES_MAX) {
        struct broker_store_answer busy = {.error = WIRE_CODE_REQUEST_TIMED_OUT};
        done(b, context, &busy);
        return;
    }
    ask_if_room(
        b, IPC_MSG_PRODUCERS_QUERY, &query, IPC_MSG_PRODUCERS_ANSWER, done, context);
}

static void read_answer(const struct ipc_received *m, struct broker_store_answer *out)
{
    const union ipc_any *body = &m->body;

    *out = (struct broker_store_answer){0};
    switch (m->msg) {
    case IPC_MSG_PARTITION_OPENED:
        out->error = body->partition_opened.error;
        out->log_start_offset = body->partition_opened.log_start_offset;
        out->log_end_offset = body->partition_opened.log_end_offset;
        break;
    case IPC_MSG_PARTITION_DROPPED:
        out->error = body->partition_dropped.error;
        break;
    case IPC_MSG_APPENDED:
        out->error = body->appended.error;
        out->offset = body->appended.base_offset;
        break;
    case IPC_MSG_READ_DATA:
        out->error = body->read_data.error;
        out->log_end_offset = body->read_data.log_end_offset;
        out->records = (struct wire_view){
            .ptr = body->read_data.records.ptr, .len = body->read_data.records.len};
        break;
    case IPC_MSG_EPOCH_ANSWER:
        out->error = body->epoch_answer.error;
        out->leader_epoch = body->epoch_answer.epoch;
        out->offset = body->epoch_answer.end_offset;
        break;
    case IPC_MSG_PRODUCERS_ANSWER:
        out->error = body->producers_answer.error;
        out->producers = (struct wire_view){.ptr = body->producers_answer.producers.ptr,
            .len = body->producers_answer.producers.len};
        break;
    case IPC_MSG_LOG_ANSWER:
        out->error = body->log_answer.error;
        out->size_bytes = body->log_answer.size_bytes;
        break;
    case IPC_MSG_RECORDS_DELETED:
        out->error = body->records_deleted.error;
        out->log_start_offset = body->records_deleted.log_start_offset;
        break;
    default: /* OFFSET_ANSWER: the dispatch table lets nothing else in */
        out->error = body->offset_answer.error;
        out->offset = body->offset_answer.offset;
        out->timestamp = body->offset_answer.timestamp;
        out->leader_epoch = body->offset_answer.leader_epoch;
        break;
    }
}

enum err broker_store_on_answer(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    struct broker_store_answer answer;
    struct pending *p = table_get(&b->store.pending, &m->request, sizeof(m->request));

    if (p == NULL || p->expected != m->msg) {
        return ERR_INVALID;
    }
    (void)table_remove(&b->store.pending, &m->request, sizeof(m->request));
    if (m->msg == IPC_MSG_PRODUCERS_ANSWER) {
        b->store.big_queries--;
    }
    read_answer(m, &answer);
    p->done(b, p->context, &answer);
    mem_free(p);
    return OK;
}
