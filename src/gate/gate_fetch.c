#include "gate_fetch.h"

#include "clock.h"
#include "gate_session.h"
#include "rand.h"
#include "wire_code.h"
#include "wire_fetch.h"

#include <string.h>

#define ENTRIES_MAX    (1048576 / FETCH_ENTRY_BYTES) /* of the catalogue: FETCH.partitions */
#define STORE_GRACE_MS 30000
#define WAIT_MAX_MS    300000 /* more than any client asks for */

/* FetchRequest.IsolationLevel */
#define READ_UNCOMMITTED 0
#define READ_COMMITTED   1

struct item {
    struct gate_fetch_partition *asked;
    struct fetch_response_partition_data answer;
};

struct fetch {
    struct gate *g;
    const struct fetch_request *request;
    bool by_id;                         /* topics are named by id (KIP-516) */
    bool incremental;                   /* what did not change is left out */
    struct gate_fetch_session *session; /* the connection's, or `whole` */
    struct gate_fetch_session whole;    /* of a request that names all it reads */
    struct item *items;
    size_t count;
    struct item **sent; /* the index of our FETCH -> the item */
    size_t sent_count;
};

static const struct wire_view no_records = {.ptr = (const uint8_t *)"", .len = 0};

static void refuse(struct item *item, int16_t code)
{
    struct fetch_response_partition_data *a = &item->answer;

    a->error_code = code;
    a->high_watermark = -1;
    a->last_stable_offset = -1;
    a->log_start_offset = -1;
    a->aborted_transactions = (struct wire_array){.items = NULL, .count = 0};
    a->records = no_records;
}

static void init_answer(struct fetch_response_partition_data *a, int32_t partition)
{
    a->partition_index = partition;
    a->diverging_epoch.epoch = -1;
    a->diverging_epoch.end_offset = -1;
    a->current_leader.leader_id = -1;
    a->current_leader.leader_epoch = -1;
    a->snapshot_id.end_offset = -1;
    a->snapshot_id.epoch = -1;
    a->preferred_read_replica = -1;
    a->aborted_transactions = (struct wire_array){.items = NULL, .count = -1};
    a->records = no_records;
}

static bool is_same_topic(
    const struct gate_fetch_topic *a, const struct gate_fetch_topic *b)
{
    if (a->name.ptr == NULL || b->name.ptr == NULL) {
        return memcmp(a->id.bytes, b->id.bytes, sizeof(a->id.bytes)) == 0;
    }
    return a->name.len == b->name.len &&
           memcmp(a->name.ptr, b->name.ptr, a->name.len) == 0;
}

static struct gate_grant_key grant_key(const struct item *item)
{
    return (struct gate_grant_key){.name = item->asked->topic.name,
        .topic_id = item->asked->topic.id,
        .partition = item->asked->partition,
        .operation = IPC_OPERATION_READ};
}

/* Adds the entries that have a grant to `entries`; true when some partition was refused.
 */
static bool open_grants(struct fetch *f, struct buf *entries)
{
    bool refused = false;
    const struct gate_fetch_topic *refused_topic = NULL;

    f->sent_count = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct item *item = &f->items[i];
        struct gate_grant_key key = grant_key(item);
        struct gate_grant grant;
        bool denied =
            refused_topic != NULL && is_same_topic(refused_topic, &item->asked->topic);
        int16_t code = denied ? (int16_t)WIRE_CODE_TOPIC_AUTHORIZATION_FAILED
                              : gate_grant_open(f->g, &key, &grant);
        if (code == WIRE_CODE_TOPIC_AUTHORIZATION_FAILED) {
            refused_topic = &item->asked->topic; /* its other partitions are no better */
        }
        if (code == WIRE_CODE_UNKNOWN_TOPIC_ID && item->asked->was_there) {
            code = WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION; /* deleted since */
        }
        item->asked->was_there = item->asked->was_there || code == 0;
        if (code == 0 && item->asked->max_bytes < 0) {
            code = WIRE_CODE_UNKNOWN_SERVER_ERROR; /* as Apache Kafka answers it */
        }
        if (code != 0) {
            refuse(item, code);
            refused = true;
            continue;
        }
        struct ipc_fetch_entry entry = {.handle = grant.handle,
            .offset = item->asked->offset,
            .max_bytes = item->asked->max_bytes,
            .leader_epoch = item->asked->leader_epoch,
            .last_fetched_epoch = item->asked->last_fetched_epoch};
        ipc_fetch_entry_add(entries, &entry);
        f->sent[f->sent_count++] = item;
    }
    return refused;
}

