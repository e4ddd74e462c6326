/*
 * broker_setting - the values that are in force: of the broker, and of a topic, which has
 * the broker's where it has none of its own.
 *
 * Types of resources and sources are numbered as DescribeConfigs has them.
 *
 * Trust: the warden checked the broker's settings. A topic's come from the metadata log,
 * and who owns the disk may have written anything there: a number out of its bounds counts
 * as the default.
 *
 * Ownership: the broker owns its settings, the image those of topics; views borrow both.
 */
#ifndef BROKER_SETTING_H
#define BROKER_SETTING_H

#include "broker.h"
#include "meta_config.h"

enum broker_resource {
    BROKER_RESOURCE_TOPIC = 2,
    BROKER_RESOURCE_BROKER = 4,
    BROKER_RESOURCE_LOGGER = 8,
    BROKER_RESOURCE_CLIENT_METRICS = 16,
    BROKER_RESOURCE_GROUP = 32,
};

enum broker_config_source {
    BROKER_SOURCE_TOPIC = 1,
    BROKER_SOURCE_FILE = 4, /* STATIC_BROKER_CONFIG */
    BROKER_SOURCE_DEFAULT = 5,
};

struct broker_config_value {
    const char *text;
    enum broker_config_source source;
};

/* While starting. ERR_FULL: more than there can be. */
enum err broker_setting_add(
    struct broker *b, const struct ipc_setting *setting) MUST_CHECK;
void broker_setting_fini(struct broker *b);
/* NULL: there is none of that name. */
const struct broker_setting *broker_setting_find(
    const struct broker *b, const char *name);

/* topic NULL: of a topic that sets nothing. Borrows topic and broker. */
struct broker_config_value broker_topic_config(const struct broker *b,
    const struct meta_topic *topic, const struct meta_config *config);
/* The same by name, which there must be; the second of an INT or LONG. */
const char *broker_topic_text(
    const struct broker *b, const struct meta_topic *topic, const char *name);
int64_t broker_topic_number(
    const struct broker *b, const struct meta_topic *topic, const char *name);
/* Whether cleanup.policy has the word: "delete", "compact". */
bool broker_topic_has_policy(
    const struct broker *b, const struct meta_topic *topic, const char *policy);
/* How the logs of its partitions are kept. Borrows topic. */
struct broker_log broker_topic_log(
    const struct broker *b, const struct meta_topic *topic, int32_t partition);
/* The same of a log that loses nothing by age or size, whatever settings say. */
struct broker_log broker_kept_log(
    const struct broker *b, struct wire_view topic, int32_t leader_epoch);

#endif
