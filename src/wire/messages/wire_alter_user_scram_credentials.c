#include "wire_alter_user_scram_credentials.h"

#include "wire_table.h"

WIRE_TABLE(alter_user_scram_credentials_request_scram_credential_deletion,
    "ScramCredentialDeletion")
WIRE_TABLE(alter_user_scram_credentials_request_scram_credential_upsertion,
    "ScramCredentialUpsertion")
WIRE_TABLE(alter_user_scram_credentials_request, "AlterUserScramCredentialsRequest")
WIRE_TABLE(alter_user_scram_credentials_result, "AlterUserScramCredentialsResult")
WIRE_TABLE(alter_user_scram_credentials_response, "AlterUserScramCredentialsResponse")
