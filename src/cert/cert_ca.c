#include "cert_ca.h"

#include "mem.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERIAL_MAX 32 /* bytes */

__attribute__((format(printf, 3, 4))) static enum err say(
    struct cert_problem *why, enum err e, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return e;
}

static enum err say_file(
    struct cert_problem *why, enum err e, const char *verb, const char *path)
{
    return say(why, e, "cannot %s %.200s: %s", verb, path,
        e == ERR_NOMEM ? err_text(e) : strerror(errno));
}

/* --- text ------------------------------------------------------------------------- */

X509 *cert_read(const void *pem, size_t length)
{
    if (length == 0 || length > INT_MAX) {
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    X509 *certificate =
        bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, cert_no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

STACK_OF(X509) * cert_read_all(const void *pem, size_t length, int max)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *bio = length == 0 || length > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)length);

    while (all != NULL && bio != NULL && sk_X509_num(all) < max) {
        X509 *c = PEM_read_bio_X509(bio, NULL, cert_no_passphrase, NULL);
        if (c == NULL) {
            break;
        }
        if (sk_X509_push(all, c) <= 0) {
            X509_free(c);
            break;
        }
    }
    BIO_free(bio);
    ERR_clear_error();
    return all;
}

/* Takes what was written to bio out of it, and frees it. */
static enum err drain(BIO *bio, bool written, struct buf *out)
{
    const char *text = NULL;

    if (written) {
        long length = BIO_get_mem_data(bio, &text);
        buf_add(out, text, (size_t)length);
    }
    BIO_free(bio);
    ERR_clear_error();
    return written ? buf_error(out) : ERR_NOMEM;
}

enum err cert_write(X509 *certificate, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    return drain(bio, bio != NULL && PEM_write_bio_X509(bio, certificate) == 1, out);
}

static enum err write_crl(X509_CRL *crl, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    return drain(bio, bio != NULL && PEM_write_bio_X509_CRL(bio, crl) == 1, out);
}

