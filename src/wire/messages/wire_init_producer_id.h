/*
 * wire_init_producer_id - InitProducerId, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_INIT_PRODUCER_ID_H
#define WIRE_INIT_PRODUCER_ID_H

#include "wire_message.h"

/* clang-format off */

#define init_producer_id_request_FIELDS(S, FIELD)                                  \
    FIELD(S, SINCE(0), string, transactional_id, "TransactionalId",                \
        NULLABLE(SINCE(0)))                                                        \
    FIELD(S, SINCE(0), int32, transaction_timeout_ms, "TransactionTimeoutMs")      \
    FIELD(S, SINCE(3), int64, producer_id, "ProducerId", DEFAULT(-1))              \
    FIELD(S, SINCE(3), int16, producer_epoch, "ProducerEpoch", DEFAULT(-1))        \
    FIELD(S, SINCE(6), bool, enable2_pc, "Enable2Pc", DEFAULT(false))              \
    FIELD(S, SINCE(6), bool, keep_prepared_txn, "KeepPreparedTxn", DEFAULT(false))
WIRE_STRUCT(init_producer_id_request);

#define init_producer_id_response_FIELDS(S, FIELD)                                   \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId", DEFAULT(-1))                \
    FIELD(S, SINCE(0), int16, producer_epoch, "ProducerEpoch")                       \
    FIELD(S, SINCE(6), int64, ongoing_txn_producer_id, "OngoingTxnProducerId",       \
        DEFAULT(-1))                                                                 \
    FIELD(S, SINCE(6), int16, ongoing_txn_producer_epoch, "OngoingTxnProducerEpoch", \
        DEFAULT(-1))
WIRE_STRUCT(init_producer_id_response);

/* clang-format on */

#endif
