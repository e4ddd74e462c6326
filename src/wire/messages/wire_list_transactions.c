#include "wire_list_transactions.h"

#include "wire_table.h"

WIRE_TABLE(list_transactions_request, "ListTransactionsRequest")
WIRE_TABLE(list_transactions_response_transaction_state, "TransactionState")
WIRE_TABLE(list_transactions_response, "ListTransactionsResponse")
