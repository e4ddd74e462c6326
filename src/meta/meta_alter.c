#include "meta_alter.h"

#include "meta_config.h"

#include <stdio.h>
#include <string.h>

/* Configs. */

/* Each is compared with each; far above what a topic has. */
#define CHANGES_MAX 1000

static bool is_twice(const struct meta_alteration *asked, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (meta_view_equal(asked->changes[i].name, asked->changes[k].name)) {
            return true;
        }
    }
    return false;
}

static struct meta_answer check_shape(const struct meta_alteration *asked)
{
    if (asked->count > CHANGES_MAX) {
        return meta_answer(META_ERROR_REQUEST, "more configs than a request may change");
    }
    for (size_t i = 0; i < asked->count; i++) {
        const struct meta_config_change *change = &asked->changes[i];
        if (change->operation < META_SET || change->operation > META_SUBTRACT) {
            return meta_answer(
                META_ERROR_REQUEST, "there is no operation of that number");
        }
        if (change->operation != META_DELETE && change->value.ptr == NULL) {
            return meta_answer(META_ERROR_REQUEST, "a config has no value");
        }
        if (is_twice(asked, i)) {
            return meta_answer(
                META_ERROR_REQUEST, "a config stands twice in the request");
        }
    }
    return (struct meta_answer){.error = META_ERROR_NONE};
}

/* The next item of a list parted by commas; false behind the last. */
static bool next_item(struct wire_view *rest, struct wire_view *item_out)
{
    const uint8_t *comma;

    if (rest->len == 0) {
        return false;
    }
    comma = memchr(rest->ptr, ',', rest->len);
    *item_out = (struct wire_view){
        .ptr = rest->ptr, .len = comma == NULL ? rest->len : (size_t)(comma - rest->ptr)};
    size_t used = comma == NULL ? rest->len : item_out->len + 1;
    rest->ptr += used;
    rest->len -= used;
    return true;
}

static bool has_item(struct wire_view list, struct wire_view wanted)
{
    struct wire_view item;

    while (next_item(&list, &item)) {
        if (meta_view_equal(item, wanted)) {
            return true;
        }
    }
    return false;
}

/* The items of from that are not in without, behind what out holds. */
static void add_items(struct buf *out, struct wire_view from, struct wire_view without)
{
    struct wire_view item;

    while (next_item(&from, &item)) {
        if (item.len > 0 && !has_item(without, item)) {
            if (out->length > 0) {
                buf_add(out, ",", 1);
            }
            buf_add(out, item.ptr, item.len);
        }
    }
}

static void change_list(const struct meta_topic *topic, const struct meta_config *config,
    const struct meta_config_change *change, struct buf *out)
{
    const char *own = meta_topic_setting(topic, config->name);
    struct wire_view now = meta_view(own == NULL ? config->fallback : own);

    if (change->operation == META_APPEND) {
        add_items(out, now, (struct wire_view){0});
        add_items(out, change->value, now);
    } else {
        add_items(out, now, change->value);
    }
}

static void add_record(struct meta_batch *batch, const struct meta_topic *topic,
    struct wire_view name, struct wire_view value)
{
    struct wire_view resource = {
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};

    if (batch != NULL) {
        meta_batch_add(
            batch, &(struct meta_record){.type = META_CONFIG,
                       .config = {META_RESOURCE_TOPIC, resource, name, value}});
    }
}

static struct meta_answer set_value(struct meta_batch *batch,
    const struct meta_topic *topic, struct wire_view name, struct wire_view value)
{
    struct meta_answer a = {.error = META_ERROR_NONE};

    if (!meta_config_check(name, value, a.message, sizeof(a.message))) {
        a.error = META_ERROR_CONFIG;
        return a;
    }
    const char *own = meta_topic_setting(topic, meta_config_find(name)->name);
    if (own == NULL || !meta_view_equal(meta_view(own), value)) {
        add_record(batch, topic, name, value);
    }
    return a;
}

