/*
 * oauth_claims - the claims of a token whose signature was good (RFC 7519 section 4).
 *
 * `iss` is the expected issuer, `aud` has one of the expected audiences, `exp` is there
 * and not over, `nbf` and `iat` are not to come. The name is the claim that the settings
 * say, and must be one that a user may have (users_file.h; a ':' is allowed here, where
 * no file has to be separated by it). The scope is looked at for its form only: who may
 * do what is the policy's. Groups are one text or a list of texts; there may be none, but
 * not more than the host takes, since the policy may deny something to any of them.
 *
 * A token that is bound to a key of its bearer (`cnf`: RFC 8705, RFC 9449) is refused,
 * because nothing here could show that the bearer has that key.
 *
 * Trust: the issuer signed it. What it says of others than itself is believed no further
 * than the settings allow.
 *
 * Ownership: everything is borrowed; the identity is a copy.
 */
#ifndef OAUTH_CLAIMS_H
#define OAUTH_CLAIMS_H

#include "oauth_settings.h"
#include "users_file.h"

struct oauth_identity {
    char name[USERS_NAME_MAX];
    size_t name_length;
    int64_t expires_ms;                         /* of the session; wall time */
    char groups[SCHLOSS_AUTH_GROUPS_BYTES_MAX]; /* each with a NUL behind it */
    size_t groups_length;
};

/* SCHLOSS_AUTH_REASON_NONE: *out is set. */
enum schloss_auth_reason oauth_claims_check(const struct oauth_settings *settings,
    const json_t *claims, int64_t now_ms, struct oauth_identity *out) MUST_CHECK;

#endif
