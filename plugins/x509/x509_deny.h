/*
 * x509_deny - certificates that the administrator refuses by their serial numbers.
 *
 *     # lost with the laptop
 *     3f:1c:...:9a 0A1B2C3D
 *     * 77
 *
 * A line is an issuer, a blank and a serial number. The issuer is the SHA-256 of its
 * certificate as 64 hexadecimal digits, in pairs with colons between them or not, or `*`
 * for every issuer. The serial number is hexadecimal; zeros before it mean nothing. Empty
 * lines and lines that begin with # are skipped; every line ends, the last one too, so
 * that a file cut short is noticed.
 *
 * Trust: parsing takes any bytes.
 *
 * Ownership: the list owns its entries.
 *
 * Limits: X509_DENY_FILE_MAX bytes, X509_DENY_MAX entries, X509_SERIAL_MAX bytes of a
 * serial number (RFC 5280 has 20).
 */
#ifndef X509_DENY_H
#define X509_DENY_H

#include "err.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X509_DENY_FILE_MAX    ((size_t)8 << 20)
#define X509_DENY_MAX         ((size_t)50000)
#define X509_SERIAL_MAX       32
#define X509_FINGERPRINT_SIZE 32

struct x509_deny {
    struct table entries; /* by issuer and serial number */
};

/* Why a file was refused; the text is a constant. */
struct x509_deny_problem {
    size_t line; /* from 1 */
    const char *message;
};

void x509_deny_init(struct x509_deny *d);
void x509_deny_fini(struct x509_deny *d);

/* Once, on an empty one. ERR_INVALID fills problem_out. On an error d may hold a part. */
enum err x509_deny_parse(struct x509_deny *d, const void *bytes, size_t length,
    struct x509_deny_problem *problem_out) MUST_CHECK;

/* issuer: a fingerprint, or NULL: only lines for every issuer. serial: big endian; one
 * that is longer than any in the list is not in it. */
bool x509_deny_has(const struct x509_deny *d, const uint8_t *issuer,
    const uint8_t *serial, size_t serial_length);

#endif
