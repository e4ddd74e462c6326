/* schloss cert create-ca, issue, sign: a CA, and certificates by it. */
#include "cli_cert.h"

#include "cli_output.h"
#include "cli_password.h"
#include "cli_run.h"
#include "clock.h"
#include "mem.h"
#include "x509_name.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a)   (sizeof(a) / sizeof((a)[0]))
#define SUBJECT_SHOWN 400 /* bytes, with the NUL */

/* --- what all share --------------------------------------------------------------- */

int64_t cli_cert_now_s(void)
{
    return clock_wall_ms() / 1000;
}

int64_t cli_cert_days(const struct cli *cli, int64_t fallback)
{
    return cli_has(cli, CLI_DAYS) ? cli->number[CLI_DAYS] : fallback;
}

enum cli_exit cli_cert_leaf_days(const struct cli *cli, int64_t *days_out)
{
    *days_out = cli_cert_days(cli, CERT_LEAF_DAYS);
    if (*days_out > CERT_LEAF_DAYS) {
        cli_error("issue it again when it ends",
            "--days %lld: a certificate of a server or client has %d days at most",
            (long long)*days_out, CERT_LEAF_DAYS);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_cert_complain(enum err e, const struct cert_problem *why)
{
    static const char *const helps[] = {
        [ERR_EXISTS] = "--yes replaces it",
        [ERR_INVALID] = NULL,
        [ERR_DENIED] = NULL,
        [ERR_NOT_FOUND] = "`schloss cert create-ca --dir DIR` makes a CA",
    };

    cli_error((size_t)e < COUNT_OF(helps) ? helps[e] : NULL, "%s", why->text);
    return CLI_EXIT_NO;
}

enum cli_exit cli_cert_check_name(const char *name)
{
    const char *problem = cert_common_name_problem(name);

    if (problem == NULL) {
        return CLI_EXIT_OK;
    }
    cli_error(NULL, "'%s' can not be the name of a certificate: %s", name, problem);
    return CLI_EXIT_USAGE;
}

enum cli_exit cli_cert_folder(const char *path)
{
    enum err e = cert_file_folder(path);

    if (e == OK) {
        return CLI_EXIT_OK;
    }
    if (e == ERR_INVALID) {
        cli_error("name another folder, or take it from them: chown, chmod go-w",
            "others may write to %s, or own it: a private key does not belong there",
            path);
    } else {
        cli_error(NULL, "cannot make %s: %s", path, strerror(errno));
    }
    return CLI_EXIT_NO;
}

static void complain_exists(const char *path)
{
    cli_error("--yes replaces what `issue` and `user` write; else move it away",
        "there is %s already", path);
}

enum cli_exit cli_cert_check_free(const char *path, bool replace)
{
    if (replace || !cert_file_exists(path)) {
        return CLI_EXIT_OK;
    }
    complain_exists(path);
    return CLI_EXIT_NO;
}

enum cli_exit cli_cert_write_file(
    const char *path, const struct buf *text, unsigned mode, bool replace)
{
    const struct cert_file f = {.path = path,
        .bytes = text->bytes,
        .length = text->length,
        .mode = mode,
        .replace = replace};
    enum err e = buf_error(text);

    if (e != OK) {
        cli_error(NULL, "cannot write %s: %s", path, err_text(e));
        return CLI_EXIT_NO;
    }
    e = cert_file_write(&f);
    if (e == ERR_EXISTS) {
        complain_exists(path);
    } else if (e != OK) {
        cli_error(NULL, "cannot write %s: %s", path, strerror(errno));
    }
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

void cli_cert_wipe(struct buf *text)
{
    if (text->bytes != NULL) {
        mem_wipe(text->bytes, text->capacity);
    }
    buf_fini(text);
}

static enum cli_exit need(const struct cli *cli, enum cli_option option, const char *name)
{
    if (cli_has(cli, option) && cli->text[option][0] != '\0') {
        return CLI_EXIT_OK;
    }
    cli_error("name the folder of the CA", "%s DIR is missing", name);
    return CLI_EXIT_USAGE;
}

enum cli_exit cli_cert_open_ca(
    const struct cli *cli, enum cli_option option, struct cert_ca *ca)
{
    const char *folder = cli->text[option];
    struct secret passphrase = {.bytes = NULL};
    struct cert_problem why;

    enum cli_exit result = need(cli, option, option == CLI_CA ? "--ca" : "--ca-dir");
    if (result == CLI_EXIT_OK && cert_ca_is_encrypted(folder)) {
        result = cli_passphrase_read(folder, false, &passphrase);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    enum err e = cert_ca_open(ca, folder, &passphrase, &why);
    secret_free(&passphrase);
    return e == OK ? CLI_EXIT_OK : cli_cert_complain(e, &why);
}

static enum cli_exit read_kind(const struct cli *cli, enum cert_kind *out)
{
    *out = CERT_P256;
    if (!cli_has(cli, CLI_KEY_TYPE) || cert_kind_parse(cli->text[CLI_KEY_TYPE], out)) {
        return CLI_EXIT_OK;
    }
    cli_error(NULL, "--key-type takes ecdsa-p256, rsa-3072 or ed25519, not '%.80s'",
        cli->text[CLI_KEY_TYPE]);
    return CLI_EXIT_USAGE;
}

/* --- create-ca -------------------------------------------------------------------- */

static enum cli_exit print_ca(const struct cli *cli, const char *folder)
{
    static const struct cli_column columns[] = {
        {"CERTIFICATE", CLI_CELL_TEXT}, {"KEY", CLI_CELL_TEXT}, {"CRL", CLI_CELL_TEXT}};
    static const char *const names[] = {"ca.pem", "ca.key", "crl.pem"};
    char path[CERT_PATH_MAX];
    struct cli_table t;

    cli_table_init(&t, columns, COUNT_OF(columns));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        cli_table_text(&t, cert_file_path(path, folder, names[i]) == OK ? path : NULL);
    }
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

enum cli_exit cli_cert_create_ca(const struct cli *cli)
{
    struct secret passphrase = {.bytes = NULL};
    struct cert_problem why;
    struct cert_ca_wish wish = {.folder = cli->text[CLI_DIR],
        .name = cli_has(cli, CLI_CN) ? cli->text[CLI_CN] : "Schloss CA",
        .passphrase = &passphrase,
        .now_s = cli_cert_now_s(),
        .days = cli_cert_days(cli, CERT_CA_DAYS),
        .replace = cli_has(cli, CLI_YES)};

    enum cli_exit result = need(cli, CLI_DIR, "--dir");
    result = result == CLI_EXIT_OK ? cli_cert_check_name(wish.name) : result;
    result = result == CLI_EXIT_OK ? read_kind(cli, &wish.kind) : result;
    result = result == CLI_EXIT_OK ? cli_cert_folder(wish.folder) : result;
    if (result == CLI_EXIT_OK && cli_has(cli, CLI_PASSPHRASE)) {
        result = cli_passphrase_read(wish.folder, true, &passphrase);
    }
    if (result == CLI_EXIT_OK) {
        enum err e = cert_ca_create(&wish, &why);
        result = e == OK ? print_ca(cli, wish.folder) : cli_cert_complain(e, &why);
    }
    secret_free(&passphrase);
    return result;
}

/* --- issue, sign ------------------------------------------------------------------ */

/* A certificate to be made, from the command line. */
struct order {
    const struct cli *cli;
    struct cert_wish wish;
    GENERAL_NAMES *names;
    char certificate_path[CERT_PATH_MAX];
    char key_path[CERT_PATH_MAX]; /* "" where the key is not ours */
    bool replace;                 /* what is there */
};

static enum cli_exit read_names(struct order *o)
{
    struct cert_problem why;

    o->names = GENERAL_NAMES_new();
    enum err e = o->names == NULL ? ERR_NOMEM : OK;
    for (size_t i = 0; i < o->cli->sans.count && e == OK; i++) {
        const char *text = o->cli->sans.items[i];
        e = cert_names_parse(o->names, text, strlen(text), &why);
    }
    if (e != OK) {
        cli_error(NULL, "--san: %s", e == ERR_INVALID ? why.text : err_text(e));
        return CLI_EXIT_USAGE;
    }
    o->wish.names = o->names;
    return CLI_EXIT_OK;
}

static enum cli_exit check_use(const struct order *o)
{
    bool has_host = false;

    if (!o->wish.server && !o->wish.client) {
        cli_error(NULL, "say what it is for: --server, --client, or both");
        return CLI_EXIT_USAGE;
    }
    for (int i = 0; i < sk_GENERAL_NAME_num(o->names); i++) {
        int type = sk_GENERAL_NAME_value(o->names, i)->type;
        has_host = has_host || type == GEN_DNS || type == GEN_IPADD;
    }
    if (o->wish.server && !has_host) {
        cli_error("--san dns:HOST or --san ip:ADDRESS, as clients will call it",
            "clients refuse a server's certificate that names no host");
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

/* file: without its ending. */
static enum cli_exit choose_paths(struct order *o, const char *file, bool with_key)
{
    const char *folder = cli_has(o->cli, CLI_DIR) ? o->cli->text[CLI_DIR] : ".";
    char name[CERT_PATH_MAX];

    (void)snprintf(name, sizeof(name), "%s.pem", file);
    enum err e = cert_file_path(o->certificate_path, folder, name);
    if (e == OK && with_key) {
        (void)snprintf(name, sizeof(name), "%s.key", file);
        e = cert_file_path(o->key_path, folder, name);
    }
    if (e != OK) {
        cli_error(NULL, "cannot use %s: %s", folder, strerror(errno));
        return CLI_EXIT_NO;
    }
    enum cli_exit result = cli_cert_folder(folder);
    result = result == CLI_EXIT_OK ? cli_cert_check_free(o->certificate_path, o->replace)
                                   : result;
    return result == CLI_EXIT_OK && with_key
               ? cli_cert_check_free(o->key_path, o->replace)
               : result;
}

static enum cli_exit order_init(struct order *o, const struct cli *cli)
{
    *o = (struct order){.cli = cli,
        .wish = {.server = cli_has(cli, CLI_SERVER),
            .client = cli_has(cli, CLI_CLIENT),
            .now_s = cli_cert_now_s()}};
    enum cli_exit result = cli_cert_leaf_days(cli, &o->wish.days);
    result = result == CLI_EXIT_OK ? read_names(o) : result;
    return result == CLI_EXIT_OK ? check_use(o) : result;
}

static enum cli_exit write_files(const struct order *o, EVP_PKEY *key, X509 *certificate)
{
    struct buf texts[2];
    enum cli_exit result = CLI_EXIT_OK;
    enum err e = OK;

    buf_init(&texts[0], CERT_FILE_MAX);
    buf_init(&texts[1], CERT_FILE_MAX);
    if (o->key_path[0] != '\0') {
        e = cert_key_write(key, NULL, &texts[0]);
    }
    e = e == OK ? cert_write(certificate, &texts[1]) : e;
    if (e != OK) {
        cli_error(NULL, "cannot write the certificate: %s", err_text(e));
        result = CLI_EXIT_NO;
    }
    if (result == CLI_EXIT_OK && o->key_path[0] != '\0') {
        result = cli_cert_write_file(o->key_path, &texts[0], 0600, o->replace);
    }
    if (result == CLI_EXIT_OK) {
        result = cli_cert_write_file(o->certificate_path, &texts[1], 0644, o->replace);
    }
    cli_cert_wipe(&texts[0]);
    cli_cert_wipe(&texts[1]);
    return result;
}

static enum cli_exit print_order(const struct order *o, X509 *certificate)
{
    static const struct cli_column columns[] = {{"CERTIFICATE", CLI_CELL_TEXT},
        {"KEY", CLI_CELL_TEXT}, {"SUBJECT", CLI_CELL_TEXT}, {"SERIAL", CLI_CELL_TEXT},
        {"UNTIL", CLI_CELL_TEXT}};
    struct cert_facts facts;
    struct cli_table t;

    enum err e = cert_facts_init(&facts, certificate, o->wish.now_s);
    if (e != OK) {
        cli_error(NULL, "%s", err_text(e));
        return CLI_EXIT_NO;
    }
    cli_table_init(&t, columns, COUNT_OF(columns));
    cli_table_text(&t, o->certificate_path);
    cli_table_text(&t, o->key_path[0] == '\0' ? NULL : o->key_path);
    cli_table_text(&t, facts.subject);
    cli_table_text(&t, facts.serial);
    cli_table_text(&t, facts.to);
    enum cli_exit result = cli_table_print(&t, o->cli);
    cli_table_fini(&t);
    cert_facts_fini(&facts);
    return result;
}

/* Opens the CA, signs, writes, says so. */
static enum cli_exit carry_out(struct order *o, EVP_PKEY *key)
{
    struct cert_ca ca = {.lock = -1};
    struct cert_problem why;
    X509 *certificate = NULL;

    enum cli_exit result = cli_cert_open_ca(o->cli, CLI_CA, &ca);
    if (result == CLI_EXIT_OK) {
        enum err e = cert_ca_issue(&ca, &o->wish, key, &certificate, &why);
        result = e == OK ? write_files(o, key, certificate) : cli_cert_complain(e, &why);
    }
    if (result == CLI_EXIT_OK) {
        result = print_order(o, certificate);
    }
    X509_free(certificate);
    cert_ca_close(&ca);
    return result;
}

static enum cli_exit make_key(enum cert_kind kind, EVP_PKEY **out)
{
    enum err e = cert_key_make(kind, out);

    if (e != OK) {
        cli_error(NULL, "cannot make a key: %s", err_text(e));
    }
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static enum cli_exit make_subject(const char *name, X509_NAME **out)
{
    enum cli_exit result = cli_cert_check_name(name);
    enum err e = result == CLI_EXIT_OK ? cert_subject_make(name, out) : OK;

    if (e != OK) {
        cli_error(NULL, "cannot make the name: %s", err_text(e));
        result = CLI_EXIT_NO;
    }
    return result;
}

enum cli_exit cli_cert_issue(const struct cli *cli)
{
    struct order o;
    X509_NAME *subject = NULL;
    EVP_PKEY *key = NULL;
    enum cert_kind kind;

    enum cli_exit result = order_init(&o, cli);
    o.replace = cli_has(cli, CLI_YES);
    result = result == CLI_EXIT_OK ? read_kind(cli, &kind) : result;
    result = result == CLI_EXIT_OK ? need(cli, CLI_CA, "--ca") : result;
    result = result == CLI_EXIT_OK ? make_subject(cli->args[0], &subject) : result;
    result = result == CLI_EXIT_OK ? choose_paths(&o, cli->args[0], true) : result;
    result = result == CLI_EXIT_OK ? make_key(kind, &key) : result;
    if (result == CLI_EXIT_OK) {
        o.wish.subject = subject;
        result = carry_out(&o, key);
    }
    EVP_PKEY_free(key);
    X509_NAME_free(subject);
    GENERAL_NAMES_free(o.names);
    return result;
}

enum cli_exit cli_cert_make_client(struct cert_ca *ca, const char *name, int64_t days,
    EVP_PKEY **key_out, X509 **certificate_out)
{
    struct cert_problem why;
    X509_NAME *subject = NULL;

    enum cli_exit result = make_subject(name, &subject);
    /* P-256: every client reads it, and Java no Ed25519 */
    result = result == CLI_EXIT_OK ? make_key(CERT_P256, key_out) : result;
    if (result == CLI_EXIT_OK) {
        const struct cert_wish wish = {
            .subject = subject, .client = true, .now_s = cli_cert_now_s(), .days = days};
        enum err e = cert_ca_issue(ca, &wish, *key_out, certificate_out, &why);
        result = e == OK ? CLI_EXIT_OK : cli_cert_complain(e, &why);
    }
    X509_NAME_free(subject);
    return result;
}

/* --- sign ------------------------------------------------------------------------- */

static enum cli_exit read_request(const char *path, X509_REQ **out)
{
    struct cert_problem why;
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(path, &text);
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    } else {
        e = cert_request_read(text.bytes, text.length, out, &why);
        if (e != OK) {
            cli_error(NULL, "%s: %s", path, e == ERR_INVALID ? why.text : err_text(e));
        }
    }
    buf_fini(&text);
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

/* What the subject of the request would be as that of a certificate. */
static enum err write_subject(const X509_REQ *request, struct buf *out)
{
    X509 *bearer = X509_new();
    enum err e = ERR_NOMEM;

    if (bearer != NULL &&
        X509_set_subject_name(bearer, X509_REQ_get_subject_name(request)) == 1) {
        e = x509_name_write(out, bearer, X509_SOURCE_SUBJECT, false);
        buf_add(out, "", 1);
        e = e == OK ? buf_error(out) : e;
    }
    X509_free(bearer);
    ERR_clear_error();
    return e;
}

/* Who asks may ask to be anybody: the name in the request counts only with --yes, and only
 * where nothing of it would have been cut off when it was shown. */
static enum cli_exit take_subject(
    const struct cli *cli, const X509_REQ *request, X509_NAME **out)
{
    struct buf text;
    enum cli_exit result = CLI_EXIT_NO;

    if (cli_has(cli, CLI_CN)) {
        return make_subject(cli->text[CLI_CN], out);
    }
    buf_init(&text, CERT_FILE_MAX);
    enum err e = write_subject(request, &text);
    if (e != OK) {
        cli_error("--cn NAME gives it one", "the request has no name that can be taken");
    } else if (text.length > SUBJECT_SHOWN) { /* the NUL counts */
        cli_error("--cn NAME gives it one",
            "the request calls itself %.*s..., which is too long to be looked at",
            SUBJECT_SHOWN - 1, (const char *)text.bytes);
    } else if (!cli_has(cli, CLI_YES)) {
        cli_error(
            "--cn NAME signs it under a name of yours; --yes under the one that is in "
            "the file by then: let nobody else write there",
            "the request calls itself %s", (const char *)text.bytes);
    } else {
        *out = X509_NAME_dup(X509_REQ_get_subject_name(request));
        result = *out == NULL ? CLI_EXIT_NO : CLI_EXIT_OK;
    }
    buf_fini(&text);
    return result;
}

/* The file of the request without folder and ending. */
static enum cli_exit choose_name(const char *path, char out[CERT_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    size_t length = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);

    if (length == 0 || length > 200) {
        cli_error(NULL, "cannot name a certificate after '%.80s'", path);
        return CLI_EXIT_USAGE;
    }
    (void)snprintf(out, CERT_PATH_MAX, "%.*s", (int)length, base);
    return CLI_EXIT_OK;
}

/* --yes is for the name here, and replaces nothing. */
enum cli_exit cli_cert_sign(const struct cli *cli)
{
    struct order o;
    X509_REQ *request = NULL;
    X509_NAME *subject = NULL;
    char name[CERT_PATH_MAX];

    enum cli_exit result = order_init(&o, cli);
    result = result == CLI_EXIT_OK ? need(cli, CLI_CA, "--ca") : result;
    result = result == CLI_EXIT_OK ? choose_name(cli->args[0], name) : result;
    result = result == CLI_EXIT_OK ? read_request(cli->args[0], &request) : result;
    result = result == CLI_EXIT_OK ? take_subject(cli, request, &subject) : result;
    result = result == CLI_EXIT_OK ? choose_paths(&o, name, false) : result;
    if (result == CLI_EXIT_OK) {
        o.wish.subject = subject;
        result = carry_out(&o, X509_REQ_get0_pubkey(request));
    }
    X509_NAME_free(subject);
    X509_REQ_free(request);
    GENERAL_NAMES_free(o.names);
    return result;
}
