#include "broker_grant.h"

#include "broker_authz.h"
#include "log.h"
#include "mem.h"
#include "wire_code.h"

#include <stdlib.h>
#include <string.h>

#define GRANTS_A_SESSION 65536

static struct wire_view topic_view(const struct meta_topic *topic)
{
    return (struct wire_view){
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
}

static bool add_grant(struct broker_session *s, const struct broker_grant *grant)
{
    if (s->grant_count == s->grant_capacity) {
        size_t capacity = s->grant_capacity == 0 ? 8 : s->grant_capacity * 2;
        if (capacity > GRANTS_A_SESSION) {
            return false;
        }
        struct broker_grant *grown =
            mem_resize(s->grants, capacity, sizeof(struct broker_grant));
        if (grown == NULL) {
            return false;
        }
        s->grants = grown;
        s->grant_capacity = capacity;
    }
    s->grants[s->grant_count++] = *grant;
    return true;
}

/* The code for what was asked, and the topic where it is 0. */
static int16_t judge(struct broker_session *s, const struct ipc_open *open,
    const struct meta_topic **topic_out)
{
    struct broker *b = s->broker;
    struct wire_view name = {.ptr = open->topic.ptr, .len = open->topic.len};
    bool by_id = open->topic.len == 0;
    bool write = open->operation == IPC_OPERATION_WRITE;
    const struct meta_topic *topic;

    if (by_id) {
        struct wire_uuid id;
        memcpy(id.bytes, open->topic_id.bytes, sizeof(id.bytes));
        topic = meta_image_topic_by_id(&b->image, id);
        if (topic == NULL) {
            return WIRE_CODE_UNKNOWN_TOPIC_ID;
        }
        name = topic_view(topic);
    } else {
        topic = meta_image_topic(&b->image, name);
    }
    /* The right comes before existence: what one may not see looks like what is not
     * there. */
    if (!broker_may(s, write ? POLICY_WRITE : POLICY_READ, POLICY_TOPIC, name)) {
        return WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
    }
    if (topic == NULL || open->partition < 0 ||
        open->partition >= topic->partition_count) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (write && meta_name_is_internal(name)) {
        return WIRE_CODE_INVALID_TOPIC_EXCEPTION;
    }
    *topic_out = topic;
    return 0;
}

static int32_t max_message_bytes(const struct broker *b, const struct meta_topic *topic)
{
    const char *value = meta_topic_setting(topic, "max.message.bytes");

    return value == NULL ? b->config.message_max_bytes : (int32_t)strtol(value, NULL, 10);
}

/* Tells store, then remembers. */
static enum err issue(struct broker_session *s, const struct ipc_open *open,
    const struct meta_topic *topic, struct ipc_opened *out)
{
    struct broker *b = s->broker;
    struct broker_grant grant = {.handle = ++b->next_handle,
        .topic_id = topic->id,
        .partition = open->partition,
        .operation = open->operation};
    struct ipc_grant told = {.gate = s->gate,
        .handle = grant.handle,
        .partition = grant.partition,
        .operation = grant.operation,
        .leader_epoch = topic->partitions[open->partition].leader_epoch,
        .max_message_bytes = max_message_bytes(b, topic)};

    memcpy(told.topic_id.bytes, topic->id.bytes, sizeof(told.topic_id.bytes));
    if (!add_grant(s, &grant)) {
        return ERR_FULL;
    }
    enum err e = ipc_link_send(&b->store_link, IPC_MSG_GRANT, 0, &told, -1);
    if (e != OK) {
        s->grant_count--;
        return e;
    }
    out->handle = told.handle;
    out->topic_id = told.topic_id;
    out->leader_epoch = told.leader_epoch;
    out->max_message_bytes = told.max_message_bytes;
    return OK;
}

enum err broker_grant_on_open(struct broker_session *s, const struct ipc_received *m)
{
    const struct ipc_open *open = &m->body.open;
    struct ipc_opened answer = {0};
    const struct meta_topic *topic = NULL;

    if (open->operation != IPC_OPERATION_READ && open->operation != IPC_OPERATION_WRITE) {
        return ERR_INVALID;
    }
    answer.error = judge(s, open, &topic);
    if (answer.error == 0 && issue(s, open, topic, &answer) != OK) {
        answer.error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    return ipc_link_send(&s->link, IPC_MSG_OPENED, m->request, &answer, -1);
}

static void revoke(struct broker_session *s, size_t index)
{
    struct ipc_revoke told = {.gate = s->gate, .handle = s->grants[index].handle};

    if (ipc_link_send(&s->broker->store_link, IPC_MSG_REVOKE, 0, &told, -1) != OK) {
        log_err("a grant could not be taken back [STO011]");
    }
    s->grants[index] = s->grants[--s->grant_count];
}

void broker_grant_revoke_topic(struct broker *b, struct wire_uuid topic_id)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        for (size_t i = s->grant_count; i > 0; i--) {
            if (meta_uuid_equal(s->grants[i - 1].topic_id, topic_id)) {
                revoke(s, i - 1);
            }
        }
    }
}

/* True: a right to read went away. */
static bool review_session(struct broker_session *s)
{
    bool lost_read = false;

    for (size_t i = s->grant_count; i > 0; i--) {
        const struct broker_grant *g = &s->grants[i - 1];
        const struct meta_topic *topic =
            meta_image_topic_by_id(&s->broker->image, g->topic_id);
        bool read = g->operation == IPC_OPERATION_READ;
        if (topic != NULL && broker_may_quietly(s, read ? POLICY_READ : POLICY_WRITE,
                                 POLICY_TOPIC, topic_view(topic))) {
            continue;
        }
        lost_read = lost_read || read;
        revoke(s, i - 1);
    }
    return lost_read;
}

void broker_grant_review(struct broker *b)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (review_session(s)) {
            broker_session_kill(s, IPC_KILL_RIGHT_LOST);
        }
    }
}
