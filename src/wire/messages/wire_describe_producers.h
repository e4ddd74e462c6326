/*
 * wire_describe_producers - DescribeProducers, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DESCRIBE_PRODUCERS_H
#define WIRE_DESCRIBE_PRODUCERS_H

#include "wire_message.h"

/* clang-format off */

#define describe_producers_request_topic_request_FIELDS(S, FIELD)           \
    FIELD(S, SINCE(0), string, name, "Name")                                \
    FIELD(S, SINCE(0), array(int32), partition_indexes, "PartitionIndexes")
WIRE_STRUCT(describe_producers_request_topic_request);

#define describe_producers_request_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), structs(describe_producers_request_topic_request), topics, \
        "Topics")
WIRE_STRUCT(describe_producers_request);

#define describe_producers_response_producer_state_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")                         \
    FIELD(S, SINCE(0), int32, producer_epoch, "ProducerEpoch")                   \
    FIELD(S, SINCE(0), int32, last_sequence, "LastSequence", DEFAULT(-1))        \
    FIELD(S, SINCE(0), int64, last_timestamp, "LastTimestamp", DEFAULT(-1))      \
    FIELD(S, SINCE(0), int32, coordinator_epoch, "CoordinatorEpoch")             \
    FIELD(S, SINCE(0), int64, current_txn_start_offset, "CurrentTxnStartOffset", \
        DEFAULT(-1))
WIRE_STRUCT(describe_producers_response_producer_state);

#define describe_producers_response_partition_response_FIELDS(S, FIELD)           \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                  \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(0), structs(describe_producers_response_producer_state),       \
        active_producers, "ActiveProducers")
WIRE_STRUCT(describe_producers_response_partition_response);

#define describe_producers_response_topic_response_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), string, name, "Name")                                    \
    FIELD(S, SINCE(0), structs(describe_producers_response_partition_response), \
        partitions, "Partitions")
WIRE_STRUCT(describe_producers_response_topic_response);

#define describe_producers_response_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                   \
    FIELD(S, SINCE(0), structs(describe_producers_response_topic_response), topics, \
        "Topics")
WIRE_STRUCT(describe_producers_response);

/* clang-format on */

#endif
