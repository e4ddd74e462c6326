#include "gate_produce.h"

#include "clock.h"
#include "gate_session.h"
#include "table.h"
#include "wire_code.h"
#include "wire_produce.h"

#include <stdio.h>
#include <string.h>

#define ACKS_ALL       (-1)
#define REPLICAS       1     /* of every partition */
#define STORE_GRACE_MS 30000 /* how long beyond the client's timeout store may take */

/* One partition of the request on its way through the checks, the store and the answer.
 */
struct item {
    struct gate_grant_key key;
    struct gate_grant grant;
    struct wire_view records;
    struct produce_response_partition_produce_response *answer;
    uint64_t request; /* of our PRODUCE; 0: not sent */
    bool lost_grant;  /* store did not know the handle any longer */
};

struct produce {
    struct gate *g;
    const struct produce_request *request;
    int16_t version;
    struct item *items;
    size_t count;
    struct table seen; /* topic and partition -> its item */
};

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static void refuse(struct item *item, int16_t code, const char *text)
{
    item->answer->error_code = code;
    item->answer->base_offset = -1;
    item->answer->log_append_time_ms = -1;
    item->answer->log_start_offset = -1;
    item->answer->error_message = text == NULL ? (struct wire_view){0} : text_view(text);
}

static void refuse_record(
    struct produce *p, struct item *item, const struct record_verdict *verdict)
{
    struct produce_response_batch_index_and_error_message *at =
        arena_alloc(&p->g->arena, (size_t)verdict->fault_count, sizeof(*at));

    refuse(item, record_err_code(verdict->err), record_err_text(verdict->err));
    if (verdict->err == RECORD_ERR_TRANSACTIONAL &&
        p->request->transactional_id.ptr == NULL) {
        /* Nobody may write under the name of no transaction. */
        item->answer->error_code = WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    }
    for (int32_t i = 0; at != NULL && i < verdict->fault_count; i++) {
        at[i].batch_index = verdict->faults[i].record_index;
        at[i].batch_index_error_message =
            text_view(record_err_text(verdict->faults[i].err));
    }
    item->answer->record_errors =
        (struct wire_array){.items = at, .count = at == NULL ? 0 : verdict->fault_count};
}

/* *out: what to store, until the next batch is looked at. */
static bool check_records(struct produce *p, struct item *item, struct wire_view *out)
{
    struct record_verdict verdict;
    struct record_rules rules = {.produce_version = p->version,
        .size_max = item->grant.max_message_bytes,
        .compacted = item->grant.compacted,
        .append_time = item->grant.append_time,
        .before_max_ms = item->grant.before_max_ms,
        .after_max_ms = item->grant.after_max_ms,
        .now_ms = clock_wall_ms(),
        .arena = &p->g->arena};

    if (item->records.ptr == NULL) {
        refuse(item, WIRE_CODE_INVALID_RECORD, "no records were sent");
        return false;
    }
    /* The frame is ours: correct it in place instead of copying it. */
    uint8_t *bytes = p->g->frame.bytes + (item->records.ptr - p->g->frame.bytes);
    if (gate_batch_take(bytes, item->records.len, rules, item->grant.form, &p->g->batch,
            &verdict, out) != RECORD_OK) {
        refuse_record(p, item, &verdict);
        return false;
    }
    return true;
}

static void send_item(struct produce *p, struct item *item, struct wire_view batch)
{
    struct ipc_produce produce = {.handle = item->grant.handle,
        .acks = p->request->acks,
        .timeout_ms = p->request->timeout_ms,
        .batch = {.ptr = batch.ptr, .len = batch.len}};

    item->request = ++p->g->request;
    if (ipc_channel_send(&p->g->store, IPC_MSG_PRODUCE, item->request, &produce, -1) !=
        OK) {
        gate_session_end(p->g, IPC_GATE_EXIT_NEIGHBOUR);
    }
}

