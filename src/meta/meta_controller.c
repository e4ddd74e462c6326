#include "meta_controller.h"

#include "mem.h"
#include "meta_config.h"

#include <stdio.h>
#include <string.h>

#define DRAWS_MAX 16

void meta_controller_init(struct meta_controller *c, struct meta_image *image,
    const struct meta_node *node, const struct meta_env *env)
{
    INVARIANT(node->num_partitions > 0);
    *c = (struct meta_controller){.image = image, .env = *env, .node = *node};
    table_init(&c->reserved_names, image->limits.topics_max);
    table_init(&c->removed_ids, image->limits.topics_max);
    table_init(&c->grown_ids, image->limits.topics_max);
    table_init(&c->altered_ids, image->limits.topics_max);
    c->next_producer_id = image->next_producer_id;
}

void meta_controller_fini(struct meta_controller *c)
{
    table_fini(&c->reserved_names);
    table_fini(&c->removed_ids);
    table_fini(&c->grown_ids);
    table_fini(&c->altered_ids);
}

struct meta_answer meta_answer(enum meta_error error, const char *sentence)
{
    struct meta_answer a = {.error = error};

    (void)snprintf(a.message, sizeof(a.message), "%s", sentence);
    return a;
}

static const struct meta_answer success = {.error = META_ERROR_NONE};

void meta_submit_bootstrap(struct meta_controller *c, struct meta_batch *batch)
{
    if (c->image->feature_level == 0) {
        meta_batch_add(batch, &(struct meta_record){.type = META_FEATURE,
                                  .feature = {meta_view(WIRE_FEATURE_METADATA),
                                      WIRE_FEATURE_METADATA_LEVEL}});
    }
}

static bool is_reserved(const struct meta_controller *c, struct wire_view name)
{
    char folded[META_NAME_MAX];

    meta_name_fold(name, folded);
    return table_get(&c->reserved_names, folded, name.len) != NULL;
}

static struct meta_answer check_name(
    const struct meta_controller *c, const struct meta_new_topic *request)
{
    const char *error = meta_name_error(request->name);

    if (error != NULL) {
        return meta_answer(META_ERROR_TOPIC_NAME, error);
    }
    if (meta_view_equal(request->name, meta_view("__cluster_metadata"))) {
        return meta_answer(
            META_ERROR_REQUEST, "the metadata is no topic that could be created");
    }
    if (meta_image_topic(c->image, request->name) != NULL) {
        return meta_answer(
            META_ERROR_TOPIC_EXISTS, "a topic of this name exists already");
    }
    if (!request->allow_internal && meta_name_is_internal(request->name)) {
        return meta_answer(
            META_ERROR_TOPIC_NAME, "the topic name belongs to the broker itself");
    }
    if (is_reserved(c, request->name)) {
        return meta_answer(
            META_ERROR_TOPIC_EXISTS, "a topic of this name is being created");
    }
    if (meta_image_topic_like(c->image, request->name) != NULL) {
        return meta_answer(META_ERROR_TOPIC_NAME,
            "the topic name differs from that of an existing topic only in '.' and '_'");
    }
    return success;
}

/* Null, which is no number, where the request does not name it. */
static struct wire_view asked_value(
    const struct meta_new_topic *request, const char *name)
{
    for (size_t i = 0; i < request->setting_count; i++) {
        if (meta_view_equal(request->settings[i].name, meta_view(name))) {
            return request->settings[i].value;
        }
    }
    return (struct wire_view){0};
}

static struct meta_answer check_settings(const struct meta_new_topic *request)
{
    struct meta_answer a = {.error = META_ERROR_CONFIG};

    for (size_t i = 0; i < request->setting_count; i++) {
        const struct meta_new_setting *setting = &request->settings[i];
        if (!meta_config_check(
                setting->name, setting->value, a.message, sizeof(a.message))) {
            return a;
        }
        for (size_t j = 0; j < i; j++) {
            if (meta_view_equal(setting->name, request->settings[j].name)) {
                return meta_answer(
                    META_ERROR_CONFIG, "a config stands twice in the request");
            }
        }
    }
    if (!meta_config_check_lags(asked_value(request, "min.compaction.lag.ms"),
            asked_value(request, "max.compaction.lag.ms"), a.message,
            sizeof(a.message))) {
        return a;
    }
    return success;
}

