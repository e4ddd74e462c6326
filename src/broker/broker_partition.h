/*
 * broker_partition - a partition as a request names it: whether there is one, and whether
 * the client knows its leader (KIP-320).
 */
#ifndef BROKER_PARTITION_H
#define BROKER_PARTITION_H

#include "broker_job.h"

#define BROKER_EPOCH_UNSAID (-1) /* the client does not say which leader it knows */

/* topic may be NULL. 0, or UNKNOWN_TOPIC_OR_PARTITION, FENCED_ or UNKNOWN_LEADER_EPOCH. */
int16_t broker_partition_check(
    const struct meta_topic *topic, int32_t partition, int32_t current_leader_epoch);

/* What must not stand in a request twice; in the job's arena. ptr NULL: out of memory. */
struct wire_view broker_partition_key(
    struct broker_job *job, struct wire_view topic, int32_t partition);

#endif
