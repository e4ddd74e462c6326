#include "broker_grant.h"

#include "broker_authz.h"
#include "broker_event.h"
#include "broker_quota.h"
#include "broker_review.h"
#include "broker_setting.h"
#include "log.h"
#include "mem.h"
#include "wire_code.h"

#include <string.h>

static struct wire_view topic_view(const struct meta_topic *topic)
{
    return (struct wire_view){
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
}

struct grant_key {
    struct wire_uuid topic_id;
    int32_t partition;
    uint32_t operation;
};

static struct grant_key key_of(
    struct wire_uuid topic_id, int32_t partition, uint8_t operation)
{
    return (struct grant_key){
        .topic_id = topic_id, .partition = partition, .operation = operation};
}

/* Without its being taken back, everything behind it would be void: then it is better to
 * end. */
void broker_grant_tell(struct broker *b, const struct ipc_revoke *revoke)
{
    if (ipc_link_send(&b->store_link, IPC_MSG_REVOKE, 0, revoke, -1) != OK) {
        log_err("a grant could not be taken back: ending [STO011]");
        b->role.stopping = true;
        return;
    }
    b->revokes++;
    b->revokes_told++;
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
    enum policy_operation operation = write ? POLICY_WRITE : POLICY_READ;
    /* Quietly only for who was told as much already: the gate says so, and may lie. */
    bool quiet = open->quiet != 0 && !write &&
                 broker_may_quietly(s, POLICY_DESCRIBE, POLICY_TOPIC, name);
    bool may = quiet ? broker_may_quietly(s, operation, POLICY_TOPIC, name)
                     : broker_may(s, operation, POLICY_TOPIC, name);
    if (!may) {
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
    int64_t own = broker_topic_number(b, topic, "max.message.bytes");

    /* Store holds a whole batch in memory: a topic does not raise the broker's own limit.
     */
    return own < b->config.message_max_bytes ? (int32_t)own : b->config.message_max_bytes;
}

static bool has_append_time(const struct broker *b, const struct meta_topic *topic)
{
    return strcmp(broker_topic_text(b, topic, "message.timestamp.type"),
               "LogAppendTime") == 0;
}

/* In which codec its batches are kept, and how hard that codec tries. */
static void set_form(
    const struct broker *b, const struct meta_topic *topic, struct ipc_opened *out)
{
    static const struct {
        const char *name;
        const char *level; /* the setting; NULL: the codec has none */
    } codecs[] = {
        {"uncompressed", NULL},
        {"gzip", "compression.gzip.level"},
        {"snappy", NULL},
        {"lz4", "compression.lz4.level"},
        {"zstd", "compression.zstd.level"},
    };
    const char *type = broker_topic_text(b, topic, "compression.type");

    out->codec = IPC_CODEC_AS_SENT;
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (strcmp(type, codecs[i].name) == 0) {
            out->codec = (int16_t)i;
            out->codec_level = codecs[i].level == NULL ? 0
                                                       : (int32_t)broker_topic_number(
                                                             b, topic, codecs[i].level);
        }
    }
}

/* The grant that this session has for it, or a new one that store was told of. */
static struct broker_grant *issue(
    struct broker_session *s, const struct ipc_open *open, const struct meta_topic *topic)
{
    struct broker *b = s->broker;
    struct grant_key key = key_of(topic->id, open->partition, open->operation);
    struct broker_grant *grant = table_get(&s->grants, &key, sizeof(key));

    if (grant != NULL) {
        return grant;
    }
    grant = mem_alloc(1, sizeof(*grant));
    if (grant == NULL || table_put(&s->grants, &key, sizeof(key), grant) != OK) {
        mem_free(grant);
        return NULL;
    }
    *grant = (struct broker_grant){.handle = ++b->next_handle,
        .topic_id = topic->id,
        .partition = open->partition,
        .operation = open->operation,
        .session = s};
    struct ipc_grant told = {.gate = s->gate,
        .handle = grant->handle,
        .partition = grant->partition,
        .operation = grant->operation,
        .leader_epoch = topic->partitions[open->partition].leader_epoch,
        .max_message_bytes = max_message_bytes(b, topic),
        .append_time = has_append_time(b, topic),
        .after_max_ms = broker_topic_number(b, topic, "message.timestamp.after.max.ms")};
    memcpy(told.topic_id.bytes, topic->id.bytes, sizeof(told.topic_id.bytes));
    if (ipc_link_send(&b->store_link, IPC_MSG_GRANT, 0, &told, -1) != OK) {
        (void)table_remove(&s->grants, &key, sizeof(key));
        mem_free(grant);
        return NULL;
    }
    broker_review_add(grant);
    s->has_granted = true;
    return grant;
}

/* With `block` nobody is told of a refusal whose record is not on disk: clients come again. */
static int16_t told_of(const struct broker_session *s, int16_t code)
{
    bool must_wait = code == WIRE_CODE_TOPIC_AUTHORIZATION_FAILED &&
                     s->broker->trail.mode == IPC_AUDIT_BLOCK &&
                     !broker_trail_has(s->broker, s->refused_record);

    return must_wait ? WIRE_CODE_NOT_LEADER_OR_FOLLOWER : code;
}

static int16_t open_grant(
    struct broker_session *s, const struct ipc_open *open, struct ipc_opened *out)
{
    const struct meta_topic *topic = NULL;
    bool write = open->operation == IPC_OPERATION_WRITE;
    bool forbidden = write ? broker_trail_forbids_changes(s->broker)
                           : broker_trail_forbids_all(s->broker);
    /* Nothing of it could be recorded: clients come again. */
    int16_t code =
        forbidden ? (int16_t)WIRE_CODE_NOT_LEADER_OR_FOLLOWER : judge(s, open, &topic);

