#include "cert_check.h"

#include "mem.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CHAIN_MAX      10
#define SECURITY_LEVEL 2
#define DAY_S          86400

__attribute__((format(printf, 5, 6))) static void add(struct cert_report *out,
    const char *check, enum cert_result result, const char *fix, const char *format, ...)
{
    INVARIANT(out->count < CERT_CHECKS_MAX);
    struct cert_row *row = &out->rows[out->count++];
    va_list args;

    *row = (struct cert_row){.check = check, .result = result};
    va_start(args, format);
    (void)vsnprintf(row->detail, sizeof(row->detail), format, args);
    va_end(args);
    if (fix != NULL && result != CERT_GOOD) {
        (void)snprintf(row->fix, sizeof(row->fix), "%s", fix);
    }
    out->failed = out->failed || result == CERT_FAILED;
}

/* --- the certificate alone -------------------------------------------------------- */

static void check_dates(X509 *c, int64_t now_s, struct cert_report *out)
{
    char from[CERT_TIME_TEXT];
    char to[CERT_TIME_TEXT];
    int64_t until_start = cert_seconds_until(X509_get0_notBefore(c), now_s);
    int64_t left = cert_seconds_until(X509_get0_notAfter(c), now_s);

    cert_time_write(X509_get0_notBefore(c), from);
    cert_time_write(X509_get0_notAfter(c), to);
    if (until_start == INT64_MIN || left == INT64_MIN) {
        add(out, "dates", CERT_FAILED, "have it issued again", "a date can not be read");
    } else if (until_start > 0) {
        add(out, "dates", CERT_FAILED, "wait, or set the clock", "it begins at %s", from);
    } else if (left <= 0) {
        add(out, "dates", CERT_FAILED, "have it issued again", "it ended at %s", to);
    } else if (left < (int64_t)CERT_SOON_DAYS * DAY_S) {
        add(out, "dates", CERT_WARNING, "have it issued again",
            "%lld days left, until %s", (long long)(left / DAY_S), to);
    } else {
        add(out, "dates", CERT_GOOD, NULL, "%lld days left, until %s",
            (long long)(left / DAY_S), to);
    }
}

static bool digest_is_weak(X509 *c)
{
    int bits = 0;

    /* 112 bits of strength: not SHA-1 */
    return X509_get_signature_info(c, NULL, NULL, &bits, NULL) != 1 || bits < 112;
}

static bool is_for_server(X509 *c, unsigned wanted)
{
    return ((wanted != 0 ? wanted : cert_uses(c)) & CERT_USE_SERVER) != 0;
}

/* NULL: it is strong enough for what it is for. */
static const char *weakness_of(EVP_PKEY *key, bool server)
{
    if (key == NULL) {
        return "the kind of the key is not known";
    }
    return server ? cert_key_server_weakness(key) : cert_key_weakness(key);
}

static void check_strength(X509 *c, unsigned wanted, struct cert_report *out)
{
    EVP_PKEY *key = X509_get0_pubkey(c);
    const bool server = is_for_server(c, wanted);
    const char *weakness = weakness_of(key, server);
    char text[CERT_KEY_TEXT] = "unknown";

    if (key != NULL) {
        cert_key_describe(key, text);
    }
    if (weakness != NULL) {
        add(out, "strength", CERT_FAILED, "make another key: ecdsa-p256 or rsa-3072",
            "the key is %s: %s", text, weakness);
    } else if (digest_is_weak(c)) {
        add(out, "strength", CERT_FAILED, "have it signed with SHA-256",
            "it is signed with a weak hash");
    } else if (server && EVP_PKEY_is_a(key, "ED25519") == 1) {
        add(out, "strength", CERT_WARNING,
            "where clients show certificates take ecdsa-p256 or rsa-3072",
            "the key is %s: a broker with it can not take client certificates", text);
    } else {
        add(out, "strength", CERT_GOOD, NULL, "the key is %s", text);
    }
}

static void check_use(X509 *c, unsigned wanted, struct cert_report *out)
{
    static const char *const words[] = {"nothing", "a server", "a client", "both"};
    const uint32_t key_usage = X509_get_key_usage(c);
    const unsigned uses = cert_uses(c);

    if (X509_check_ca(c) == 1) {
        add(out, "use", CERT_FAILED, "`schloss cert issue` makes one that is not a CA's",
            "it is of a CA");
    } else if ((key_usage & KU_DIGITAL_SIGNATURE) == 0) {
        add(out, "use", CERT_FAILED, "have it issued with digitalSignature",
            "its key usage lacks signatures");
    } else if (uses == 0 || (uses & wanted) != wanted) {
        add(out, "use", CERT_FAILED, "have it issued with --server or --client",
            "it is for %s, and wanted for %s", words[uses],
            wanted == 0 ? "a server or a client" : words[wanted]);
    } else {
        add(out, "use", CERT_GOOD, NULL, "it is for %s", words[uses]);
    }
}

static void check_names(X509 *c, unsigned wanted, struct cert_report *out)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(c, NID_subject_alt_name, NULL, NULL);
    bool has_host = false;
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = sk_GENERAL_NAME_value(names, i)->type;
        has_host = has_host || type == GEN_DNS || type == GEN_IPADD;
    }
    cert_names_write(names, &text);
    if (is_for_server(c, wanted) && !has_host) {
        add(out, "names", CERT_FAILED, "have it issued with --san dns:HOST",
            "it names no host: clients will refuse it");
    } else {
        add(out, "names", CERT_GOOD, NULL, "%.*s",
            text.length == 0 ? 4 : (int)(text.length < 250 ? text.length : 250),
            text.length == 0 ? "none" : (const char *)text.bytes);
    }
    buf_fini(&text);
    GENERAL_NAMES_free(names);
    ERR_clear_error();
}

