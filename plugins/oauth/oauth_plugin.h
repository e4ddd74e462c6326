/*
 * oauth_plugin - SASL OAUTHBEARER (RFC 7628) with signed tokens, as a plugin
 * (auth_plugin.h).
 *
 * For a message: shape (oauth_message.h), token (oauth_token.h), then whoever the client
 * asks to be must be whom the token names. The principal is "User:" and that name, and
 * the session ends with the token.
 *
 * A token that is refused is answered with {"status":"invalid_token"} and one more round,
 * as RFC 7628 and the clients want it; the refusal follows whatever comes then. Why, only
 * the audit is told.
 *
 * `knows` is not offered: nobody is on a list here. A session that began with a token
 * which was good then stays until the token ends, also when the keys have changed since.
 *
 * Where the keys are fetched from a URL there may be none at the start. Each attempt is then
 * answered with an error, which is no refusal: the client tries again. The host starts a new
 * process when there are keys.
 *
 * Trust: the host is ours; messages are a peer's.
 *
 * Ownership: the instance owns everything; of a message nothing is kept.
 *
 * Limits: OAUTH_ATTEMPTS_MAX attempts; the host has fewer.
 */
#ifndef OAUTH_PLUGIN_H
#define OAUTH_PLUGIN_H

#include <schloss/auth_plugin.h>

#define OAUTH_ATTEMPTS_MAX 4096

const struct schloss_auth_plugin *oauth_plugin(void);

/* A test has its own wall clock. */
void oauth_plugin_set_clock(
    struct schloss_auth_instance *instance, int64_t (*wall_ms)(void));

#endif
