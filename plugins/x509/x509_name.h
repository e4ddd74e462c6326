/*
 * x509_name - how a certificate calls its holder.
 *
 * The subject is written as Java's X500Principal.getName() writes it (RFC 2253, the last
 * part first), because that is what Apache Kafka's mapping rules and policies of its
 * users are made for. Of the alternative names one kind is taken, and it must be the only
 * one of its kind unless the first of several is asked for.
 *
 * Trust: a CA has signed the name, and may have been careless. Text that is not UTF-8,
 * that holds control or invisible characters, or a character that becomes an ASCII letter
 * when case is ignored is refused, so that no name looks or matches like another. What
 * separates the parts of a name is escaped.
 *
 * Ownership: appends to a buffer of the caller; nothing is kept.
 */
#ifndef X509_NAME_H
#define X509_NAME_H

#include "buf.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#define X509_SPIFFE_MAX 2048 /* bytes of a SPIFFE ID */

enum x509_source {
    X509_SOURCE_SUBJECT = 0,
    X509_SOURCE_URI,
    X509_SOURCE_DNS,
    X509_SOURCE_EMAIL,
};

/* ERR_INVALID: a name that can not be used; ERR_NOT_FOUND: none of this kind; ERR_EXISTS:
 * more than one, and first_of_several is false. Never appends an empty name. */
enum err x509_name_write(struct buf *out, const X509 *certificate,
    enum x509_source source, bool first_of_several) MUST_CHECK;
/* Who issued it, written as the subject is. ERR_INVALID, ERR_NOT_FOUND. */
enum err x509_name_write_issuer(struct buf *out, const X509 *certificate) MUST_CHECK;

/* Takes any bytes. */
bool x509_name_is_harmless(const void *bytes, size_t length);
bool x509_name_is_uri(const void *bytes, size_t length);
bool x509_name_is_dns(const void *bytes, size_t length);
bool x509_name_is_email(const void *bytes, size_t length);

#endif
