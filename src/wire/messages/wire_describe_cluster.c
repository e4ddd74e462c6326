#include "wire_describe_cluster.h"

#include "wire_table.h"

WIRE_TABLE(describe_cluster_request, "DescribeClusterRequest")
WIRE_TABLE(describe_cluster_broker, "DescribeClusterBroker")
WIRE_TABLE(describe_cluster_response, "DescribeClusterResponse")
