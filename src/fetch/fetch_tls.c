#include "fetch_tls.h"

#include "clock.h"
#include "tls_wait.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define SECURITY_LEVEL 2 /* 112 bits: RSA 2048, no SHA-1 */
#define CHAIN_MAX      8
#define CIPHERS_1_2    "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS         "X25519:P-256:P-384"

static const unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

static enum err no_memory(struct tls_problem *problem)
{
    tls_problem_set(problem, "out of memory");
    return ERR_NOMEM;
}

/* --- set up ------------------------------------------------------------------------- */

static enum err open_library(struct fetch_tls *t)
{
    /* The first call decides for the whole process: no openssl.cnf, ever. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS |
                             OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
            NULL) != 1) {
        return ERR_NOMEM;
    }
    t->library = OSSL_LIB_CTX_new();
    t->provider = t->library == NULL ? NULL : OSSL_PROVIDER_load(t->library, "default");
    t->method = tls_bio_method_new();
    return t->provider == NULL || t->method == NULL ? ERR_NOMEM : OK;
}

/* Nothing here is encrypted; OpenSSL's own callback would ask the terminal. */
static int no_password(char *room, int size, int writing, void *context)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* ERR_CLOSED: there is none left. */
static enum err add_anchor(struct fetch_tls *t, BIO *in)
{
    X509 *certificate = X509_new_ex(t->library, NULL);
    enum err e = certificate == NULL ? ERR_NOMEM : OK;

    ERR_clear_error();
    if (e == OK && PEM_read_bio_X509(in, &certificate, no_password, NULL) == NULL) {
        e = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? ERR_CLOSED
                                                                         : ERR_INVALID;
    }
    if (e == OK &&
        X509_STORE_add_cert(SSL_CTX_get_cert_store(t->context), certificate) != 1) {
        e = ERR_NOMEM;
    }
    X509_free(certificate);
    return e;
}

static enum err add_anchors(
    struct fetch_tls *t, const void *anchors, size_t length, struct tls_problem *problem)
{
    BIO *in = BIO_new_mem_buf(anchors, (int)length);
    size_t count = 0;
    enum err e = in == NULL ? ERR_NOMEM : OK;

    while (e == OK && (e = add_anchor(t, in)) == OK) {
        e = ++count > FETCH_ANCHORS_MAX ? ERR_FULL : OK;
    }
    BIO_free(in);
    ERR_clear_error();
    if (e == ERR_CLOSED && count > 0) {
        return OK;
    }
    if (e == ERR_NOMEM) {
        return no_memory(problem);
    }
    tls_problem_set(problem,
        "the file of authorities has no certificate, more than %d, or one that is broken",
        FETCH_ANCHORS_MAX);
    return ERR_INVALID;
}

static enum err open_context(struct fetch_tls *t)
{
    char groups[] = GROUPS; /* OpenSSL's macro casts const away */

