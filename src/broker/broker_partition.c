#include "broker_partition.h"

#include "wire_code.h"

#include <string.h>

int16_t broker_partition_check(
    const struct meta_topic *topic, int32_t partition, int32_t current_leader_epoch)
{
    if (topic == NULL || partition < 0 || partition >= topic->partition_count) {
        return WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    int32_t epoch = topic->partitions[partition].leader_epoch;
    if (current_leader_epoch == BROKER_EPOCH_UNSAID || current_leader_epoch == epoch) {
        return WIRE_CODE_NONE;
    }
    return current_leader_epoch < epoch ? WIRE_CODE_FENCED_LEADER_EPOCH
                                        : WIRE_CODE_UNKNOWN_LEADER_EPOCH;
}

struct wire_view broker_partition_key(
    struct broker_job *job, struct wire_view topic, int32_t partition)
{
    uint8_t *key = arena_alloc(&job->arena, sizeof(partition) + topic.len, 1);

    if (key == NULL) {
        return (struct wire_view){0};
    }
    memcpy(key, &partition, sizeof(partition));
    memcpy(key + sizeof(partition), topic.ptr, topic.len);
    return (struct wire_view){.ptr = key, .len = sizeof(partition) + topic.len};
}
