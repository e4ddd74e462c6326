#include "clock.h"
#include "mem.h"
#include "store.h"
#include "wire_code.h"

/*
 * A gate hears in the order in which it asked, whatever was ready first: its requests
 * stand in a queue, and answers leave from the head.
 */
static void send_answers(struct store_gate *g)
{
    while (!g->dead && g->produces != NULL && g->produces->done) {
        struct store_produce *first = g->produces;
        g->produces = first->next;
        g->produce_count--;
        (void)!store_gate_send(g, IPC_MSG_PRODUCED, first->request, &first->answer);
        mem_free(first);
    }
}

static struct store_produce *queue_produce(struct store_gate *g, uint64_t request)
{
    struct store_produce *produce = mem_alloc(1, sizeof(*produce));

    if (produce == NULL) {
        return NULL;
    }
    produce->request = request;
    struct store_produce **end =
        g->produces == NULL ? &g->produces : &g->last_produce->next;
    *end = produce;
    g->last_produce = produce;
    g->produce_count++;
    return produce;
}

void store_produce_drop(struct store_gate *g)
{
    while (g->produces != NULL) {
        struct store_produce *first = g->produces;
        g->produces = first->next;
        mem_free(first);
    }
}

static void succeed(struct store_gate *g, struct store_produce *produce,
    const struct store_partition *p, const struct log_appended *appended)
{
    produce->answer = (struct ipc_produced){.base_offset = appended->base_offset,
        .log_append_time_ms = appended->append_time_ms,
        .log_start_offset = log_partition_start_offset(p->log),
        .throttle_ms = store_quota_end_produce(g)};
    produce->done = true;
    send_answers(g);
}

static void refuse(struct store_gate *g, struct store_produce *produce, int16_t error)
{
    produce->answer = (struct ipc_produced){.error = error,
        .base_offset = -1,
        .log_append_time_ms = -1,
        .log_start_offset = -1,
        .throttle_ms = store_quota_end_produce(g)};
    produce->done = true;
    send_answers(g);
}

static void on_settled(
    struct store_partition *p, const struct store_waiter *w, int16_t error)
{
    struct store_gate *g = store_gate_find(p->store, w->gate);
    if (g == NULL) {
        return; /* and its queue with it */
    }
    if (error == 0) {
        succeed(g, w->produce, p, &w->appended);
    } else {
        refuse(g, w->produce, error);
    }
}

static void append(struct store_gate *g, struct store_grant *grant,
    const struct ipc_received *m, struct store_produce *produce)
{
    struct store *s = g->store;
    const struct ipc_produce *asked = &m->body.produce;
    struct store_partition *p = grant->partition;
    /* The bytes are the channel's own copy: numbered in place. */
    uint8_t *bytes = g->channel.in.bytes + (asked->batch.ptr - g->channel.in.bytes);
    struct log_append_rules rules = {.message_max_bytes = grant->max_message_bytes,
        .leader_epoch = grant->leader_epoch,
        .append_time = grant->append_time,
        .after_max_ms = grant->after_max_ms};
    struct store_waiter *waiter = mem_alloc(1, sizeof(*waiter));

    if (waiter == NULL) {
        refuse(g, produce, WIRE_CODE_UNKNOWN_SERVER_ERROR);
        return;
    }
    *waiter = (struct store_waiter){
        .settled = on_settled, .gate = g->number, .produce = produce};
    struct log_appended *appended = &waiter->appended;
    enum log_code code = log_partition_append(
        p->log, bytes, asked->batch.len, &rules, clock_wall_ms(), appended);
    if (code != LOG_CODE_NONE) {
        s->damaged = s->damaged || log_partition_is_read_only(p->log);
        mem_free(waiter);
        refuse(g, produce, (int16_t)code);
        return;
    }
    bool is_new = !appended->duplicate;
    if (is_new) {
        struct store_range range = {.first_offset = appended->base_offset,
            .last_offset = appended->last_offset,
            .records = (uint64_t)(appended->last_offset - appended->base_offset + 1),
            .bytes = asked->batch.len};
        store_use_add(g, grant, &range);
    }
    waiter->needed = appended->last_offset + 1;
    bool waits = asked->acks == -1 && s->config.durable &&
                 log_partition_flushed_offset(p->log) < waiter->needed;
    if (waits) {
        store_partition_wait(p, waiter);
    } else {
        succeed(g, produce, p, appended);
        mem_free(waiter);
    }
    if (is_new) {
        store_partition_appended(p, waits);
    }
}

enum err store_produce_on_produce(void *context, const struct ipc_received *m)
{
    struct store_gate *g = context;
    const struct ipc_produce *asked = &m->body.produce;

    if (asked->acks < -1 || asked->acks > 1) {
        return ERR_INVALID;
    }
    ipc_link_drain(&g->store->broker);
    if (g->dead) {
        return OK;
    }
    struct store_work work = store_quota_begin(g);
    bool may = store_quota_take_produced(g, asked->batch.len);
    if (g->dead) {
        store_quota_end(g->store, work);
        return OK;
    }
    struct store_grant *grant = store_grant_find(g, asked->handle, IPC_OPERATION_WRITE);
    struct store_produce *produce = queue_produce(g, m->request);
    if (produce == NULL) {
        store_quota_end(g->store, work);
        return ERR_NOMEM;
    }
    if (!may) {
        refuse(g, produce, WIRE_CODE_REQUEST_TIMED_OUT); /* clients try again */
    } else if (grant == NULL) {
        refuse(g, produce, IPC_ERROR_NO_GRANT);
    } else if (grant->partition->log == NULL) {
        refuse(g, produce, WIRE_CODE_KAFKA_STORAGE_ERROR);
    } else {
        append(g, grant, m, produce);
    }
    store_quota_end(g->store, work);
    return OK;
}