static struct meta_answer check_assignment(const struct meta_controller *c,
    const struct meta_new_topic *request, size_t i, bool *seen)
{
    const struct meta_new_assignment *a = &request->assignments[i];

    if (a->partition < 0 || (size_t)a->partition >= request->assignment_count) {
        return meta_answer(META_ERROR_ASSIGNMENT,
            "the assigned partitions must be numbered from 0 without a gap");
    }
    if (seen[a->partition]) {
        return meta_answer(META_ERROR_ASSIGNMENT, "a partition is assigned twice");
    }
    if (a->replica_count != 1 || a->replicas[0] != c->node.id) {
        return meta_answer(META_ERROR_ASSIGNMENT,
            "a partition can only be assigned to this one broker, and only once");
    }
    seen[a->partition] = true;
    return success;
}

/* Partitions 0 to n-1 in any order, each on this node alone. */
static struct meta_answer check_assignments(
    const struct meta_controller *c, const struct meta_new_topic *request)
{
    if (request->replication_factor != -1) {
        return meta_answer(META_ERROR_REQUEST,
            "with replica assignments the replication factor must be -1");
    }
    if (request->partitions != -1) {
        return meta_answer(META_ERROR_REQUEST,
            "with replica assignments the number of partitions must be -1");
    }
    if (request->assignment_count > (size_t)c->image->limits.partitions_per_topic_max) {
        return meta_answer(
            META_ERROR_PARTITIONS, "more partitions than one topic may have");
    }
    bool *seen = mem_alloc(request->assignment_count, sizeof(*seen));
    if (seen == NULL) {
        return meta_answer(META_ERROR_SERVER, "not enough memory to create the topic");
    }
    struct meta_answer a = success;
    for (size_t i = 0; a.error == META_ERROR_NONE && i < request->assignment_count; i++) {
        a = check_assignment(c, request, i, seen);
    }
    mem_free(seen);
    return a;
}

static struct meta_answer check_counts(
    const struct meta_controller *c, const struct meta_new_topic *request)
{
    if (request->replication_factor != -1 && request->replication_factor < 1) {
        return meta_answer(META_ERROR_REPLICATION_FACTOR,
            "the replication factor must be larger than 0, or -1 for the default");
    }
    if (request->replication_factor > 1) {
        return meta_answer(META_ERROR_REPLICATION_FACTOR,
            "the replication factor is larger than the number of brokers, which is 1");
    }
    if (request->partitions != -1 && request->partitions < 1) {
        return meta_answer(META_ERROR_PARTITIONS,
            "the number of partitions must be larger than 0, or -1 for the default");
    }
    if (request->partitions > c->image->limits.partitions_per_topic_max) {
        return meta_answer(
            META_ERROR_PARTITIONS, "more partitions than one topic may have");
    }
    return success;
}

static int32_t count_partitions(
    const struct meta_controller *c, const struct meta_new_topic *request)
{
    if (request->assignment_count > 0) {
        return (int32_t)request->assignment_count;
    }
    return request->partitions == -1 ? c->node.num_partitions : request->partitions;
}

static struct meta_answer check_room(const struct meta_controller *c, int32_t partitions)
{
    const struct meta_limits *limits = &c->image->limits;

    if (c->image->topic_count + c->reserved_names.count >= limits->topics_max) {
        return meta_answer(
            META_ERROR_POLICY, "this broker has as many topics as it may have");
    }
    if ((int64_t)c->image->partition_count + c->reserved_partitions + partitions >
        limits->partitions_max) {
        return meta_answer(
            META_ERROR_PARTITIONS, "more partitions than this broker may have");
    }
    return success;
}

static struct meta_answer check_topic(
    const struct meta_controller *c, const struct meta_new_topic *request)
{
    struct meta_answer a = check_name(c, request);

    if (a.error == META_ERROR_NONE) {
        a = check_settings(request);
    }
    if (a.error == META_ERROR_NONE) {
        a = request->assignment_count > 0 ? check_assignments(c, request)
                                          : check_counts(c, request);
    }
    if (a.error == META_ERROR_NONE) {
        a = check_room(c, count_partitions(c, request));
    }
    return a;
}

