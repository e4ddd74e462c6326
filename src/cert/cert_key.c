#include "cert_key.h"

#include "rand.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#define SALT_SIZE 16
#define SCRYPT_N  16384
#define SCRYPT_R  8
#define SCRYPT_P  1

bool cert_kind_parse(const char *text, enum cert_kind *out)
{
    static const struct {
        const char *text;
        enum cert_kind kind;
    } kinds[] = {{"ecdsa-p256", CERT_P256}, {"rsa-3072", CERT_RSA_3072},
        {"ed25519", CERT_ED25519}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(text, kinds[i].text) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

enum err cert_key_make(enum cert_kind kind, EVP_PKEY **out)
{
    switch (kind) {
    case CERT_P256:
        *out = EVP_EC_gen("P-256");
        break;
    case CERT_RSA_3072:
        *out = EVP_RSA_gen(3072);
        break;
    case CERT_ED25519:
        *out = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    }
    ERR_clear_error();
    return *out == NULL ? ERR_NOMEM : OK;
}

/* --- text ------------------------------------------------------------------------- */

/* PKCS #8 as it is encrypted. */
static X509_SIG *encrypt(PKCS8_PRIV_KEY_INFO *clear, const struct secret *passphrase)
{
    uint8_t salt[SALT_SIZE];

    rand_bytes(salt, sizeof(salt));
    X509_ALGOR *how = PKCS5_pbe2_set_scrypt(
        EVP_aes_256_cbc(), salt, sizeof(salt), NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
    if (how == NULL) {
        return NULL;
    }
    X509_SIG *out = PKCS8_set0_pbe(
        (const char *)passphrase->bytes, (int)passphrase->length, clear, how);
    if (out == NULL) {
        X509_ALGOR_free(how);
    }
    return out;
}

static bool write_to(BIO *bio, EVP_PKEY *key, const struct secret *passphrase)
{
    PKCS8_PRIV_KEY_INFO *clear = EVP_PKEY2PKCS8(key);
    bool written = false;

    if (clear != NULL && passphrase != NULL && passphrase->length > 0) {
        X509_SIG *hidden = encrypt(clear, passphrase);
        written = hidden != NULL && PEM_write_bio_PKCS8(bio, hidden) == 1;
        X509_SIG_free(hidden);
    } else if (clear != NULL) {
        written = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, clear) == 1;
    }
    PKCS8_PRIV_KEY_INFO_free(clear);
    return written;
}

enum err cert_key_write(EVP_PKEY *key, const struct secret *passphrase, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem()); /* wipes what it held */
    const char *text = NULL;

    bool written = bio != NULL && write_to(bio, key, passphrase);
    if (written) {
        long length = BIO_get_mem_data(bio, &text);
        buf_add(out, text, (size_t)length);
    }
    BIO_free(bio);
    ERR_clear_error();
    return written ? buf_error(out) : ERR_NOMEM;
}

int cert_no_passphrase(char *text, int size, int for_writing, void *context)
{
    (void)text;
    (void)size;
    (void)for_writing;
    (void)context;
    return -1;
}

struct answer {
    const struct secret *passphrase;
    bool asked;
};

static int give_passphrase(char *text, int size, int for_writing, void *context)
{
    struct answer *answer = context;
    const struct secret *p = answer->passphrase;

    (void)for_writing;
    answer->asked = true;
    if (p == NULL || p->length == 0 || size < 0 || p->length > (size_t)size) {
        return -1;
    }
    memcpy(text, p->bytes, p->length);
    return (int)p->length;
}

enum err cert_key_read(
    const void *pem, size_t length, const struct secret *passphrase, EVP_PKEY **out)
{
    struct answer answer = {.passphrase = passphrase};

    if (length == 0 || length > INT_MAX) {
        return ERR_NOT_FOUND;
    }
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    if (bio == NULL) {
        return ERR_NOMEM;
    }
    *out = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &answer);
    BIO_free(bio);
    ERR_clear_error();
    if (*out != NULL) {
        return OK;
    }
    return answer.asked ? ERR_DENIED : ERR_NOT_FOUND;
}

bool cert_key_is_encrypted(const void *pem, size_t length)
{
    static const char begin[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    static const char old[] = "Proc-Type: 4,ENCRYPTED";

    return memmem(pem, length, begin, sizeof(begin) - 1) != NULL ||
           memmem(pem, length, old, sizeof(old) - 1) != NULL;
}

/* --- what it is ------------------------------------------------------------------- */

static bool is_group(EVP_PKEY *key, const char *name)
{
    char group[64];
    size_t length = 0;

    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &length) == 1 &&
           strcmp(group, name) == 0;
}

static const struct {
    const char *group;
    const char *text;
} groups[] = {{"prime256v1", "P-256"}, {"secp384r1", "P-384"}, {"secp521r1", "P-521"}};

static const char *curve_of(EVP_PKEY *key)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (is_group(key, groups[i].group)) {
            return groups[i].text;
        }
    }
    return NULL;
}

void cert_key_describe(EVP_PKEY *key, char out[CERT_KEY_TEXT])
{
    const char *curve = curve_of(key);
    const char *name = EVP_PKEY_get0_type_name(key);
    int bits = EVP_PKEY_get_bits(key);

    if (curve != NULL) {
        (void)snprintf(out, CERT_KEY_TEXT, "ECDSA %s", curve);
    } else if (EVP_PKEY_is_a(key, "ED25519") == 1) {
        (void)snprintf(out, CERT_KEY_TEXT, "Ed25519");
    } else {
        (void)snprintf(
            out, CERT_KEY_TEXT, "%.20s %d", name == NULL ? "unknown" : name, bits);
    }
    ERR_clear_error();
}

const char *cert_key_weakness(EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        int bits = EVP_PKEY_get_bits(key);
        return bits < 2048   ? "RSA keys have 2048 bits or more"
               : bits > 8192 ? "RSA keys have 8192 bits at most"
                             : NULL;
    }
    if (curve_of(key) != NULL || EVP_PKEY_is_a(key, "ED25519") == 1) {
        return NULL;
    }
    return "keys are RSA, ECDSA P-256, P-384, P-521 or Ed25519";
}

const char *cert_key_server_weakness(EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) > 4096) {
        return "a broker's RSA keys have 4096 bits at most";
    }
    return is_group(key, "secp521r1") ? "a broker's ECDSA keys are P-256 or P-384"
                                      : cert_key_weakness(key);
}

const EVP_MD *cert_key_digest(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "ED25519") == 1 ? NULL : EVP_sha256();
}
