#include "selftest_forge.h"

#include "selftest_client.h"

#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#define PART_MAX    ((size_t)16384)
#define BLANKS      64 /* before the text that is signed (RFC 8446, 4.4.3) */
#define SERVER      "TLS 1.3, server CertificateVerify" /* with its NUL */
#define CLIENT      "TLS 1.3, client CertificateVerify"
#define CERTIFICATE 11 /* types of messages */
#define VERIFY      15
#define ECDSA_P256  0x0403
#define HEAD        4

_Static_assert(BLANKS + sizeof(CLIENT) + EVP_MAX_MD_SIZE <= 256, "the text fits");

static void handshake_init(struct selftest_handshake *h)
{
    *h = (struct selftest_handshake){.digest = EVP_sha256()};
    for (size_t i = 0; i < SELFTEST_PARTS; i++) {
        buf_init(&h->parts[i], PART_MAX);
    }
}

void selftest_handshake_fini(struct selftest_handshake *h)
{
    for (size_t i = 0; i < SELFTEST_PARTS; i++) {
        buf_fini(&h->parts[i]);
    }
    h->count = 0;
}

/* --- recording -------------------------------------------------------------------- */

/* What the server hears and says, the client hears and says in the same order. */
static void on_message(int is_ours, int version, int content_type, const void *message,
    size_t length, SSL *ssl, void *context)
{
    struct selftest_handshake *h = context;

    (void)is_ours;
    (void)version;
    (void)ssl;
    if (content_type == SSL3_RT_HANDSHAKE && h->count < SELFTEST_PARTS) {
        buf_add(&h->parts[h->count++], message, length);
    }
}

static bool shake(SSL *tls, int fd, struct selftest_handshake *out)
{
    SSL_set_msg_callback(tls, on_message);
    (void)SSL_set_msg_callback_arg(tls, out);
    if (SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1) {
        return false;
    }
    out->digest = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(tls));
    return out->digest != NULL && out->count == SELFTEST_PARTS;
}

bool selftest_forge_record(
    const struct selftest_instance *i, const char *client, struct selftest_handshake *out)
{
    struct selftest_certificate c;
    int fd = selftest_client_connect(i, SELFTEST_DOOR_CERTIFICATE, 0);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *tls = context == NULL ? NULL : SSL_new(context);

    handshake_init(out);
    bool good = selftest_certificate_load(&c, i->dir, client);
    good = good && fd >= 0 && tls != NULL &&
           SSL_use_certificate(tls, c.certificate) == 1 &&
           SSL_use_PrivateKey(tls, c.key) == 1 && shake(tls, fd, out);
    SSL_free(tls);
    SSL_CTX_free(context);
    selftest_certificate_fini(&c);
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

/* --- making up -------------------------------------------------------------------- */

static void add_number(struct buf *out, size_t value, int bytes)
{
    for (int n = bytes - 1; n >= 0; n--) {
        uint8_t byte = (uint8_t)(value >> (8 * n));
        buf_add(out, &byte, 1);
    }
}

/* Its head, whose body will have this length. */
static struct buf *begin(
    struct selftest_handshake *h, enum selftest_part part, uint8_t type, size_t length)
{
    struct buf *out = &h->parts[part];

    buf_reset(out);
    add_number(out, type, 1);
    add_number(out, length, HEAD - 1);
    return out;
}

bool selftest_forge_certificate(struct selftest_handshake *h, enum selftest_part part,
    const struct selftest_certificate *c)
{
    unsigned char *der = NULL;
    int length = i2d_X509(c->certificate, &der);

    if (length <= 0) {
        return false;
    }
    size_t entry = 3 + (size_t)length + 2;
    struct buf *out = begin(h, part, CERTIFICATE, 1 + 3 + entry);
    add_number(out, 0, 1); /* no context */
    add_number(out, entry, 3);
    add_number(out, (size_t)length, 3);
    buf_add(out, der, (size_t)length);
    add_number(out, 0, 2); /* no extensions */
    OPENSSL_free(der);
    return buf_error(out) == OK;
}

size_t selftest_forge_text(
    const struct selftest_handshake *h, enum selftest_part part, uint8_t out[256])
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned length = 0;
    bool good = hash != NULL && EVP_DigestInit_ex(hash, h->digest, NULL) == 1;

    for (size_t i = 0; good && i < part; i++) {
        good = EVP_DigestUpdate(hash, h->parts[i].bytes, h->parts[i].length) == 1;
    }
    memset(out, ' ', BLANKS);
    memcpy(
        out + BLANKS, part == SELFTEST_SERVER_VERIFY ? SERVER : CLIENT, sizeof(CLIENT));
    good = good && EVP_DigestFinal_ex(hash, out + BLANKS + sizeof(CLIENT), &length) == 1;
    EVP_MD_CTX_free(hash);
    return good ? BLANKS + sizeof(CLIENT) + length : 0;
}

bool selftest_forge_signature(struct selftest_handshake *h, enum selftest_part part,
    const void *signature, size_t length)
{
    struct buf *out = begin(h, part, VERIFY, 4 + length);

    add_number(out, ECDSA_P256, 2);
    add_number(out, length, 2);
    buf_add(out, signature, length);
    return buf_error(out) == OK;
}

bool selftest_forge_sign(struct selftest_handshake *h, enum selftest_part part,
    const struct selftest_certificate *by)
{
    uint8_t text[256];
    uint8_t signature[256];
    size_t made = sizeof(signature);
    size_t length = selftest_forge_text(h, part, text);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && length > 0 &&
                EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, by->key) == 1 &&
                EVP_DigestSign(context, signature, &made, text, length) == 1;

    EVP_MD_CTX_free(context);
    return good && selftest_forge_signature(h, part, signature, made);
}

void selftest_forge_join(const struct selftest_handshake *h, struct buf *out)
{
    for (size_t i = 0; i < SELFTEST_PARTS; i++) {
        buf_add(out, h->parts[i].bytes, h->parts[i].length);
    }
}
