/*
 * scram_plugin - SASL SCRAM-SHA-256 and SCRAM-SHA-512 against a file of credentials, as a
 * plugin (auth_plugin.h).
 *
 * Files: "scram", the credentials (scram_file.h); "phantom-key", optional
 * (scram_lookup.h). Beside them credentials count that are set over the network
 * (scram_kept.h). For a client-first: shape, credential. For a client-final: shape,
 * nonce, turn (password_backoff.h), proof. A guess is a client-final whose proof was
 * looked at. The principal is "User:" and the name.
 *
 * To the client a failure is only that; the audit hears of a disabled user as of one that
 * does not exist.
 *
 * Trust: the host is ours; messages are a peer's.
 *
 * Ownership: the instance owns everything; a waiting message is kept as a secret.
 *
 * Limits: SCRAM_ATTEMPTS_MAX attempts; the host has fewer.
 */
#ifndef SCRAM_PLUGIN_H
#define SCRAM_PLUGIN_H

#include <schloss/auth_plugin.h>

#define SCRAM_ATTEMPTS_MAX 4096
#define SCRAM_ADDRESS_MAX  64

const struct schloss_auth_plugin *scram_plugin(void);

#endif