/* Zero and one mean something in the protocol, and an id that text tools take for an
 * option. */
static bool is_reserved_id(struct wire_uuid id)
{
    static const struct wire_uuid one = {{[15] = 1}};

    return meta_uuid_is_zero(id) || meta_uuid_equal(id, one) || id.bytes[0] >> 2 == 62;
}

/* Of version 4. */
bool meta_controller_draw_id(const struct meta_controller *c, struct wire_uuid *out)
{
    for (int i = 0; i < DRAWS_MAX; i++) {
        struct wire_uuid id;
        c->env.random(c->env.context, id.bytes, sizeof(id.bytes));
        id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40);
        id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
        if (!is_reserved_id(id) && meta_image_topic_by_id(c->image, id) == NULL &&
            meta_acl_by_id(&c->image->acls, id) == NULL) {
            *out = id;
            return true;
        }
    }
    return false;
}

void meta_add_partition(const struct meta_controller *c, struct meta_batch *batch,
    struct wire_uuid id, int32_t index)
{
    struct meta_replicas self = {.ids = {c->node.id}, .count = 1};
    struct meta_record record = {.type = META_PARTITION};

    record.partition = (struct meta_record_partition){.index = index,
        .topic_id = id,
        .replicas = self,
        .isr = self,
        .leader = c->node.id,
        .directories = {c->node.directory}};
    meta_batch_add(batch, &record);
}

static enum err add_records(const struct meta_controller *c,
    const struct meta_new_topic *request, const struct meta_created *created,
    struct meta_batch *batch)
{
    meta_batch_add(batch,
        &(struct meta_record){.type = META_TOPIC, .topic = {request->name, created->id}});
    for (size_t i = 0; i < request->setting_count; i++) {
        meta_batch_add(
            batch, &(struct meta_record){.type = META_CONFIG,
                       .config = {META_RESOURCE_TOPIC, request->name,
                           request->settings[i].name, request->settings[i].value}});
    }
    for (int32_t i = 0; i < created->partitions; i++) {
        meta_add_partition(c, batch, created->id, i);
    }
    return meta_batch_error(batch);
}

static enum err reserve_name(struct meta_controller *c, struct wire_view name)
{
    char folded[META_NAME_MAX];

    meta_name_fold(name, folded);
    return table_put(&c->reserved_names, folded, name.len, c);
}

struct meta_answer meta_submit_create(struct meta_controller *c,
    const struct meta_new_topic *request, struct meta_batch *batch,
    struct meta_created *created)
{
    struct meta_answer a = check_topic(c, request);
    struct meta_created result = {.replication_factor = 1};

    if (a.error != META_ERROR_NONE) {
        return a;
    }
    result.partitions = count_partitions(c, request);
    if (batch != NULL) {
        if (!meta_controller_draw_id(c, &result.id)) {
            return meta_answer(META_ERROR_SERVER, "no topic id could be drawn");
        }
        if (add_records(c, request, &result, batch) != OK ||
            reserve_name(c, request->name) != OK) {
            meta_batch_reset(batch);
            return meta_answer(
                META_ERROR_SERVER, "not enough memory to create the topic");
        }
        c->reserved_partitions += result.partitions;
    }
    *created = result;
    return a;
}

static struct meta_answer submit_removal(
    struct meta_controller *c, const struct meta_topic *topic, struct meta_batch *batch)
{
    meta_batch_add(batch,
        &(struct meta_record){.type = META_REMOVE_TOPIC, .removed_topic = topic->id});
    if (meta_batch_error(batch) != OK ||
        table_put(&c->removed_ids, topic->id.bytes, sizeof(topic->id.bytes), c) != OK) {
        meta_batch_reset(batch);
        return meta_answer(META_ERROR_SERVER, "not enough memory to delete the topic");
    }
    return success;
}

static bool is_being_removed(
    const struct meta_controller *c, const struct meta_topic *topic)
{
    return table_get(&c->removed_ids, topic->id.bytes, sizeof(topic->id.bytes)) != NULL;
}

const struct meta_topic *meta_controller_topic(
    const struct meta_controller *c, struct wire_view name)
{
    const struct meta_topic *topic = meta_image_topic(c->image, name);

    return topic == NULL || is_being_removed(c, topic) ? NULL : topic;
}

