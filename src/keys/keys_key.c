#include "keys_key.h"

#include "mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECURE_HEAP       65536
#define SECURE_PIECE_MIN  32
#define RSA_BITS_MIN      2048
#define RSA_BITS_MAX      4096
#define SECURITY_BITS_MIN 112

static enum err say(struct keys_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns ERR_INVALID, so that a check is one line. */
static enum err say(struct keys_problem *problem, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(problem->text, sizeof(problem->text), format, args);
    va_end(args);
    return ERR_INVALID;
}

enum err keys_key_prepare(void)
{
    if (OPENSSL_init_crypto(
            OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1) {
        return ERR_NOMEM;
    }
    /* Where memory can not be locked, it still has guard pages and is left out of dumps.
     */
    if (CRYPTO_secure_malloc_initialized() == 0 &&
        CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_PIECE_MIN) == 0) {
        return ERR_NOMEM;
    }
    return OK;
}

/* --- the file --------------------------------------------------------------------- */

static enum err read_file(int fd, uint8_t *bytes, size_t *length_out)
{
    size_t length = 0;

    for (;;) {
        ssize_t n = read(fd, bytes + length, KEYS_FILE_MAX + 1 - length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ERR_IO;
        }
        if (n == 0) {
            *length_out = length;
            return OK;
        }
        length += (size_t)n;
        if (length > KEYS_FILE_MAX) {
            return ERR_FULL;
        }
    }
}

/* OpenSSL's own callback would ask the terminal. */
static int no_password(char *room, int size, int writing, void *context)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static bool contains(const uint8_t *bytes, size_t length, const char *text)
{
    return memmem(bytes, length, text, strlen(text)) != NULL;
}

/* PEM -> DER -> key; both copies are wiped, the DER one lives in locked memory. */
static enum err decode_key(
    struct keys_key *k, const uint8_t *bytes, size_t length, struct keys_problem *problem)
{
    unsigned char *der = NULL;
    long der_length = 0;

    if (contains(bytes, length, "ENCRYPTED")) {
        return say(problem,
            "the private key is encrypted: store it without a passphrase, "
            "readable only for the user that starts schlossd");
    }
    BIO *in = BIO_new_mem_buf(bytes, (int)length);
    if (in == NULL) {
        return ERR_NOMEM;
    }
    int found = PEM_bytes_read_bio_secmem(
        &der, &der_length, NULL, PEM_STRING_EVP_PKEY, in, no_password, NULL);
    BIO_free(in);
    if (found != 1) {
        return say(problem, "the key file holds no private key in PEM");
    }
    const unsigned char *next = der;
    k->private_key = d2i_AutoPrivateKey_ex(NULL, &next, der_length, NULL, NULL);
    OPENSSL_secure_clear_free(der, (size_t)der_length);
    if (k->private_key == NULL) {
        return say(problem, "the private key is damaged");
    }
    return OK;
}

static enum err load_key(struct keys_key *k, int fd, struct keys_problem *problem)
{
    uint8_t *bytes = mem_alloc(KEYS_FILE_MAX + 1, 1);
    size_t length = 0;

    if (bytes == NULL) {
        return ERR_NOMEM;
    }
    enum err e = read_file(fd, bytes, &length);
    if (e == OK) {
        e = decode_key(k, bytes, length, problem);
    } else if (e == ERR_FULL) {
        e = say(problem, "the key file is larger than %d bytes", KEYS_FILE_MAX);
    } else {
        (void)say(problem, "the key file can not be read: errno=%d", errno);
    }
    mem_wipe(bytes, KEYS_FILE_MAX + 1);
    mem_free(bytes);
    return e;
}

/* --- the chain -------------------------------------------------------------------- */

static enum err load_chain(
    struct keys_key *k, const uint8_t *chain, size_t length, struct keys_problem *problem)
{
    BIO *in = BIO_new_mem_buf(chain, (int)length);
    unsigned count = 0;
    X509 *next;

    if (in == NULL) {
        return ERR_NOMEM;
    }
    ERR_clear_error();
    while ((next = PEM_read_bio_X509(in, NULL, no_password, NULL)) != NULL) {
        count++;
        if (count == 1) {
            k->certificate = next;
        } else {
            X509_free(next);
        }
    }
    BIO_free(in);
    bool whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!whole) {
        return say(problem, "certificate %u of the chain is damaged", count + 1);
    }
    if (count == 0) {
        return say(problem, "the certificate file holds no certificate in PEM");
    }
    if (count > KEYS_CHAIN_MAX) {
        return say(problem, "the chain has %u certificates, at most %d are taken", count,
            KEYS_CHAIN_MAX);
    }
    return OK;
}

