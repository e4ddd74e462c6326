/*
 * gssapi_keytab - the keys of one service, out of a keytab and into memory.
 *
 * The bytes go through a file in the scratch folder, because the library reads files
 * only; it is overwritten and removed at once. Of all entries only those of our service's
 * principal are kept, or of its principals for all hosts.
 *
 * Trust: the keytab is the administrator's.
 *
 * Ownership: owns the keytab in memory and the name; the context is borrowed for the life
 * of the struct.
 *
 * Limits: GSSAPI_KEYTAB_MAX bytes.
 */
#ifndef GSSAPI_KEYTAB_H
#define GSSAPI_KEYTAB_H

#include "buf.h"
#include "err.h"

#include <krb5.h>
#include <stdbool.h>

#define GSSAPI_KEYTAB_MAX  ((size_t)1 << 20)
#define GSSAPI_KEYTAB_NAME "MEMORY:schloss"

struct gssapi_keytab_wanted {
    const char *folder;   /* scratch */
    const char *service;  /* "kafka" */
    const char *hostname; /* NULL: the first that the service has; "*": all */
};

struct gssapi_keytab {
    krb5_context context; /* borrowed */
    krb5_keytab keys;
    krb5_principal principal;
    char *name;     /* of the principal, as text; of several hosts, the first */
    char *service;  /* its first part */
    bool any_host;  /* there are keys of every host of the service */
    bool only_weak; /* no key but of DES, triple DES and RC4 */
    bool ambiguous; /* the service has other hosts too, and none was asked for */
};

/* On an error what is wrong is appended to problem; k is empty. */
enum err gssapi_keytab_load(struct gssapi_keytab *k, krb5_context context, int fd,
    const struct gssapi_keytab_wanted *wanted, struct buf *problem) MUST_CHECK;
void gssapi_keytab_free(struct gssapi_keytab *k);

/* The newest key of the first type that krb5.conf permits and that is there;
 * krb5_free_keytab_entry_contents() then. ERR_NOT_FOUND: none is of a permitted type. */
enum err gssapi_keytab_best(struct gssapi_keytab *k, krb5_keytab_entry *out) MUST_CHECK;

#endif