bool cert_serial_write(const ASN1_INTEGER *serial, char out[CERT_SERIAL_TEXT])
{
    const uint8_t *bytes = ASN1_STRING_get0_data(serial);
    int length = ASN1_STRING_length(serial);

    if (length <= 0 || length > SERIAL_MAX) {
        return false;
    }
    for (int i = 0; i < length; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
    return true;
}

ASN1_INTEGER *cert_serial_read(const char *text)
{
    char digits[2 * SERIAL_MAX + 1];
    size_t count = 0;
    BIGNUM *number = NULL;
    ASN1_INTEGER *serial = NULL;

    for (; *text != '\0'; text++) {
        if (*text == ':' && count > 0 && text[1] != ':' && text[1] != '\0') {
            continue;
        }
        if (!isxdigit((unsigned char)*text) || count == 2 * SERIAL_MAX) {
            return NULL;
        }
        digits[count++] = *text;
    }
    digits[count] = '\0';
    if (count > 0 && BN_hex2bn(&number, digits) > 0) {
        serial = BN_to_ASN1_INTEGER(number, NULL);
    }
    BN_free(number);
    ERR_clear_error();
    return serial;
}

/* --- files ------------------------------------------------------------------------ */

static enum err path_of(const char *folder, const char *name, char out[CERT_PATH_MAX],
    struct cert_problem *why)
{
    enum err e = cert_file_path(out, folder, name);

    return e == OK ? OK : say_file(why, e, "use", folder);
}

static enum err read_file(
    const char *folder, const char *name, struct buf *out, struct cert_problem *why)
{
    char path[CERT_PATH_MAX];
    enum err e = path_of(folder, name, path, why);
    if (e != OK) {
        return e;
    }
    e = cert_file_read(path, out);
    return e == OK ? OK : say_file(why, e, "read", path);
}

static enum err write_file(const char *folder, const char *name,
    const struct buf *content, unsigned mode, bool replace, struct cert_problem *why)
{
    char path[CERT_PATH_MAX];
    enum err e = path_of(folder, name, path, why);
    if (e != OK) {
        return e;
    }
    const struct cert_file f = {.path = path,
        .bytes = content->bytes,
        .length = content->length,
        .mode = mode,
        .replace = replace};
    e = cert_file_write(&f);
    return e == OK ? OK : say_file(why, e, "write", path);
}

static void wipe(struct buf *b)
{
    if (b->bytes != NULL) {
        mem_wipe(b->bytes, b->length);
    }
    buf_fini(b);
}

bool cert_ca_is_encrypted(const char *folder)
{
    struct cert_problem ignored;
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    bool encrypted = read_file(folder, "ca.key", &text, &ignored) == OK &&
                     cert_key_is_encrypted(text.bytes, text.length);
    wipe(&text);
    return encrypted;
}

/* --- a new one -------------------------------------------------------------------- */

static enum err say_folder(
    struct cert_problem *why, enum err e, const char *verb, const char *path)
{
    if (e == ERR_INVALID) {
        return say(why, e, "others may write to the folder %.200s, or own it", path);
    }
    return e == OK ? OK : say_file(why, e, verb, path);
}

static enum err make_folder(const char *path, struct cert_problem *why)
{
    return say_folder(why, cert_file_folder(path), "make the folder", path);
}

static enum err make_folders(const char *folder, struct cert_problem *why)
{
    char issued[CERT_PATH_MAX];
    enum err e = path_of(folder, "issued", issued, why);

    e = e == OK ? make_folder(folder, why) : e;
    return e == OK ? make_folder(issued, why) : e;
}

static enum err check_free(const struct cert_ca_wish *wish, struct cert_problem *why)
{
    static const char *const names[] = {"ca.key", "ca.pem", "crl.pem"};
    char path[CERT_PATH_MAX];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enum err e = path_of(wish->folder, names[i], path, why);
        if (e != OK) {
            return e;
        }
        if (!wish->replace && cert_file_exists(path)) {
            return say(why, ERR_EXISTS, "there is %.200s already", path);
        }
    }
    return OK;
}

static enum err sign_itself(
    const struct cert_ca_wish *wish, EVP_PKEY *key, struct cert_ca *ca)
{
    X509_NAME *subject = NULL;
    const struct cert_signer itself = {.key = key};

    enum err e = cert_subject_make(wish->name, &subject);
    if (e == OK) {
        const struct cert_wish own = {
            .subject = subject, .ca = true, .now_s = wish->now_s, .days = wish->days};
        e = cert_make(&own, key, &itself, &ca->signer.certificate);
    }
    X509_NAME_free(subject);
    return e;
}

static enum err write_all(
    const struct cert_ca_wish *wish, const struct cert_ca *ca, struct cert_problem *why)
{
    const struct cert_crl_wish first = {
        .first_number = 1, .now_s = wish->now_s, .days = CERT_CRL_DAYS};
    X509_CRL *crl = NULL;
    struct buf texts[3];

    for (size_t i = 0; i < 3; i++) {
        buf_init(&texts[i], CERT_FILE_MAX);
    }
    enum err e = cert_key_write(ca->signer.key, wish->passphrase, &texts[0]);
    e = e == OK ? cert_write(ca->signer.certificate, &texts[1]) : e;
    e = e == OK ? cert_crl_make(&first, &ca->signer, &crl) : e;
    e = e == OK ? write_crl(crl, &texts[2]) : e;
    if (e != OK) {
        (void)say(why, e, "cannot make the CA: %s", err_text(e));
    } else {
        const char *d = wish->folder;
        e = write_file(d, "ca.key", &texts[0], 0600, wish->replace, why);
        e = e == OK ? write_file(d, "ca.pem", &texts[1], 0644, wish->replace, why) : e;
        e = e == OK ? write_file(d, "crl.pem", &texts[2], 0644, wish->replace, why) : e;
    }
    X509_CRL_free(crl);
    for (size_t i = 0; i < 3; i++) {
        wipe(&texts[i]);
    }
    return e;
}

