/*
 * oauth_token - a signed JWT (RFC 7519) in compact form (RFC 7515): whose is it?
 *
 * In this order, and nothing is looked at before what stands above it holds:
 *  - three parts in strict base64url; the header an object, without `crit`, its `typ`
 *    absent, "JWT" or "at+jwt", so that what the issuer signs for other ends (a logout, a
 *    security event) is no login;
 *  - `alg` in the allow-list, a key of that `kid`, and that key's type the one of `alg`;
 *  - the signature, over the bytes as they came;
 *  - the claims (oauth_claims.h), which nobody reads before they are known to be the
 *    issuer's.
 *
 * Other members of the header say nothing here. `jwk`, `jku`, `x5u` and `x5c` offer keys:
 * they are never read, but do not refuse a token either, since issuers send them along.
 *
 * Trust: takes any bytes. Ownership: settings and keys are borrowed; nothing of the token
 * is kept but the name in the identity. Its decoded parts are wiped.
 *
 * Limits: OAUTH_TOKEN_MAX bytes.
 */
#ifndef OAUTH_TOKEN_H
#define OAUTH_TOKEN_H

#include "oauth_claims.h"
#include "oauth_jwks.h"

#define OAUTH_TOKEN_MAX 16384

/* SCHLOSS_AUTH_REASON_NONE: *out is set. INTERNAL: out of memory, no decision. */
enum schloss_auth_reason oauth_token_check(const struct oauth_settings *settings,
    const struct oauth_jwks *keys, struct schloss_auth_bytes token, int64_t now_ms,
    struct oauth_identity *out) MUST_CHECK;

#endif
