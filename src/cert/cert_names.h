/*
 * cert_names - the alternative names of a certificate as text:
 *
 *     dns:broker.example,dns:*.example,ip:10.0.0.1,ip:::1,uri:spiffe://a/b,email:a@b.example
 *
 * Trust: a text to be parsed is the administrator's, and strict: a name that no client
 * could check is refused. Names to be written may be anybody's, and are escaped.
 *
 * Limits: CERT_NAMES_MAX names.
 */
#ifndef CERT_NAMES_H
#define CERT_NAMES_H

#include "buf.h"
#include "err.h"

#include <openssl/x509v3.h>
#include <stddef.h>

#define CERT_NAMES_MAX 100

/* A sentence without its full stop. */
struct cert_problem {
    char text[300];
};

/* Appends to names. ERR_INVALID fills why; ERR_NOMEM. On an error some may be there. */
enum err cert_names_parse(GENERAL_NAMES *names, const char *text, size_t length,
    struct cert_problem *why) MUST_CHECK;
/* Appends; errors stick to out. names: NULL is none. */
void cert_names_write(const GENERAL_NAMES *names, struct buf *out);

#endif
