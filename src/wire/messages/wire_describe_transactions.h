/*
 * wire_describe_transactions - DescribeTransactions, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DESCRIBE_TRANSACTIONS_H
#define WIRE_DESCRIBE_TRANSACTIONS_H

#include "wire_message.h"

/* clang-format off */

#define describe_transactions_request_FIELDS(S, FIELD)                       \
    FIELD(S, SINCE(0), array(string), transactional_ids, "TransactionalIds")
WIRE_STRUCT(describe_transactions_request);

#define describe_transactions_response_topic_data_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, topic, "Topic")                     \
    FIELD(S, SINCE(0), array(int32), partitions, "Partitions")
WIRE_STRUCT(describe_transactions_response_topic_data);

#define describe_transactions_response_transaction_state_FIELDS(S, FIELD)          \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                             \
    FIELD(S, SINCE(0), string, transactional_id, "TransactionalId")                \
    FIELD(S, SINCE(0), string, transaction_state, "TransactionState")              \
    FIELD(S, SINCE(0), int32, transaction_timeout_ms, "TransactionTimeoutMs")      \
    FIELD(S, SINCE(0), int64, transaction_start_time_ms, "TransactionStartTimeMs") \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")                           \
    FIELD(S, SINCE(0), int16, producer_epoch, "ProducerEpoch")                     \
    FIELD(S, SINCE(0), structs(describe_transactions_response_topic_data), topics, \
        "Topics")
WIRE_STRUCT(describe_transactions_response_transaction_state);

#define describe_transactions_response_FIELDS(S, FIELD)                           \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), structs(describe_transactions_response_transaction_state), \
        transaction_states, "TransactionStates")
WIRE_STRUCT(describe_transactions_response);

/* clang-format on */

#endif