/* Whoever asks why finds it in the audit by this. */
static void name_decision(struct produce *p, struct item *item)
{
    static const char words[] = "Topic authorization failed. (decision ";
    const char *id = p->g->grants.decision;
    size_t length = sizeof(words) - 1 + strlen(id) + 1;
    char text[sizeof(words) + sizeof(p->g->grants.decision) + 1];

    if (item->answer->error_code != WIRE_CODE_TOPIC_AUTHORIZATION_FAILED ||
        id[0] == '\0') {
        return;
    }
    (void)snprintf(text, sizeof(text), "%s%s)", words, id);
    const char *copy = arena_copy_text(&p->g->arena, text, length);
    item->answer->error_message = copy == NULL ? (struct wire_view){0} : text_view(copy);
}

/* The right comes first: what one may not write is told before what is wrong with the
 * request. */
static void submit(struct produce *p, struct item *item, int16_t whole)
{
    int16_t code = gate_grant_open(p->g, &item->key, &item->grant);
    struct wire_view batch;

    if (code == 0 && p->request->acks == ACKS_ALL &&
        item->grant.min_insync_replicas > REPLICAS) {
        code = WIRE_CODE_NOT_ENOUGH_REPLICAS;
    }
    if (code != 0 || whole != 0) {
        refuse(item, code != 0 ? code : whole, NULL);
        name_decision(p, item);
    } else if (check_records(p, item, &batch)) {
        send_item(p, item, batch);
    }
}

/* Waits for the answer to what was sent; store answers in the order in which it was
 * asked. */
