#include "meta_image.h"

#include "mem.h"
#include "meta_config.h"

#include <string.h>

void meta_image_init(struct meta_image *image, const struct meta_limits *limits)
{
    *image = (struct meta_image){.limits = *limits};
    table_init(&image->by_name, limits->topics_max);
    table_init(&image->by_id, limits->topics_max);
    table_init(&image->by_folded_name, limits->topics_max);
    meta_quotas_init(&image->quotas);
    meta_credentials_init(&image->credentials);
    meta_acls_init(&image->acls);
}

static void free_topic(struct meta_topic *topic)
{
    for (size_t i = 0; i < topic->setting_count; i++) {
        mem_free(topic->settings[i].name);
        mem_free(topic->settings[i].value);
    }
    mem_free(topic->settings);
    mem_free(topic->partitions);
    mem_free(topic->name);
    mem_free(topic);
}

void meta_image_fini(struct meta_image *image)
{
    for (size_t i = 0; i < image->topic_count; i++) {
        free_topic(image->topics[i]);
    }
    mem_free(image->topics);
    table_fini(&image->by_name);
    table_fini(&image->by_id);
    table_fini(&image->by_folded_name);
    meta_quotas_fini(&image->quotas);
    meta_credentials_fini(&image->credentials);
    meta_acls_fini(&image->acls);
    image->topics = NULL;
    image->topic_count = 0;
}

const struct meta_topic *meta_image_topic(
    const struct meta_image *image, struct wire_view name)
{
    return table_get(&image->by_name, name.ptr, name.len);
}

const struct meta_topic *meta_image_topic_by_id(
    const struct meta_image *image, struct wire_uuid id)
{
    return table_get(&image->by_id, id.bytes, sizeof(id.bytes));
}

const struct meta_topic *meta_image_topic_like(
    const struct meta_image *image, struct wire_view name)
{
    char folded[META_NAME_MAX];

    if (name.len > sizeof(folded)) {
        return NULL;
    }
    meta_name_fold(name, folded);
    return table_get(&image->by_folded_name, folded, name.len);
}

const char *meta_topic_setting(const struct meta_topic *topic, const char *name)
{
    for (size_t i = 0; i < topic->setting_count; i++) {
        if (strcmp(topic->settings[i].name, name) == 0) {
            return topic->settings[i].value;
        }
    }
    return NULL;
}

