/*
 * gssapi_token - the two things of a client that are read here: the frame of its first
 * token (RFC 2743, 3.1), and what it chose at the end (RFC 4752, 3.1).
 *
 * Only Kerberos goes on to the library: no SPNEGO, no IAKERB, no NTLM.
 *
 * Trust: takes any bytes. Ownership: the parts borrow the message.
 */
#ifndef GSSAPI_TOKEN_H
#define GSSAPI_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GSSAPI_LAYER_NONE 1u

/* A whole first token that says it is an AP-REQ of Kerberos 5. */
bool gssapi_token_is_krb5(const void *bytes, size_t length);

struct gssapi_choice {
    uint8_t layer;       /* GSSAPI_LAYER_NONE is the only one on offer */
    const char *authzid; /* who the client wants to be */
    size_t authzid_length;
};

/* False: too short. */
bool gssapi_choice_parse(struct gssapi_choice *out, const void *bytes, size_t length);

#endif
