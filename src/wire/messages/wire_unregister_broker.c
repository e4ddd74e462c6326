#include "wire_unregister_broker.h"

#include "wire_table.h"

WIRE_TABLE(unregister_broker_request, "UnregisterBrokerRequest")
WIRE_TABLE(unregister_broker_response, "UnregisterBrokerResponse")