struct meta_answer meta_submit_delete(
    struct meta_controller *c, struct wire_view name, struct meta_batch *batch)
{
    const struct meta_topic *topic = meta_controller_topic(c, name);

    if (topic == NULL) {
        return meta_answer(META_ERROR_UNKNOWN_TOPIC, "there is no topic of this name");
    }
    return submit_removal(c, topic, batch);
}

struct meta_answer meta_submit_delete_by_id(
    struct meta_controller *c, struct wire_uuid id, struct meta_batch *batch)
{
    const struct meta_topic *topic = meta_image_topic_by_id(c->image, id);

    if (topic == NULL || is_being_removed(c, topic)) {
        return meta_answer(META_ERROR_UNKNOWN_TOPIC_ID, "there is no topic of this id");
    }
    return submit_removal(c, topic, batch);
}

struct meta_answer meta_submit_producer_ids(
    struct meta_controller *c, struct meta_batch *batch, int64_t *first_out)
{
    int64_t first = c->next_producer_id > c->image->next_producer_id
                        ? c->next_producer_id
                        : c->image->next_producer_id;

    if (first > INT64_MAX - META_PRODUCER_BLOCK) {
        return meta_answer(META_ERROR_SERVER, "all producer ids are used up");
    }
    meta_batch_add(
        batch, &(struct meta_record){.type = META_PRODUCER_IDS,
                   .producer_ids = {c->node.id, -1, first + META_PRODUCER_BLOCK}});
    if (meta_batch_error(batch) != OK) {
        meta_batch_reset(batch);
        return meta_answer(
            META_ERROR_SERVER, "not enough memory for a block of producer ids");
    }
    c->next_producer_id = first + META_PRODUCER_BLOCK;
    *first_out = first;
    return success;
}

/* Give back what the batch holds reserved. */
static void release(struct meta_controller *c, const struct meta_record *record)
{
    char folded[META_NAME_MAX];

    switch (record->type) {
    case META_TOPIC:
        meta_name_fold(record->topic.name, folded);
        table_remove(&c->reserved_names, folded, record->topic.name.len);
        break;
    case META_PARTITION:
        c->reserved_partitions--;
        table_remove(&c->grown_ids, record->partition.topic_id.bytes,
            sizeof(record->partition.topic_id.bytes));
        break;
    case META_REMOVE_TOPIC:
        table_remove(&c->removed_ids, record->removed_topic.bytes,
            sizeof(record->removed_topic.bytes));
        break;
    case META_CLIENT_QUOTA:
        c->quotas_under_way--;
        break;
    case META_ACL:
    case META_REMOVE_ACL:
        c->acls_under_way--;
        break;
    default:
        break;
    }
}

static struct meta_record decode_own(const struct meta_batch *batch, size_t i)
{
    struct wire_view value = meta_batch_value(batch, i);
    struct meta_record record;

    INVARIANT(meta_record_decode(value.ptr, value.len, &record) == WIRE_OK);
    return record;
}

enum err meta_commit(struct meta_controller *c, const struct meta_batch *batch,
    void (*on_change)(void *context, const struct meta_change *change), void *context)
{
    enum err result = OK;

    for (size_t i = 0; i < batch->count; i++) {
        struct meta_record record = decode_own(batch, i);
        struct meta_change change;
        release(c, &record);
        if (result == OK) {
            result = meta_apply(c->image, &record, &change);
            if (result == OK && on_change != NULL) {
                on_change(context, &change);
            }
        }
    }
    return result;
}

/* After a commit it is for the caller to say when a topic is no longer being altered. */
static void release_altered(struct meta_controller *c, const struct meta_record *record)
{
    const struct meta_topic *topic =
        record->type == META_CONFIG ? meta_image_topic(c->image, record->config.resource)
                                    : NULL;

    if (topic != NULL) {
        (void)table_remove(&c->altered_ids, topic->id.bytes, sizeof(topic->id.bytes));
    }
}

void meta_abort(struct meta_controller *c, const struct meta_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct meta_record record = decode_own(batch, i);
        release(c, &record);
        release_altered(c, &record);
    }
}
