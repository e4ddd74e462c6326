#include "wire_remove_raft_voter.h"

#include "wire_table.h"

WIRE_TABLE(remove_raft_voter_request, "RemoveRaftVoterRequest")
WIRE_TABLE(remove_raft_voter_response, "RemoveRaftVoterResponse")