static void collect(struct produce *p, struct item *item, int64_t deadline_ms)
{
    struct ipc_received m;

    if (item->request == 0) {
        return;
    }
    if (gate_await(
            p->g, &p->g->store, IPC_MSG_PRODUCED, item->request, deadline_ms, &m) != OK) {
        gate_session_end(p->g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    const struct ipc_produced *done = &m.body.produced;
    item->request = 0;
    gate_throttle(p->g, done->throttle_ms);
    item->lost_grant = done->error == IPC_ERROR_NO_GRANT;
    if (item->lost_grant) {
        gate_grant_forget(p->g, &item->key);
        refuse(item, WIRE_CODE_NOT_LEADER_OR_FOLLOWER, NULL);
        return;
    }
    item->answer->error_code = done->error;
    item->answer->base_offset = done->base_offset;
    item->answer->log_append_time_ms = done->log_append_time_ms;
    item->answer->log_start_offset = done->log_start_offset;
}

/* Sends all there is to send, then collects; once more for those whose grant was gone. */
static void produce_all(struct produce *p, int16_t whole)
{
    int64_t timeout_ms = p->request->timeout_ms > 0 ? p->request->timeout_ms : 0;

    for (size_t i = 0; i < p->count; i++) {
        submit(p, &p->items[i], whole);
    }
    for (int round = 0; round < 2; round++) {
        int64_t deadline_ms = clock_mono_ms() + timeout_ms + STORE_GRACE_MS;
        for (size_t i = 0; i < p->count; i++) {
            collect(p, &p->items[i], deadline_ms);
        }
        for (size_t i = 0; round == 0 && i < p->count; i++) {
            if (p->items[i].lost_grant) {
                p->items[i].lost_grant = false;
                p->items[i].answer->error_code = 0;
                submit(p, &p->items[i], 0);
            }
        }
    }
}

static enum err count_items(const struct produce_request *request, size_t *count_out)
{
    const struct produce_request_topic_produce_data *topics = request->topic_data.items;
    size_t count = 0;

    for (int32_t i = 0; i < request->topic_data.count; i++) {
        count +=
            (size_t)(topics[i].partition_data.count > 0 ? topics[i].partition_data.count
                                                        : 0);
    }
    *count_out = count;
    return OK;
}

/*
 * Of a partition that stands in the request twice the later records count, and it has one
 * row, as in Apache Kafka. *out: the item that there is already, or NULL.
 */
static enum err find_twin(
    struct produce *p, const struct gate_grant_key *key, struct item **out)
{
    size_t id = sizeof(key->topic_id.bytes);
    size_t length = id + sizeof(key->partition) + key->name.len;
    uint8_t *text = arena_alloc(&p->g->arena, length, 1);

    if (text == NULL) {
        return ERR_NOMEM;
    }
    memcpy(text, key->topic_id.bytes, id);
    memcpy(text + id, &key->partition, sizeof(key->partition));
    if (key->name.len > 0) {
        memcpy(text + id + sizeof(key->partition), key->name.ptr, key->name.len);
    }
    *out = table_get(&p->seen, text, length);
    return *out != NULL ? OK : table_put(&p->seen, text, length, &p->items[p->count]);
}

static bool add_topic(struct produce *p,
    const struct produce_request_topic_produce_data *topic,
    struct produce_response_topic_produce_response *answer)
{
    const struct produce_request_partition_produce_data *parts =
        topic->partition_data.items;
    size_t count =
        topic->partition_data.count > 0 ? (size_t)topic->partition_data.count : 0;
    struct produce_response_partition_produce_response *answers =
        arena_alloc(&p->g->arena, count, sizeof(*answers));

    if (answers == NULL) {
        return false;
    }
    answer->name = topic->name;
    answer->topic_id = topic->topic_id;
    answer->partition_responses = (struct wire_array){.items = answers, .count = 0};
    for (size_t i = 0; i < count; i++) {
        struct item item = {
            .key = {.name = p->version >= 13 ? (struct wire_view){0} : topic->name,
                .topic_id = topic->topic_id,
                .partition = parts[i].index,
                .operation = IPC_OPERATION_WRITE},
            .records = parts[i].records,
            .answer = &answers[answer->partition_responses.count]};
        struct item *twin;
        if (find_twin(p, &item.key, &twin) != OK) {
            return false;
        }
        if (twin != NULL) {
            twin->records = item.records;
            continue;
        }
        answer->partition_responses.count++;
        item.answer->index = parts[i].index;
        item.answer->current_leader.leader_id = -1;
        item.answer->current_leader.leader_epoch = -1;
        item.answer->log_append_time_ms = -1;
        p->items[p->count++] = item;
    }
    return true;
}

static enum err prepare(struct produce *p, struct produce_response *response)
{
    const struct produce_request_topic_produce_data *topics =
        p->request->topic_data.items;
    size_t topic_count =
        p->request->topic_data.count > 0 ? (size_t)p->request->topic_data.count : 0;
    size_t items = 0;
    enum err e = count_items(p->request, &items);

    p->items = e == OK ? arena_alloc(&p->g->arena, items, sizeof(*p->items)) : NULL;
    struct produce_response_topic_produce_response *answers =
        arena_alloc(&p->g->arena, topic_count, sizeof(*answers));
    if (p->items == NULL || answers == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < topic_count; i++) {
        if (!add_topic(p, &topics[i], &answers[i])) {
            return ERR_NOMEM;
        }
    }
    response->responses =
        (struct wire_array){.items = answers, .count = (int32_t)topic_count};
    return OK;
}

/* What is wrong with the request as a whole, or 0. */
static int16_t check_request(const struct produce_request *request)
{
    return request->acks < -1 || request->acks > 1 ? WIRE_CODE_INVALID_REQUIRED_ACKS : 0;
}

enum err gate_produce(struct gate *g, const struct wire_request_header *h,
    const void *request, bool *answer_out)
{
    struct produce p = {.g = g, .request = request, .version = h->version};
    struct produce_response response = {0};
    bool failed = false;

    table_init(&p.seen, SIZE_MAX);
    enum err e = prepare(&p, &response);
    table_fini(&p.seen);

    if (e != OK) {
        return e;
    }
    produce_all(&p, check_request(p.request));
    for (size_t i = 0; i < p.count; i++) {
        failed = failed || p.items[i].answer->error_code != 0;
    }
    *answer_out = p.request->acks != 0;
    if (!*answer_out) {
        return failed ? ERR_CLOSED : OK;
    }
    return gate_session_respond(g, h, &response);
}