static const char *time_text(const ASN1_TIME *time, char *out, size_t size)
{
    struct tm t;

    if (ASN1_TIME_to_tm(time, &t) != 1 ||
        strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &t) == 0) {
        (void)snprintf(out, size, "an unreadable time");
    }
    return out;
}

static enum err check_certificate(X509 *x, struct keys_problem *problem)
{
    const ASN1_TIME *from = X509_get0_notBefore(x);
    const ASN1_TIME *until = X509_get0_notAfter(x);
    char when[40];
    int bits = 0;

    if (X509_cmp_current_time(from) >= 0) {
        return say(problem, "the certificate is not valid before %s",
            time_text(from, when, sizeof(when)));
    }
    if (X509_cmp_current_time(until) <= 0) {
        return say(problem, "the certificate expired on %s",
            time_text(until, when, sizeof(when)));
    }
    bool self_signed =
        X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
    int known = X509_get_signature_info(x, NULL, NULL, &bits, NULL);
    /* Nobody checks the signature of a root, so only an issuer's must be strong. */
    if (!self_signed && (known != 1 || bits < SECURITY_BITS_MIN)) {
        return say(problem, "the certificate is signed with a weak digest (SHA-1 or "
                            "older): have it issued again");
    }
    return OK;
}

/* --- the pair --------------------------------------------------------------------- */

static enum err find_type(struct keys_key *k, struct keys_problem *problem)
{
    char group[32] = "";

    if (EVP_PKEY_is_a(k->private_key, "RSA")) {
        int bits = EVP_PKEY_get_bits(k->private_key);
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            return say(problem, "the RSA key has %d bits, only %d to %d are taken", bits,
                RSA_BITS_MIN, RSA_BITS_MAX);
        }
        k->type = KEYS_RSA;
        return OK;
    }
    if (EVP_PKEY_is_a(k->private_key, "ED25519")) {
        k->type = KEYS_ED25519;
        return OK;
    }
    if (EVP_PKEY_is_a(k->private_key, "EC")) {
        (void)EVP_PKEY_get_group_name(k->private_key, group, sizeof(group), NULL);
    }
    if (strcmp(group, "prime256v1") == 0) {
        k->type = KEYS_P256;
        return OK;
    }
    if (strcmp(group, "secp384r1") == 0) {
        k->type = KEYS_P384;
        return OK;
    }
    return say(problem,
        "this kind of key is not taken: make one of RSA (%d to %d bits), "
        "P-256, P-384 or Ed25519",
        RSA_BITS_MIN, RSA_BITS_MAX);
}

enum err keys_key_load(struct keys_key *k, int fd, const uint8_t *chain,
    size_t chain_length, struct keys_problem *problem)
{
    struct keys_key made = {.private_key = NULL};

    if (chain_length > KEYS_FILE_MAX) {
        return say(
            problem, "the certificate file is larger than %d bytes", KEYS_FILE_MAX);
    }
    (void)say(problem, "%s", err_text(ERR_NOMEM));
    enum err e = load_chain(&made, chain, chain_length, problem);
    if (e == OK) {
        e = check_certificate(made.certificate, problem);
    }
    if (e == OK) {
        e = load_key(&made, fd, problem);
    }
    if (e == OK) {
        e = find_type(&made, problem);
    }
    if (e == OK && X509_check_private_key(made.certificate, made.private_key) != 1) {
        e = say(problem, "the private key does not belong to the certificate: the chain "
                         "must begin with the server's own certificate");
    }
    ERR_clear_error();
    if (e != OK) {
        keys_key_fini(&made);
        return e;
    }
    *k = made;
    return OK;
}

void keys_key_fini(struct keys_key *k)
{
    EVP_PKEY_free(k->private_key);
    X509_free(k->certificate);
    *k = (struct keys_key){.private_key = NULL};
}
