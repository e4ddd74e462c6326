/*
 * keys_certificate - the server's certificate and its chain: read, and fit for a server?
 *
 * Refused of the first, which is the server's own: one out of its time, of a CA, for
 * another purpose, or with a weak signature. Those behind it are looked at for their
 * end alone: who trusts what is the clients' to decide.
 *
 * Trust: PEM that the administrator wrote; what is wrong is said in a sentence.
 *
 * Ownership: the caller owns the certificate.
 */
#ifndef KEYS_CERTIFICATE_H
#define KEYS_CERTIFICATE_H

#include "algo.h"
#include "ipc_certificates.h"
#include "keys_problem.h"

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#define KEYS_FILE_MAX  65536
#define KEYS_CHAIN_MAX IPC_CERTIFICATES_MAX

/*
 * The first of the chain, unchecked, and what is told of each. names: for the problem.
 * ERR_INVALID with the problem said, ERR_NOMEM.
 */
enum err keys_certificate_read(const struct algo *algo, const uint8_t *chain,
    size_t length, const struct keys_names *names, X509 **first_out,
    struct ipc_certificates *facts_out, struct keys_problem *problem) MUST_CHECK;

/* May a server show it now? ERR_INVALID with the problem said. */
enum err keys_certificate_check(
    X509 *x, const struct keys_names *names, struct keys_problem *problem) MUST_CHECK;

#endif
