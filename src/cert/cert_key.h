/*
 * cert_key - private keys: made, written as PKCS #8, read back, described.
 *
 * With a passphrase a key is encrypted by AES-256 under a key that scrypt makes of it.
 *
 * Trust: a file may hold any bytes; a passphrase is asked for by the caller, never here.
 *
 * Ownership: keys are OpenSSL's, freed by EVP_PKEY_free().
 */
#ifndef CERT_KEY_H
#define CERT_KEY_H

#include "buf.h"
#include "mem.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#define CERT_KEY_TEXT       40 /* bytes of a description */
#define CERT_PASSPHRASE_MIN 12 /* characters */

enum cert_kind { CERT_P256, CERT_RSA_3072, CERT_ED25519 };

/* "ecdsa-p256", "rsa-3072", "ed25519". */
bool cert_kind_parse(const char *text, enum cert_kind *out);

enum err cert_key_make(enum cert_kind kind, EVP_PKEY **out) MUST_CHECK;
/* Appends PEM. passphrase: NULL or empty: in the clear. */
enum err cert_key_write(
    EVP_PKEY *key, const struct secret *passphrase, struct buf *out) MUST_CHECK;
/* The first private key of the text. ERR_NOT_FOUND: there is none that can be read.
 * ERR_DENIED: it is encrypted, and the passphrase is missing or wrong. */
enum err cert_key_read(const void *pem, size_t length, const struct secret *passphrase,
    EVP_PKEY **out) MUST_CHECK;
/* For OpenSSL's readers of what is never encrypted: their own asks the terminal. */
int cert_no_passphrase(char *text, int size, int for_writing, void *context);
bool cert_key_is_encrypted(const void *pem, size_t length);

/* "ECDSA P-256", "RSA 3072", "Ed25519", or OpenSSL's name and the bits. */
void cert_key_describe(EVP_PKEY *key, char out[CERT_KEY_TEXT]);
/* NULL: the broker takes such a key of a client; else why not. */
const char *cert_key_weakness(EVP_PKEY *key);
/* The same of its own, of which `keys` takes fewer. */
const char *cert_key_server_weakness(EVP_PKEY *key);
/* What a signature by this key hashes with; NULL where the kind says it. */
const EVP_MD *cert_key_digest(EVP_PKEY *key);

#endif
