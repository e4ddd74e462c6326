/*
 * gssapi_exchange - one login by SASL GSSAPI (RFC 4752), from its first token to its end.
 *
 *   client                               we
 *   AP-REQ                        ->
 *                                 <-     AP-REP   } only if the client asked
 *   nothing                       ->              } for mutual authentication
 *                                 <-     wrapped: no layer is on offer
 *   wrapped: the layer, authzid   ->
 *                                 <-     ALLOW
 *
 * librdkafka and Python's clients ask for it, Java's and Go's do not, and the latter take
 * nothing but the offer then. Three messages, never more. GSSAPI is called directly: Cyrus
 * does not show the context, and so neither when the ticket ends nor why one was refused,
 * and asks the name service about hosts.
 *
 * The client must ask for no layer: TLS is the layer here. It may ask to be the principal
 * of its ticket, in full or in short, and nobody else. Python's clients put the broker's
 * own name there (`kafka@broker1`), which asks for nobody.
 *
 * Trust: messages are a peer's. The library sees only what says it is Kerberos.
 *
 * Ownership: an exchange owns its context. An outcome owns its answer.
 */
#ifndef GSSAPI_EXCHANGE_H
#define GSSAPI_EXCHANGE_H

#include "gssapi_rules.h"

#include <gssapi/gssapi.h>
#include <schloss/auth_plugin.h>

#define GSSAPI_TOKEN_MAX ((size_t)65536)
#define GSSAPI_SAID_MAX  400u

struct gssapi_acceptor {
    gss_cred_id_t credential;   /* borrowed */
    struct gssapi_rules *rules; /* borrowed */
    const char *service;        /* borrowed: the first part of the broker's name */
};

enum gssapi_stage {
    GSSAPI_STAGE_TOKEN,
    GSSAPI_STAGE_EMPTY,
    GSSAPI_STAGE_CHOICE,
    GSSAPI_STAGE_OVER,
};

struct gssapi_exchange {
    enum gssapi_stage stage;
    gss_ctx_id_t context;
    char principal[GSSAPI_PRINCIPAL_MAX + 1];
    size_t principal_length;
};

struct gssapi_outcome {
    enum schloss_auth_verdict verdict;
    enum schloss_auth_reason reason;
    gss_buffer_desc answer;     /* with CONTINUE */
    struct gssapi_name name;    /* with ALLOW */
    int64_t expires_ms;         /* with ALLOW: when the ticket ends */
    char said[GSSAPI_SAID_MAX]; /* for the log; empty: nothing */
};

void gssapi_exchange_init(struct gssapi_exchange *x);
void gssapi_exchange_fini(struct gssapi_exchange *x);

/* now_ms: wall time. */
void gssapi_exchange_step(struct gssapi_exchange *x,
    const struct gssapi_acceptor *acceptor, struct schloss_auth_bytes message,
    int64_t now_ms, struct gssapi_outcome *out);
void gssapi_outcome_fini(struct gssapi_outcome *o);

#endif
