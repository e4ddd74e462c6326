#include "wire_describe_transactions.h"

#include "wire_table.h"

WIRE_TABLE(describe_transactions_request, "DescribeTransactionsRequest")
WIRE_TABLE(describe_transactions_response_topic_data, "TopicData")
WIRE_TABLE(describe_transactions_response_transaction_state, "TransactionState")
WIRE_TABLE(describe_transactions_response, "DescribeTransactionsResponse")
