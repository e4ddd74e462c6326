#include "cert_facts.h"

#include "mem.h"
#include "x509_name.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX ((size_t)1 << 20)
#define DAY_S    86400

/* --- times ------------------------------------------------------------------------ */

void cert_time_write(const ASN1_TIME *when, char out[CERT_TIME_TEXT])
{
    struct tm tm;

    out[0] = '\0';
    if (ASN1_TIME_to_tm(when, &tm) == 1) {
        (void)strftime(out, CERT_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
}

int64_t cert_seconds_until(const ASN1_TIME *then, int64_t now_s)
{
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)now_s);
    int days = 0;
    int seconds = 0;

    bool known = now != NULL && ASN1_TIME_diff(&days, &seconds, now, then) == 1;
    ASN1_TIME_free(now);
    ERR_clear_error();
    return known ? (int64_t)days * DAY_S + seconds : INT64_MIN;
}

/* Down to whole days: what ended an hour ago has -1 left. */
static int64_t days_left(const X509 *c, int64_t now_s)
{
    int64_t seconds = cert_seconds_until(X509_get0_notAfter(c), now_s);

    return seconds >= 0 ? seconds / DAY_S : -((-(seconds + 1)) / DAY_S) - 1;
}

/* --- names ------------------------------------------------------------------------ */

/* Takes the bytes as a text. */
static enum err to_text(struct buf *b, char **out)
{
    enum err e = buf_error(b);

    if (e == OK) {
        *out = mem_copy_text(b->bytes == NULL ? "" : (const char *)b->bytes, b->length);
        e = *out == NULL ? ERR_NOMEM : OK;
    }
    buf_fini(b);
    return e;
}

/* Whatever the name is: what is not printable is escaped. */
static enum err write_any(const X509_NAME *name, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text = NULL;

    bool written = bio != NULL && X509_NAME_print_ex(bio, name, 0,
                                      XN_FLAG_RFC2253 | ASN1_STRFLGS_ESC_MSB) >= 0;
    if (written) {
        long length = BIO_get_mem_data(bio, &text);
        buf_add(out, text, (size_t)length);
    }
    BIO_free(bio);
    ERR_clear_error();
    return written ? OK : ERR_NOMEM;
}

static enum err write_subject(struct cert_facts *f, X509 *c)
{
    struct buf text;

    buf_init(&text, TEXT_MAX);
    enum err e = x509_name_write(&text, c, X509_SOURCE_SUBJECT, false);
    f->subject_is_plain = e == OK;
    if (e != OK && e != ERR_NOMEM) {
        buf_reset(&text);
        e = write_any(X509_get_subject_name(c), &text);
    }
    if (e != OK) {
        buf_fini(&text);
        return e;
    }
    return to_text(&text, &f->subject);
}

static enum err write_issuer(struct cert_facts *f, const X509 *c)
{
    struct buf text;

    buf_init(&text, TEXT_MAX);
    enum err e = write_any(X509_get_issuer_name(c), &text);
    if (e != OK) {
        buf_fini(&text);
        return e;
    }
    return to_text(&text, &f->issuer);
}

static enum err write_names(struct cert_facts *f, X509 *c)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(c, NID_subject_alt_name, NULL, NULL);
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (names != NULL) {
        cert_names_write(names, &text);
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return to_text(&text, &f->names);
}

/* --- use -------------------------------------------------------------------------- */

unsigned cert_uses(X509 *c)
{
    const uint32_t flags = X509_get_extension_flags(c);
    const uint32_t extended = X509_get_extended_key_usage(c);

    if ((flags & EXFLAG_XKUSAGE) == 0) {
        return CERT_USE_SERVER | CERT_USE_CLIENT;
    }
    return ((extended & XKU_SSL_SERVER) != 0 ? (unsigned)CERT_USE_SERVER : 0u) |
           ((extended & XKU_SSL_CLIENT) != 0 ? (unsigned)CERT_USE_CLIENT : 0u);
}

static const char *use_of(X509 *c)
{
    static const char *const texts[] = {"other", "server", "client", "server,client"};

    if (X509_check_ca(c) == 1) {
        return "ca";
    }
    return (X509_get_extension_flags(c) & EXFLAG_XKUSAGE) == 0 ? "any"
                                                               : texts[cert_uses(c)];
}

enum err cert_facts_init(struct cert_facts *f, X509 *c, int64_t now_s)
{
    EVP_PKEY *key = X509_get0_pubkey(c);

    *f = (struct cert_facts){.days_left = days_left(c, now_s)};
    enum err e = write_subject(f, c);
    e = e == OK ? write_issuer(f, c) : e;
    e = e == OK ? write_names(f, c) : e;
    if (e != OK) {
        cert_facts_fini(f);
        return e;
    }
    (void)cert_serial_write(X509_get0_serialNumber(c), f->serial);
    cert_time_write(X509_get0_notBefore(c), f->from);
    cert_time_write(X509_get0_notAfter(c), f->to);
    (void)snprintf(f->key, sizeof(f->key), "unknown");
    if (key != NULL) {
        cert_key_describe(key, f->key);
    }
    (void)snprintf(f->use, sizeof(f->use), "%s", use_of(c));
    ERR_clear_error();
    return OK;
}

void cert_facts_fini(struct cert_facts *f)
{
    mem_free(f->subject);
    mem_free(f->issuer);
    mem_free(f->names);
    *f = (struct cert_facts){.subject = NULL};
}