    t->context = SSL_CTX_new_ex(t->library, NULL, TLS_client_method());
    if (t->context == NULL) {
        return ERR_NOMEM;
    }
    SSL_CTX_set_security_level(t->context, SECURITY_LEVEL);
    (void)SSL_CTX_set_options(
        t->context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_verify_depth(t->context, CHAIN_MAX);
    return SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) == 1 &&
                   SSL_CTX_set_max_proto_version(t->context, TLS1_3_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(t->context, CIPHERS_1_2) == 1 &&
                   SSL_CTX_set1_groups_list(t->context, groups) == 1 &&
                   SSL_CTX_set_alpn_protos(t->context, protocols, sizeof(protocols)) == 0
               ? OK
               : ERR_NOMEM;
}

enum err fetch_tls_init(
    struct fetch_tls *t, const void *anchors, size_t length, struct tls_problem *problem)
{
    memset(t, 0, sizeof(*t));
    if (open_library(t) != OK || open_context(t) != OK) {
        return no_memory(problem);
    }
    return add_anchors(t, anchors, length, problem);
}

void fetch_tls_fini(struct fetch_tls *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->context);
    BIO_meth_free(t->method);
    if (t->provider != NULL) {
        (void)OSSL_PROVIDER_unload(t->provider);
    }
    OSSL_LIB_CTX_free(t->library);
    memset(t, 0, sizeof(*t));
}

/* --- the connection ----------------------------------------------------------------- */

/* Waits as `result` of a call wants it. OK: call again. */
static enum err wait_for(struct fetch_tls *t, int result)
{
    switch (SSL_get_error(t->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return tls_wait(t->socket.fd, POLLIN, t->deadline_ms);
    case SSL_ERROR_WANT_WRITE:
        return tls_wait(t->socket.fd, POLLOUT, t->deadline_ms);
    case SSL_ERROR_ZERO_RETURN:
        return ERR_CLOSED;
    default:
        return t->socket.hung_up ? ERR_IO : ERR_INVALID;
    }
}

/* e: of wait_for(). Sentences of ours and of OpenSSL, and no byte of the server. */
static enum err explain(
    struct fetch_tls *t, enum err e, const char *doing, struct tls_problem *problem)
{
    long verified = SSL_get_verify_result(t->ssl);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    if (e == ERR_TIMEOUT) {
        tls_problem_set(problem, "%s took too long", doing);
    } else if (e == ERR_IO || e == ERR_CLOSED) {
        tls_problem_set(problem, "the server can not be reached, or hung up: %s", doing);
    } else if (verified != X509_V_OK) {
        tls_problem_set(problem, "the certificate of the server is refused: %s",
            X509_verify_cert_error_string(verified));
    } else {
        tls_problem_set(
            problem, "TLS failed: %s: %s", doing, reason != NULL ? reason : "no reason");
    }
    ERR_clear_error();
    return e;
}

static enum err open_ssl(struct fetch_tls *t, const char *host)
{
    BIO *bio = tls_bio_new(t->method, &t->socket);
    char name[TLSEXT_MAXLEN_host_name + 1]; /* OpenSSL's macro casts const away */

    t->ssl = SSL_new(t->context);
    if (bio == NULL || t->ssl == NULL) {
        BIO_free(bio);
        return ERR_NOMEM;
    }
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_hostflags(t->ssl,
        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    (void)snprintf(name, sizeof(name), "%s", host);
    return SSL_set1_host(t->ssl, host) == 1 && SSL_set_tlsext_host_name(t->ssl, name) == 1
               ? OK
               : ERR_NOMEM;
}

enum err fetch_tls_connect(struct fetch_tls *t, int fd, const char *host,
    int64_t deadline_ms, struct tls_problem *problem)
{
    static const char doing[] = "the handshake";
    int result;

    t->socket = (struct tls_bio){.fd = fd};
    t->deadline_ms = deadline_ms;
    if (open_ssl(t, host) != OK) {
        return no_memory(problem);
    }
    /* Its connection may still be on the way. */
    enum err e = tls_wait(fd, POLLOUT, deadline_ms);
    ERR_clear_error();
    while (e == OK && (result = SSL_connect(t->ssl)) != 1) {
        e = wait_for(t, result);
    }
    return e == OK ? OK : explain(t, e, doing, problem);
}

enum err fetch_tls_write(
    struct fetch_tls *t, const void *bytes, size_t length, struct tls_problem *problem)
{
    size_t written = 0; /* the whole, or nothing: partial writes are not enabled */
    enum err e = OK;
    int result;

    ERR_clear_error();
    while (e == OK && (result = SSL_write_ex(t->ssl, bytes, length, &written)) != 1) {
        e = wait_for(t, result);
    }
    return e == OK ? OK : explain(t, e, "the request", problem);
}

enum err fetch_tls_read(struct fetch_tls *t, void *out, size_t size, size_t *length_out,
    struct tls_problem *problem)
{
    size_t length = 0;
    /* Bytes that never stop coming make nobody wait. */
    enum err e = clock_mono_ms() < t->deadline_ms ? OK : ERR_TIMEOUT;
    int result;

    ERR_clear_error();
    while (e == OK && (result = SSL_read_ex(t->ssl, out, size, &length)) != 1) {
        e = wait_for(t, result);
    }
    if (e == OK || e == ERR_CLOSED) {
        *length_out = e == OK ? length : 0;
        return OK;
    }
    return explain(t, e, "the answer", problem);
}
