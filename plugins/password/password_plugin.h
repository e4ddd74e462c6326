/*
 * password_plugin - SASL PLAIN against the password file, as a plugin (auth_plugin.h).
 *
 * For a message: shape, turn (password_backoff.h), Cyrus, password (password_check.h).
 * The principal is "User:" and the name; a login ends when the user expires.
 *
 * Trust: the host is ours; messages are a peer's.
 *
 * Ownership: the instance owns everything; a waiting message is kept as a secret.
 *
 * Limits: PASSWORD_ATTEMPTS_MAX attempts; the host has fewer.
 */
#ifndef PASSWORD_PLUGIN_H
#define PASSWORD_PLUGIN_H

#include "password_check.h"

#include <schloss/auth_plugin.h>

#define PASSWORD_ATTEMPTS_MAX 4096
#define PASSWORD_ADDRESS_MAX  64

const struct schloss_auth_plugin *password_plugin(void);

/* A test puts its own judge in place of Argon2. */
void password_plugin_set_match(
    struct schloss_auth_instance *instance, password_match *match);

#endif
