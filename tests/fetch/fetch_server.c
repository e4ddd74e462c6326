#include "fetch_server.h"

#include "test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

char *fetch_server_certificate(const char *name, long seconds, EVP_PKEY **key_out)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *x509 = X509_new();
    X509_NAME *subject = X509_get_subject_name(x509);
    char alternative[300];
    char *bytes = NULL;

    (void)snprintf(alternative, sizeof(alternative), "DNS:%s", name);
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative);
    assert_int_equal(X509_set_version(x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), -7200));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), seconds));
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                         (const unsigned char *)"common.test", -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(x509, subject), 1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_int_equal(X509_add_ext(x509, names, -1), 1);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, x509), 1);
    long length = BIO_get_mem_data(bio, &bytes);
    char *pem = strndup(bytes, (size_t)length);
    assert_non_null(pem);
    BIO_free(bio);
    X509_EXTENSION_free(names);
    X509_free(x509);
    *key_out = key;
    return pem;
}

static void *serve(void *context)
{
    struct fetch_server *s = context;
    SSL *ssl = SSL_new(s->context);
    size_t at = 0;
    int n;

    (void)SSL_set_fd(ssl, s->ends[0]);
    if (SSL_accept(ssl) == 1) {
        while (at < sizeof(s->request) - 1 && strstr(s->request, "\r\n\r\n") == NULL &&
               (n = SSL_read(ssl, s->request + at, (int)(sizeof(s->request) - 1 - at))) >
                   0) {
            at += (size_t)n;
        }
        if (!s->is_silent && (s->answer_length == 0 ||
                                 SSL_write(ssl, s->answer, (int)s->answer_length) > 0)) {
            (void)SSL_shutdown(ssl);
        }
    }
    if (!s->is_silent) {
        (void)shutdown(s->ends[0], SHUT_WR);
    }
    SSL_free(ssl);
    return NULL;
}

int fetch_server_begin(struct fetch_server *s, const char *pem, EVP_PKEY *key)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    (void)signal(SIGPIPE, SIG_IGN);
    s->context = SSL_CTX_new(TLS_server_method());
    assert_non_null(s->context);
    SSL_CTX_set_security_level(s->context, 0);
    if (s->version_max != 0) {
        assert_int_equal(SSL_CTX_set_max_proto_version(s->context, s->version_max), 1);
        assert_int_equal(SSL_CTX_set_cipher_list(s->context, "ALL:@SECLEVEL=0"), 1);
    }
    assert_int_equal(SSL_CTX_use_certificate(s->context, x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(s->context, key), 1);
    X509_free(x509);
    BIO_free(bio);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->ends), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    return s->ends[1];
}

void fetch_server_end(struct fetch_server *s)
{
    (void)shutdown(s->ends[1], SHUT_RDWR);
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    (void)close(s->ends[0]);
    (void)close(s->ends[1]);
    SSL_CTX_free(s->context);
}
