/*
 * keys_key - the private key, with the certificate that names its public half.
 *
 * Trust: both come from files that the operator wrote; what is wrong with them is said in
 * a sentence, and none of their bytes is. RSA with 2048 to 4096 bits, P-256, P-384,
 * Ed25519. What the certificate must be stands in keys_certificate.h.
 *
 * Ownership: the key owns what it holds. The text of the file is wiped before the load
 * returns.
 */
#ifndef KEYS_KEY_H
#define KEYS_KEY_H

#include "algo.h"
#include "err.h"
#include "keys_certificate.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

enum keys_type { KEYS_RSA = 1, KEYS_P256, KEYS_P384, KEYS_ED25519 };

struct keys_signer;

struct keys_key {
    enum keys_type type;
    const struct algo *algo;          /* borrowed: who loaded it */
    EVP_PKEY *private_key;            /* NULL: the signer has it */
    const struct keys_signer *signer; /* borrowed; NULL: the key is here */
    X509 *certificate;                /* the first of the chain */
    struct ipc_certificates facts;    /* of the whole chain */
};

struct keys_source {
    int fd; /* of the key's file; borrowed, read from where it stands */
    const struct keys_signer *signer; /* NULL: none; else fd is for it */
    const uint8_t *chain;             /* certificates in PEM, the server's own first */
    size_t chain_length;
    struct keys_names names;
};

/*
 * Once, before anything else of OpenSSL: no configuration file, and locked memory for
 * private numbers where the system grants it. ERR_NOMEM.
 */
enum err keys_key_prepare(void) MUST_CHECK;

/*
 * The file is one with the private key in PEM, alone or together with certificates.
 * ERR_INVALID with the problem said, ERR_IO, ERR_NOMEM.
 */
enum err keys_key_load(struct keys_key *k, const struct algo *algo,
    const struct keys_source *from, struct keys_problem *problem) MUST_CHECK;
/* Harmless on a zeroed key. */
void keys_key_fini(struct keys_key *k);

#endif
