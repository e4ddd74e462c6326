/* OFFSET_QUERY: where a consumer may begin; the times below zero have names. */
#include "log.h"
#include "store.h"
#include "wire_code.h"

#define LATEST           (-1)
#define EARLIEST         (-2)
#define MAX_TIMESTAMP    (-3)
#define EARLIEST_LOCAL   (-4)
#define LATEST_TIERED    (-5) /* nothing here is tiered: no offset */
#define EARLIEST_PENDING (-6)

static int16_t find(
    const struct store_partition *p, int64_t timestamp, struct ipc_offset_answer *out)
{
    struct log_found found = {.offset = -1, .timestamp = -1};
    enum err e = timestamp == MAX_TIMESTAMP
                     ? log_partition_find_max_time(p->log, &found)
                     : log_partition_find_time(p->log, timestamp, &found);

    if (e != OK) {
        return WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    /* What consumers may not see yet is not there. */
    if (found.offset < store_partition_high_watermark(p)) {
        out->offset = found.offset;
        out->timestamp = found.timestamp;
    }
    if (out->offset >= 0) {
        out->leader_epoch = log_partition_epoch_at(p->log, out->offset, p->leader_epoch);
    }
    return 0;
}

static int16_t answer_query(
    const struct store_partition *p, int64_t timestamp, struct ipc_offset_answer *out)
{
    switch (timestamp) {
    case LATEST:
        out->offset = store_partition_high_watermark(p);
        out->leader_epoch = p->leader_epoch;
        return 0;
    case EARLIEST:
    case EARLIEST_LOCAL:
        out->offset = log_partition_start_offset(p->log);
        out->leader_epoch = log_partition_epoch_at(p->log, out->offset, p->leader_epoch);
        return 0;
    case LATEST_TIERED:
    case EARLIEST_PENDING:
        return 0;
    default:
        return timestamp < EARLIEST_PENDING ? WIRE_CODE_UNSUPPORTED_VERSION
                                            : find(p, timestamp, out);
    }
}

static enum err answer_now(struct store *s, const struct store_partition *p,
    uint64_t request, const struct ipc_offset_query *asked)
{
    struct ipc_offset_answer answer = {.offset = -1, .timestamp = -1, .leader_epoch = -1};

    if (p == NULL) {
        answer.error = WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    } else if (p->log == NULL) {
        answer.error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    } else {
        answer.error = answer_query(p, asked->timestamp, &answer);
    }
    return ipc_link_send(&s->broker, IPC_MSG_OFFSET_ANSWER, request, &answer, -1);
}

/* What could not be made durable is not there: the answer is as good as without waiting. */
static void on_settled(
    struct store_partition *p, const struct store_waiter *w, int16_t error)
{
    const struct store_partition *found = p->dropped ? NULL : p;

    (void)error;
    if (answer_now(p->store, found, w->request, &w->query) != OK) {
        log_err("broker can not be answered [STO016]");
        p->store->role.stopping = true;
    }
}

enum err store_offset_on_query(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_offset_query *asked = &m->body.offset_query;
    const struct store_waiter waiter = {
        .settled = on_settled, .request = m->request, .query = *asked};
    struct store_partition *p =
        store_partition_find(s, &asked->topic_id, asked->partition);

    if (p != NULL && p->log != NULL && store_partition_wait_for_all(p, &waiter)) {
        return OK;
    }
    return answer_now(s, p, m->request, asked);
}
