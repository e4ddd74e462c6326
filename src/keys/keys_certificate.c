#include "keys_certificate.h"

#include "text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECURITY_BITS_MIN 112

/* --- reading ---------------------------------------------------------------------- */

/* OpenSSL's own callback would ask the terminal. */
static int no_password(char *room, int size, int writing, void *context)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* The next certificate, or NULL: the end, or *broken_out. */
static X509 *next_certificate(const struct algo *algo, BIO *in, bool *broken_out)
{
    X509 *x = X509_new_ex(algo->library, algo->properties);

    *broken_out = true;
    if (x == NULL) {
        return NULL;
    }
    ERR_clear_error();
    if (PEM_read_bio_X509(in, &x, no_password, NULL) != NULL) {
        return x;
    }
    *broken_out = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
    X509_free(x);
    return NULL;
}

/* A time that can not be read is one long ago. */
static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm t;

    return ASN1_TIME_to_tm(time, &t) == 1 ? (int64_t)timegm(&t) : 0;
}

/* What is told of it: names are for people, escaped and cut. */
static enum err add_fact(
    const struct algo *algo, const X509 *x, struct ipc_certificates *facts)
{
    struct ipc_certificate_fact *fact = &facts->items[facts->count];
    unsigned char *der = NULL;
    char subject[IPC_CERTIFICATE_SUBJECT + 1] = "";
    int length = i2d_X509(x, &der);

    if (length <= 0) {
        return ERR_NOMEM;
    }
    *fact =
        (struct ipc_certificate_fact){.not_after_s = seconds_of(X509_get0_notAfter(x))};
    enum err e = algo_sha256(algo, der, (size_t)length, fact->digest);
    OPENSSL_free(der);
    (void)X509_NAME_oneline(X509_get_subject_name(x), subject, (int)sizeof(subject));
    (void)text_escape(fact->subject, sizeof(fact->subject), subject, strlen(subject));
    facts->count++;
    return e;
}

enum err keys_certificate_read(const struct algo *algo, const uint8_t *chain,
    size_t length, const struct keys_names *names, X509 **first_out,
    struct ipc_certificates *facts_out, struct keys_problem *problem)
{
    struct ipc_certificates facts = {.count = 0};
    X509 *first = NULL;
    X509 *next = NULL;
    bool broken = false;
    unsigned count = 0;
    enum err e = OK;

    if (length > KEYS_FILE_MAX) {
        return keys_say(problem,
            "%s: is larger than %d bytes: leave the server's chain in it",
            names->certificate, KEYS_FILE_MAX);
    }
    BIO *in = BIO_new_mem_buf(chain, (int)length);
    if (in == NULL) {
        return ERR_NOMEM;
    }
    while (e == OK && (next = next_certificate(algo, in, &broken)) != NULL) {
        e = ++count <= KEYS_CHAIN_MAX ? add_fact(algo, next, &facts) : OK;
        if (first == NULL) {
            first = next;
        } else {
            X509_free(next);
        }
    }
    BIO_free(in);
    ERR_clear_error();
    if (e == OK && broken) {
        e = keys_say(problem, "%s: certificate %u of the chain is damaged: copy it again",
            names->certificate, count + 1);
    } else if (e == OK && count == 0) {
        e = keys_say(problem,
            "%s: the file holds no certificate in PEM: put the server's "
            "there, and its chain behind it",
            names->certificate);
    } else if (e == OK && count > KEYS_CHAIN_MAX) {
        e = keys_say(problem,
            "%s: the chain has %u certificates, at most %d are taken: leave out those "
            "that "
            "clients have",
            names->certificate, count, KEYS_CHAIN_MAX);
    }
    if (e != OK) {
        X509_free(first);
        return e;
    }
    *first_out = first;
    *facts_out = facts;
    return OK;
}

/* --- fit for a server? ------------------------------------------------------------ */

static const char *time_text(const ASN1_TIME *time, char *out, size_t size)
{
    struct tm t;

    if (ASN1_TIME_to_tm(time, &t) != 1 ||
        strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &t) == 0) {
        (void)snprintf(out, size, "an unreadable time");
    }
    return out;
}

static enum err check_times(const X509 *x, const char *file, struct keys_problem *problem)
{
    const ASN1_TIME *from = X509_get0_notBefore(x);
    const ASN1_TIME *until = X509_get0_notAfter(x);
    char when[40];

    if (X509_cmp_current_time(from) >= 0) {
        return keys_say(problem,
            "%s: the certificate is not valid before %s: wait, or set this machine's "
            "clock",
            file, time_text(from, when, sizeof(when)));
    }
    if (X509_cmp_current_time(until) <= 0) {
        return keys_say(problem,
            "%s: the certificate expired on %s: have a new one issued", file,
            time_text(until, when, sizeof(when)));
    }
    return OK;
}

static enum err check_signature(X509 *x, const char *file, struct keys_problem *problem)
{
    int bits = 0;
    int digest = NID_undef;
    bool self_signed =
        X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
    int known = X509_get_signature_info(x, &digest, NULL, &bits, NULL);

    /* Nobody checks the signature of a root, so only an issuer's must be strong. */
    if (!self_signed && (known != 1 || bits < SECURITY_BITS_MIN)) {
        return keys_say(problem,
            "%s: the certificate is signed with a weak digest (%s): have it issued again "
            "with SHA-256",
            file, known == 1 && digest != NID_undef ? OBJ_nid2sn(digest) : "unknown");
    }
    return OK;
}

/* Strict clients refuse each of these; the others would trust what nobody meant. */
static enum err check_purpose(X509 *x, const char *file, struct keys_problem *problem)
{
    uint32_t flags = X509_get_extension_flags(x);
    uint32_t extended = X509_get_extended_key_usage(x);

    if ((flags & EXFLAG_INVALID) != 0) {
        return keys_say(problem,
            "%s: an extension of the certificate can not be read: have it issued again",
            file);
    }
    if ((flags & EXFLAG_CA) != 0) {
        return keys_say(problem,
            "%s: the first certificate is one of a CA (CA:TRUE), whose key must not "
            "serve "
            "clients: put one first that was issued for this server, with CA:FALSE",
            file);
    }
    if ((flags & EXFLAG_XKUSAGE) != 0 &&
        (extended & (XKU_SSL_SERVER | XKU_ANYEKU)) == 0) {
        return keys_say(problem,
            "%s: the extended key usage of the certificate lacks serverAuth: have it "
            "issued "
            "again for a TLS server",
            file);
    }
    if ((flags & EXFLAG_KUSAGE) != 0 &&
        (X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0) {
        return keys_say(problem,
            "%s: the key usage of the certificate lacks digitalSignature: have it issued "
            "again for a TLS server",
            file);
    }
    return OK;
}

enum err keys_certificate_check(
    X509 *x, const struct keys_names *names, struct keys_problem *problem)
{
    enum err e = check_times(x, names->certificate, problem);

    if (e == OK) {
        e = check_signature(x, names->certificate, problem);
    }
    if (e == OK) {
        e = check_purpose(x, names->certificate, problem);
    }
    ERR_clear_error();
    return e;
}
