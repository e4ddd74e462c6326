/*
 * wire_admin - the private requests of the administrator's socket, and their responses
 * (notation: wire_message.h). No network listener speaks them.
 *
 * Times are wall time in milliseconds; 0: it did not happen, or does not end.
 */
#ifndef WIRE_ADMIN_H
#define WIRE_ADMIN_H

#include "wire_message.h"

/* clang-format off */

/* Sessions that fit both filters, by ascending id from behind AfterId on. */
#define describe_sessions_request_FIELDS(S, FIELD)                         \
    FIELD(S, SINCE(0), string, principal, "Principal", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), string, listener, "Listener", NULLABLE(SINCE(0)))   \
    FIELD(S, SINCE(0), int64, after_id, "AfterId")                         \
    FIELD(S, SINCE(0), int32, limit, "Limit")
WIRE_STRUCT(describe_sessions_request);

#define describe_sessions_response_session_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), int64, id, "Id")                            \
    FIELD(S, SINCE(0), string, principal, "Principal")             \
    FIELD(S, SINCE(0), string, mechanism, "Mechanism")             \
    FIELD(S, SINCE(0), string, listener, "Listener")               \
    FIELD(S, SINCE(0), string, address, "Address")                 \
    FIELD(S, SINCE(0), int32, port, "Port")                        \
    FIELD(S, SINCE(0), string, client_id, "ClientId")              \
    FIELD(S, SINCE(0), int64, connected_ms, "ConnectedMs")         \
    FIELD(S, SINCE(0), int64, authenticated_ms, "AuthenticatedMs") \
    FIELD(S, SINCE(0), int64, expires_ms, "ExpiresMs")
WIRE_STRUCT(describe_sessions_response_session);

/* NextId: what to ask with as AfterId; 0: there are no more. */
#define describe_sessions_response_FIELDS(S, FIELD)                                       \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                                    \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))         \
    FIELD(S, SINCE(0), structs(describe_sessions_response_session), sessions, "Sessions") \
    FIELD(S, SINCE(0), int64, next_id, "NextId")
WIRE_STRUCT(describe_sessions_response);

/* Either ids, or a principal. */
#define end_sessions_request_FIELDS(S, FIELD)    \
    FIELD(S, SINCE(0), array(int64), ids, "Ids") \
    FIELD(S, SINCE(0), string, principal, "Principal", NULLABLE(SINCE(0)))
WIRE_STRUCT(end_sessions_request);

/* Left: those that fit too, but were too many for one request. */
#define end_sessions_response_FIELDS(S, FIELD)                                    \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), int32, ended, "Ended")                                     \
    FIELD(S, SINCE(0), int32, left, "Left")
WIRE_STRUCT(end_sessions_response);

/* Without Processes nobody but the process that answers is asked. */
#define status_request_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), bool, processes, "Processes")
WIRE_STRUCT(status_request);

#define status_response_process_FIELDS(S, FIELD)    \
    FIELD(S, SINCE(0), string, name, "Name")        \
    FIELD(S, SINCE(0), string, state, "State")      \
    FIELD(S, SINCE(0), int32, restarts, "Restarts") \
    FIELD(S, SINCE(0), int64, since_ms, "SinceMs")
WIRE_STRUCT(status_response_process);

#define status_response_listener_FIELDS(S, FIELD)        \
    FIELD(S, SINCE(0), string, name, "Name")             \
    FIELD(S, SINCE(0), string, protocol, "Protocol")     \
    FIELD(S, SINCE(0), string, host, "Host")             \
    FIELD(S, SINCE(0), int32, port, "Port")              \
    FIELD(S, SINCE(0), string, mechanisms, "Mechanisms") \
    FIELD(S, SINCE(0), int32, sessions, "Sessions")
WIRE_STRUCT(status_response_listener);

/* The codes are those of the log: REL001 and so on. */
#define status_response_part_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, code, "Code")  \
    FIELD(S, SINCE(0), string, name, "Name")
WIRE_STRUCT(status_response_part);

#define status_response_certificate_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")         \
    FIELD(S, SINCE(0), int64, not_after_ms, "NotAfterMs")
WIRE_STRUCT(status_response_certificate);

/* Mode "permissive": it decides nothing. State is of its signatures, History the directory
 * of the files of those in force. */
