/*
 * fetch_keys - one GET of one key set: request, answer, and whether it is one.
 *
 * The key set is read by the lines that the plugin reads it with (oauth_jwks.h), so that
 * what is handed on is what the plugin takes. It is handed on as it came.
 *
 * Trust: the URL is the administrator's, the answer nobody's. No byte of the answer gets
 * into a message.
 *
 * Ownership: borrows all; the body is the answer's.
 */
#ifndef FETCH_KEYS_H
#define FETCH_KEYS_H

#include "conf_url.h"
#include "fetch_http.h"
#include "fetch_tls.h"

/* Sends the request, reads the answer. OK: its body is whole. */
enum err fetch_keys_get(struct fetch_tls *t, const struct conf_url *url,
    struct fetch_http *answer, struct tls_problem *problem) MUST_CHECK;
/* OK: a key set with a key that checks signatures. */
enum err fetch_keys_check(const struct buf *body, struct tls_problem *problem) MUST_CHECK;

#endif
