#include "wire_end_txn.h"

#include "wire_table.h"

WIRE_TABLE(end_txn_request, "EndTxnRequest")
WIRE_TABLE(end_txn_response, "EndTxnResponse")
