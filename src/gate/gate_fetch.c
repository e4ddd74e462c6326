#include "gate_fetch.h"

#include "clock.h"
#include "gate_session.h"
#include "wire_code.h"
#include "wire_fetch.h"

#include <string.h>

#define STORE_GRACE_MS 30000
#define WAIT_MAX_MS    300000 /* more than any client asks for */
#define ENTRIES_MAX    (1048576 / FETCH_ENTRY_BYTES)

struct item {
    struct gate_grant_key key;
    struct fetch_response_partition_data *answer;
    const struct fetch_partition *asked;
    bool retried;
};

struct fetch {
    struct gate *g;
    const struct fetch_request *request;
    int16_t version;
    struct item *items;
    size_t count;
    struct item **sent; /* the index of our FETCH -> the item */
    size_t sent_count;
};

static void refuse(struct item *item, int16_t code)
{
    struct fetch_response_partition_data *a = item->answer;

    a->error_code = code;
    a->high_watermark = -1;
    a->last_stable_offset = -1;
    a->log_start_offset = -1;
    a->records = (struct wire_view){.ptr = (const uint8_t *)"", .len = 0};
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
    a->records = (struct wire_view){.ptr = (const uint8_t *)"", .len = 0};
}

static bool add_topic(struct fetch *f, const struct fetch_topic *topic,
    struct fetchable_topic_response *answer)
{
    const struct fetch_partition *parts = topic->partitions.items;
    size_t count = topic->partitions.count > 0 ? (size_t)topic->partitions.count : 0;
    struct fetch_response_partition_data *answers =
        arena_alloc(&f->g->arena, count, sizeof(*answers));

    if (answers == NULL) {
        return false;
    }
    answer->topic = topic->topic;
    answer->topic_id = topic->topic_id;
    answer->partitions = (struct wire_array){.items = answers, .count = (int32_t)count};
    for (size_t i = 0; i < count; i++) {
        init_answer(&answers[i], parts[i].partition);
        f->items[f->count++] = (struct item){
            .key = {.name = f->version >= 13 ? (struct wire_view){0} : topic->topic,
                .topic_id = topic->topic_id,
                .partition = parts[i].partition,
                .operation = IPC_OPERATION_READ},
            .answer = &answers[i],
            .asked = &parts[i]};
    }
    return true;
}

static enum err prepare(struct fetch *f, struct fetch_response *response)
{
    const struct fetch_topic *topics = f->request->topics.items;
    size_t topic_count =
        f->request->topics.count > 0 ? (size_t)f->request->topics.count : 0;
    size_t items = 0;

    for (size_t i = 0; i < topic_count; i++) {
        items +=
            (size_t)(topics[i].partitions.count > 0 ? topics[i].partitions.count : 0);
    }
    if (items > ENTRIES_MAX) {
        return ERR_FULL;
    }
    f->items = arena_alloc(&f->g->arena, items, sizeof(*f->items));
    f->sent = arena_alloc(&f->g->arena, items, sizeof(*f->sent));
    struct fetchable_topic_response *answers =
        arena_alloc(&f->g->arena, topic_count, sizeof(*answers));
    if (f->items == NULL || f->sent == NULL || answers == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < topic_count; i++) {
        if (!add_topic(f, &topics[i], &answers[i])) {
            return ERR_NOMEM;
        }
    }
    response->responses =
        (struct wire_array){.items = answers, .count = (int32_t)topic_count};
    return OK;
}

/* Adds the entries that have a grant to `entries`; true when some partition was refused.
 */
static bool open_grants(struct fetch *f, struct buf *entries)
{
    bool refused = false;
    struct table
        seen; /* handle -> item: the same partition twice would be asked for twice */

    table_init(&seen, f->count);
    f->sent_count = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct item *item = &f->items[i];
        struct gate_grant grant;
        int16_t code = gate_grant_open(f->g, &item->key, &grant);
        if (code == 0 && table_get(&seen, &grant.handle, sizeof(grant.handle)) != NULL) {
            code = WIRE_CODE_INVALID_REQUEST;
        }
        if (code == 0 &&
            table_put(&seen, &grant.handle, sizeof(grant.handle), item) != OK) {
            code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        }
        if (code != 0) {
            refuse(item, code);
            refused = true;
            continue;
        }
        struct ipc_fetch_entry entry = {.handle = grant.handle,
            .offset = item->asked->fetch_offset,
            .max_bytes = item->asked->partition_max_bytes,
            .leader_epoch = item->asked->current_leader_epoch};
        ipc_fetch_entry_add(entries, &entry);
        f->sent[f->sent_count++] = item;
    }
    table_fini(&seen);
    return refused;
}

static void take_answer(struct fetch *f, struct item *item, const struct ipc_fetched *got)
{
    struct fetch_response_partition_data *a = item->answer;

    if (got->error == IPC_ERROR_NO_GRANT) {
        gate_grant_forget(f->g, &item->key);
        refuse(item, WIRE_CODE_NOT_LEADER_OR_FOLLOWER);
        return;
    }
    a->records = (struct wire_view){.ptr = (const uint8_t *)"", .len = 0};
    a->error_code = got->error;
    a->high_watermark = got->high_watermark;
    a->last_stable_offset = got->last_stable_offset;
    a->log_start_offset = got->log_start_offset;
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
    for (int round = 0; round < 2 && lost; round++) {
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

/* Fetch sessions are refused in the words that make a client start a full fetch
 * (KIP-227). */
static int16_t check_session(const struct fetch_request *request)
{
    if (request->session_id != 0) {
        return WIRE_CODE_FETCH_SESSION_ID_NOT_FOUND;
    }
    return request->session_epoch > 0 ? WIRE_CODE_INVALID_FETCH_SESSION_EPOCH : 0;
}

enum err gate_fetch(
    struct gate *g, const struct wire_request_header *h, const void *request)
{
    struct fetch f = {.g = g, .request = request, .version = h->version};
    struct fetch_response response = {.error_code = check_session(request)};
    bool follower =
        f.request->replica_id >= 0 || f.request->replica_state.replica_id >= 0;
    enum err e = OK;

    if (response.error_code == 0) {
        e = prepare(&f, &response);
    }
    if (e == OK && follower) {
        for (size_t i = 0; i < f.count; i++) {
            refuse(&f.items[i], WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
        }
    } else if (e == OK && response.error_code == 0) {
        e = fetch_all(&f);
    }
    return e == OK ? gate_session_respond(g, h, &response) : e;
}
