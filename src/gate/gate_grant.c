#include "gate_grant.h"

#include "gate.h"
#include "gate_session.h"
#include "mem.h"
#include "wire_code.h"

#include <string.h>

#define GRANTS_MAX 65536
#define KEY_MAX    (1 + 4 + 16 + IPC_NAME_MAX)

void gate_grants_init(struct gate_grants *grants)
{
    table_init(&grants->by_key, GRANTS_MAX);
}

static void forget_all(struct gate_grants *grants)
{
    void *grant;

    for (size_t cursor = 0; (grant = table_next(&grants->by_key, &cursor)) != NULL;) {
        mem_free(grant);
    }
    table_fini(&grants->by_key);
}

void gate_grants_fini(struct gate_grants *grants)
{
    forget_all(grants);
}

static size_t make_key(const struct gate_grant_key *key, uint8_t out[KEY_MAX])
{
    size_t length = 0;

    out[length++] = (uint8_t)key->operation;
    memcpy(out + length, &key->partition, 4);
    length += 4;
    if (key->name.ptr == NULL) {
        memcpy(out + length, key->topic_id.bytes, 16);
        return length + 16;
    }
    memcpy(out + length, key->name.ptr, key->name.len);
    out[0] |= 0x80; /* a name is never taken for an id */
    return length + key->name.len;
}

static struct gate_grant *remember(
    struct gate *g, const uint8_t *key, size_t length, const struct gate_grant *grant)
{
    if (g->grants.by_key.count >= GRANTS_MAX) {
        forget_all(&g->grants);
        gate_grants_init(&g->grants);
    }
    struct gate_grant *kept = mem_alloc(1, sizeof(*kept));
    if (kept == NULL || table_put(&g->grants.by_key, key, length, kept) != OK) {
        mem_free(kept);
        return NULL;
    }
    *kept = *grant;
    return kept;
}

static void note_decision(struct gate_grants *grants, struct ipc_view decision)
{
    struct ipc_view id = ipc_cut(decision, sizeof(grants->decision) - 1);

    if (id.len > 0) {
        memcpy(grants->decision, id.ptr, id.len);
    }
    grants->decision[id.len] = '\0';
}

int16_t gate_grant_open(
    struct gate *g, const struct gate_grant_key *key, struct gate_grant *out)
{
    uint8_t bytes[KEY_MAX];

    if (key->name.len > IPC_NAME_MAX || (key->name.ptr != NULL && key->name.len == 0)) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    size_t length = make_key(key, bytes);
    const struct gate_grant *known = table_get(&g->grants.by_key, bytes, length);
    if (known != NULL) {
        *out = *known;
        return 0;
    }
    struct ipc_open open = {.operation = (uint8_t)key->operation,
        .topic = {.ptr = key->name.ptr, .len = key->name.len},
        .partition = key->partition,
        .quiet = key->quiet,
        .client_id = {.ptr = g->client_id.bytes, .len = g->client_id.length}};
    memcpy(open.topic_id.bytes, key->topic_id.bytes, 16);
    uint64_t request = ++g->request;
    struct ipc_received answer;
    enum err e = ipc_channel_send(&g->broker, IPC_MSG_OPEN, request, &open, -1);
    if (e == OK) {
        e = gate_await(g, &g->broker, IPC_MSG_OPENED, request, -1, &answer);
    }
    if (e != OK) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    const struct ipc_opened *opened = &answer.body.opened;
    gate_throttle(g, opened->throttle_ms);
    if (opened->error != 0) {
        note_decision(&g->grants, opened->decision);
        return opened->error;
    }
    *out = (struct gate_grant){.handle = opened->handle,
        .leader_epoch = opened->leader_epoch,
        .max_message_bytes = opened->max_message_bytes,
        .append_time = opened->append_time != 0,
        .before_max_ms = opened->before_max_ms,
        .after_max_ms = opened->after_max_ms,
        .compacted = opened->compacted != 0,
        .min_insync_replicas = opened->min_insync_replicas,
        .form = {.codec = opened->codec == IPC_CODEC_AS_SENT ? GATE_BATCH_AS_SENT
                                                             : opened->codec,
            .level = opened->codec_level}};
    memcpy(out->topic_id.bytes, opened->topic_id.bytes, 16);
    (void)remember(g, bytes, length, out); /* without memory it is asked for again */
    return 0;
}

void gate_grant_forget(struct gate *g, const struct gate_grant_key *key)
{
    uint8_t bytes[KEY_MAX];

    if (key->name.len <= IPC_NAME_MAX) {
        mem_free(table_remove(&g->grants.by_key, bytes, make_key(key, bytes)));
    }
}
