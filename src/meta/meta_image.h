/*
 * meta_image - the cluster as the metadata log describes it: topics, partitions, configs,
 * the next producer id, client quotas, credentials, rules.
 *
 * meta_apply() is the only way it changes, on replay and while running alike. Topics are
 * found by name and by id in constant time, and stand in name order in `topics`.
 *
 * Trust: records come from the disk; one that does not fit the image is ERR_CORRUPT and
 * changes nothing. Whoever sees that must stop.
 *
 * Ownership: the image owns its topics; a pointer to one is good until the next
 * meta_apply().
 */
#ifndef META_IMAGE_H
#define META_IMAGE_H

#include "err.h"
#include "meta_acl.h"
#include "meta_name.h"
#include "meta_quota.h"
#include "meta_record.h"
#include "table.h"

struct meta_partition {
    int32_t leader;
    int32_t leader_epoch;
    int32_t partition_epoch;
    struct meta_replicas replicas;
    struct meta_replicas isr;
    struct wire_uuid directory; /* of the first replica */
};

struct meta_setting {
    char *name;  /* owned */
    char *value; /* owned */
};

struct meta_topic {
    char *name; /* owned, legal, so it has no NUL */
    size_t name_length;
    struct wire_uuid id;
    struct meta_partition *partitions; /* owned */
    int32_t partition_count;
    int32_t partition_capacity;
    struct meta_setting *settings; /* owned; in the order in which they were set */
    size_t setting_count;
};

struct meta_limits {
    size_t topics_max;
    int32_t partitions_max;           /* in all */
    int32_t partitions_per_topic_max; /* above zero */
};

struct meta_image {
    struct meta_limits limits;
    struct table by_name;
    struct table by_id;
    struct table by_folded_name;
    struct meta_topic **topics; /* in name order */
    size_t topic_count;
    size_t topic_capacity;
    int32_t partition_count;
    int64_t next_producer_id;
    struct meta_quotas quotas;
    struct meta_credentials credentials;
    struct meta_acls acls;
    int16_t feature_level; /* 0 before the first record says so */
};

enum meta_change_type {
    META_CHANGED_NOTHING,
    META_CHANGED_TOPIC_CREATED,
    META_CHANGED_TOPIC_REMOVED,
    META_CHANGED_PARTITION,
    META_CHANGED_CONFIG,
    META_CHANGED_PRODUCER_IDS,
    META_CHANGED_QUOTA,
    META_CHANGED_CREDENTIAL,
    META_CHANGED_ACL,
};

/* What one record changed; names the topic by value, because it may be gone. */
struct meta_change {
    enum meta_change_type type;
    enum meta_quota_key quota;             /* of META_CHANGED_QUOTA, as the next two */
    char address[META_QUOTA_NAME_MAX + 1]; /* "": not of one */
    double rate;                           /* 0: there is none any more */
    struct wire_uuid topic_id;
    char topic_name[META_NAME_MAX + 1];
    int32_t
        partition; /* of META_CHANGED_PARTITION; of a removed topic: how many it had */
    const char
        *config; /* of META_CHANGED_CONFIG: its name; NULL: one that we do not know */
};

void meta_image_init(struct meta_image *image, const struct meta_limits *limits);
void meta_image_fini(struct meta_image *image);

/*
 * ERR_CORRUPT: the record contradicts the image. ERR_FULL: a limit. ERR_UNSUPPORTED: a
 * feature level above ours or a resource we do not have. *change is written on success
 * only.
 */
enum err meta_apply(struct meta_image *image, const struct meta_record *record,
    struct meta_change *change) MUST_CHECK;

/* NULL where there is none. */
const struct meta_topic *meta_image_topic(
    const struct meta_image *image, struct wire_view name);
const struct meta_topic *meta_image_topic_by_id(
    const struct meta_image *image, struct wire_uuid id);
/* The topic that has this name when '.' and '_' count as the same. */
const struct meta_topic *meta_image_topic_like(
    const struct meta_image *image, struct wire_view name);
/* NULL when the topic has no value of its own for it. */
const char *meta_topic_setting(const struct meta_topic *topic, const char *name);

#endif