#define status_response_policy_FIELDS(S, FIELD)    \
    FIELD(S, SINCE(0), string, mode, "Mode")             \
    FIELD(S, SINCE(0), string, file, "File")             \
    FIELD(S, SINCE(0), int64, serial, "Serial")          \
    FIELD(S, SINCE(0), string, hash, "Hash")             \
    FIELD(S, SINCE(0), int32, rules, "Rules")            \
    FIELD(S, SINCE(0), int64, since_ms, "SinceMs")       \
    FIELD(S, SINCE(0), int64, refused_ms, "RefusedMs")   \
    FIELD(S, SINCE(0), string, state, "State")           \
    FIELD(S, SINCE(0), string, history, "History")
WIRE_STRUCT(status_response_policy);

#define status_response_FIELDS(S, FIELD)                                          \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), string, version, "Version")                                \
    FIELD(S, SINCE(0), string, cluster_id, "ClusterId")                           \
    FIELD(S, SINCE(0), int64, now_ms, "NowMs")                                    \
    FIELD(S, SINCE(0), int64, started_ms, "StartedMs")                            \
    FIELD(S, SINCE(0), structs(status_response_process), processes, "Processes")  \
    FIELD(S, SINCE(0), structs(status_response_listener), listeners, "Listeners") \
    FIELD(S, SINCE(0), int32, sessions, "Sessions")                               \
    FIELD(S, SINCE(0), int32, authenticated, "Authenticated")                     \
    FIELD(S, SINCE(0), int32, topics, "Topics")                                   \
    FIELD(S, SINCE(0), int32, groups, "Groups")                                   \
    FIELD(S, SINCE(0), int64, reloaded_ms, "ReloadedMs")                          \
    FIELD(S, SINCE(0), structs(status_response_part), reload, "Reload")           \
    FIELD(S, SINCE(0), structs(status_response_certificate), certificates,        \
        "Certificates")                                                           \
    FIELD(S, SINCE(0), structs(status_response_policy), policies, "Policies")
WIRE_STRUCT(status_response);

/* With Wait it is answered when all is done, else when it began. Part "policy" is that
 * alone, null everything; Expected: the hash that the policy files must have, or null: any. */
#define reload_request_FIELDS(S, FIELD)      \
    FIELD(S, SINCE(0), bool, wait, "Wait")                       \
    FIELD(S, SINCE(0), string, part, "Part", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), string, expected, "Expected", NULLABLE(SINCE(0)))
WIRE_STRUCT(reload_request);

#define reload_response_FIELDS(S, FIELD)                                          \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), structs(status_response_part), parts, "Parts")
WIRE_STRUCT(reload_response);

/* Names null: everybody, in the order of their bytes, from behind AfterName on. */
#define describe_last_use_request_FIELDS(S, FIELD)                        \
    FIELD(S, SINCE(0), array(string), names, "Names", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), string, after_name, "AfterName")                   \
    FIELD(S, SINCE(0), int32, limit, "Limit")
WIRE_STRUCT(describe_last_use_request);

#define describe_last_use_response_user_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, principal, "Principal")   \
    FIELD(S, SINCE(0), int64, login_ms, "LoginMs")       \
    FIELD(S, SINCE(0), string, mechanism, "Mechanism")   \
    FIELD(S, SINCE(0), string, address, "Address")       \
    FIELD(S, SINCE(0), int32, sessions, "Sessions")
WIRE_STRUCT(describe_last_use_response_user);

/* SinceMs: what was before is not counted. Forgotten: how many had to go for others. */
#define describe_last_use_response_FIELDS(S, FIELD)                               \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), int64, since_ms, "SinceMs")                                \
    FIELD(S, SINCE(0), int64, forgotten, "Forgotten")                             \
    FIELD(S, SINCE(0), structs(describe_last_use_response_user), users, "Users")  \
    FIELD(S, SINCE(0), string, next_name, "NextName")
WIRE_STRUCT(describe_last_use_response);

/* Status: that of the program which made the self-test; -1: it ended by a signal. */
#define record_selftest_request_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int32, status, "Status")
WIRE_STRUCT(record_selftest_request);

#define record_selftest_response_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode") \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(record_selftest_response);

/* clang-format on */

#endif
