/*
 * cert_ca - a CA in a folder of its own.
 *
 *     ca.pem  ca.key                 the CA; the key may be encrypted
 *     crl.pem                        what was revoked; begins empty, and is the only place
 *     issued/SERIAL.pem              each certificate that was signed
 *
 * The folder is for the administrator's machine: no broker needs more of it than ca.pem
 * and crl.pem.
 *
 * Trust: the files are the administrator's; a key that is not the certificate's, or a list
 * that the CA has not signed, is refused, as is a folder that another user than the caller
 * and root owns or may write to.
 *
 * Ownership: an open CA owns its certificate and key, and holds the lock of the folder.
 */
#ifndef CERT_CA_H
#define CERT_CA_H

#include "cert_crl.h"
#include "cert_file.h"
#include "cert_key.h"

#define CERT_SERIAL_TEXT 72 /* hexadecimal digits of a serial number, with the NUL */

struct cert_ca {
    const char *folder; /* borrowed */
    struct cert_signer signer;
    int lock; /* -1: none */
};

/* Whether the key of the CA there wants a passphrase; false where there is none. */
bool cert_ca_is_encrypted(const char *folder);

struct cert_ca_wish {
    const char *folder;
    const char *name;
    enum cert_kind kind;
    const struct secret *passphrase; /* NULL: none */
    int64_t now_s;
    int64_t days;
    bool replace;
};

/* These say in why what is wrong, for every error. ERR_EXISTS: there is a CA. */
enum err cert_ca_create(
    const struct cert_ca_wish *wish, struct cert_problem *why) MUST_CHECK;
/* ERR_DENIED: the passphrase is missing or wrong. On an error there is nothing to close. */
enum err cert_ca_open(struct cert_ca *ca, const char *folder,
    const struct secret *passphrase, struct cert_problem *why) MUST_CHECK;
void cert_ca_close(struct cert_ca *ca);

/* Signs and keeps a copy. */
enum err cert_ca_issue(struct cert_ca *ca, const struct cert_wish *wish, EVP_PKEY *key,
    X509 **out, struct cert_problem *why) MUST_CHECK;
/* The next list, with one more where serial is given. ERR_EXISTS: it is revoked already.
 * ERR_NOT_FOUND: there is no list, and lost is false. */
enum err cert_ca_list(struct cert_ca *ca, const ASN1_INTEGER *serial,
    const struct cert_crl_wish *wish, bool lost, X509_CRL **out,
    struct cert_problem *why) MUST_CHECK;

/* Has this CA signed a certificate with that number? Reads its copy. */
bool cert_ca_knows(const struct cert_ca *ca, const ASN1_INTEGER *serial);
bool cert_ca_has_signed(const struct cert_ca *ca, X509 *certificate);

/* Lower case, without colons. False: more than 32 bytes, or none. */
bool cert_serial_write(const ASN1_INTEGER *serial, char out[CERT_SERIAL_TEXT]);
/* Hexadecimal, with colons between the pairs or not. NULL: it is none. */
ASN1_INTEGER *cert_serial_read(const char *text);

/* The first certificate of the text. NULL: there is none. */
X509 *cert_read(const void *pem, size_t length);
/* The first of them, in their order; NULL: out of memory. What is no certificate is passed
 * over; one that can not be read ends the list. */
STACK_OF(X509) * cert_read_all(const void *pem, size_t length, int max);
enum err cert_write(X509 *certificate, struct buf *out) MUST_CHECK;

#endif