    if (code != 0) {
        return code;
    }
    const struct broker *b = s->broker;
    const struct broker_grant *grant = issue(s, open, topic);
    /* What still waits here could be overtaken by our answer: the client is to come
     * again. */
    if (grant == NULL || ipc_channel_wants_write(&b->store_link.channel)) {
        return WIRE_CODE_NOT_LEADER_OR_FOLLOWER;
    }
    out->handle = grant->handle;
    memcpy(out->topic_id.bytes, topic->id.bytes, sizeof(out->topic_id.bytes));
    out->leader_epoch = topic->partitions[open->partition].leader_epoch;
    out->max_message_bytes = max_message_bytes(b, topic);
    out->append_time = has_append_time(b, topic);
    out->before_max_ms = broker_topic_number(b, topic, "message.timestamp.before.max.ms");
    out->after_max_ms = broker_topic_number(b, topic, "message.timestamp.after.max.ms");
    out->min_insync_replicas =
        (int32_t)broker_topic_number(b, topic, "min.insync.replicas");
    out->compacted = broker_topic_has_policy(b, topic, "compact");
    set_form(b, topic, out);
    return 0;
}

enum err broker_grant_on_open(struct broker_session *s, const struct ipc_received *m)
{
    const struct ipc_open *open = &m->body.open;
    struct ipc_opened answer = {0};

    if (open->operation != IPC_OPERATION_READ && open->operation != IPC_OPERATION_WRITE) {
        return ERR_INVALID;
    }
    answer.error = told_of(s, open_grant(s, open, &answer));
    if (answer.error == WIRE_CODE_TOPIC_AUTHORIZATION_FAILED && open->quiet == 0) {
        answer.decision = ipc_text(s->decision);
    }
    if (!broker_quota_may_open(s, &answer.throttle_ms)) {
        return ERR_INVALID;
    }
    return ipc_link_send(&s->link, IPC_MSG_OPENED, m->request, &answer, -1);
}

void broker_grant_revoke(struct broker_grant *g)
{
    struct broker_session *s = g->session;
    struct grant_key key = key_of(g->topic_id, g->partition, g->operation);
    struct ipc_revoke told = {.gate = s->gate, .handle = g->handle};

    broker_grant_tell(s->broker, &told);
    broker_review_remove(g);
    (void)table_remove(&s->grants, &key, sizeof(key));
    mem_free(g);
}

void broker_grant_revoke_topic(struct broker *b, struct wire_uuid topic_id)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        struct broker_grant *g;
        for (size_t at = 0; (g = table_next(&s->grants, &at)) != NULL;) {
            if (meta_uuid_equal(g->topic_id, topic_id)) {
                broker_grant_revoke(g);
            }
        }
    }
}

static void renew_writes(struct broker_session *s, const struct meta_topic *topic)
{
    for (int32_t i = 0; s->grants.count > 0 && i < topic->partition_count; i++) {
        struct grant_key key = key_of(topic->id, i, IPC_OPERATION_WRITE);
        struct broker_grant *g = table_get(&s->grants, &key, sizeof(key));
        if (g != NULL) {
            broker_grant_revoke(g);
        }
    }
}

void broker_grant_renew_writes(struct broker *b, const struct meta_topic *topic)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        renew_writes(s, topic);
    }
}

static void suspend(struct broker_session *s, bool reads)
{
    struct broker_grant *g;

    for (size_t at = 0; (g = table_next(&s->grants, &at)) != NULL;) {
        if (reads || g->operation == IPC_OPERATION_WRITE) {
            broker_grant_revoke(g);
        }
    }
}

void broker_grant_suspend(struct broker *b, bool reads)
{
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        suspend(s, reads);
    }
}

bool broker_grant_stands(const struct broker_grant *g)
{
    struct broker_session *s = g->session;
    const struct meta_topic *topic =
        meta_image_topic_by_id(&s->broker->image, g->topic_id);
    const enum policy_operation operation =
        g->operation == IPC_OPERATION_READ ? POLICY_READ : POLICY_WRITE;

    return topic != NULL &&
           broker_may_quietly(s, operation, POLICY_TOPIC, topic_view(topic));
}

void broker_grant_forget(struct broker_session *s)
{
    struct broker_grant *g;

    for (size_t at = 0; (g = table_next(&s->grants, &at)) != NULL;) {
        broker_review_remove(g);
        mem_free(g);
    }
    table_fini(&s->grants);
}

void broker_grant_compare(const struct broker_grant *g)
{
    struct broker_session *s = g->session;
    const struct meta_topic *topic =
        meta_image_topic_by_id(&s->broker->image, g->topic_id);
    const bool read = g->operation == IPC_OPERATION_READ;

    if (topic != NULL) {
        broker_authz_compare(
            s, read ? POLICY_READ : POLICY_WRITE, POLICY_TOPIC, topic_view(topic));
    }
}