static struct meta_answer set_list(struct meta_batch *batch,
    const struct meta_topic *topic, const struct meta_config_change *change)
{
    const struct meta_config *config = meta_config_find(change->name);
    struct buf list;

    if (change->value.len > META_CONFIG_VALUE_MAX) {
        return meta_answer(META_ERROR_CONFIG, "the list is longer than it may be");
    }
    if (config == NULL || config->type != META_CONFIG_LIST) {
        return meta_answer(META_ERROR_CONFIG,
            "only a config that is a list can be appended to or subtracted from");
    }
    buf_init(&list, META_CONFIG_VALUE_MAX);
    change_list(topic, config, change, &list);
    struct meta_answer a =
        buf_error(&list) != OK
            ? meta_answer(META_ERROR_CONFIG, "the list would be longer than it may be")
            : set_value(batch, topic, change->name,
                  (struct wire_view){
                      .ptr = list.length == 0 ? (const uint8_t *)"" : list.bytes,
                      .len = list.length});
    buf_fini(&list);
    return a;
}

static struct meta_answer apply_change(struct meta_batch *batch,
    const struct meta_topic *topic, const struct meta_config_change *change)
{
    const struct meta_config *config = meta_config_find(change->name);

    switch ((enum meta_change_operation)change->operation) {
    case META_SET:
        return set_value(batch, topic, change->name, change->value);
    case META_APPEND:
    case META_SUBTRACT:
        return set_list(batch, topic, change);
    case META_DELETE:
        break;
    }
    if (config != NULL && meta_topic_setting(topic, config->name) != NULL) {
        add_record(batch, topic, change->name, (struct wire_view){0});
    }
    return (struct meta_answer){.error = META_ERROR_NONE};
}

static bool is_asked(const struct meta_alteration *asked, const char *name)
{
    for (size_t i = 0; i < asked->count; i++) {
        if (meta_view_equal(asked->changes[i].name, meta_view(name))) {
            return true;
        }
    }
    return false;
}

static void drop_others(struct meta_batch *batch, const struct meta_topic *topic,
    const struct meta_alteration *asked)
{
    for (size_t i = 0; i < topic->setting_count; i++) {
        const char *name = topic->settings[i].name;
        if (!is_asked(asked, name)) {
            add_record(batch, topic, meta_view(name), (struct wire_view){0});
        }
    }
}

/* What a config that is no list will be; null, which is no number: the default. */
static struct wire_view value_after(
    const struct meta_topic *topic, const struct meta_alteration *asked, const char *name)
{
    for (size_t i = 0; i < asked->count; i++) {
        const struct meta_config_change *change = &asked->changes[i];
        if (meta_view_equal(change->name, meta_view(name))) {
            return change->operation == META_SET ? change->value : (struct wire_view){0};
        }
    }
    const char *own = asked->replaces ? NULL : meta_topic_setting(topic, name);
    return own == NULL ? (struct wire_view){0} : meta_view(own);
}

static struct meta_answer check_together(
    const struct meta_topic *topic, const struct meta_alteration *asked)
{
    struct meta_answer a = {.error = META_ERROR_NONE};

    if (!meta_config_check_lags(value_after(topic, asked, "min.compaction.lag.ms"),
            value_after(topic, asked, "max.compaction.lag.ms"), a.message,
            sizeof(a.message))) {
        a.error = META_ERROR_CONFIG;
    }
    return a;
}

static bool reserve(struct meta_controller *c, const struct meta_topic *topic,
    const struct meta_batch *batch)
{
    return batch->count == 0 ||
           table_put(&c->altered_ids, topic->id.bytes, sizeof(topic->id.bytes), c) == OK;
}

void meta_alter_end(struct meta_controller *c, struct wire_uuid topic_id)
{
    (void)table_remove(&c->altered_ids, topic_id.bytes, sizeof(topic_id.bytes));
}

