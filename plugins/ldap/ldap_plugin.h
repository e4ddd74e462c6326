/*
 * ldap_plugin - SASL PLAIN against a directory.
 *
 * The password of a client is asked of the directory by a simple bind over TLS; who was
 * right is remembered for a short time (ldap_cache.h). A directory that can not be asked is
 * an ERROR, never an answer. Who guesses waits, as with password.so and by the same file.
 *
 * Trust: what clients send is hostile; the directory is believed in who may log in.
 */
#ifndef LDAP_PLUGIN_H
#define LDAP_PLUGIN_H

#include "ldap_directory.h"

#include <schloss/auth_plugin.h>

#define LDAP_ATTEMPTS_MAX 2048
#define LDAP_ADDRESS_MAX  64

const struct schloss_auth_plugin *ldap_plugin(void);

/* Tests: asks that link instead of a directory, at that time. Borrowed. */
void ldap_plugin_set_link(struct schloss_auth_instance *instance,
    const struct ldap_link *link, int64_t (*now)(void));

#endif
