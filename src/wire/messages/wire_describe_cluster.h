/*
 * wire_describe_cluster - DescribeCluster, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_DESCRIBE_CLUSTER_H
#define WIRE_DESCRIBE_CLUSTER_H

#include "wire_message.h"

/* clang-format off */

#define describe_cluster_request_FIELDS(S, FIELD)                            \
    FIELD(S, SINCE(0), bool, include_cluster_authorized_operations,          \
        "IncludeClusterAuthorizedOperations")                                \
    FIELD(S, SINCE(1), int8, endpoint_type, "EndpointType", DEFAULT(1))      \
    FIELD(S, SINCE(2), bool, include_fenced_brokers, "IncludeFencedBrokers")
WIRE_STRUCT(describe_cluster_request);

#define describe_cluster_broker_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), int32, broker_id, "BrokerId")                           \
    FIELD(S, SINCE(0), string, host, "Host")                                   \
    FIELD(S, SINCE(0), int32, port, "Port")                                    \
    FIELD(S, SINCE(0), string, rack, "Rack", NULLABLE(SINCE(0)), DEFAULT_NULL) \
    FIELD(S, SINCE(2), bool, is_fenced, "IsFenced")
WIRE_STRUCT(describe_cluster_broker);

#define describe_cluster_response_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)), \
        DEFAULT_NULL)                                                             \
    FIELD(S, SINCE(1), int8, endpoint_type, "EndpointType", DEFAULT(1))           \
    FIELD(S, SINCE(0), string, cluster_id, "ClusterId")                           \
    FIELD(S, SINCE(0), int32, controller_id, "ControllerId", DEFAULT(-1))         \
    FIELD(S, SINCE(0), structs(describe_cluster_broker), brokers, "Brokers")      \
    FIELD(S, SINCE(0), int32, cluster_authorized_operations,                      \
        "ClusterAuthorizedOperations", DEFAULT(INT32_MIN))
WIRE_STRUCT(describe_cluster_response);

/* clang-format on */

#endif
