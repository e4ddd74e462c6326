/*
 * wire_end_txn - EndTxn, request and response (notation: wire_message.h).
 */
#ifndef WIRE_END_TXN_H
#define WIRE_END_TXN_H

#include "wire_message.h"

/* clang-format off */

#define end_txn_request_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(0), string, transactional_id, "TransactionalId") \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")            \
    FIELD(S, SINCE(0), int16, producer_epoch, "ProducerEpoch")      \
    FIELD(S, SINCE(0), bool, committed, "Committed")
WIRE_STRUCT(end_txn_request);

#define end_txn_response_FIELDS(S, FIELD)                                   \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")           \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                      \
    FIELD(S, SINCE(5), int64, producer_id, "ProducerId", DEFAULT(-1))       \
    FIELD(S, SINCE(5), int16, producer_epoch, "ProducerEpoch", DEFAULT(-1))
WIRE_STRUCT(end_txn_response);

/* clang-format on */

#endif
