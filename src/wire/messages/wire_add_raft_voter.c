#include "wire_add_raft_voter.h"

#include "wire_table.h"

WIRE_TABLE(add_raft_voter_request_listener, "Listener")
WIRE_TABLE(add_raft_voter_request, "AddRaftVoterRequest")
WIRE_TABLE(add_raft_voter_response, "AddRaftVoterResponse")
