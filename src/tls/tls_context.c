#include "tls_context.h"

#include "mem.h"
#include "tls_bio.h"
#include "tls_context_private.h"
#include "tls_transcript.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECURITY_LEVEL 2 /* 112 bits: RSA 2048, no SHA-1 */
#define RSA_BITS_MIN   2048
#define RSA_BITS_MAX   4096

void tls_problem_set(struct tls_problem *problem, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(problem->text, sizeof(problem->text), format, args);
    va_end(args);
}

/* A constant text of OpenSSL for what went wrong last. */
static const char *openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    return reason != NULL ? reason : "no reason given";
}

static enum err sign_and_note(void *context, uint16_t scheme, const uint8_t *text,
    size_t text_length, uint8_t *signature, size_t *length)
{
    struct tls_context *c = context;

    c->signed_result =
        c->signer.sign(c->signer.context, scheme, text, text_length, signature, length);
    return c->signed_result;
}

/* --- the library context ---------------------------------------------------------- */

static enum err open_library(
    struct tls_context *c, enum algo_mode mode, struct tls_problem *problem)
{
    /* The first call decides for the whole process: no openssl.cnf, ever. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS |
                             OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
            NULL) != 1) {
        return ERR_NOMEM;
    }
    enum err e = algo_open(&c->algo, mode);
    if (e == ERR_UNSUPPORTED && mode == ALGO_FIPS) {
        tls_problem_set(problem, "OpenSSL has no usable FIPS provider");
    }
    if (e != OK) {
        return e;
    }
    c->socket = tls_bio_method_new();
    if (c->socket == NULL) {
        return ERR_NOMEM;
    }
    return tls_provider_add(&c->algo, &c->remote);
}

SSL_CTX *tls_context_make_ssl(const struct tls_context *c)
{
    char groups[TLSPOLICY_TEXT_MAX]; /* OpenSSL's macro casts const away */
    SSL_CTX *ssl = SSL_CTX_new_ex(c->algo.library, NULL, TLS_server_method());

    (void)snprintf(groups, sizeof(groups), "%s", c->widest->groups);
    if (ssl == NULL) {
        return NULL;
    }
    SSL_CTX_set_security_level(ssl, SECURITY_LEVEL);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_NO_COMPRESSION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    tls_transcript_accept_any(ssl);
    if (SSL_CTX_set_min_proto_version(ssl, c->version_min) != 1 ||
        SSL_CTX_set_max_proto_version(ssl, c->version_max) != 1 ||
        SSL_CTX_set_cipher_list(ssl, c->widest->ciphers) != 1 ||
        SSL_CTX_set_ciphersuites(ssl, c->widest->suites) != 1 ||
        SSL_CTX_set1_groups_list(ssl, groups) != 1 ||
        SSL_CTX_set_max_early_data(ssl, 0) != 1 ||
        SSL_CTX_set_recv_max_early_data(ssl, 0) != 1 ||
        SSL_CTX_set_num_tickets(ssl, 0) != 1) {
        SSL_CTX_free(ssl);
        return NULL;
    }
    return ssl;
}

/* --- the certificate -------------------------------------------------------------- */

/* Nothing here is encrypted; OpenSSL's own callback would ask the terminal. */
static int no_password(char *room, int size, int writing, void *context)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* The next certificate of the text, or NULL: the end, or *broken_out. */
static X509 *next_certificate(struct tls_context *c, BIO *in, bool *broken_out)
{
    X509 *certificate = X509_new_ex(c->algo.library, NULL);

    if (certificate == NULL) {
        *broken_out = true;
        return NULL;
    }
    ERR_clear_error();
    if (PEM_read_bio_X509(in, &certificate, no_password, NULL) != NULL) {
        return certificate;
    }
    *broken_out = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
    X509_free(certificate);
    return NULL;
}

/* The signature schemes that keys allows this kind of key; NULL: a key we do not take. */
static const char *schemes_of(EVP_PKEY *key)
{
    char group[32] = "";

    if (EVP_PKEY_is_a(key, "RSA")) {
        int bits = EVP_PKEY_get_bits(key);
        return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX
                   ? "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
                     "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"
                   : NULL;
    }
    if (EVP_PKEY_is_a(key, "ED25519")) {
        return "ed25519";
    }
    if (!EVP_PKEY_is_a(key, "EC") ||
        EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1) {
        return NULL;
    }
    return strcmp(group, "prime256v1") == 0  ? "ecdsa_secp256r1_sha256"
           : strcmp(group, "secp384r1") == 0 ? "ecdsa_secp384r1_sha384"
                                             : NULL;
}

static enum err use_leaf(struct tls_context *c, X509 *leaf, struct tls_problem *problem)
{
    EVP_PKEY *public_key = X509_get0_pubkey(leaf);
    const char *schemes = public_key != NULL ? schemes_of(public_key) : NULL;

    if (schemes == NULL) {
        tls_problem_set(problem, "the certificate's key is none of RSA with 2048 to 4096 "
                                 "bits, P-256, P-384, Ed25519");
        return ERR_INVALID;
    }
    enum err e = tls_provider_key(c->algo.library, public_key, &c->noting, &c->key);
    if (e != OK) {
        return e;
    }
    char list[TLSPOLICY_TEXT_MAX];
    (void)snprintf(list, sizeof(list), "%s", schemes);
    c->schemes = schemes;
    ERR_clear_error();
    if (SSL_CTX_set1_sigalgs_list(c->ssl, list) != 1 ||
        SSL_CTX_use_certificate(c->ssl, leaf) != 1 ||
        SSL_CTX_use_PrivateKey(c->ssl, c->key) != 1 ||
        SSL_CTX_check_private_key(c->ssl) != 1) {
        tls_problem_set(problem, "the certificate can not be used: %s", openssl_reason());
        return ERR_INVALID;
    }
    return OK;
}

