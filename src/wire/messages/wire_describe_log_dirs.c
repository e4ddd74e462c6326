#include "wire_describe_log_dirs.h"

#include "wire_table.h"

WIRE_TABLE(describe_log_dirs_request_describable_log_dir_topic, "DescribableLogDirTopic")
WIRE_TABLE(describe_log_dirs_request, "DescribeLogDirsRequest")
WIRE_TABLE(describe_log_dirs_partition, "DescribeLogDirsPartition")
WIRE_TABLE(describe_log_dirs_topic, "DescribeLogDirsTopic")
WIRE_TABLE(describe_log_dirs_result, "DescribeLogDirsResult")
WIRE_TABLE(describe_log_dirs_response, "DescribeLogDirsResponse")
