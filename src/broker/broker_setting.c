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
