/*
 * wire_alter_user_scram_credentials - AlterUserScramCredentials, request and response
 * (notation: wire_message.h).
 */
#ifndef WIRE_ALTER_USER_SCRAM_CREDENTIALS_H
#define WIRE_ALTER_USER_SCRAM_CREDENTIALS_H

#include "wire_message.h"

/* clang-format off */

#define alter_user_scram_credentials_request_scram_credential_deletion_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                            \
    FIELD(S, SINCE(0), int8, mechanism, "Mechanism")
WIRE_STRUCT(alter_user_scram_credentials_request_scram_credential_deletion);

#define alter_user_scram_credentials_request_scram_credential_upsertion_FIELDS(S, FIELD) \
    FIELD(S, SINCE(0), string, name, "Name")                                             \
    FIELD(S, SINCE(0), int8, mechanism, "Mechanism")                                     \
    FIELD(S, SINCE(0), int32, iterations, "Iterations")                                  \
    FIELD(S, SINCE(0), bytes, salt, "Salt")                                              \
    FIELD(S, SINCE(0), bytes, salted_password, "SaltedPassword")
WIRE_STRUCT(alter_user_scram_credentials_request_scram_credential_upsertion);

#define alter_user_scram_credentials_request_FIELDS(S, FIELD)                     \
    FIELD(S, SINCE(0),                                                            \
        structs(alter_user_scram_credentials_request_scram_credential_deletion),  \
        deletions, "Deletions")                                                   \
    FIELD(S, SINCE(0),                                                            \
        structs(alter_user_scram_credentials_request_scram_credential_upsertion), \
        upsertions, "Upsertions")
WIRE_STRUCT(alter_user_scram_credentials_request);

#define alter_user_scram_credentials_result_FIELDS(S, FIELD)                      \
    FIELD(S, SINCE(0), string, user, "User")                                      \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(0), string, error_message, "ErrorMessage", NULLABLE(SINCE(0)))
WIRE_STRUCT(alter_user_scram_credentials_result);

#define alter_user_scram_credentials_response_FIELDS(S, FIELD)                \
    FIELD(S, SINCE(0), int32, throttle_time_ms, "ThrottleTimeMs")             \
    FIELD(S, SINCE(0), structs(alter_user_scram_credentials_result), results, \
        "Results")
WIRE_STRUCT(alter_user_scram_credentials_response);

/* clang-format on */

#endif
