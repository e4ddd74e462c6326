/*
 * ipc_certificates - what is told about the certificates in force: keys has read them, the
 * warden and broker keep this for who asks how long they are good.
 *
 * Trust: a number, a digest and a name that keys made of the administrator's files.
 *
 * Ownership: values; nothing to free.
 */
#ifndef IPC_CERTIFICATES_H
#define IPC_CERTIFICATES_H

#include "ipc_link.h"

#define IPC_CERTIFICATES_MAX    10
#define IPC_CERTIFICATE_DIGEST  32 /* SHA-256 of the whole certificate */
#define IPC_CERTIFICATE_SUBJECT 255

struct ipc_certificates {
    size_t count;
    struct ipc_certificate_fact {
        int64_t not_after_s; /* of 1970 */
        uint8_t digest[IPC_CERTIFICATE_DIGEST];
        char subject[IPC_CERTIFICATE_SUBJECT + 1];
    } items[IPC_CERTIFICATES_MAX]; /* the server's own first, then its issuers */
};

/* Adds what was told; index 0 begins anew. ERR_INVALID: out of order, or too many. */
enum err ipc_certificates_take(
    struct ipc_certificates *c, const struct ipc_certificate *told) MUST_CHECK;
/* Tells them all. */
enum err ipc_certificates_send(
    const struct ipc_certificates *c, struct ipc_link *link) MUST_CHECK;
/* The certificate that ends first; NULL: there is none. */
const struct ipc_certificate_fact *ipc_certificates_first_to_end(
    const struct ipc_certificates *c);

#endif
