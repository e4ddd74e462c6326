/*
 * algo - the one place that algorithms of OpenSSL come from.
 *
 * A library context of its own, that reads no openssl.cnf, with one provider in it, and
 * the properties that every fetch asks for. In the mode ALGO_FIPS these are OpenSSL's FIPS
 * provider and `fips=yes`, so that an algorithm that is not approved is not found; without
 * that provider nothing is opened.
 *
 * Trust: none of its input is a peer's, but what is hashed may be.
 *
 * Ownership: owns the context and its providers; what was fetched must be freed before.
 */
#ifndef ALGO_H
#define ALGO_H

#include "err.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stddef.h>
#include <stdint.h>

enum algo_mode { ALGO_DEFAULT, ALGO_FIPS };

struct algo {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *provider;
    OSSL_PROVIDER *base;    /* FIPS: reads files of keys; no cryptography */
    const char *properties; /* of every fetch; NULL: none */
};

/* Said when ALGO_FIPS is not there, without its full stop. */
extern const char algo_fips_missing[];

/* ERR_NOMEM; ERR_UNSUPPORTED: there is no such provider, or it fails its own test. */
enum err algo_open(struct algo *a, enum algo_mode mode) MUST_CHECK;
/* The same with a provider and properties by name. */
enum err algo_open_named(
    struct algo *a, const char *provider, const char *properties) MUST_CHECK;
/* Harmless on a zeroed one. */
void algo_close(struct algo *a);

/* NULL: not there, or out of memory. Free with EVP_MD_free() and the like. */
EVP_MD *algo_digest(const struct algo *a, const char *name);
EVP_MAC *algo_mac(const struct algo *a, const char *name);
EVP_KDF *algo_kdf(const struct algo *a, const char *name);

/* SHA-256 of the bytes. ERR_NOMEM. */
enum err algo_sha256(
    const struct algo *a, const void *bytes, size_t length, uint8_t out[32]) MUST_CHECK;

/*
 * Loads the FIPS provider if it is there, so that it counts as a library of this program;
 * the path of its settings, with a line end. NULL: it is not there.
 */
const char *algo_files(void);
/* For sandbox_print_libraries(): the same, printed. */
void algo_print_files(int argc, char **argv);

#endif