struct meta_answer meta_submit_configs(struct meta_controller *c,
    const struct meta_alteration *asked, struct meta_batch *batch)
{
    const struct meta_topic *topic = meta_controller_topic(c, asked->topic);
    struct meta_answer a = check_shape(asked);

    if (a.error != META_ERROR_NONE) {
        return a;
    }
    if (topic == NULL) {
        return meta_answer(META_ERROR_UNKNOWN_TOPIC, "there is no topic of this name");
    }
    if (table_get(&c->altered_ids, topic->id.bytes, sizeof(topic->id.bytes)) != NULL) {
        return meta_answer(META_ERROR_BUSY, "the topic is being changed: try again");
    }
    for (size_t i = 0; a.error == META_ERROR_NONE && i < asked->count; i++) {
        a = apply_change(batch, topic, &asked->changes[i]);
    }
    if (a.error == META_ERROR_NONE) {
        a = check_together(topic, asked);
    }
    if (a.error == META_ERROR_NONE && asked->replaces) {
        drop_others(batch, topic, asked);
    }
    if (a.error == META_ERROR_NONE && batch != NULL &&
        (meta_batch_error(batch) != OK || !reserve(c, topic, batch))) {
        a = meta_answer(META_ERROR_SERVER, "not enough memory to change the topic");
    }
    if (a.error != META_ERROR_NONE && batch != NULL) {
        meta_batch_reset(batch);
    }
    return a;
}

/* Partitions. */

static struct meta_answer check_count(const struct meta_controller *c,
    const struct meta_topic *topic, const struct meta_more_partitions *asked)
{
    struct meta_answer a = {.error = META_ERROR_PARTITIONS};
    int32_t has = topic->partition_count;

    if (asked->count == has) {
        (void)snprintf(a.message, sizeof(a.message),
            "the topic has %d partitions already", (int)has);
        return a;
    }
    if (asked->count < has) {
        (void)snprintf(a.message, sizeof(a.message),
            "the topic has %d partitions, %d would not be an increase", (int)has,
            (int)asked->count);
        return a;
    }
    if (asked->count > c->image->limits.partitions_per_topic_max) {
        return meta_answer(
            META_ERROR_PARTITIONS, "more partitions than one topic may have");
    }
    if ((int64_t)c->image->partition_count + c->reserved_partitions + asked->count - has >
        c->image->limits.partitions_max) {
        return meta_answer(
            META_ERROR_PARTITIONS, "more partitions than this broker may have");
    }
    a.error = META_ERROR_NONE;
    return a;
}

static struct meta_answer check_new_assignments(const struct meta_controller *c,
    const struct meta_topic *topic, const struct meta_more_partitions *asked)
{
    struct meta_answer a = {.error = META_ERROR_ASSIGNMENT};

    if (asked->assignment_count != (size_t)(asked->count - topic->partition_count)) {
        (void)snprintf(a.message, sizeof(a.message),
            "%d partitions are to be added, but %zu assignments were given",
            (int)(asked->count - topic->partition_count), asked->assignment_count);
        return a;
    }
    for (size_t i = 0; i < asked->assignment_count; i++) {
        const struct meta_new_assignment *given = &asked->assignments[i];
        if (given->replica_count != 1 || given->replicas[0] != c->node.id) {
            return meta_answer(META_ERROR_ASSIGNMENT,
                "a partition can only be assigned to this one broker, and only once");
        }
    }
    a.error = META_ERROR_NONE;
    return a;
}

static struct meta_answer grow(struct meta_controller *c, const struct meta_topic *topic,
    int32_t count, struct meta_batch *batch)
{
    for (int32_t i = topic->partition_count; i < count; i++) {
        meta_add_partition(c, batch, topic->id, i);
    }
    if (meta_batch_error(batch) != OK ||
        table_put(&c->grown_ids, topic->id.bytes, sizeof(topic->id.bytes), c) != OK) {
        meta_batch_reset(batch);
        return meta_answer(META_ERROR_SERVER, "not enough memory to add partitions");
    }
    c->reserved_partitions += count - topic->partition_count;
    return (struct meta_answer){.error = META_ERROR_NONE};
}