static enum err add_link(struct tls_context *c, X509 *link, struct tls_problem *problem)
{
    ERR_clear_error();
    if (SSL_CTX_add1_chain_cert(c->ssl, link) != 1) {
        tls_problem_set(
            problem, "a certificate of the chain can not be used: %s", openssl_reason());
        return ERR_INVALID;
    }
    return OK;
}

static enum err load_chain(struct tls_context *c, BIO *in, struct tls_problem *problem)
{
    bool broken = false;
    size_t count = 0;
    X509 *next;

    while ((next = next_certificate(c, in, &broken)) != NULL) {
        enum err e = ERR_INVALID;
        count++;
        if (count > TLS_CHAIN_MAX) {
            tls_problem_set(
                problem, "there are more than %d certificates", TLS_CHAIN_MAX);
        } else {
            e = count == 1 ? use_leaf(c, next, problem) : add_link(c, next, problem);
        }
        X509_free(next);
        if (e != OK) {
            return e;
        }
    }
    if (broken || count == 0) {
        tls_problem_set(
            problem, broken ? "a certificate is damaged" : "there is no certificate");
        return ERR_INVALID;
    }
    return OK;
}

static enum err check_arguments(const uint8_t *chain, size_t length, uint16_t version_min,
    uint16_t version_max, struct tls_problem *problem)
{
    static const char private_key[] = "PRIVATE KEY-----";

    if (version_min < TLS_VERSION_1_2 || version_max > TLS_VERSION_1_3 ||
        version_min > version_max) {
        tls_problem_set(problem, "the TLS versions must be 1.2, 1.3 or both");
        return ERR_INVALID;
    }
    if (length == 0 || length > INT32_MAX) {
        tls_problem_set(problem, "there is no certificate");
        return ERR_INVALID;
    }
    /* It would mean that somebody gave us what only keys may have. */
    if (memmem(chain, length, private_key, strlen(private_key)) != NULL) {
        tls_problem_set(problem, "a private key is among the certificates");
        return ERR_INVALID;
    }
    return OK;
}

enum err tls_context_new_mode(enum algo_mode mode, const struct tls_chain *chain,
    const struct tls_signer *signer, struct tls_context **out,
    struct tls_problem *problem)
{
    enum err e = check_arguments(
        chain->bytes, chain->length, chain->version_min, chain->version_max, problem);

    if (e != OK) {
        return e;
    }
    tls_problem_set(problem, "%s", err_text(ERR_NOMEM));
    struct tls_context *c = mem_alloc(1, sizeof(*c));
    if (c == NULL) {
        return ERR_NOMEM;
    }
    c->version_min = chain->version_min;
    c->version_max = chain->version_max;
    c->widest =
        tlspolicy_get(mode == ALGO_FIPS ? TLSPOLICY_FIPS : TLSPOLICY_INTERMEDIATE);
    c->policy = c->widest;
    c->signer = *signer;
    c->noting = (struct tls_signer){.sign = sign_and_note, .context = c};
    BIO *in = NULL;
    e = open_library(c, mode, problem);
    if (e == OK) {
        c->ssl = tls_context_make_ssl(c);
        in = BIO_new_mem_buf(chain->bytes, (int)chain->length);
        e = c->ssl != NULL && in != NULL ? load_chain(c, in, problem) : ERR_NOMEM;
    }
    BIO_free(in);
    ERR_clear_error();
    if (e != OK) {
        tls_context_free(&c);
        return e;
    }
    *out = c;
    return OK;
}

enum err tls_context_new(const uint8_t *chain, size_t length, uint16_t version_min,
    uint16_t version_max, const struct tls_signer *signer, struct tls_context **out,
    struct tls_problem *problem)
{
    const struct tls_chain its = {.bytes = chain,
        .length = length,
        .version_min = version_min,
        .version_max = version_max};

    return tls_context_new_mode(ALGO_DEFAULT, &its, signer, out, problem);
}

enum err tls_context_ask(
    struct tls_context *c, enum tls_ask ask, struct tls_problem *problem)
{
    if (ask != TLS_ASK_NOTHING && c->version_max < TLS_VERSION_1_3) {
        tls_problem_set(problem, "client certificates need TLS 1.3");
        return ERR_UNSUPPORTED;
    }
    if (ask != TLS_ASK_NOTHING && EVP_PKEY_is_a(c->key, "ED25519")) {
        tls_problem_set(problem, "client certificates need a server key of RSA, P-256 or "
                                 "P-384: the signatures of Ed25519 repeat");
        return ERR_UNSUPPORTED;
    }
    c->ask = ask;
    return OK;
}

void tls_context_free(struct tls_context **c)
{
    struct tls_context *old = *c;

    if (old == NULL) {
        return;
    }
    SSL_CTX_free(old->ssl);
    EVP_PKEY_free(old->key);
    BIO_meth_free(old->socket);
    if (old->remote != NULL) {
        (void)OSSL_PROVIDER_unload(old->remote);
    }
    algo_close(&old->algo);
    mem_free(old);
    *c = NULL;
}
