/*
 * x509_plugin - client certificates of TLS as a plugin (auth_plugin.h).
 *
 * An attempt has one step, whose message x509_proof.h describes; it is answered at once.
 * The principal is "User:" and the name of x509_name.h after the rules of x509_rules.h,
 * and it ends when the first certificate of the chain does.
 *
 * It does not offer KNOWS: a principal does not say which certificate it came by, so that
 * a new list of revoked ones says nothing of it.
 *
 * Files: "ca" (required), "crl", "deny". Settings, all optional:
 *
 *     ssl.principal.source          subject, san-uri, san-dns or san-email
 *     ssl.principal.san.several     refuse or first
 *     ssl.principal.mapping.rules   x509_rules.h
 *     ssl.client.crl.expired        refuse or accept
 *
 * Trust: the host is ours; messages are a taken-over gate's, but for their first bytes.
 *
 * Limits: X509_ATTEMPTS_MAX attempts; the host has fewer.
 */
#ifndef X509_PLUGIN_H
#define X509_PLUGIN_H

#include <schloss/auth_plugin.h>

#define X509_ATTEMPTS_MAX 4096

const struct schloss_auth_plugin *x509_plugin(void);

#endif
