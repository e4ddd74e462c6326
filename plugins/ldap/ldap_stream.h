/*
 * ldap_stream - a connection to the directory: a socket that dial made, and TLS over it.
 *
 * TLS is OpenSSL's, as everywhere here, and not that of the LDAP library: that one would
 * be a second library that parses what strangers send, and wants files while it runs,
 * which the sandbox does not have. The certificates of authorities come as bytes, before
 * the sandbox closes; there are no others.
 *
 * Trust: the other end is a stranger until ldap_stream_secure() was happy, and till then
 * its one answer to StartTLS is all that is read in the clear. What it sends is bounded by
 * `left`, the time by the deadline, and what ldap_frame does not let through ends it.
 *
 * Ownership: owns the socket. The server's name is borrowed.
 */
#ifndef LDAP_STREAM_H
#define LDAP_STREAM_H

#include "err.h"
#include "ldap_frame.h"
#include "tls_bio.h"

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LDAP_STREAM_BYTES_MAX ((size_t)1 << 20) /* of one login, from the directory */

struct ldap_stream {
    SSL_CTX *context;
    BIO_METHOD *method;
    const char *server_name;
    struct tls_bio socket; /* fd -1: closed */
    SSL *ssl;              /* NULL: not yet */
    struct ldap_frame frame;
    int64_t deadline_ms;
    size_t left;     /* bytes that may still come */
    bool failed;     /* nothing goes over it any more */
    const char *why; /* TLS failed: for people */
};

/* ERR_INVALID: no certificate is in those bytes. ERR_NOMEM. Behind an error,
 * ldap_stream_fini() is safe. */
enum err ldap_stream_init(struct ldap_stream *s, const void *authorities, size_t length,
    const char *server_name) MUST_CHECK;
void ldap_stream_fini(struct ldap_stream *s);

/* Takes fd. */
void ldap_stream_open(struct ldap_stream *s, int fd, int64_t deadline_ms);
/* Before each login. */
void ldap_stream_set_limits(struct ldap_stream *s, int64_t deadline_ms, size_t bytes);
/* Asks for TLS by the operation StartTLS. ERR_DENIED: it does not want to, or answers
 * something else; s->why says which. ERR_TIMEOUT, ERR_CLOSED. */
enum err ldap_stream_start_tls(struct ldap_stream *s) MUST_CHECK;
/* TLS from here on. ERR_DENIED: not who it should be, or no TLS; s->why says more.
 * ERR_TIMEOUT, ERR_CLOSED, ERR_NOMEM. */
enum err ldap_stream_secure(struct ldap_stream *s) MUST_CHECK;
/* As recv(), over TLS only: -1 and EAGAIN when nothing is there. */
ssize_t ldap_stream_read(struct ldap_stream *s, void *out, size_t size);
/* Everything, over TLS only, before the deadline; or -1 and errno. */
ssize_t ldap_stream_write(struct ldap_stream *s, const void *bytes, size_t length);
/* Bytes are there that poll() does not tell of. */
bool ldap_stream_has_bytes(const struct ldap_stream *s);
/* Harmless when it is closed. */
void ldap_stream_close(struct ldap_stream *s);

#endif
