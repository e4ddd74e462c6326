#include "keys_key.h"

#include "keys_signer.h"
#include "mem.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECURE_HEAP      65536
#define SECURE_PIECE_MIN 32
#define RSA_BITS_MIN     2048
#define RSA_BITS_MAX     4096

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
static enum err decode_key(struct keys_key *k, const uint8_t *bytes, size_t length,
    const char *file, struct keys_problem *problem)
{
    unsigned char *der = NULL;
    long der_length = 0;

    if (contains(bytes, length, "ENCRYPTED")) {
        return keys_say(problem,
            "%s: the private key is encrypted, and nobody is there to ask: write it "
            "without "
            "a passphrase (openssl pkey -in OLD -out NEW), with mode 0600 for the user "
            "that "
            "starts schlossd",
            file);
    }
    BIO *in = BIO_new_mem_buf(bytes, (int)length);
    if (in == NULL) {
        return ERR_NOMEM;
    }
    int found = PEM_bytes_read_bio_secmem(
        &der, &der_length, NULL, PEM_STRING_EVP_PKEY, in, no_password, NULL);
    BIO_free(in);
    if (found != 1) {
        return keys_say(problem,
            "%s: the key file holds no private key in PEM: put the key "
            "of the server's certificate there",
            file);
    }
    const unsigned char *next = der;
    k->private_key = d2i_AutoPrivateKey_ex(
        NULL, &next, der_length, k->algo->library, k->algo->properties);
    OPENSSL_secure_clear_free(der, (size_t)der_length);
    if (k->private_key == NULL) {
        return keys_say(problem, "%s: the private key is damaged: copy it again", file);
    }
    return OK;
}

static enum err load_key(
    struct keys_key *k, const struct keys_source *from, struct keys_problem *problem)
{
    uint8_t *bytes = mem_alloc(KEYS_FILE_MAX + 1, 1);
    size_t length = 0;

    if (bytes == NULL) {
        return ERR_NOMEM;
    }
    enum err e = read_file(from->fd, bytes, &length);
    if (e == OK) {
        e = decode_key(k, bytes, length, from->names.key, problem);
    } else if (e == ERR_FULL) {
        e = keys_say(problem,
            "%s: the key file is larger than %d bytes: leave the key in it",
            from->names.key, KEYS_FILE_MAX);
    } else {
        (void)keys_say(problem, "%s: the key file can not be read: errno=%d",
            from->names.key, errno);
    }
    mem_wipe(bytes, KEYS_FILE_MAX + 1);
    mem_free(bytes);
    return e;
}

/* --- the pair --------------------------------------------------------------------- */

static enum err find_type(struct keys_key *k, const EVP_PKEY *key, const char *file,
    struct keys_problem *problem)
{
    const char *kind = EVP_PKEY_get0_type_name(key);
    char group[32] = "";

    if (EVP_PKEY_is_a(key, "RSA")) {
        int bits = EVP_PKEY_get_bits(key);
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            return keys_say(problem,
                "%s: the RSA key has %d bits, only %d to %d are taken: make another key, "
                "and have a certificate issued for it",
                file, bits, RSA_BITS_MIN, RSA_BITS_MAX);
        }
        k->type = KEYS_RSA;
        return OK;
    }
    if (EVP_PKEY_is_a(key, "ED25519")) {
        k->type = KEYS_ED25519;
        return OK;
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        (void)EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
    }
    if (strcmp(group, "prime256v1") == 0) {
        k->type = KEYS_P256;
        return OK;
    }
    if (strcmp(group, "secp384r1") == 0) {
        k->type = KEYS_P384;
        return OK;
    }
    return keys_say(problem,
        "%s: this kind of key is not taken (%s%s%s): make one of P-256, P-384, RSA (%d "
        "to "
        "%d bits) or Ed25519",
        file, kind != NULL ? kind : "unknown", group[0] != '\0' ? " " : "", group,
        RSA_BITS_MIN, RSA_BITS_MAX);
}

static enum err check_pair(const struct keys_key *k, const struct keys_names *names,
    struct keys_problem *problem)
{
    if (X509_check_private_key(k->certificate, k->private_key) == 1) {
        return OK;
    }
    return keys_say(problem,
        "%s: the private key does not belong to the first certificate of %s: put the "
        "server's own certificate first, or the key that it was issued for",
        names->key, names->certificate);
}

/* Of the certificate's public half: the trial signature shows whether it is this one. */
static enum err open_signer(
    struct keys_key *k, const struct keys_source *from, struct keys_problem *problem)
{
    const EVP_PKEY *public_key = X509_get0_pubkey(k->certificate);

    if (public_key == NULL) {
        return keys_say(problem, "%s: the key of the certificate can not be read",
            from->names.certificate);
    }
    enum err e = find_type(k, public_key, from->names.certificate, problem);
    if (e != OK) {
        return e;
    }
    k->signer = from->signer;
    return k->signer->open(k->signer->context, k->type, from->fd, problem);
}

static enum err take_key(
    struct keys_key *k, const struct keys_source *from, struct keys_problem *problem)
{
    if (from->signer != NULL) {
        return open_signer(k, from, problem);
    }
    enum err e = load_key(k, from, problem);
    if (e == OK) {
        e = find_type(k, k->private_key, from->names.key, problem);
    }
    return e == OK ? check_pair(k, &from->names, problem) : e;
}

enum err keys_key_load(struct keys_key *k, const struct algo *algo,
    const struct keys_source *from, struct keys_problem *problem)
{
    struct keys_key made = {.algo = algo};

    (void)keys_say(problem, "%s", err_text(ERR_NOMEM));
    enum err e = keys_certificate_read(algo, from->chain, from->chain_length,
        &from->names, &made.certificate, &made.facts, problem);
    if (e == OK) {
        e = keys_certificate_check(made.certificate, &from->names, problem);
    }
    if (e == OK) {
        e = take_key(&made, from, problem);
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
