/*
 * wire_add_offsets_to_txn - AddOffsetsToTxn, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_ADD_OFFSETS_TO_TXN_H
#define WIRE_ADD_OFFSETS_TO_TXN_H

#include "wire_message.h"

/* clang-format off */

#define add_offsets_to_txn_request_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), string, transactional_id, "TransactionalId") \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")            \
    FIELD(S, SINCE(0), int16, producer_epoch, "ProducerEpoch")      \
    FIELD(S, SINCE(0), string, group_id, "GroupId")
WIRE_STRUCT(add_offsets_to_txn_request);

#define add_offsets_to_txn_response_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs") \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(add_offsets_to_txn_response);

/* clang-format on */

#endif
