/*
 * gssapi_plugin - SASL GSSAPI with Kerberos 5, as a plugin (auth_plugin.h).
 *
 * Files: "keytab"; "krb5.conf", which may be absent. Settings: "scratch", which must be
 * there; "sasl.kerberos.service.name", "sasl.kerberos.hostname" and
 * "sasl.kerberos.principal.to.local.rules". docs/kerberos.md explains them.
 *
 * Trust: the host is ours; messages are a peer's.
 *
 * Ownership: the instance owns everything. Kerberos reads the environment of the process,
 * which create() sets: one instance at a time.
 *
 * Limits: GSSAPI_ATTEMPTS_MAX attempts; the host has fewer.
 */
#ifndef GSSAPI_PLUGIN_H
#define GSSAPI_PLUGIN_H

#include "gssapi_keytab.h"

#include <schloss/auth_plugin.h>

#define GSSAPI_ATTEMPTS_MAX 4096u

const struct schloss_auth_plugin *gssapi_plugin(void);

/* For a test that has no KDC. */
struct gssapi_keytab *gssapi_plugin_keytab(struct schloss_auth_instance *instance);

#endif
