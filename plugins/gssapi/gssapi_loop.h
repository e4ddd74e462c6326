/*
 * gssapi_loop - logs in to itself, so that everything is loaded before the sandbox closes.
 *
 * Who holds the key of a service can write a ticket for it. A ticket made here goes
 * through the library's own client and back into our exchange, whole and in ways that
 * must fail. No KDC takes part; tests use it in place of one.
 *
 * Trust: nothing of a peer comes here.
 *
 * Ownership: everything is freed before a call returns, but for a credential handed out.
 */
#ifndef GSSAPI_LOOP_H
#define GSSAPI_LOOP_H

#include "gssapi_exchange.h"
#include "gssapi_keytab.h"

struct gssapi_ticket {
    const char *client; /* "alice@REALM" */
    int64_t start_s;    /* wall time */
    int64_t end_s;
    bool spoilt; /* one bit of what is encrypted is wrong */
};

/* *credential_out: for gss_init_sec_context(); *cache_out lives as long, then
 * krb5_cc_destroy(). */
enum err gssapi_loop_credential(struct gssapi_keytab *k,
    const struct gssapi_ticket *ticket, gss_cred_id_t *credential_out,
    krb5_ccache *cache_out) MUST_CHECK;

/* The client's side of an exchange. */
struct gssapi_loop_client {
    gss_cred_id_t credential;
    krb5_ccache cache;
    gss_ctx_id_t context;
    gss_name_t target;
    gss_buffer_desc token; /* the first one */
};

/* Makes the first token; flags as for gss_init_sec_context(). */
enum err gssapi_loop_client_init(struct gssapi_loop_client *c, struct gssapi_keytab *k,
    const struct gssapi_ticket *ticket, OM_uint32 flags) MUST_CHECK;
void gssapi_loop_client_fini(struct gssapi_loop_client *c, struct gssapi_keytab *k);
/* Takes the server's AP-REP. */
enum err gssapi_loop_client_finish(
    struct gssapi_loop_client *c, const gss_buffer_desc *answer) MUST_CHECK;
/* The wrapped last message; the caller releases it. */
enum err gssapi_loop_client_choose(struct gssapi_loop_client *c, uint8_t layer,
    const char *authzid, gss_buffer_desc *out) MUST_CHECK;

/* A login that succeeds, and several that do not. False: one ended otherwise, and said is
 * the last thing that was to be logged. */
bool gssapi_loop_run(struct gssapi_keytab *k, gss_cred_id_t acceptor,
    char said[GSSAPI_SAID_MAX]) MUST_CHECK;

#endif
