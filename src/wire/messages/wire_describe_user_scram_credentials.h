/*
 * wire_describe_user_scram_credentials - DescribeUserScramCredentials, request and
 * response (notation: wire_message.h).
 */
#ifndef WIRE_DESCRIBE_USER_SCRAM_CREDENTIALS_H
#define WIRE_DESCRIBE_USER_SCRAM_CREDENTIALS_H

#include "wire_message.h"

/* clang-format off */

#define describe_user_scram_credentials_request_user_name_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")
WIRE_STRUCT(describe_user_scram_credentials_request_user_name);

#define describe_user_scram_credentials_request_FIELDS(S, FIELD)                   \
    FIELD(S, SINCE(0), structs(describe_user_scram_credentials_request_user_name), \
        users, "Users", NULLABLE(SINCE(0)))
WIRE_STRUCT(describe_user_scram_credentials_request);

#define describe_user_scram_credentials_response_credential_info_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), int8, mechanism, "Mechanism")                              \
    FIELD(S, SINCE(0), int32, iterations, "Iterations")
WIRE_STRUCT(describe_user_scram_credentials_response_credential_info);

#define describe_user_scram_credentials_result_FIELDS(S, FIELD)                   \
    FIELD(S, SINCE(0), string, user, "User")                                      \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0),                                                            \
        structs(describe_user_scram_credentials_response_credential_info),        \
        credential_infos, "CredentialInfos")
WIRE_STRUCT(describe_user_scram_credentials_result);

#define describe_user_scram_credentials_response_FIELDS(S, FIELD)                 \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0))) \
    FIELD(S, SINCE(0), structs(describe_user_scram_credentials_result), results,  \
        "Results")
WIRE_STRUCT(describe_user_scram_credentials_response);

/* clang-format on */

#endif
