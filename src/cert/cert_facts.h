/*
 * cert_facts - what a certificate says, as text for a person.
 *
 * Trust: the certificate may be anybody's. The subject is written as the broker's plugin
 * for client certificates writes it, for mapping rules; one that the plugin refuses, and
 * everything else, is escaped.
 *
 * Ownership: owns its texts.
 */
#ifndef CERT_FACTS_H
#define CERT_FACTS_H

#include "cert_ca.h"

#define CERT_TIME_TEXT 24
#define CERT_USE_TEXT  64

struct cert_facts {
    char *subject; /* "" for an empty one */
    char *issuer;
    char *names;                   /* as in cert_names.h; "" for none */
    bool subject_is_plain;         /* the plugin takes it */
    char serial[CERT_SERIAL_TEXT]; /* "" for one that is too long */
    char from[CERT_TIME_TEXT];     /* in UTC; "" for what is no time */
    char to[CERT_TIME_TEXT];
    int64_t days_left; /* below 0: it has ended */
    char key[CERT_KEY_TEXT];
    char use
        [CERT_USE_TEXT]; /* "ca", "server", "client", "server,client", "any", "other" */
};

enum err cert_facts_init(
    struct cert_facts *f, X509 *certificate, int64_t now_s) MUST_CHECK;
void cert_facts_fini(struct cert_facts *f);

/* `2027-01-31T23:59:59Z`; "" for what is no time. */
void cert_time_write(const ASN1_TIME *time, char out[CERT_TIME_TEXT]);
/* From now to then; INT64_MIN where then is no time. */
int64_t cert_seconds_until(const ASN1_TIME *then, int64_t now_s);

enum cert_use {
    CERT_USE_SERVER = 1,
    CERT_USE_CLIENT = 2,
};
/* The bits of what it may be used for; both where it does not say. */
unsigned cert_uses(X509 *certificate);

#endif