static void take_answer(struct fetch *f, struct item *item, const struct ipc_fetched *got)
{
    struct fetch_response_partition_data *a = &item->answer;

    if (got->error == IPC_ERROR_NO_GRANT) {
        struct gate_grant_key key = grant_key(item);
        gate_grant_forget(f->g, &key);
        refuse(item, WIRE_CODE_NOT_LEADER_OR_FOLLOWER);
        return;
    }
    if (got->error != 0) {
        refuse(item, got->error);
        a->aborted_transactions.count = -1;
        return;
    }
    a->error_code = 0;
    a->records = no_records;
    a->high_watermark = got->high_watermark;
    a->last_stable_offset = got->last_stable_offset;
    a->log_start_offset = got->log_start_offset;
    a->diverging_epoch.epoch = got->diverging_epoch;
    a->diverging_epoch.end_offset = got->diverging_end_offset;
    a->aborted_transactions = (struct wire_array){
        .items = NULL, .count = f->request->isolation_level == READ_COMMITTED ? 0 : -1};
    if (got->records.len == 0) {
        return;
    }
    /* The channel's buffer is used again by the next answer. */
    uint8_t *copy = arena_alloc(&f->g->arena, got->records.len, 1);
    if (copy == NULL) {
        return; /* the client asks again, with other partitions first */
    }
    memcpy(copy, got->records.ptr, got->records.len);
    a->records = (struct wire_view){.ptr = copy, .len = got->records.len};
}

/* One round with store; *lost_out: some grant was gone, so a second round may do better.
 */
static void ask_store(
    struct fetch *f, const struct buf *entries, int32_t max_wait_ms, bool *lost_out)
{
    uint64_t request = ++f->g->request;
    struct ipc_fetch fetch = {.max_wait_ms = max_wait_ms,
        .min_bytes = f->request->min_bytes,
        .max_bytes = f->request->max_bytes,
        .isolation = (uint8_t)f->request->isolation_level,
        .partitions = {.ptr = entries->bytes, .len = entries->length}};
    enum err e = ipc_channel_send(&f->g->store, IPC_MSG_FETCH, request, &fetch, -1);
    int64_t deadline_ms = clock_mono_ms() + max_wait_ms + STORE_GRACE_MS;
    struct ipc_received m;
    bool last = false;

    *lost_out = false;
    while (e == OK && !last) {
        e = gate_await(f->g, &f->g->store, IPC_MSG_FETCHED, request, deadline_ms, &m);
        if (e == OK && m.body.fetched.index >= f->sent_count) {
            e = ERR_INVALID;
        }
        if (e == OK) {
            *lost_out = *lost_out || m.body.fetched.error == IPC_ERROR_NO_GRANT;
            take_answer(f, f->sent[m.body.fetched.index], &m.body.fetched);
            last = m.body.fetched.last != 0;
            gate_throttle(f->g, m.body.fetched.throttle_ms);
        }
    }
    if (e != OK) {
        gate_session_end(f->g, IPC_GATE_EXIT_NEIGHBOUR);
    }
}

static enum err fetch_all(struct fetch *f)
{
    int32_t wait = f->request->max_wait_ms < 0 ? 0 : f->request->max_wait_ms;
    bool lost = true;

