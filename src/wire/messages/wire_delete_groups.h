/*
 * wire_delete_groups - DeleteGroups, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DELETE_GROUPS_H
#define WIRE_DELETE_GROUPS_H

#include "wire_message.h"

/* clang-format off */

#define delete_groups_request_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(0), array(string), groups_names, "GroupsNames")
WIRE_STRUCT(delete_groups_request);

#define delete_groups_response_deletable_group_result_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, group_id, "GroupId")                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")
WIRE_STRUCT(delete_groups_response_deletable_group_result);

#define delete_groups_response_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, SINCE(0), structs(delete_groups_response_deletable_group_result), \
        results, "Results")
WIRE_STRUCT(delete_groups_response);

/* clang-format on */

#endif
