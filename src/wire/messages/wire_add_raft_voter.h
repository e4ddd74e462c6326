/*
 * wire_add_raft_voter - AddRaftVoter, request and response (notation: wire_message.h).
 */
#ifndef WIRE_ADD_RAFT_VOTER_H
#define WIRE_ADD_RAFT_VOTER_H

#include "wire_message.h"

/* clang-format off */

#define add_raft_voter_request_listener_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")             \
    FIELD(S, SINCE(0), string, host, "Host")             \
    FIELD(S, SINCE(0), uint16, port, "Port")
WIRE_STRUCT(add_raft_voter_request_listener);

#define add_raft_voter_request_FIELDS(S, FIELD)                                     \
    FIELD(S, SINCE(0), string, cluster_id, "ClusterId", NULLABLE(SINCE(0)))         \
    FIELD(S, SINCE(0), int32, timeout_ms, "TimeoutMs")                              \
    FIELD(S, SINCE(0), int32, voter_id, "VoterId")                                  \
    FIELD(S, SINCE(0), uuid, voter_directory_id, "VoterDirectoryId")                \
    FIELD(S, SINCE(0), structs(add_raft_voter_request_listener), listeners,         \
        "Listeners")                                                                \
    FIELD(S, SINCE(1), bool, ack_when_committed, "AckWhenCommitted", DEFAULT(true))
WIRE_STRUCT(add_raft_voter_request);

#define add_raft_voter_response_FIELDS(S, FIELD)                                  \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(add_raft_voter_response);

/* clang-format on */

#endif
