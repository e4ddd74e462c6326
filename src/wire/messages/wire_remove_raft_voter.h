/*
 * wire_remove_raft_voter - RemoveRaftVoter, request and response (notation:
 * wire_message.h).
 */
#ifndef WIRE_REMOVE_RAFT_VOTER_H
#define WIRE_REMOVE_RAFT_VOTER_H

#include "wire_message.h"

/* clang-format off */

#define remove_raft_voter_request_FIELDS(S, FIELD)                          \
    FIELD(S, SINCE(0), string, cluster_id, "ClusterId", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), int32, voter_id, "VoterId")                          \
    FIELD(S, SINCE(0), uuid, voter_directory_id, "VoterDirectoryId")
WIRE_STRUCT(remove_raft_voter_request);

#define remove_raft_voter_response_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(remove_raft_voter_response);

/* clang-format on */

#endif