static enum err lock_folder(struct cert_ca *ca, struct cert_problem *why)
{
    enum err e = cert_file_lock(ca->folder, &ca->lock);

    return e == OK ? OK : say_file(why, e, "open the folder", ca->folder);
}

enum err cert_ca_create(const struct cert_ca_wish *wish, struct cert_problem *why)
{
    struct cert_ca ca = {.folder = wish->folder, .lock = -1};

    enum err e = make_folders(wish->folder, why);
    e = e == OK ? lock_folder(&ca, why) : e;
    e = e == OK ? check_free(wish, why) : e;
    if (e == OK) {
        e = cert_key_make(wish->kind, &ca.signer.key);
        e = e == OK ? sign_itself(wish, ca.signer.key, &ca) : e;
        e = e == OK ? write_all(wish, &ca, why)
                    : say(why, e, "cannot make the CA: %s", err_text(e));
    }
    cert_ca_close(&ca);
    return e;
}

/* --- one that is there ------------------------------------------------------------ */

void cert_ca_close(struct cert_ca *ca)
{
    X509_free(ca->signer.certificate);
    EVP_PKEY_free(ca->signer.key);
    if (ca->lock >= 0) {
        (void)close(ca->lock);
    }
    *ca = (struct cert_ca){.lock = -1};
}

static enum err read_certificate(struct cert_ca *ca, struct cert_problem *why)
{
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = read_file(ca->folder, "ca.pem", &text, why);
    if (e == OK) {
        ca->signer.certificate = cert_read(text.bytes, text.length);
        if (ca->signer.certificate == NULL ||
            X509_check_ca(ca->signer.certificate) != 1) {
            e = say(why, ERR_INVALID, "%.200s/ca.pem holds no certificate of a CA",
                ca->folder);
        }
    }
    buf_fini(&text);
    return e;
}

static enum err read_key(
    struct cert_ca *ca, const struct secret *passphrase, struct cert_problem *why)
{
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = read_file(ca->folder, "ca.key", &text, why);
    if (e == OK) {
        e = cert_key_read(text.bytes, text.length, passphrase, &ca->signer.key);
        if (e == ERR_DENIED) {
            (void)say(why, e,
                "%.200s/ca.key is encrypted, and this is not its passphrase", ca->folder);
        } else if (e != OK) {
            (void)say(why, e, "%.200s/ca.key holds no private key", ca->folder);
        }
    }
    wipe(&text);
    return e;
}

static enum err check_pair(const struct cert_ca *ca, struct cert_problem *why)
{
    if (X509_check_private_key(ca->signer.certificate, ca->signer.key) != 1) {
        ERR_clear_error();
        return say(
            why, ERR_INVALID, "the key in %.200s is not that of ca.pem", ca->folder);
    }
    if (X509_cmp_current_time(X509_get0_notAfter(ca->signer.certificate)) < 0) {
        return say(why, ERR_INVALID, "the CA in %.200s has ended", ca->folder);
    }
    return OK;
}

enum err cert_ca_open(struct cert_ca *ca, const char *folder,
    const struct secret *passphrase, struct cert_problem *why)
{
    *ca = (struct cert_ca){.folder = folder, .lock = -1};
    enum err e =
        say_folder(why, cert_file_folder_check(folder), "open the folder", folder);

    e = e == OK ? lock_folder(ca, why) : e;
    e = e == OK ? read_certificate(ca, why) : e;
    e = e == OK ? read_key(ca, passphrase, why) : e;
    e = e == OK ? check_pair(ca, why) : e;
    if (e != OK) {
        cert_ca_close(ca);
    }
    return e;
}

