#include "wire_write_txn_markers.h"

#include "wire_table.h"

WIRE_TABLE(write_txn_markers_request_writable_txn_marker_topic, "WritableTxnMarkerTopic")
WIRE_TABLE(write_txn_markers_request_writable_txn_marker, "WritableTxnMarker")
WIRE_TABLE(write_txn_markers_request, "WriteTxnMarkersRequest")
WIRE_TABLE(write_txn_markers_response_writable_txn_marker_partition_result,
    "WritableTxnMarkerPartitionResult")
WIRE_TABLE(write_txn_markers_response_writable_txn_marker_topic_result,
    "WritableTxnMarkerTopicResult")
WIRE_TABLE(
    write_txn_markers_response_writable_txn_marker_result, "WritableTxnMarkerResult")
WIRE_TABLE(write_txn_markers_response, "WriteTxnMarkersResponse")
