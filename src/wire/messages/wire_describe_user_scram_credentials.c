#include "wire_describe_user_scram_credentials.h"

#include "wire_table.h"

WIRE_TABLE(describe_user_scram_credentials_request_user_name, "UserName")
WIRE_TABLE(describe_user_scram_credentials_request, "DescribeUserScramCredentialsRequest")
WIRE_TABLE(describe_user_scram_credentials_response_credential_info, "CredentialInfo")
WIRE_TABLE(describe_user_scram_credentials_result, "DescribeUserScramCredentialsResult")
WIRE_TABLE(
    describe_user_scram_credentials_response, "DescribeUserScramCredentialsResponse")
