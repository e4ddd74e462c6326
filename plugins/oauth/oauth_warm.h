/*
 * oauth_warm - dummy logins, before the sandbox closes.
 *
 * OpenSSL finds an algorithm when it is first asked for. So each is asked once here, with
 * a known answer: a token of a dummy issuer for each of the four algorithms, which must
 * be taken, and must be refused after one bit is changed. Then each key of the real set
 * refuses a signature.
 *
 * The dummy keys' private halves were thrown away; they are never part of the real set.
 */
#ifndef OAUTH_WARM_H
#define OAUTH_WARM_H

#include "oauth_token.h"

/* ERR_DENIED: an answer was not the known one. ERR_NOMEM. */
enum err oauth_warm_algorithms(void) MUST_CHECK;
enum err oauth_warm_keys(const struct oauth_jwks *keys) MUST_CHECK;

#endif
