#include "tls_transcript.h"

#include <openssl/x509_vfy.h>

#define HEADER_BYTES 4 /* of a handshake message: type and length */

/*
 * What clients may sign with. rsa_pkcs1 is not among what TLS 1.3 lets them sign a
 * handshake with: it is there for the signatures of their certificates, which some clients
 * look for in this list before they show one.
 */
static const char schemes[] =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ed25519:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

static int accept_any(X509_STORE_CTX *chain, void *context)
{
    (void)context;
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return 1;
}

void tls_transcript_accept_any(SSL_CTX *ssl)
{
    SSL_CTX_set_cert_verify_callback(ssl, accept_any, NULL);
}

/* OpenSSL calls it for each message once it is whole, in the order of the handshake. */
static void on_message(int is_ours, int version, int content_type, const void *message,
    size_t length, SSL *ssl, void *context)
{
    struct tls_transcript *t = context;
    const uint8_t *bytes = message;

    (void)version;
    (void)ssl;
    if (content_type != SSL3_RT_HANDSHAKE || length < HEADER_BYTES || t->ended) {
        return;
    }
    buf_add(&t->bytes, bytes, length);
    if (is_ours == 0 && bytes[0] == SSL3_MT_CERTIFICATE_VERIFY) {
        t->ended = true;
        t->proved = true;
    } else if (is_ours == 0 && bytes[0] == SSL3_MT_FINISHED) {
        t->ended = true; /* it showed no certificate */
    }
}

enum err tls_transcript_begin(struct tls_transcript *t, SSL *ssl, enum tls_ask ask)
{
    int mode = SSL_VERIFY_PEER;
    char list[sizeof(schemes)]; /* OpenSSL's macro casts const away */

    if (ask == TLS_ASK_REQUIRED) {
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT; /* the client hears why */
    }
    for (size_t i = 0; i < sizeof(schemes); i++) {
        list[i] = schemes[i];
    }
    buf_init(&t->bytes, TLS_TRANSCRIPT_MAX);
    SSL_set_verify(ssl, mode, NULL);
    SSL_set_msg_callback(ssl, on_message);
    (void)SSL_set_msg_callback_arg(ssl, t);
    return SSL_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
                   SSL_set1_client_sigalgs_list(ssl, list) == 1
               ? OK
               : ERR_NOMEM;
}

void tls_transcript_fini(struct tls_transcript *t)
{
    buf_fini(&t->bytes);
    t->ended = true;
    t->proved = false;
}