static bool copy_name(const ASN1_INTEGER *serial, char out[CERT_SERIAL_TEXT + 16])
{
    char text[CERT_SERIAL_TEXT];

    if (!cert_serial_write(serial, text)) {
        return false;
    }
    (void)snprintf(out, CERT_SERIAL_TEXT + 16, "issued/%s.pem", text);
    return true;
}

enum err cert_ca_issue(struct cert_ca *ca, const struct cert_wish *wish, EVP_PKEY *key,
    X509 **out, struct cert_problem *why)
{
    char name[CERT_SERIAL_TEXT + 16];
    X509 *certificate = NULL;
    struct buf text;

    enum err e = cert_make(wish, key, &ca->signer, &certificate);
    if (e != OK) {
        return say(why, e, "cannot make the certificate: %s", err_text(e));
    }
    INVARIANT(copy_name(X509_get0_serialNumber(certificate), name)); /* made here */
    buf_init(&text, CERT_FILE_MAX);
    e = cert_write(certificate, &text);
    e = e == OK ? write_file(ca->folder, name, &text, 0644, false, why)
                : say(why, e, "cannot write the certificate: %s", err_text(e));
    buf_fini(&text);
    if (e != OK) {
        X509_free(certificate);
        return e;
    }
    *out = certificate;
    return OK;
}

bool cert_ca_knows(const struct cert_ca *ca, const ASN1_INTEGER *serial)
{
    char name[CERT_SERIAL_TEXT + 16];
    char path[CERT_PATH_MAX];

    return copy_name(serial, name) && cert_file_path(path, ca->folder, name) == OK &&
           cert_file_exists(path);
}

bool cert_ca_has_signed(const struct cert_ca *ca, X509 *certificate)
{
    bool signed_here = X509_NAME_cmp(X509_get_issuer_name(certificate),
                           X509_get_subject_name(ca->signer.certificate)) == 0 &&
                       X509_verify(certificate, ca->signer.key) == 1;

    ERR_clear_error();
    return signed_here;
}

/* --- revocation ------------------------------------------------------------------- */

static enum err read_list(struct cert_ca *ca, X509_CRL **out, struct cert_problem *why)
{
    struct buf text;

    buf_init(&text, CERT_CRL_MAX);
    enum err e = read_file(ca->folder, "crl.pem", &text, why);
    if (e == OK) {
        e = cert_crl_read(text.bytes, text.length, &ca->signer, out);
        if (e != OK) {
            (void)say(
                why, e, "%.200s/crl.pem is no revocation list of this CA", ca->folder);
        }
    }
    buf_fini(&text);
    return e;
}

static enum err make_next(struct cert_ca *ca, const struct cert_crl_wish *wish,
    X509_CRL **out, struct cert_problem *why)
{
    struct buf text;

    enum err e = cert_crl_make(wish, &ca->signer, out);
    if (e != OK) {
        return say(why, e, "cannot make the list: %s", err_text(e));
    }
    buf_init(&text, CERT_CRL_MAX);
    e = write_crl(*out, &text);
    e = e == OK ? write_file(ca->folder, "crl.pem", &text, 0644, true, why)
                : say(why, e, "cannot write the list: %s", err_text(e));
    buf_fini(&text);
    if (e != OK) {
        X509_CRL_free(*out);
        *out = NULL;
    }
    return e;
}

enum err cert_ca_list(struct cert_ca *ca, const ASN1_INTEGER *serial,
    const struct cert_crl_wish *wish, bool lost, X509_CRL **out, struct cert_problem *why)
{
    struct cert_crl_wish next = *wish;
    X509_CRL *last = NULL;

    enum err e = read_list(ca, &last, why);
    if (e == ERR_NOT_FOUND && lost) {
        e = OK;
    }
    if (e == OK && serial != NULL && last != NULL && cert_crl_has(last, serial)) {
        e = say(why, ERR_EXISTS, "it is revoked already");
    }
    if (e == OK) {
        next.last = last;
        next.revoked = serial;
        e = make_next(ca, &next, out, why);
    }
    X509_CRL_free(last);
    return e;
}