    wait = wait > WAIT_MAX_MS ? WAIT_MAX_MS : wait;
    /* Whoever has to wait is not heard a second time. */
    for (int round = 0; round < 2 && lost && f->g->throttle_ms == 0; round++) {
        struct buf entries;
        buf_init(&entries, ENTRIES_MAX * FETCH_ENTRY_BYTES);
        bool refused = open_grants(f, &entries);
        enum err e = buf_error(&entries);
        lost = false;
        if (e == OK && f->sent_count > 0) {
            ask_store(f, &entries, refused ? 0 : wait, &lost);
        }
        buf_fini(&entries);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

static struct gate_fetch_topic topic_of(
    const struct fetch *f, struct wire_view name, struct wire_uuid id)
{
    return (struct gate_fetch_topic){
        .name = f->by_id ? (struct wire_view){0} : name, .id = id};
}

static enum err want_all(struct fetch *f)
{
    const struct fetch_topic *topics = f->request->topics.items;
    enum err e = OK;

    for (int32_t i = 0; i < f->request->topics.count; i++) {
        const struct fetch_partition *parts = topics[i].partitions.items;
        struct gate_fetch_topic topic = topic_of(f, topics[i].topic, topics[i].topic_id);
        for (int32_t k = 0; e == OK && k < topics[i].partitions.count; k++) {
            e = gate_fetch_session_want(f->session, &topic, &parts[k]);
        }
    }
    return e;
}

static enum err forget_all(struct fetch *f)
{
    const struct fetch_request_forgotten_topic *topics =
        f->request->forgotten_topics_data.items;
    enum err e = OK;

    for (int32_t i = 0; i < f->request->forgotten_topics_data.count; i++) {
        const int32_t *parts = topics[i].partitions.items;
        struct gate_fetch_topic topic = topic_of(f, topics[i].topic, topics[i].topic_id);
        for (int32_t k = 0; e == OK && k < topics[i].partitions.count; k++) {
            e = gate_fetch_session_forget(f->session, &topic, parts[k]);
        }
    }
    return e;
}

/* The whole of what a client reads; a session begins with it, or there is none. */
static int16_t begin_whole(struct fetch *f)
{
    struct gate_fetch_session *kept = &f->g->fetch_session;

    f->session = &f->whole;
    if (f->request->session_epoch == GATE_FETCH_EPOCH_INITIAL ||
        f->request->session_id == kept->id) {
        gate_fetch_session_fini(kept);
    }
    return want_all(f) == OK ? 0 : WIRE_CODE_UNKNOWN_SERVER_ERROR;
}

/* What changed in what a client reads, since the last fetch of its session. */
static int16_t begin_incremental(struct fetch *f)
{
    struct gate_fetch_session *s = &f->g->fetch_session;

    if (s->id == GATE_FETCH_NO_SESSION || s->id != f->request->session_id) {
        return WIRE_CODE_FETCH_SESSION_ID_NOT_FOUND;
    }
    if (s->epoch != f->request->session_epoch) {
        return WIRE_CODE_INVALID_FETCH_SESSION_EPOCH;
    }
    if (s->by_id != f->by_id) {
        return WIRE_CODE_FETCH_SESSION_TOPIC_ID_ERROR;
    }
    f->session = s;
    f->incremental = true;
    if (want_all(f) != OK || forget_all(f) != OK) {
        gate_fetch_session_fini(s); /* the client then starts over, with all it reads */
        return WIRE_CODE_FETCH_SESSION_ID_NOT_FOUND;
    }
    s->epoch = gate_fetch_session_next_epoch(s->epoch);
    return 0;
}

/* What is wrong with the request as a whole, or 0: then f->session says what is read. */
static int16_t begin(struct fetch *f)
{
    int32_t epoch = f->request->session_epoch;

    return epoch == GATE_FETCH_EPOCH_INITIAL || epoch == GATE_FETCH_EPOCH_FINAL
               ? begin_whole(f)
               : begin_incremental(f);
}

/* Keeps what was just read as the connection's session; its id, or none. */
static int32_t keep_session(struct fetch *f)
{
    struct gate_fetch_session *s = &f->g->fetch_session;

    if (f->incremental) {
        int32_t id = s->id;
        if (gate_fetch_session_count(s) == 0) {
            gate_fetch_session_fini(s); /* nothing is read any longer */
            return GATE_FETCH_NO_SESSION;
        }
        return id;
    }
    if (f->request->session_epoch != GATE_FETCH_EPOCH_INITIAL ||
        gate_fetch_session_count(&f->whole) > GATE_FETCH_SESSION_MAX) {
        return GATE_FETCH_NO_SESSION;
    }
    *s = f->whole;
    gate_fetch_session_init(&f->whole, 0);
    s->by_key.limit = GATE_FETCH_SESSION_MAX;
    s->id = (int32_t)(rand_u64() % INT32_MAX) + 1;
    s->epoch = gate_fetch_session_next_epoch(GATE_FETCH_EPOCH_INITIAL);
    s->by_id = f->by_id;
    return s->id;
}

static enum err prepare(struct fetch *f)
{
    size_t count = gate_fetch_session_count(f->session);
    struct gate_fetch_partition *p = f->session->first;

    f->items = arena_alloc(&f->g->arena, count, sizeof(*f->items));
    f->sent = arena_alloc(&f->g->arena, count, sizeof(*f->sent));
    if (f->items == NULL || f->sent == NULL) {
        return ERR_NOMEM;
    }
    for (; p != NULL; p = p->next) {
        struct item *item = &f->items[f->count++];
        item->asked = p;
        init_answer(&item->answer, p->partition);
    }
    return OK;
}

/* Whether the client has to hear of it; what it hears is noted for the next time. */
static bool is_news(const struct fetch *f, const struct item *item)
{
    const struct fetch_response_partition_data *a = &item->answer;
    struct gate_fetch_partition *p = item->asked;
    bool news = !f->incremental || a->error_code != 0 || a->records.len > 0 ||
                a->diverging_epoch.epoch >= 0 || a->high_watermark != p->high_watermark ||
                a->log_start_offset != p->log_start_offset;

    /* After an error everything is news again. */
    p->high_watermark = a->error_code != 0 ? -1 : a->high_watermark;
    p->log_start_offset = a->log_start_offset;
    return news;
}

/* A row for each partition that there is news of; neighbours of a topic share its row. */
static enum err fill_response(struct fetch *f, struct fetch_response *response)
{
    struct fetchable_topic_response *topics =
        arena_alloc(&f->g->arena, f->count, sizeof(*topics));
    struct fetch_response_partition_data *rows =
        arena_alloc(&f->g->arena, f->count, sizeof(*rows));
    const struct gate_fetch_topic *topic = NULL;
    int32_t topic_count = 0;
    size_t row_count = 0;

    if (topics == NULL || rows == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < f->count; i++) {
        struct gate_fetch_partition *p = f->items[i].asked;
        if (!is_news(f, &f->items[i])) {
            continue;
        }
        if (topic == NULL || !is_same_topic(topic, &p->topic)) {
            topics[topic_count++] =
                (struct fetchable_topic_response){.topic = p->topic.name,
                    .topic_id = p->topic.id,
                    .partitions = {.items = &rows[row_count]}};
            topic = &p->topic;
        }
        topics[topic_count - 1].partitions.count++;
        rows[row_count++] = f->items[i].answer;
        if (f->items[i].answer.records.len > 0) {
            gate_fetch_session_move_last(f->session, p);
        }
    }
    response->responses = (struct wire_array){.items = topics, .count = topic_count};
    return OK;
}

/* An error of the whole stands in every row, for versions that name topics. */
static enum err refuse_all(struct fetch *f, struct fetch_response *response, int16_t code)
{
    if (f->by_id || want_all(f) != OK || prepare(f) != OK) {
        return OK;
    }
    for (size_t i = 0; i < f->count; i++) {
        refuse(&f->items[i], code);
    }
    return fill_response(f, response);
}

/* Nobody follows, but who may read is told first that there is nothing to read. */
static int16_t follower_error(struct fetch *f, const struct item *item)
{
    struct gate_grant_key key = grant_key(item);
    struct gate_grant grant;
    int16_t code = gate_grant_open(f->g, &key, &grant);

    return code == WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION
               ? code
               : (int16_t)WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
}

static enum err serve(struct fetch *f, struct fetch_response *response)
{
    bool follower =
        f->request->replica_id >= 0 || f->request->replica_state.replica_id >= 0;
    enum err e = prepare(f);

    if (e == OK && follower) {
        for (size_t i = 0; i < f->count; i++) {
            refuse(&f->items[i], follower_error(f, &f->items[i]));
        }
    } else if (e == OK) {
        e = fetch_all(f);
    }
    if (e == OK) {
        e = fill_response(f, response);
        response->session_id = keep_session(f);
    }
    return e;
}

enum err gate_fetch(
    struct gate *g, const struct wire_request_header *h, const void *request)
{
    struct fetch f = {.g = g, .request = request, .by_id = h->version >= 13};
    struct fetch_response response = {0};
    enum err e = OK;

    gate_fetch_session_init(&f.whole, ENTRIES_MAX);
    if (f.request->isolation_level != READ_UNCOMMITTED &&
        f.request->isolation_level != READ_COMMITTED) {
        f.session = &f.whole;
        response.error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        e = refuse_all(&f, &response, response.error_code);
    } else {
        response.error_code = begin(&f);
        e = response.error_code == 0 ? serve(&f, &response) : OK;
    }
    if (e == OK) {
        e = gate_session_respond(g, h, &response);
    }
    gate_fetch_session_fini(&f.whole);
    return e;
}
