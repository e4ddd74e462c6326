#include "wire_add_offsets_to_txn.h"

#include "wire_table.h"

WIRE_TABLE(add_offsets_to_txn_request, "AddOffsetsToTxnRequest")
WIRE_TABLE(add_offsets_to_txn_response, "AddOffsetsToTxnResponse")
