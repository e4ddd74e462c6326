/*
 * wire_add_partitions_to_txn - AddPartitionsToTxn, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_ADD_PARTITIONS_TO_TXN_H
#define WIRE_ADD_PARTITIONS_TO_TXN_H

#include "wire_message.h"

/* clang-format off */

#define add_partitions_to_txn_topic_FIELDS(S, FIELD)           \
    FIELD(S, SINCE(0), string, name, "Name")                   \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(add_partitions_to_txn_topic);

#define add_partitions_to_txn_transaction_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(4), string, transactional_id, "TransactionalId")            \
    FIELD(S, SINCE(4), int64, producer_id, "ProducerId")                       \
    FIELD(S, SINCE(4), int16, producer_epoch, "ProducerEpoch")                 \
    FIELD(S, SINCE(4), bool, verify_only, "VerifyOnly", DEFAULT(false))        \
    FIELD(S, SINCE(4), structs(add_partitions_to_txn_topic), topics, "Topics")
WIRE_STRUCT(add_partitions_to_txn_transaction);

#define add_partitions_to_txn_request_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(4),      structs(add_partitions_to_txn_transaction), transactions, \
        "Transactions")                                                               \
    FIELD(S, BETWEEN(0, 3), string, v3_and_below_transactional_id,                    \
        "V3AndBelowTransactionalId")                                                  \
    FIELD(S, BETWEEN(0, 3), int64, v3_and_below_producer_id, "V3AndBelowProducerId")  \
    FIELD(S, BETWEEN(0, 3), int16, v3_and_below_producer_epoch,                       \
        "V3AndBelowProducerEpoch")                                                    \
    FIELD(S, BETWEEN(0, 3), structs(add_partitions_to_txn_topic),                     \
        v3_and_below_topics, "V3AndBelowTopics")
WIRE_STRUCT(add_partitions_to_txn_request);

#define add_partitions_to_txn_partition_result_FIELDS(S, FIELD)           \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")          \
    FIELD(S, SINCE(0), int16, partition_error_code, "PartitionErrorCode")
WIRE_STRUCT(add_partitions_to_txn_partition_result);

#define add_partitions_to_txn_topic_result_FIELDS(S, FIELD)             \
    FIELD(S, SINCE(0), string, name, "Name")                            \
    FIELD(S, SINCE(0), structs(add_partitions_to_txn_partition_result), \
        results_by_partition, "ResultsByPartition")
WIRE_STRUCT(add_partitions_to_txn_topic_result);

#define add_partitions_to_txn_result_FIELDS(S, FIELD)                              \
    FIELD(S, SINCE(4), string, transactional_id, "TransactionalId")                \
    FIELD(S, SINCE(4), structs(add_partitions_to_txn_topic_result), topic_results, \
        "TopicResults")
WIRE_STRUCT(add_partitions_to_txn_result);

#define add_partitions_to_txn_response_FIELDS(S, FIELD)                  \
    FIELD(S, SINCE(0),      int32, throttle_time_ms, "ThrottleTimeMs")   \
    FIELD(S, SINCE(4),      int16, error_code, "ErrorCode")              \
    FIELD(S, SINCE(4),      structs(add_partitions_to_txn_result),       \
        results_by_transaction, "ResultsByTransaction")                  \
    FIELD(S, BETWEEN(0, 3), structs(add_partitions_to_txn_topic_result), \
        results_by_topic_v3_and_below, "ResultsByTopicV3AndBelow")
WIRE_STRUCT(add_partitions_to_txn_response);

/* clang-format on */

#endif
