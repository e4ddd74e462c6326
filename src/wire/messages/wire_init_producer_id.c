#include "wire_init_producer_id.h"

#include "wire_table.h"

WIRE_TABLE(init_producer_id_request, "InitProducerIdRequest")
WIRE_TABLE(init_producer_id_response, "InitProducerIdResponse")
