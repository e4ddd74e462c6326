/*
 * wire_list_groups - ListGroups, request and response (notation: wire_message.h).
 */
#ifndef WIRE_LIST_GROUPS_H
#define WIRE_LIST_GROUPS_H

#include "wire_message.h"

/* clang-format off */

#define list_groups_request_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(4), array(string), states_filter, "StatesFilter") \
    FIELD(S, SINCE(5), array(string), types_filter, "TypesFilter")
WIRE_STRUCT(list_groups_request);

#define list_groups_response_listed_group_FIELDS(S, FIELD)    \
    FIELD(S, SINCE(0), string, group_id, "GroupId")           \
    FIELD(S, SINCE(0), string, protocol_type, "ProtocolType") \
    FIELD(S, SINCE(4), string, group_state, "GroupState")     \
    FIELD(S, SINCE(5), string, group_type, "GroupType")
WIRE_STRUCT(list_groups_response_listed_group);

#define list_groups_response_FIELDS(S, FIELD)                                        \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs")                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                               \
    FIELD(S, SINCE(0), structs(list_groups_response_listed_group), groups, "Groups")
WIRE_STRUCT(list_groups_response);

/* clang-format on */

#endif
