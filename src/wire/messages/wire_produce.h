/*
 * wire_produce - Produce, request and response (notation: wire_message.h).
 */
#ifndef WIRE_PRODUCE_H
#define WIRE_PRODUCE_H

#include "wire_message.h"

/* clang-format off */

#define produce_request_partition_produce_data_FIELDS(S, FIELD)         \
    FIELD(S, SINCE(0), int32, index, "Index")                           \
    FIELD(S, SINCE(0), records, records, "Records", NULLABLE(SINCE(0)))
WIRE_STRUCT(produce_request_partition_produce_data);

#define produce_request_topic_produce_data_FIELDS(S, FIELD)                   \
    FIELD(S, BETWEEN(0, 12), string, name, "Name")                            \
    FIELD(S, SINCE(13),      uuid, topic_id, "TopicId")                       \
    FIELD(S, SINCE(0),       structs(produce_request_partition_produce_data), \
        partition_data, "PartitionData")
WIRE_STRUCT(produce_request_topic_produce_data);

#define produce_request_FIELDS(S, FIELD)                                        \
    FIELD(S, SINCE(3), string, transactional_id, "TransactionalId",             \
        NULLABLE(SINCE(3)), DEFAULT_NULL)                                       \
    FIELD(S, SINCE(0), int16, acks, "Acks")                                     \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs")                          \
    FIELD(S, SINCE(0), structs(produce_request_topic_produce_data), topic_data, \
        "TopicData")
WIRE_STRUCT(produce_request);

#define produce_response_batch_index_and_error_message_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(8), int32, batch_index, "BatchIndex")                            \
    FIELD(S, SINCE(8), string, batch_index_error_message, "BatchIndexErrorMessage", \
        NULLABLE(SINCE(8)), DEFAULT_NULL)
WIRE_STRUCT(produce_response_batch_index_and_error_message);

#define produce_response_leader_id_and_epoch_FIELDS(S, FIELD)            \
    FIELD(S, SINCE(10), int32, leader_id, "LeaderId", DEFAULT(-1))       \
    FIELD(S, SINCE(10), int32, leader_epoch, "LeaderEpoch", DEFAULT(-1))
WIRE_STRUCT(produce_response_leader_id_and_epoch);

#define produce_response_partition_produce_response_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0),  int32, index, "Index")                                     \
    FIELD(S, SINCE(0),  int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0),  int64, base_offset, "BaseOffset")                          \
    FIELD(S, SINCE(2),  int64, log_append_time_ms, "LogAppendTimeMs", DEFAULT(-1)) \
    FIELD(S, SINCE(5),  int64, log_start_offset, "LogStartOffset", DEFAULT(-1))    \
    FIELD(S, SINCE(8),  structs(produce_response_batch_index_and_error_message),   \
        record_errors, "RecordErrors")                                             \
    FIELD(S, SINCE(8),  string, error_message, "ErrorMessage", NULLABLE(SINCE(8)), \
        DEFAULT_NULL)                                                              \
    FIELD(S, SINCE(10), structure(produce_response_leader_id_and_epoch),           \
        current_leader, "CurrentLeader", TAGGED(0, SINCE(10)))
WIRE_STRUCT(produce_response_partition_produce_response);

#define produce_response_topic_produce_response_FIELDS(S, FIELD)                   \
    FIELD(S, BETWEEN(0, 12), string, name, "Name")                                 \
    FIELD(S, SINCE(13),      uuid, topic_id, "TopicId")                            \
    FIELD(S, SINCE(0),       structs(produce_response_partition_produce_response), \
        partition_responses, "PartitionResponses")
WIRE_STRUCT(produce_response_topic_produce_response);

#define produce_response_node_endpoint_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(10), int32, node_id, "NodeId")                                \
    FIELD(S, SINCE(10), string, host, "Host")                                    \
    FIELD(S, SINCE(10), int32, port, "Port")                                     \
    FIELD(S, SINCE(10), string, rack, "Rack", NULLABLE(SINCE(10)), DEFAULT_NULL)
WIRE_STRUCT(produce_response_node_endpoint);

#define produce_response_FIELDS(S, FIELD)                                            \
    FIELD(S, SINCE(0),  structs(produce_response_topic_produce_response), responses, \
        "Responses")                                                                 \
    FIELD(S, SINCE(1),  int32, throttle_time_ms, "ThrottleTimeMs", DEFAULT(0))       \
    FIELD(S, SINCE(10), structs(produce_response_node_endpoint), node_endpoints,     \
        "NodeEndpoints", TAGGED(0, SINCE(10)))
WIRE_STRUCT(produce_response);

/* clang-format on */

#endif
