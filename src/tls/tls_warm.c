#include "tls_context.h"

#include "tls_context_private.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#define ROUNDS_MAX 20

/* A key of our own for a server that talks to itself. */
struct throw_away {
    EVP_PKEY *key;    /* both halves, in this process */
    EVP_PKEY *remote; /* the same, as our provider sees it */
    X509 *certificate;
    struct tls_signer signer;
    OSSL_LIB_CTX *library; /* borrowed */
};

static enum err sign_here(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    struct throw_away *own = context;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();

    (void)scheme;
    bool done = digest != NULL &&
                EVP_DigestSignInit_ex(
                    digest, NULL, "SHA256", own->library, NULL, own->key, NULL) == 1 &&
                EVP_DigestSign(digest, signature, length, text, text_length) == 1;
    EVP_MD_CTX_free(digest);
    return done ? OK : ERR_NOMEM;
}

static bool sign_certificate(X509 *x, const struct throw_away *own)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool done = digest != NULL &&
                EVP_DigestSignInit_ex(
                    digest, NULL, "SHA256", own->library, NULL, own->key, NULL) == 1 &&
                X509_sign_ctx(x, digest) > 0;

    EVP_MD_CTX_free(digest);
    return done;
}

static enum err make_throw_away(struct tls_context *c, struct throw_away *own)
{
    own->library = c->algo.library;
    own->signer = (struct tls_signer){.sign = sign_here, .context = own};
    own->key = EVP_PKEY_Q_keygen(c->algo.library, NULL, "EC", "P-256");
    own->certificate = X509_new_ex(c->algo.library, NULL);
    if (own->key == NULL || own->certificate == NULL) {
        return ERR_NOMEM;
    }
    X509 *x = own->certificate;
    if (X509_gmtime_adj(X509_getm_notBefore(x), 0) == NULL ||
        X509_gmtime_adj(X509_getm_notAfter(x), 60) == NULL ||
        X509_set_pubkey(x, own->key) != 1 || !sign_certificate(x, own)) {
        return ERR_NOMEM;
    }
    EVP_PKEY *public_key = X509_get0_pubkey(x);
    if (public_key == NULL) {
        return ERR_NOMEM;
    }
    return tls_provider_key(c->algo.library, public_key, &own->signer, &own->remote);
}

static void free_throw_away(struct throw_away *own)
{
    EVP_PKEY_free(own->remote);
    EVP_PKEY_free(own->key);
    X509_free(own->certificate);
}

static bool shake_hands(SSL *server, SSL *client)
{
    char sent[] = "x";
    char got[sizeof(sent)];

    for (int i = 0; i < ROUNDS_MAX; i++) {
        int client_done = SSL_do_handshake(client);
        int server_done = SSL_do_handshake(server);
        if (client_done == 1 && server_done == 1) {
            return SSL_write(client, sent, sizeof(sent)) == (int)sizeof(sent) &&
                   SSL_read(server, got, sizeof(got)) == (int)sizeof(got) &&
                   SSL_write(server, sent, sizeof(sent)) == (int)sizeof(sent) &&
                   SSL_read(client, got, sizeof(got)) == (int)sizeof(got);
        }
    }
    return false;
}

static enum err try_version(SSL_CTX *server_ctx, SSL_CTX *client_ctx, int version)
{
    SSL *server = SSL_new(server_ctx);
    SSL *client = SSL_new(client_ctx);
    BIO *server_end = NULL;
    BIO *client_end = NULL;
    enum err e = ERR_NOMEM;

    if (server != NULL && client != NULL &&
        BIO_new_bio_pair(&server_end, 0, &client_end, 0) == 1) {
        SSL_set_bio(server, server_end, server_end);
        SSL_set_bio(client, client_end, client_end);
        SSL_set_accept_state(server);
        SSL_set_connect_state(client);
        bool limited = SSL_set_min_proto_version(client, version) == 1 &&
                       SSL_set_max_proto_version(client, version) == 1;
        e = limited && shake_hands(server, client) ? OK : ERR_UNSUPPORTED;
        (void)SSL_shutdown(server);
        (void)SSL_shutdown(client);
    }
    SSL_free(server);
    SSL_free(client);
    return e;
}

/* A client that shows a certificate, which here is the server's. */
static enum err try_certificate(
    const struct throw_away *own, SSL_CTX *server, SSL_CTX *client)
{
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (SSL_CTX_use_certificate(client, own->certificate) != 1 ||
        SSL_CTX_use_PrivateKey(client, own->key) != 1) {
        return ERR_NOMEM;
    }
    return try_version(server, client, TLS_VERSION_1_3);
}

enum err tls_warm(struct tls_context *c, struct tls_problem *problem)
{
    struct throw_away own = {.key = NULL};
    SSL_CTX *server = NULL;
    SSL_CTX *client = NULL;
    enum err e = make_throw_away(c, &own);

    ERR_clear_error();
    if (e == OK) {
        server = tls_context_make_ssl(c);
        client = SSL_CTX_new_ex(c->algo.library, NULL, TLS_client_method());
        e = server != NULL && client != NULL &&
                    SSL_CTX_use_certificate(server, own.certificate) == 1 &&
                    SSL_CTX_use_PrivateKey(server, own.remote) == 1
                ? OK
                : ERR_NOMEM;
    }
    for (int version = c->version_min; e == OK && version <= c->version_max; version++) {
        e = try_version(server, client, version);
    }
    if (e == OK && c->ask != TLS_ASK_NOTHING) {
        e = try_certificate(&own, server, client);
    }
    if (e != OK) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        tls_problem_set(problem, "a trial handshake failed: %s",
            reason != NULL ? reason : err_text(e));
    }
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    free_throw_away(&own);
    ERR_clear_error();
    return e;
}
