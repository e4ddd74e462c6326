#include "broker_topic.h"

#include "broker_event.h"
#include "broker_forget.h"
#include "broker_grant.h"
#include "broker_quota.h"
#include "broker_setting.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "meta_alter.h"
#include "record_builder.h"
#include "wire_code.h"

#include <string.h>

#define BATCH_LIMIT ((size_t)16 * 1024 * 1024)

/* One decision on its way into the log and the image. */
struct submission {
    struct meta_batch batch;
    broker_topic_done *done;
    void *context;
    size_t waiting; /* answers of store, and one while we still ask */
    int16_t error;
    bool alters; /* the configs of a topic that is there already */
    struct wire_uuid altered;
    bool for_logs; /* ... so that store has to know */
    bool for_writers;
};

static void release(struct broker *b, struct submission *s)
{
    if (--s->waiting > 0) {
        return;
    }
    struct submission ended = *s;
    mem_free(s);
    meta_batch_fini(&ended.batch);
    if (ended.alters) {
        meta_alter_end(&b->controller, ended.altered);
    }
    ended.done(b, ended.context, ended.error,
        ended.error == 0 ? ""
                         : "the decision was written, but the store failed after it");
}

static void on_partition(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct submission *s = context;

    if (answer->error != 0) {
        s->error = answer->error;
    }
    release(b, s);
}

struct change_context {
    struct broker *broker;
    struct submission *submission;
};

