/*
 * gssapi_ticket - a ticket for our own service, written with its key.
 *
 * Who holds the key of a service can do that. It is for the dummy logins and for tests.
 *
 * Trust: nothing of a peer comes here.
 *
 * Limits: GSSAPI_TICKET_MAX bytes.
 */
#ifndef GSSAPI_TICKET_H
#define GSSAPI_TICKET_H

#include "buf.h"

#include <krb5.h>
#include <stdbool.h>

#define GSSAPI_TICKET_MAX ((size_t)4096)

/* For client, server, session key and times of creds. creds->ticket then borrows what was
 * added to out. spoilt: one bit of what is encrypted is wrong. */
krb5_error_code gssapi_ticket_make(krb5_context context, const krb5_keytab_entry *entry,
    bool spoilt, krb5_creds *creds, struct buf *out);

#endif
