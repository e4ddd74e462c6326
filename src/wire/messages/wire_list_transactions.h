/*
 * wire_list_transactions - ListTransactions, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_LIST_TRANSACTIONS_H
#define WIRE_LIST_TRANSACTIONS_H

#include "wire_message.h"

/* clang-format off */

#define list_transactions_request_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), array(string), state_filters, "StateFilters")               \
    FIELD(S, SINCE(0), array(int64), producer_id_filters, "ProducerIdFilters")     \
    FIELD(S, SINCE(1), int64, duration_filter, "DurationFilter", DEFAULT(-1))      \
    FIELD(S, SINCE(2), string, transactional_id_pattern, "TransactionalIdPattern", \
        NULLABLE(SINCE(2)), DEFAULT_NULL)
WIRE_STRUCT(list_transactions_request);

#define list_transactions_response_transaction_state_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, transactional_id, "TransactionalId")   \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")              \
    FIELD(S, SINCE(0), string, transaction_state, "TransactionState")
WIRE_STRUCT(list_transactions_response_transaction_state);

#define list_transactions_response_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                   \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                              \
    FIELD(S, SINCE(0), array(string), unknown_state_filters, "UnknownStateFilters") \
    FIELD(S, SINCE(0), structs(list_transactions_response_transaction_state),       \
        transaction_states, "TransactionStates")
WIRE_STRUCT(list_transactions_response);

/* clang-format on */

#endif
