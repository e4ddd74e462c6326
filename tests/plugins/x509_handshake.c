#include "x509_handshake.h"

#include "test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define FRESH_SIZE 32

EVP_PKEY *handshake_key(const char *kind, unsigned number)
{
    static struct {
        char name[32];
        EVP_PKEY *key;
    } made[64];
    char name[32];
    size_t i = 0;

    (void)snprintf(name, sizeof(name), "%s/%u", kind, number);
    while (made[i].key != NULL && strcmp(made[i].name, name) != 0) {
        i++;
        assert_true(i < sizeof(made) / sizeof(made[0]));
    }
    if (made[i].key == NULL) {
        unsigned bits = 0;
        (void)snprintf(made[i].name, sizeof(made[i].name), "%s", name);
        if (sscanf(kind, "RSA-%u", &bits) == 1) {
            made[i].key = EVP_RSA_gen(bits);
        } else if (strcmp(kind, "Ed25519") == 0) {
            made[i].key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        } else {
            made[i].key = EVP_EC_gen(kind);
        }
        assert_non_null(made[i].key);
    }
    return made[i].key;
}

/* --- certificates ----------------------------------------------------------------- */

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void set_subject(X509 *certificate, const struct handshake_subject *s)
{
    if (s->subject != NULL) {
        assert_int_equal(X509_set_subject_name(certificate, s->subject), 1);
        return;
    }
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_txt(
                         name, "CN", MBSTRING_UTF8, (const uint8_t *)s->name, -1, -1, 0),
        1);
    assert_int_equal(X509_set_subject_name(certificate, name), 1);
    X509_NAME_free(name);
}

static const EVP_MD *digest_for(const EVP_PKEY *key, const char *digest)
{
    return EVP_PKEY_is_a(key, "ED25519")
               ? NULL
               : EVP_get_digestbyname(digest != NULL ? digest : "SHA256");
}

X509 *handshake_certificate(const struct handshake_subject *s)
{
    X509 *c = X509_new();
    X509 *issuer = s->issuer != NULL ? s->issuer : c;
    EVP_PKEY *issuer_key = s->issuer != NULL ? s->issuer_key : s->key;
    bool a_year = s->from_days == 0 && s->to_days == 0;

    assert_non_null(c);
    assert_int_equal(X509_set_version(c, 2), 1);
    assert_int_equal(
        ASN1_INTEGER_set(X509_get_serialNumber(c), s->serial != 0 ? s->serial : 1), 1);
    set_subject(c, s);
    assert_int_equal(X509_set_issuer_name(c, X509_get_subject_name(issuer)), 1);
    assert_non_null(
        X509_time_adj_ex(X509_getm_notBefore(c), a_year ? -1 : s->from_days, 0, NULL));
    assert_non_null(
        X509_time_adj_ex(X509_getm_notAfter(c), a_year ? 365 : s->to_days, 0, NULL));
    assert_int_equal(X509_set_pubkey(c, s->key), 1);
    add_extension(c, issuer, NID_basic_constraints,
        s->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(c, issuer, NID_key_usage,
        s->is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    add_extension(c, issuer, NID_subject_key_identifier, "hash");
    if (s->usage != NULL) {
        add_extension(c, issuer, NID_ext_key_usage, s->usage);
    }
    if (s->alternative != NULL) {
        add_extension(c, issuer, NID_subject_alt_name, s->alternative);
    }
    assert_true(X509_sign(c, issuer_key, digest_for(issuer_key, s->digest)) > 0);
    return c;
}

X509_CRL *handshake_crl(X509 *issuer, EVP_PKEY *key, const long *serials, bool ended)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *time = ASN1_TIME_new();

    assert_int_equal(X509_CRL_set_version(crl, 1), 1);
    assert_int_equal(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)), 1);
    assert_non_null(X509_time_adj_ex(time, -10, 0, NULL));
    assert_int_equal(X509_CRL_set1_lastUpdate(crl, time), 1);
    assert_non_null(X509_time_adj_ex(time, ended ? -1 : 10, 0, NULL));
    assert_int_equal(X509_CRL_set1_nextUpdate(crl, time), 1);
    for (; *serials != 0; serials++) {
        X509_REVOKED *revoked = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        assert_int_equal(ASN1_INTEGER_set(serial, *serials), 1);
        assert_int_equal(X509_REVOKED_set_serialNumber(revoked, serial), 1);
        assert_non_null(X509_time_adj_ex(time, -5, 0, NULL));
        assert_int_equal(X509_REVOKED_set_revocationDate(revoked, time), 1);
        assert_int_equal(X509_CRL_add0_revoked(crl, revoked), 1);
        ASN1_INTEGER_free(serial);
    }
    ASN1_TIME_free(time);
    assert_int_equal(X509_CRL_sort(crl), 1);
    assert_true(X509_CRL_sign(crl, key, digest_for(key, NULL)) > 0);
    return crl;
}

