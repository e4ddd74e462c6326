/*
 * broker_producer - InitProducerId for idempotent producers: ids come in blocks that the
 * metadata log recorded before the first of them is given out, so none is ever given
 * twice.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_topic.h"
#include "mem.h"
#include "wire_code.h"
#include "wire_init_producer_id.h"

#define BATCH_LIMIT ((size_t)65536)

struct broker_waiting {
    struct broker_waiting *next;
    struct broker_call call;
};

struct block {
    int64_t first;
};

static void answer(
    struct broker *b, const struct broker_call *call, int16_t error, int64_t id)
{
    struct init_producer_id_response response = {.error_code = error,
        .producer_id = id,
        .producer_epoch = error == 0 ? 0 : -1,
        .ongoing_txn_producer_id = -1,
        .ongoing_txn_producer_epoch = -1};

    broker_respond(b, call, &response);
}

static int64_t take_id(struct broker *b)
{
    b->producer_ids.left--;
    return b->producer_ids.next++;
}

static void fetch_block(struct broker *b);

static void on_block(struct broker *b, void *context, int16_t error, const char *message)
{
    struct block *block = context;

    (void)message;
    if (error == 0) {
        b->producer_ids.next = block->first;
        b->producer_ids.left = META_PRODUCER_BLOCK;
    }
    mem_free(block);
    while (b->producer_ids.waiting != NULL && (error != 0 || b->producer_ids.left > 0)) {
        struct broker_waiting *w = b->producer_ids.waiting;
        b->producer_ids.waiting = w->next;
        if (error != 0) {
            answer(b, &w->call, WIRE_CODE_COORDINATOR_NOT_AVAILABLE, -1);
        } else if (broker_is_waiting(b, &w->call)) {
            answer(b, &w->call, 0, take_id(b));
        }
        mem_free(w);
    }
    if (b->producer_ids.waiting != NULL) {
        fetch_block(b); /* more wait than one block has */
    }
}

static void fetch_block(struct broker *b)
{
    struct meta_batch batch;
    struct block *block = mem_alloc(1, sizeof(*block));

    meta_batch_init(&batch, BATCH_LIMIT);
    if (block == NULL) {
        on_block(b, NULL, WIRE_CODE_COORDINATOR_NOT_AVAILABLE, "");
        return;
    }
    struct meta_answer a =
        meta_submit_producer_ids(&b->controller, &batch, &block->first);
    if (a.error != META_ERROR_NONE) {
        meta_batch_fini(&batch);
        on_block(b, block, (int16_t)a.error, a.message);
        return;
    }
    broker_topic_submit(b, &batch, on_block, block);
}

void broker_on_init_producer_id(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    struct broker *b = s->broker;
    const struct init_producer_id_request *r = request;

    /* An epoch is one of an id, and an id is known by its epoch (KIP-360). */
    bool has_id = r->producer_id >= 0;
    bool has_epoch = r->producer_epoch >= 0;
    bool nameless = r->transactional_id.ptr != NULL && r->transactional_id.len == 0;
    if (has_id != has_epoch || nameless) {
        answer(b, call, WIRE_CODE_INVALID_REQUEST, -1);
        return;
    }
    if (r->transactional_id.ptr != NULL) {
        /* Transactions are not served: whoever may use the id is told so in the code for
         * it. */
        bool may = broker_may(s, POLICY_WRITE, POLICY_TXN, r->transactional_id);
        answer(b, call,
            may ? (int16_t)WIRE_CODE_COORDINATOR_NOT_AVAILABLE
                : (int16_t)WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            -1);
        return;
    }
    if (!broker_may_write_idempotent(s)) {
        answer(b, call, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED, -1);
        return;
    }
    if (broker_trail_forbids_changes(b)) {
        answer(b, call, WIRE_CODE_COORDINATOR_NOT_AVAILABLE, -1);
        return;
    }
    if (b->producer_ids.left > 0) {
        answer(b, call, 0, take_id(b));
        return;
    }
    struct broker_waiting *w = mem_alloc(1, sizeof(*w));
    if (w == NULL) {
        answer(b, call, WIRE_CODE_COORDINATOR_NOT_AVAILABLE, -1);
        return;
    }
    /* Whoever waits first fetches; the others are at most one for each session. */
    bool first = b->producer_ids.waiting == NULL;
    *w = (struct broker_waiting){.next = b->producer_ids.waiting, .call = *call};
    b->producer_ids.waiting = w;
    if (first) {
        fetch_block(b);
    }
}
