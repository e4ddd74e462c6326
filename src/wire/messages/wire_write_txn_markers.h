/*
 * wire_write_txn_markers - WriteTxnMarkers, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_WRITE_TXN_MARKERS_H
#define WIRE_WRITE_TXN_MARKERS_H

#include "wire_message.h"

/* clang-format off */

#define write_txn_markers_request_writable_txn_marker_topic_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                 \
    FIELD(S, SINCE(0), array(int32), partition_indexes, "PartitionIndexes")
WIRE_STRUCT(write_txn_markers_request_writable_txn_marker_topic);

#define write_txn_markers_request_writable_txn_marker_FIELDS(S, FIELD)               \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")                             \
    FIELD(S, SINCE(0), int16, producer_epoch, "ProducerEpoch")                       \
    FIELD(S, SINCE(0), bool, transaction_result, "TransactionResult")                \
    FIELD(S, SINCE(0), structs(write_txn_markers_request_writable_txn_marker_topic), \
        topics, "Topics")                                                            \
    FIELD(S, SINCE(0), int32, coordinator_epoch, "CoordinatorEpoch")                 \
    FIELD(S, SINCE(2), int8, transaction_version, "TransactionVersion", DEFAULT(0))
WIRE_STRUCT(write_txn_markers_request_writable_txn_marker);

#define write_txn_markers_request_FIELDS(S, FIELD)                             \
    FIELD(S, SINCE(0), structs(write_txn_markers_request_writable_txn_marker), \
        markers, "Markers")
WIRE_STRUCT(write_txn_markers_request);

#define write_txn_markers_response_writable_txn_marker_partition_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, partition_index, "PartitionIndex")                         \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(write_txn_markers_response_writable_txn_marker_partition_result);

#define write_txn_markers_response_writable_txn_marker_topic_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                         \
    FIELD(S, SINCE(0),                                                               \
        structs(write_txn_markers_response_writable_txn_marker_partition_result),    \
        partitions, "Partitions")
WIRE_STRUCT(write_txn_markers_response_writable_txn_marker_topic_result);

#define write_txn_markers_response_writable_txn_marker_result_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), int64, producer_id, "ProducerId")                              \
    FIELD(S, SINCE(0),                                                                \
        structs(write_txn_markers_response_writable_txn_marker_topic_result), topics, \
        "Topics")
WIRE_STRUCT(write_txn_markers_response_writable_txn_marker_result);

#define write_txn_markers_response_FIELDS(S, FIELD)                              \
    FIELD(S, SINCE(0),                                                           \
        structs(write_txn_markers_response_writable_txn_marker_result), markers, \
        "Markers")
WIRE_STRUCT(write_txn_markers_response);

/* clang-format on */

#endif