static void add_bio(struct buf *out, BIO *bio)
{
    char *text;
    long length = BIO_get_mem_data(bio, &text);

    buf_add(out, text, (size_t)length);
    assert_int_equal(buf_error(out), OK);
    BIO_free(bio);
}

void handshake_add_pem(struct buf *out, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    add_bio(out, bio);
}

void handshake_add_crl_pem(struct buf *out, X509_CRL *crl)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_X509_CRL(bio, crl), 1);
    add_bio(out, bio);
}

/* --- handshakes ------------------------------------------------------------------- */

static void on_message(int write, int version, int type, const void *bytes, size_t length,
    SSL *ssl, void *context)
{
    (void)write;
    (void)version;
    (void)ssl;
    if (type == SSL3_RT_HANDSHAKE) {
        buf_add(context, bytes, length);
    }
}

/* The gate of these tests is taken over: it finds everybody welcome. */
static int on_verify(int good, X509_STORE_CTX *context)
{
    (void)good;
    (void)context;
    return 1;
}

static SSL_CTX *make_context(
    const SSL_METHOD *method, X509 *certificate, EVP_PKEY *key, const char *schemes)
{
    SSL_CTX *c = SSL_CTX_new(method);

    assert_non_null(c);
    SSL_CTX_set_security_level(c, 0);
    assert_int_equal(SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION), 1);
    assert_int_equal(SSL_CTX_use_certificate(c, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(c, key), 1);
    if (schemes != NULL) {
        assert_int_equal(SSL_CTX_set1_sigalgs_list(c, schemes), 1);
    }
    return c;
}

static SSL *make_ssl(SSL_CTX *context, BIO *in, BIO *out)
{
    SSL *ssl = SSL_new(context);

    assert_non_null(ssl);
    assert_int_equal(BIO_up_ref(in), 1);
    assert_int_equal(BIO_up_ref(out), 1);
    SSL_set_bio(ssl, in, out);
    return ssl;
}

static void shake(SSL_CTX *server_context, SSL_CTX *client_context)
{
    BIO *up = BIO_new(BIO_s_mem());
    BIO *down = BIO_new(BIO_s_mem());
    SSL *server = make_ssl(server_context, up, down);
    SSL *client = make_ssl(client_context, down, up);
    int server_done = 0;
    int client_done = 0;

    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (unsigned i = 0; i < 10 && (server_done != 1 || client_done != 1); i++) {
        client_done = SSL_do_handshake(client);
        server_done = SSL_do_handshake(server);
    }
    assert_int_equal(client_done, 1);
    assert_int_equal(server_done, 1);
    SSL_free(server);
    SSL_free(client);
    BIO_free(up);
    BIO_free(down);
}

void handshake_run(const struct handshake *h, struct buf *out)
{
    static const uint8_t nothing[FRESH_SIZE];
    SSL_CTX *server =
        make_context(TLS_server_method(), h->server, h->server_key, h->server_schemes);
    SSL_CTX *client =
        make_context(TLS_client_method(), h->client, h->client_key, h->client_schemes);
    size_t before = out->length;

    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, on_verify);
    assert_int_equal(SSL_CTX_set_num_tickets(server, 0), 1);
    SSL_CTX_set_msg_callback(server, on_message);
    SSL_CTX_set_msg_callback_arg(server, out);
    assert_int_equal(SSL_CTX_set_ciphersuites(
                         client, h->suite != NULL ? h->suite : "TLS_AES_128_GCM_SHA256"),
        1);
    for (X509 *const *other = h->others; other != NULL && *other != NULL; other++) {
        assert_int_equal(SSL_CTX_add1_chain_cert(client, *other), 1);
    }
    assert_int_equal(SSL_CTX_set1_groups_list(client, "X25519:P-384"), 1);
    assert_int_equal(SSL_CTX_set1_groups_list(server, h->retry ? "P-384" : "X25519"), 1);
    buf_add(out, nothing, sizeof(nothing));
    shake(server, client);
    assert_int_equal(buf_error(out), OK);
    handshake_freshen(out->bytes + before, out->length - before);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

bool handshake_find(const uint8_t *message, size_t length, uint8_t type, unsigned n,
    size_t *at_out, size_t *length_out)
{
    for (size_t at = FRESH_SIZE; at + 4 <= length;) {
        size_t size = 4 + ((size_t)message[at + 1] << 16 | (size_t)message[at + 2] << 8 |
                              message[at + 3]);
        if (message[at] == type && n == 0) {
            *at_out = at;
            *length_out = size;
            return true;
        }
        n -= message[at] == type;
        at += size;
    }
    return false;
}

void handshake_freshen(uint8_t *message, size_t length)
{
    size_t at;
    size_t size;
    unsigned digest_length;

    assert_true(handshake_find(message, length, 15, 0, &at, &size));
    assert_int_equal(EVP_Digest(message + at + 8, size - 8, message, &digest_length,
                         EVP_sha256(), NULL),
        1);
}
