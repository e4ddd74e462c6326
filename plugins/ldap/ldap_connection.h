/*
 * ldap_connection - the link to a real directory: OpenLDAP's client library over a stream.
 *
 * The library speaks LDAP and nothing else: it opens no socket, looks no name up, reads no
 * file, has no TLS and follows no referral. What it is given to parse is bounded, framed by
 * ldap_frame, and comes from a server whose certificate was checked: the library does not
 * see the answer to StartTLS. A request is wiped when it was
 * sent.
 *
 * Nothing is asked as nobody: the account that looks for users has a password, and so has
 * each user. Who is not found is asked for all the same, so that the time does not tell.
 *
 * The groups of a user, where they are asked for, are read from its own entry: by the search
 * that finds it, or, where it is not looked for, by the user once it is bound.
 *
 * Trust: the directory is believed in who may log in. It is not believed in sizes, counts
 * and times.
 *
 * Ownership: settings and stream are borrowed.
 *
 * Limits: LDAP_MESSAGE_MAX bytes a message, LDAP_MESSAGES_MAX messages of a search.
 */
#ifndef LDAP_CONNECTION_H
#define LDAP_CONNECTION_H

#include "ldap_directory.h"
#include "ldap_settings.h"
#include "ldap_stream.h"

#define LDAP_MESSAGES_MAX 16

struct ldap_connection {
    const struct ldap_settings *settings;
    struct ldap_stream *stream;
    /* A connected socket, or -1. */
    int (*dial)(void *context, uint32_t timeout_ms);
    /* For the log: what failed, and why where that is known. */
    void (*say)(void *context, const char *what, const char *why);
    void *context;
    struct ldap *ld; /* NULL: closed */
    int64_t deadline_ms;
};

/* What the library does once in a process. Before the sandbox closes. */
enum err ldap_connection_warm(void) MUST_CHECK;
/* The link over c; both are the caller's. */
struct ldap_link ldap_connection_link(struct ldap_connection *c);

#endif