static void open_partition(struct broker *b, struct submission *s,
    const struct meta_topic *topic, int32_t partition, enum broker_open how)
{
    struct broker_partition at = {.topic_id = topic->id, .partition = partition};
    struct broker_log log = broker_topic_log(b, topic, partition);

    s->waiting++;
    broker_store_open(b, &at, &log, how, on_partition, s);
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static void note_config(struct submission *s, const struct meta_change *change)
{
    const char *name = change->config == NULL ? "" : change->config;

    s->alters = true;
    s->altered = change->topic_id;
    s->for_logs =
        s->for_logs || begins_with(name, "segment.") || begins_with(name, "retention.");
    s->for_writers = s->for_writers || begins_with(name, "max.message.bytes") ||
                     begins_with(name, "message.timestamp.");
}

/* Whoever keeps and writes its logs is to go by the new settings. */
static void reconfigure(struct broker *b, struct submission *s)
{
    const struct meta_topic *topic = meta_image_topic_by_id(&b->image, s->altered);

    for (int32_t i = 0; topic != NULL && s->for_logs && i < topic->partition_count; i++) {
        open_partition(b, s, topic, i, BROKER_RECONFIGURE);
    }
    if (topic != NULL && s->for_writers) {
        broker_grant_renew_writes(b, topic);
    }
}

static void on_change(void *context, const struct meta_change *change)
{
    struct change_context *c = context;
    const struct meta_topic *topic =
        meta_image_topic_by_id(&c->broker->image, change->topic_id);

    if (change->type == META_CHANGED_PARTITION && topic != NULL &&
        change->partition < topic->partition_count) {
        c->submission->alters = false; /* a new topic: opened with its settings */
        open_partition(
            c->broker, c->submission, topic, change->partition, BROKER_OPEN_OR_CREATE);
    } else if (change->type == META_CHANGED_QUOTA) {
        broker_quota_changed(c->broker, change);
    } else if (change->type == META_CHANGED_CONFIG) {
        note_config(c->submission, change);
    } else if (change->type == META_CHANGED_TOPIC_REMOVED) {
        broker_grant_revoke_topic(c->broker, change->topic_id);
        broker_forget_hurry(c->broker);
        for (int32_t i = 0; i < change->partition; i++) {
            struct broker_partition at = {.topic_id = change->topic_id, .partition = i};
            c->submission->waiting++;
            broker_store_drop(c->broker, &at, on_partition, c->submission);
        }
    }
}

static void on_written(
    struct broker *b, void *context, const struct broker_store_answer *answer)
{
    struct submission *s = context;
    struct change_context change = {.broker = b, .submission = s};

    if (answer->error != 0) {
        meta_abort(&b->controller, &s->batch);
        struct submission ended = *s;
        mem_free(s);
        meta_batch_fini(&ended.batch);
        ended.done(b, ended.context, WIRE_CODE_KAFKA_STORAGE_ERROR,
            "the metadata log could not be written");
        return;
    }
    if (meta_commit(&b->controller, &s->batch, on_change, &change) != OK) {
        fatal("the metadata log and the image contradict each other");
    }
    if (s->alters) {
        reconfigure(b, s);
    }
    release(b, s);
}

/* The values of the batch as one record batch: it is in the log as a whole or not at all.
 */
static enum err encode(const struct meta_batch *batch, struct buf *out)
{
    struct record_builder_options options = record_builder_plain(clock_wall_ms());
    struct record_builder builder = record_builder_begin(out, &options);

    for (size_t i = 0; i < batch->count; i++) {
        record_builder_add(&builder, options.base_timestamp, (struct wire_view){0},
            meta_batch_value(batch, i), NULL, 0);
    }
    enum err e = record_builder_finish(&builder);
    return e == OK ? buf_error(out) : e;
}

void broker_topic_submit(
    struct broker *b, struct meta_batch *batch, broker_topic_done *done, void *context)
{
    struct submission *s = mem_alloc(1, sizeof(*s));
    struct buf bytes;

    buf_init(&bytes, BATCH_LIMIT);
    enum err e = meta_batch_error(batch);
    if (e == OK) {
        e = encode(batch, &bytes);
    }
    if (s == NULL || e != OK) {
        meta_abort(&b->controller, batch);
        meta_batch_fini(batch);
        mem_free(s);
        buf_fini(&bytes);
        done(b, context, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
        return;
    }
    *s = (struct submission){
        .batch = *batch, .done = done, .context = context, .waiting = 1};
    broker_store_append(b, &broker_metadata_log,
        (struct wire_view){.ptr = bytes.bytes, .len = bytes.length}, on_written, s);
    buf_fini(&bytes);
}

static void on_background(
    struct broker *b, void *context, int16_t error, const char *message)
{
    (void)b;
    (void)context;
    if (error != 0) {
        log_warn("a topic could not be created by itself: %s (error %d) [MET010]",
            message, error);
    }
}

static void create(struct broker *b, const struct meta_new_topic *topic,
    broker_topic_done *done, void *context)
{
    struct meta_batch batch;
    struct meta_created created;

    meta_batch_init(&batch, BATCH_LIMIT);
    struct meta_answer answer =
        meta_submit_create(&b->controller, topic, &batch, &created);
    if (answer.error != META_ERROR_NONE) {
        meta_batch_fini(&batch);
        done(b, context, (int16_t)answer.error, answer.message);
        return;
    }
    broker_topic_submit(b, &batch, done, context);
}

void broker_topic_create_in_background(struct broker *b, struct wire_view name)
{
    struct meta_new_topic topic = {
        .name = name, .partitions = -1, .replication_factor = -1};

    create(b, &topic, on_background, NULL);
}

struct wanted { /* by a client, which does not wait for it */
    struct broker_author author;
    char name[IPC_NAME_MAX + 1];
};

static void on_made_for(
    struct broker *b, void *context, int16_t error, const char *message)
{
    struct wanted *w = context;

    broker_event_admin_by(b, &w->author, "create", "topic", meta_view(w->name),
        error == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE,
        error == 0 ? "it was asked for, and not there" : message);
    on_background(b, NULL, error, message);
    mem_free(w);
}

void broker_topic_create_for(const struct broker_session *s, struct wire_view name)
{
    struct meta_new_topic topic = {
        .name = name, .partitions = -1, .replication_factor = -1};
    struct wanted *w = name.len > IPC_NAME_MAX ? NULL : mem_alloc(1, sizeof(*w));

    if (w == NULL) {
        return; /* the client asks again */
    }
    broker_event_note_author(&w->author, s);
    memcpy(w->name, name.ptr, name.len);
    create(s->broker, &topic, on_made_for, w);
}

void broker_topic_create_internal(struct broker *b, const char *name, int32_t partitions,
    broker_topic_done *done, void *context)
{
    struct meta_new_topic topic = {
        .name = {.ptr = (const uint8_t *)name, .len = strlen(name)},
        .partitions = partitions,
        .replication_factor = 1,
        .allow_internal = true};

    create(b, &topic, done, context);
}
