#include "broker_setting.h"

#include "mem.h"

#include <string.h>

enum err broker_setting_add(struct broker *b, const struct ipc_setting *told)
{
    if (b->setting_count == BROKER_SETTINGS_MAX) {
        return ERR_FULL;
    }
    struct broker_setting s = {.name = mem_copy_text(told->name.ptr, told->name.len),
        .meaning = mem_copy_text(told->meaning.ptr, told->meaning.len),
        .type = (int8_t)told->type,
        .is_given = told->is_given != 0,
        .is_secret = told->is_secret != 0};
    if (told->is_set != 0) {
        s.value = mem_copy_text(told->value.ptr, told->value.len);
    }
    b->settings[b->setting_count++] = s;
    return s.name == NULL || s.meaning == NULL || (s.value == NULL && told->is_set != 0)
               ? ERR_NOMEM
               : OK;
}

void broker_setting_fini(struct broker *b)
{
    for (size_t i = 0; i < b->setting_count; i++) {
        mem_free(b->settings[i].name);
        mem_free(b->settings[i].value);
        mem_free(b->settings[i].meaning);
    }
    b->setting_count = 0;
}

const struct broker_setting *broker_setting_find(const struct broker *b, const char *name)
{
    for (size_t i = 0; i < b->setting_count; i++) {
        if (strcmp(b->settings[i].name, name) == 0) {
            return &b->settings[i];
        }
    }
    return NULL;
}

struct broker_config_value broker_topic_config(const struct broker *b,
    const struct meta_topic *topic, const struct meta_config *config)
{
    const char *own = topic == NULL ? NULL : meta_topic_setting(topic, config->name);
    const struct broker_setting *broker =
        config->broker == NULL ? NULL : broker_setting_find(b, config->broker);

    if (own != NULL) {
        return (struct broker_config_value){own, BROKER_SOURCE_TOPIC};
    }
    if (broker != NULL && broker->value != NULL) {
        return (struct broker_config_value){
            broker->value, broker->is_given ? BROKER_SOURCE_FILE : BROKER_SOURCE_DEFAULT};
    }
    return (struct broker_config_value){config->fallback, BROKER_SOURCE_DEFAULT};
}

const char *broker_topic_text(
    const struct broker *b, const struct meta_topic *topic, const char *name)
{
    const struct meta_config *config = meta_config_find(meta_view(name));

    INVARIANT(config != NULL);
    return broker_topic_config(b, topic, config).text;
}

int64_t broker_topic_number(
    const struct broker *b, const struct meta_topic *topic, const char *name)
{
    const struct meta_config *config = meta_config_find(meta_view(name));
    const char *text = broker_topic_text(b, topic, name);
    int64_t number;

    if (!meta_config_number(config, meta_view(text), &number) &&
        !meta_config_number(config, meta_view(config->fallback), &number)) {
        fatal("the default of a topic's config is out of its bounds");
    }
    return number;
}

bool broker_topic_has_policy(
    const struct broker *b, const struct meta_topic *topic, const char *policy)
{
    return meta_config_has(
        meta_view(broker_topic_text(b, topic, "cleanup.policy")), policy);
}

struct broker_log broker_kept_log(
    const struct broker *b, struct wire_view topic, int32_t leader_epoch)
{
    return (struct broker_log){.topic = topic,
        .leader_epoch = leader_epoch,
        .segment_bytes = b->config.segment_bytes,
        .segment_index_bytes =
            (uint32_t)broker_topic_number(b, NULL, "segment.index.bytes"),
        .segment_ms = INT64_MAX,
        .retention_ms = -1,
        .retention_bytes = -1};
}

/* segment.jitter.ms: another part of it for each partition, so that they do not all begin
 * a segment at once. */
static int64_t segment_ms(
    const struct broker *b, const struct meta_topic *topic, int32_t partition)
{
    int64_t most = broker_topic_number(b, topic, "segment.ms");
    int64_t jitter = broker_topic_number(b, topic, "segment.jitter.ms");
    uint64_t drawn = table_hash(topic->id.bytes, sizeof(topic->id.bytes)) +
                     UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)partition;

    jitter = jitter < most ? jitter : most - 1;
    return jitter == 0 ? most : most - (int64_t)(drawn % ((uint64_t)jitter + 1));
}

struct broker_log broker_topic_log(
    const struct broker *b, const struct meta_topic *topic, int32_t partition)
{
    struct wire_view name = {
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
    struct broker_log log =
        broker_kept_log(b, name, topic->partitions[partition].leader_epoch);

    if (meta_name_is_internal(name)) {
        return log;
    }
    log.segment_bytes = (uint32_t)broker_topic_number(b, topic, "segment.bytes");
    log.segment_index_bytes =
        (uint32_t)broker_topic_number(b, topic, "segment.index.bytes");
    log.segment_ms = segment_ms(b, topic, partition);
    if (!broker_topic_has_policy(b, topic, "delete")) {
        return log;
    }
    log.retention_ms = broker_topic_number(b, topic, "retention.ms");
    log.retention_bytes = broker_topic_number(b, topic, "retention.bytes");
    return log;
}