/* --- the chain -------------------------------------------------------------------- */

static const char *verify(X509 *leaf, STACK_OF(X509) * others, STACK_OF(X509) * anchors)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    const char *problem = "out of memory";

    if (store != NULL && context != NULL &&
        X509_STORE_CTX_init(context, store, leaf, others) == 1) {
        X509_STORE_CTX_set0_trusted_stack(context, anchors);
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
        problem = X509_verify_cert(context) == 1
                      ? NULL
                      : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return problem;
}

static void check_chain(STACK_OF(X509) * chain, const char *path, struct cert_report *out)
{
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(path, &text);
    STACK_OF(X509) *anchors =
        e == OK ? cert_read_all(text.bytes, text.length, CHAIN_MAX) : NULL;
    if (e != OK) {
        add(out, "chain", CERT_FAILED, "name another with --ca", "cannot read %.150s: %s",
            path, strerror(errno));
    } else if (sk_X509_num(anchors) <= 0) {
        add(out, "chain", CERT_FAILED, "name another with --ca",
            "%.150s holds no certificate", path);
    } else {
        const char *problem = verify(sk_X509_value(chain, 0), chain, anchors);
        add(out, "chain", problem == NULL ? CERT_GOOD : CERT_FAILED,
            "put the certificates between behind the first, or name the right CA",
            problem == NULL ? "it leads to %.150s%s" : "it does not lead to %.150s: %s",
            path, problem == NULL ? "" : problem);
    }
    sk_X509_pop_free(anchors, X509_free);
    buf_fini(&text);
}

/* --- the key ---------------------------------------------------------------------- */

static void check_pair(X509 *c, const struct buf *text, struct cert_report *out)
{
    EVP_PKEY *key = NULL;
    enum err e = cert_key_read(text->bytes, text->length, NULL, &key);

    if (e == ERR_DENIED) {
        add(out, "key", CERT_FAILED, "decrypt it: the broker asks for no passphrase",
            "the key is encrypted");
    } else if (e != OK) {
        add(out, "key", CERT_FAILED, "name its private key with --key",
            "there is no private key in PEM");
    } else if (X509_check_private_key(c, key) != 1) {
        add(out, "key", CERT_FAILED, "name the key that the certificate was made for",
            "it is not the key of this certificate");
    } else {
        add(out, "key", CERT_GOOD, NULL, "it is the key of this certificate");
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
}

static void check_mode(const char *path, struct cert_report *out)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        add(out, "permissions", CERT_FAILED, NULL, "%s", strerror(errno));
    } else if ((status.st_mode & 0077) != 0) {
        add(out, "permissions", CERT_FAILED, "chmod 600 the key file",
            "group or others may reach the key: its mode is %04o",
            (unsigned)(status.st_mode & 07777));
    } else {
        add(out, "permissions", CERT_GOOD, NULL, "the mode of the key is %04o",
            (unsigned)(status.st_mode & 07777));
    }
}

static void check_key(X509 *c, const char *path, struct cert_report *out)
{
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(path, &text);
    if (e != OK) {
        add(out, "key", CERT_FAILED, "name its private key with --key",
            "cannot read %.150s: %s", path, strerror(errno));
    } else {
        check_pair(c, &text, out);
        check_mode(path, out);
    }
    if (text.bytes != NULL) {
        mem_wipe(text.bytes, text.length);
    }
    buf_fini(&text);
}

static void check_all(
    const struct cert_subjects *s, STACK_OF(X509) * chain, struct cert_report *out)
{
    X509 *c = sk_X509_value(chain, 0);

    check_dates(c, s->now_s, out);
    check_strength(c, s->uses, out);
    check_use(c, s->uses, out);
    check_names(c, s->uses, out);
    if (s->ca_file != NULL) {
        check_chain(chain, s->ca_file, out);
    }
    if (s->key_file != NULL) {
        check_key(c, s->key_file, out);
    }
}

enum err cert_check(const struct cert_subjects *s, struct cert_report *out)
{
    struct buf text;

    *out = (struct cert_report){.count = 0};
    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(s->file, &text);
    STACK_OF(X509) *chain =
        e == OK ? cert_read_all(text.bytes, text.length, CHAIN_MAX) : NULL;
    if (e != OK) {
        add(out, "file", CERT_FAILED, "name a certificate in PEM",
            "cannot read %.150s: %s", s->file,
            e == ERR_NOMEM ? err_text(e) : strerror(errno));
    } else if (sk_X509_num(chain) <= 0) {
        add(out, "file", CERT_FAILED, "name a certificate in PEM",
            "%.150s holds no certificate that can be read", s->file);
    } else {
        check_all(s, chain, out);
    }
    sk_X509_pop_free(chain, X509_free);
    if (text.bytes != NULL) {
        mem_wipe(text.bytes, text.length); /* a key may stand beside the certificate */
    }
    buf_fini(&text);
    return e == ERR_NOMEM ? ERR_NOMEM : OK;
}
