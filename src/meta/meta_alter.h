/*
 * meta_alter - decisions about topics that exist: their configs, and how many partitions
 * they have; and about client quotas. Submit functions as in meta_controller.h.
 *
 * One change of the configs and one of the partitions of a topic at a time: until it is
 * over, the next is META_ERROR_BUSY.
 */
#ifndef META_ALTER_H
#define META_ALTER_H

#include "meta_controller.h"

/* The operations of IncrementalAlterConfigs. */
enum meta_change_operation {
    META_SET = 0,
    META_DELETE = 1,
    META_APPEND = 2,   /* lists only */
    META_SUBTRACT = 3, /* lists only */
};

struct meta_config_change {
    struct wire_view name;
    struct wire_view value; /* of META_DELETE: not looked at */
    int8_t operation;       /* as it came */
};

struct meta_alteration {
    struct wire_view topic;
    const struct meta_config_change *changes;
    size_t count;
    bool replaces; /* what is not in it goes back to its default */
};

/*
 * batch NULL: validate only. A batch that stays empty changes nothing. After the commit
 * of another one the topic stays reserved until meta_alter_end(), so that the caller can
 * tell everybody of the change first.
 */
struct meta_answer meta_submit_configs(struct meta_controller *c,
    const struct meta_alteration *asked, struct meta_batch *batch);
/* Harmless where nothing is reserved. */
void meta_alter_end(struct meta_controller *c, struct wire_uuid topic_id);

struct meta_more_partitions {
    struct wire_view topic;
    int32_t count;                                 /* in all, afterwards */
    const struct meta_new_assignment *assignments; /* of the new ones, in order */
    size_t assignment_count;                       /* 0: none were given */
};

/* batch NULL: validate only. */
struct meta_answer meta_submit_partitions(struct meta_controller *c,
    const struct meta_more_partitions *asked, struct meta_batch *batch);

/* Client quotas. Of two alterations at a time the one written later holds. */

struct meta_quota_change {
    struct wire_view key; /* as it came */
    double value;
    bool remove;
};

/* batch NULL: validate only. A batch that stays empty changes nothing. */
struct meta_answer meta_submit_quota(struct meta_controller *c,
    const struct meta_quota_entity *entity, const struct meta_quota_change *changes,
    size_t count, struct meta_batch *batch);

#endif