/* Where the name stands, or would stand, in name order. */
static size_t find_place(const struct meta_image *image, const char *name)
{
    size_t low = 0;
    size_t high = image->topic_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(image->topics[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static enum err insert_in_order(struct meta_image *image, struct meta_topic *topic)
{
    if (image->topic_count == image->topic_capacity) {
        size_t capacity = image->topic_capacity == 0 ? 16 : image->topic_capacity * 2;
        struct meta_topic **topics =
            mem_resize(image->topics, capacity, sizeof(struct meta_topic *));
        if (topics == NULL) {
            return ERR_NOMEM;
        }
        image->topics = topics;
        image->topic_capacity = capacity;
    }
    size_t place = find_place(image, topic->name);
    struct meta_topic **at = image->topics + place;
    memmove(at + 1, at, (image->topic_count - place) * sizeof(*at));
    *at = topic;
    image->topic_count++;
    return OK;
}

static void take_out(struct meta_image *image, struct meta_topic *topic)
{
    struct wire_view name = meta_view(topic->name);
    char folded[META_NAME_MAX];

    meta_name_fold(name, folded);
    table_remove(&image->by_name, name.ptr, name.len);
    table_remove(&image->by_id, topic->id.bytes, sizeof(topic->id.bytes));
    table_remove(&image->by_folded_name, folded, name.len);
    size_t place = find_place(image, topic->name);
    if (place < image->topic_count && image->topics[place] == topic) {
        struct meta_topic **at = image->topics + place;
        image->topic_count--;
        memmove(at, at + 1, (image->topic_count - place) * sizeof(*at));
    }
}

static enum err put_in(struct meta_image *image, struct meta_topic *topic)
{
    struct wire_view name = meta_view(topic->name);
    char folded[META_NAME_MAX];

    meta_name_fold(name, folded);
    enum err e = table_put(&image->by_name, name.ptr, name.len, topic);
    if (e == OK) {
        e = table_put(&image->by_id, topic->id.bytes, sizeof(topic->id.bytes), topic);
    }
    if (e == OK) {
        e = table_put(&image->by_folded_name, folded, name.len, topic);
    }
    if (e == OK) {
        e = insert_in_order(image, topic);
    }
    if (e != OK) {
        take_out(image, topic);
    }
    return e;
}

static void name_change(struct meta_change *change, enum meta_change_type type,
    const struct meta_topic *topic)
{
    *change = (struct meta_change){.type = type, .topic_id = topic->id};
    memcpy(change->topic_name, topic->name, topic->name_length + 1);
}

static enum err apply_topic(struct meta_image *image,
    const struct meta_record_topic *record, struct meta_change *change)
{
    if (meta_name_error(record->name) != NULL || meta_uuid_is_zero(record->id) ||
        meta_image_topic_like(image, record->name) != NULL ||
        meta_image_topic_by_id(image, record->id) != NULL) {
        return ERR_CORRUPT;
    }
    struct meta_topic *topic = mem_alloc(1, sizeof(*topic));
    if (topic == NULL) {
        return ERR_NOMEM;
    }
    topic->id = record->id;
    topic->name_length = record->name.len;
    topic->name = mem_copy_text(record->name.ptr, record->name.len);
    enum err e = topic->name == NULL ? ERR_NOMEM : put_in(image, topic);
    if (e != OK) {
        free_topic(topic);
        return e;
    }
    name_change(change, META_CHANGED_TOPIC_CREATED, topic);
    return OK;
}

static struct meta_topic *find_mutable(struct meta_image *image, struct wire_uuid id)
{
    return table_get(&image->by_id, id.bytes, sizeof(id.bytes));
}

static enum err add_partition(struct meta_image *image, struct meta_topic *topic)
{
    if (image->partition_count >= image->limits.partitions_max ||
        topic->partition_count >= image->limits.partitions_per_topic_max) {
        return ERR_FULL;
    }
    if (topic->partition_count == topic->partition_capacity) {
        int32_t capacity =
            topic->partition_capacity == 0 ? 1 : topic->partition_capacity * 2;
        struct meta_partition *partitions =
            mem_resize(topic->partitions, (size_t)capacity, sizeof(*partitions));
        if (partitions == NULL) {
            return ERR_NOMEM;
        }
        topic->partitions = partitions;
        topic->partition_capacity = capacity;
    }
    topic->partition_count++;
    image->partition_count++;
    return OK;
}

static enum err apply_partition(struct meta_image *image,
    const struct meta_record_partition *record, struct meta_change *change)
{
    struct meta_topic *topic = find_mutable(image, record->topic_id);

    if (topic == NULL || record->index < 0 || record->index > topic->partition_count ||
        record->replicas.count == 0) {
        return ERR_CORRUPT;
    }
    if (record->index == topic->partition_count) {
        enum err e = add_partition(image, topic);
        if (e != OK) {
            return e;
        }
    }
    topic->partitions[record->index] = (struct meta_partition){.leader = record->leader,
        .leader_epoch = record->leader_epoch,
        .partition_epoch = record->partition_epoch,
        .replicas = record->replicas,
        .isr = record->isr,
        .directory = record->directories[0]};
    name_change(change, META_CHANGED_PARTITION, topic);
    change->partition = record->index;
    return OK;
}

static void remove_setting(struct meta_topic *topic, size_t i)
{
    mem_free(topic->settings[i].name);
    mem_free(topic->settings[i].value);
    topic->setting_count--;
    memmove(topic->settings + i, topic->settings + i + 1,
        (topic->setting_count - i) * sizeof(topic->settings[0]));
}

static enum err add_setting(struct meta_topic *topic, char *name, char *value)
{
    struct meta_setting *settings =
        mem_resize(topic->settings, topic->setting_count + 1, sizeof(*settings));

    if (settings == NULL) {
        return ERR_NOMEM;
    }
    settings[topic->setting_count++] = (struct meta_setting){name, value};
    topic->settings = settings;
    return OK;
}

static enum err set_setting(
    struct meta_topic *topic, size_t i, const struct meta_record_config *record)
{
    char *value = mem_copy_text(record->value.ptr, record->value.len);

    if (value == NULL) {
        return ERR_NOMEM;
    }
    if (i < topic->setting_count) {
        mem_free(topic->settings[i].value);
        topic->settings[i].value = value;
        return OK;
    }
    char *name = mem_copy_text(record->name.ptr, record->name.len);
    enum err e = name == NULL ? ERR_NOMEM : add_setting(topic, name, value);
    if (e != OK) {
        mem_free(name);
        mem_free(value);
    }
    return e;
}

/* Names and values are kept as C strings, so a NUL would make two of them look the same.
 */
static bool has_nul(struct wire_view text)
{
    return text.len > 0 && memchr(text.ptr, 0, text.len) != NULL;
}

#define SETTINGS_MAX 256

static enum err apply_config(struct meta_image *image,
    const struct meta_record_config *record, struct meta_change *change)
{
    if (record->resource_type != META_RESOURCE_TOPIC) {
        return ERR_UNSUPPORTED;
    }
    struct meta_topic *topic =
        table_get(&image->by_name, record->resource.ptr, record->resource.len);
    if (topic == NULL || has_nul(record->name) || has_nul(record->value)) {
        return ERR_CORRUPT;
    }
    size_t i = 0;
    while (i < topic->setting_count &&
           !meta_view_equal(meta_view(topic->settings[i].name), record->name)) {
        i++;
    }
    if (record->value.ptr != NULL) {
        enum err e = i == SETTINGS_MAX ? ERR_FULL : set_setting(topic, i, record);
        if (e != OK) {
            return e;
        }
    } else if (i < topic->setting_count) {
        remove_setting(topic, i);
    }
    const struct meta_config *known = meta_config_find(record->name);
    name_change(change, META_CHANGED_CONFIG, topic);
    change->config = known == NULL ? NULL : known->name;
    return OK;
}

static enum err apply_remove(
    struct meta_image *image, struct wire_uuid id, struct meta_change *change)
{
    struct meta_topic *topic = find_mutable(image, id);

    if (topic == NULL) {
        return ERR_CORRUPT;
    }
    name_change(change, META_CHANGED_TOPIC_REMOVED, topic);
    change->partition = topic->partition_count;
    take_out(image, topic);
    image->partition_count -= topic->partition_count;
    free_topic(topic);
    return OK;
}

static enum err apply_producer_ids(struct meta_image *image,
    const struct meta_record_producer_ids *record, struct meta_change *change)
{
    if (record->next_id <= image->next_producer_id) {
        return ERR_CORRUPT; /* an id would be handed out twice */
    }
    image->next_producer_id = record->next_id;
    *change = (struct meta_change){.type = META_CHANGED_PRODUCER_IDS};
    return OK;
}

static enum err apply_feature(struct meta_image *image,
    const struct meta_record_feature *record, struct meta_change *change)
{
    if (!meta_view_equal(record->name, meta_view(WIRE_FEATURE_METADATA)) ||
        record->level > WIRE_FEATURE_METADATA_LEVEL ||
        record->level < image->feature_level) {
        return ERR_UNSUPPORTED;
    }
    image->feature_level = record->level;
    *change = (struct meta_change){.type = META_CHANGED_NOTHING};
    return OK;
}

static enum err apply_quota(struct meta_image *image,
    const struct meta_record_quota *record, struct meta_change *change)
{
    if (!meta_quota_fits(&record->entity, record->key)) {
        return ERR_CORRUPT;
    }
    *change = (struct meta_change){.type = META_CHANGED_QUOTA,
        .quota = record->key,
        .rate = record->remove ? 0 : record->value};
    if (record->entity.parts[META_QUOTA_IP].form == META_QUOTA_NAMED) {
        struct wire_view address = record->entity.parts[META_QUOTA_IP].name;
        memcpy(change->address, address.ptr, address.len);
    }
    return meta_quota_set(
        &image->quotas, &record->entity, record->key, record->value, record->remove);
}

static enum err apply_credential(struct meta_image *image,
    const struct meta_record_credential *record, struct meta_change *change)
{
    *change = (struct meta_change){.type = META_CHANGED_CREDENTIAL};
    return record->remove
               ? meta_credential_remove(&image->credentials, &record->credential)
               : meta_credential_set(&image->credentials, &record->credential);
}

enum err meta_apply(struct meta_image *image, const struct meta_record *record,
    struct meta_change *change)
{
    switch (record->type) {
    case META_TOPIC:
        return apply_topic(image, &record->topic, change);
    case META_PARTITION:
        return apply_partition(image, &record->partition, change);
    case META_CONFIG:
        return apply_config(image, &record->config, change);
    case META_REMOVE_TOPIC:
        return apply_remove(image, record->removed_topic, change);
    case META_PRODUCER_IDS:
        return apply_producer_ids(image, &record->producer_ids, change);
    case META_FEATURE:
        return apply_feature(image, &record->feature, change);
    case META_CLIENT_QUOTA:
        return apply_quota(image, &record->quota, change);
    case META_SEALED_CREDENTIAL:
        return apply_credential(image, &record->credential, change);
    case META_ACL:
        *change = (struct meta_change){.type = META_CHANGED_ACL};
        return meta_acl_add(&image->acls, &record->acl);
    case META_REMOVE_ACL:
        *change = (struct meta_change){.type = META_CHANGED_ACL};
        return meta_acl_remove(&image->acls, record->removed_acl);
    case META_NO_OP:
        *change = (struct meta_change){.type = META_CHANGED_NOTHING};
        return OK;
    }
    return ERR_CORRUPT;
}
