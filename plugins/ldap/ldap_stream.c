#include "ldap_stream.h"

#include "clock.h"
#include "mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define AUTHORITIES_MAX 64

/* Nothing here is encrypted; OpenSSL's own callback would ask the terminal. */
static int no_password(char *room, int size, int writing, void *context)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum err add_authorities(SSL_CTX *context, const void *bytes, size_t length)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    BIO *bio =
        length > 0 && length <= INT_MAX ? BIO_new_mem_buf(bytes, (int)length) : NULL;
    unsigned count = 0;
    X509 *certificate;

    while (bio != NULL && count < AUTHORITIES_MAX &&
           (certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
        count += X509_STORE_add_cert(store, certificate) == 1 ? 1 : 0;
        X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error();
    return count > 0 ? OK : ERR_INVALID;
}

enum err ldap_stream_init(struct ldap_stream *s, const void *authorities, size_t length,
    const char *server_name)
{
    *s = (struct ldap_stream){.context = SSL_CTX_new(TLS_client_method()),
        .method = tls_bio_method_new(),
        .server_name = server_name,
        .socket = {.fd = -1}};
    if (s->context == NULL || s->method == NULL) {
        return ERR_NOMEM;
    }
    SSL_CTX_set_verify(s->context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_session_cache_mode(s->context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(s->context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_security_level(s->context, 2);
    if (SSL_CTX_set_min_proto_version(s->context, TLS1_2_VERSION) != 1) {
        return ERR_UNSUPPORTED;
    }
    return add_authorities(s->context, authorities, length);
}

void ldap_stream_fini(struct ldap_stream *s)
{
    ldap_stream_close(s);
    SSL_CTX_free(s->context);
    BIO_meth_free(s->method);
    *s = (struct ldap_stream){.socket = {.fd = -1}};
}

void ldap_stream_open(struct ldap_stream *s, int fd, int64_t deadline_ms)
{
    ldap_stream_close(s);
    s->socket = (struct tls_bio){.fd = fd};
    s->failed = false;
    s->why = NULL;
    s->frame = (struct ldap_frame){.left = 0};
    ldap_stream_set_limits(s, deadline_ms, LDAP_STREAM_BYTES_MAX);
}

void ldap_stream_set_limits(struct ldap_stream *s, int64_t deadline_ms, size_t bytes)
{
    s->deadline_ms = deadline_ms;
    s->left = bytes;
}

static bool await(const struct ldap_stream *s, short events)
{
    for (;;) {
        int64_t left_ms = s->deadline_ms - clock_mono_ms();
        struct pollfd p = {.fd = s->socket.fd, .events = events};
        int n =
            left_ms <= 0 ? 0 : poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (n >= 0 || errno != EINTR) {
            return n > 0;
        }
    }
}

/* --- StartTLS --------------------------------------------------------------------------- */

static enum err deny(struct ldap_stream *s, const char *why)
{
    s->why = why;
    return ERR_DENIED;
}

static enum err send_starttls(struct ldap_stream *s)
{
    const uint8_t *at = ldap_frame_starttls;
    size_t left = sizeof(ldap_frame_starttls);

    while (left > 0) {
        ssize_t n = send(s->socket.fd, at, left, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            at += n;
            left -= (size_t)n;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return ERR_CLOSED;
        } else if (!await(s, POLLOUT)) {
            return ERR_TIMEOUT;
        }
    }
    return OK;
}

/* One byte more than fits: what stands behind the answer is seen, and refused. */
static enum err receive_answer(struct ldap_stream *s)
{
    uint8_t bytes[LDAP_TLS_ANSWER_MAX + 1];
    size_t length = 0;
    enum ldap_tls_answer answer = LDAP_TLS_ANSWER_PARTIAL;

    while (answer == LDAP_TLS_ANSWER_PARTIAL) {
        if (!await(s, POLLIN)) {
            return ERR_TIMEOUT;
        }
        ssize_t n =
            recv(s->socket.fd, bytes + length, sizeof(bytes) - length, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            return ERR_CLOSED;
        }
        length += n > 0 ? (size_t)n : 0;
        answer = ldap_frame_tls_answer(bytes, length);
    }
    if (answer == LDAP_TLS_ANSWER_NO) {
        return deny(s, "the directory refuses it");
    }
    return answer == LDAP_TLS_ANSWER_YES ? OK : deny(s, "that is no answer to it");
}

enum err ldap_stream_start_tls(struct ldap_stream *s)
{
    enum err e = send_starttls(s);

    e = e == OK ? receive_answer(s) : e;
    s->failed = e != OK;
    return e;
}

/* --- TLS -------------------------------------------------------------------------------- */

/* The name stands in the certificate as a name, or as an address; its subject is no name. */
static bool expect_server(SSL *ssl, const char *name)
{
    uint8_t address[16];
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    X509_VERIFY_PARAM_set_hostflags(param,
        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (inet_pton(AF_INET, name, address) == 1 ||
        inet_pton(AF_INET6, name, address) == 1) {
        return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
    }
    return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               (void *)(uintptr_t)name) == 1;
}

static enum err make_ssl(struct ldap_stream *s)
{
    s->ssl = SSL_new(s->context);
    BIO *bio = s->ssl == NULL ? NULL : tls_bio_new(s->method, &s->socket);

    if (bio == NULL) {
        return ERR_NOMEM;
    }
    SSL_set_bio(s->ssl, bio, bio);
    SSL_set_connect_state(s->ssl);
    return expect_server(s->ssl, s->server_name) ? OK : ERR_NOMEM;
}

static const char *reason_of(const struct ldap_stream *s)
{
    long verified = SSL_get_verify_result(s->ssl);
    const char *text = verified == X509_V_OK
                           ? ERR_reason_error_string(ERR_peek_last_error())
                           : X509_verify_cert_error_string(verified);

    return text != NULL ? text : "the connection ended";
}

enum err ldap_stream_secure(struct ldap_stream *s)
{
    enum err e = make_ssl(s);

    while (e == OK) {
        ERR_clear_error();
        int n = SSL_do_handshake(s->ssl);
        if (n == 1) {
            return OK;
        }
        int what = SSL_get_error(s->ssl, n);
        if (what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE) {
            s->why = reason_of(s);
            e = s->socket.hung_up ? ERR_CLOSED : ERR_DENIED;
        } else if (!await(s, what == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) {
            e = ERR_TIMEOUT;
        }
    }
    s->failed = true;
    return e;
}

/* --- bytes ------------------------------------------------------------------------------ */

static ssize_t fail(struct ldap_stream *s, int error)
{
    s->failed = true;
    errno = error;
    return -1;
}

/* As the calls for sockets answer. */
static ssize_t answer_of(struct ldap_stream *s, int n)
{
    int what = SSL_get_error(s->ssl, n);

    if (what == SSL_ERROR_ZERO_RETURN) {
        return 0;
    }
    if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    return fail(s, ECONNRESET);
}

ssize_t ldap_stream_read(struct ldap_stream *s, void *out, size_t size)
{
    if (s->failed || s->ssl == NULL || s->left == 0) {
        return fail(s, EMSGSIZE);
    }
    size = size < s->left ? size : s->left;
    ERR_clear_error();
    int n = SSL_read(s->ssl, out, size > INT_MAX ? INT_MAX : (int)size);
    if (n <= 0) {
        return answer_of(s, n);
    }
    s->left -= (size_t)n;
    if (!ldap_frame_accept(&s->frame, out, (size_t)n)) {
        mem_wipe(out, (size_t)n);
        return fail(s, EPROTO);
    }
    return n;
}

static ssize_t write_some(struct ldap_stream *s, const uint8_t *bytes, size_t length)
{
    ERR_clear_error();
    int n = SSL_write(s->ssl, bytes, length > INT_MAX ? INT_MAX : (int)length);
    return n > 0 ? n : answer_of(s, n);
}

ssize_t ldap_stream_write(struct ldap_stream *s, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    size_t left = length;

    while (left > 0) {
        ssize_t n =
            s->failed || s->ssl == NULL ? fail(s, EPIPE) : write_some(s, at, left);
        if (n > 0) {
            at += n;
            left -= (size_t)n;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR) || !await(s, POLLOUT)) {
            return fail(s, EPIPE);
        }
    }
    return (ssize_t)length;
}

bool ldap_stream_has_bytes(const struct ldap_stream *s)
{
    return s->ssl != NULL && !s->failed && SSL_pending(s->ssl) > 0;
}

void ldap_stream_close(struct ldap_stream *s)
{
    SSL_free(s->ssl);
    s->ssl = NULL;
    if (s->socket.fd >= 0) {
        (void)close(s->socket.fd);
    }
    s->socket.fd = -1;
    s->failed = true;
}