struct meta_answer meta_submit_partitions(struct meta_controller *c,
    const struct meta_more_partitions *asked, struct meta_batch *batch)
{
    const struct meta_topic *topic = meta_controller_topic(c, asked->topic);

    if (topic == NULL) {
        return meta_answer(META_ERROR_UNKNOWN_TOPIC, "there is no topic of this name");
    }
    if (meta_name_is_internal(
            asked->topic)) { /* what is in it is found by their number */
        return meta_answer(
            META_ERROR_REQUEST, "an internal topic keeps its number of partitions");
    }
    if (table_get(&c->grown_ids, topic->id.bytes, sizeof(topic->id.bytes)) != NULL) {
        return meta_answer(META_ERROR_BUSY, "the topic is getting partitions: try again");
    }
    struct meta_answer a = check_count(c, topic, asked);
    if (a.error == META_ERROR_NONE && asked->assignment_count > 0) {
        a = check_new_assignments(c, topic, asked);
    }
    if (a.error == META_ERROR_NONE && batch != NULL) {
        a = grow(c, topic, asked->count, batch);
    }
    return a;
}

/* Client quotas. */

static struct meta_answer check_quota(
    const struct meta_quota_entity *entity, const struct meta_quota_change *change)
{
    enum meta_quota_key key = meta_quota_key_of(change->key);
    const char *wrong = NULL;

    if (key == META_QUOTA_KEYS || !meta_quota_fits(entity, key)) {
        wrong = entity->parts[META_QUOTA_IP].form != META_QUOTA_ABSENT
                    ? "an address has one quota: connection_creation_rate"
                    : "users and client ids have the quotas producer_byte_rate, "
                      "consumer_byte_rate, request_percentage and "
                      "controller_mutation_rate";
    } else if (!change->remove) {
        wrong = meta_quota_value_error(key, change->value);
    }
    return wrong == NULL ? (struct meta_answer){.error = META_ERROR_NONE}
                         : meta_answer(META_ERROR_REQUEST, wrong);
}

static void add_quota(struct meta_controller *c, const struct meta_quota_entity *entity,
    const struct meta_quota_change *change, struct meta_batch *batch)
{
    enum meta_quota_key key = meta_quota_key_of(change->key);
    const struct meta_quota *now = meta_quota_find(&c->image->quotas, entity);
    bool has = now != NULL && now->has[key];
    struct meta_record record = {.type = META_CLIENT_QUOTA,
        .quota = {.entity = *entity,
            .key = key,
            .value = change->remove ? 0 : change->value,
            .remove = change->remove}};

    /* What is under way may change it first. */
    if (c->quotas_under_way > 0 || has == change->remove ||
        (has && now->values[key] != change->value)) {
        meta_batch_add(batch, &record);
    }
}

static bool sets_any(const struct meta_quota_change *changes, size_t count)
{
    size_t i = 0;

    while (i < count && changes[i].remove) {
        i++;
    }
    return i < count;
}

struct meta_answer meta_submit_quota(struct meta_controller *c,
    const struct meta_quota_entity *entity, const struct meta_quota_change *changes,
    size_t count, struct meta_batch *batch)
{
    const char *wrong = meta_quota_entity_error(entity);
    struct meta_answer a = {.error = META_ERROR_NONE};

    if (wrong != NULL) {
        return meta_answer(META_ERROR_REQUEST, wrong);
    }
    for (size_t i = 0; a.error == META_ERROR_NONE && i < count; i++) {
        a = check_quota(entity, &changes[i]);
    }
    if (a.error != META_ERROR_NONE || batch == NULL) {
        return a;
    }
    if (sets_any(changes, count) && meta_quota_find(&c->image->quotas, entity) == NULL &&
        c->image->quotas.by_entity.count + c->quotas_under_way >=
            META_QUOTA_ENTITIES_MAX) {
        return meta_answer(META_ERROR_REQUEST,
            "10000 entities have quotas, which is the most; remove one first");
    }
    for (size_t i = 0; i < count; i++) {
        add_quota(c, entity, &changes[i], batch);
    }
    if (meta_batch_error(batch) != OK) {
        meta_batch_reset(batch);
        return meta_answer(META_ERROR_SERVER, "not enough memory to change the quota");
    }
    c->quotas_under_way += batch->count;
    return a;
}
