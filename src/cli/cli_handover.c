#include "cli_handover.h"

#include "cli_cert.h"
#include "cli_handover_text.h"
#include "cli_output.h"
#include "cli_run.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a)  (sizeof(a) / sizeof((a)[0]))
#define ANCHORS_MAX  1000
#define FILE_BYTES   ((size_t)8 << 20)
#define ENDPOINT_MAX 300

enum file { CA, CERTIFICATE, KEY, JAVA, LIBRDKAFKA, FILE_COUNT };

static const char *const names[FILE_COUNT] = {
    "ca.pem", "client.pem", "client.key", "client.properties", "librdkafka.conf"};

/* What is collected before the first file is written. */
struct files {
    const struct cli *cli;
    const char *folder;
    bool with_certificate;
    struct buf texts[FILE_COUNT];
};

/* --- what was asked for ----------------------------------------------------------- */

static bool is_endpoint(const char *text, size_t length)
{
    const char *colon = memrchr(text, ':', length);
    int64_t port;

    if (colon == NULL || colon == text || length > ENDPOINT_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if ((uint8_t)text[i] <= ' ' || (uint8_t)text[i] >= 0x7f) {
            return false;
        }
    }
    return text_to_i64(colon + 1, length - (size_t)(colon + 1 - text), 1, 65535, &port) ==
           OK;
}

static enum cli_exit check_bootstrap(const struct cli *cli)
{
    const char *text = cli_has(cli, CLI_BOOTSTRAP) ? cli->text[CLI_BOOTSTRAP] : "";

    if (strlen(text) > CLI_HANDOVER_VALUE_MAX) {
        cli_error("three are enough: a client asks the first for the others",
            "--bootstrap is longer than kcat reads");
        return CLI_EXIT_USAGE;
    }
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!is_endpoint(text, length)) {
            cli_error(
                "HOST:PORT, several with commas; the broker's certificate names HOST",
                "--bootstrap says where the client finds the broker, not '%.*s'",
                (int)(length < 80 ? length : 80), text);
            return CLI_EXIT_USAGE;
        }
        if (text[length] == '\0') {
            return CLI_EXIT_OK;
        }
        text += length + 1;
    }
}

static enum cli_exit check_mechanism(const struct cli *cli)
{
    const char *name = cli->text[CLI_MECHANISM];

    if (name == NULL || strcmp(name, "PLAIN") == 0) {
        return CLI_EXIT_OK;
    }
    if (strcmp(name, "SCRAM-SHA-256") != 0 && strcmp(name, "SCRAM-SHA-512") != 0) {
        cli_error(NULL,
            "--mechanism takes PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, not '%.80s'", name);
        return CLI_EXIT_USAGE;
    }
    if (!cli_has(cli, CLI_SCRAM_FILE)) {
        cli_error("--scram-file FILE names the broker's",
            "--mechanism %s: nothing is written to a file of SCRAM credentials", name);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit check_prefix(const struct cli *cli)
{
    const char *prefix = cli_has(cli, CLI_PATH_PREFIX) ? cli->text[CLI_PATH_PREFIX] : "/";

    for (const char *p = prefix; *p != '\0'; p++) {
        if ((uint8_t)*p < ' ' || *p == 0x7f) {
            prefix = "";
            break;
        }
    }
    if (prefix[0] == '\0' || prefix[0] == ' ' ||
        strlen(prefix) > CLI_HANDOVER_VALUE_MAX) {
        cli_error(NULL, "--path-prefix takes a folder of the client's machine");
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit check_certificate(const struct cli *cli, const char *user)
{
    int64_t days;

    if (cli_has(cli, CLI_CLIENT_CERT) != cli_has(cli, CLI_CA_DIR)) {
        cli_error(NULL, "--client-cert and --ca-dir DIR go together");
        return CLI_EXIT_USAGE;
    }
    if (!cli_has(cli, CLI_CLIENT_CERT)) {
        return CLI_EXIT_OK;
    }
    enum cli_exit result = cli_cert_check_name(user);
    return result == CLI_EXIT_OK ? cli_cert_leaf_days(cli, &days) : result;
}

static enum cli_exit check_folder(const struct cli *cli, const char *folder)
{
    char path[CERT_PATH_MAX];

    enum cli_exit result = cli_cert_folder(folder);
    for (size_t i = 0; i < FILE_COUNT && result == CLI_EXIT_OK; i++) {
        result = cert_file_path(path, folder, names[i]) == OK
                     ? cli_cert_check_free(path, cli_has(cli, CLI_YES))
                     : CLI_EXIT_USAGE;
    }
    return result;
}

static enum cli_exit check_common(const struct cli *cli, const char *folder)
{
    enum cli_exit result = check_bootstrap(cli);

    result = result == CLI_EXIT_OK ? check_prefix(cli) : result;
    if (result == CLI_EXIT_OK && !cli_has(cli, CLI_CA)) {
        cli_error("--ca FILE: the certificate of the CA that the broker's is by",
            "a client must know whom to trust");
        result = CLI_EXIT_USAGE;
    }
    return result == CLI_EXIT_OK ? check_folder(cli, folder) : result;
}

/* Options of the client files without them are a slip. */
static enum cli_exit check_none(const struct cli *cli)
{
    static const enum cli_option ours[] = {CLI_BOOTSTRAP, CLI_CA, CLI_CA_DIR,
        CLI_PATH_PREFIX, CLI_CLIENT_CERT, CLI_MECHANISM, CLI_DAYS, CLI_YES};

    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (cli_has(cli, ours[i])) {
            cli_error(NULL, "an option of client files without --write-client-files DIR");
            return CLI_EXIT_USAGE;
        }
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_handover_check(const struct cli *cli, const char *user)
{
    if (!cli_has(cli, CLI_CLIENT_FILES)) {
        return check_none(cli);
    }
    enum cli_exit result = check_mechanism(cli);
    result = result == CLI_EXIT_OK ? check_certificate(cli, user) : result;
    return result == CLI_EXIT_OK ? check_common(cli, cli->text[CLI_CLIENT_FILES])
                                 : result;
}

/* --- the files -------------------------------------------------------------------- */

/* Certificates only: a key that stands beside them is nobody's business. */
static enum cli_exit collect_ca(struct files *f)
{
    const char *path = f->cli->text[CLI_CA];
    struct buf text;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(path, &text);
    STACK_OF(X509) *all =
        e == OK ? cert_read_all(text.bytes, text.length, ANCHORS_MAX) : NULL;
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    } else if (sk_X509_num(all) <= 0) {
        cli_error(NULL, "%s holds no certificate", path);
        e = ERR_INVALID;
    }
    for (int i = 0; i < sk_X509_num(all) && e == OK; i++) {
        e = cert_write(sk_X509_value(all, i), &f->texts[CA]);
    }
    sk_X509_pop_free(all, X509_free);
    cli_cert_wipe(&text);
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static enum cli_exit collect_certificate(struct files *f, const char *user)
{
    struct cert_ca ca = {.lock = -1};
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    int64_t days = 0;

    enum cli_exit result = cli_cert_leaf_days(f->cli, &days);
    result = result == CLI_EXIT_OK ? cli_cert_open_ca(f->cli, CLI_CA_DIR, &ca) : result;
    if (result == CLI_EXIT_OK) {
        result = cli_cert_make_client(&ca, user, days, &key, &certificate);
    }
    if (result == CLI_EXIT_OK) {
        enum err e = cert_key_write(key, NULL, &f->texts[KEY]);
        e = e == OK ? cert_write(certificate, &f->texts[CERTIFICATE]) : e;
        result = e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
    }
    EVP_PKEY_free(key);
    X509_free(certificate);
    cert_ca_close(&ca);
    return result;
}

static enum cli_exit collect_texts(
    struct files *f, const char *user, const struct secret *secret)
{
    char *own = realpath(f->folder, NULL);

    if (own == NULL) {
        cli_error(NULL, "cannot find %s: %s", f->folder, strerror(errno));
        return CLI_EXIT_NO;
    }
    if (!cli_has(f->cli, CLI_PATH_PREFIX) && strlen(own) > CLI_HANDOVER_VALUE_MAX) {
        cli_error("name a folder with a shorter path, or --path-prefix",
            "the path %.80s... is longer than kcat reads", own);
        free(own);
        return CLI_EXIT_USAGE;
    }
    const struct cli_handover h = {.bootstrap = f->cli->text[CLI_BOOTSTRAP],
        .user = secret == NULL ? NULL : user,
        .secret = secret,
        .mechanism =
            cli_has(f->cli, CLI_MECHANISM) ? f->cli->text[CLI_MECHANISM] : "PLAIN",
        .folder = cli_has(f->cli, CLI_PATH_PREFIX) ? f->cli->text[CLI_PATH_PREFIX] : own,
        .ca = &f->texts[CA],
        .certificate = f->with_certificate ? &f->texts[CERTIFICATE] : NULL,
        .key = f->with_certificate ? &f->texts[KEY] : NULL};
    cli_handover_java(&h, &f->texts[JAVA]);
    cli_handover_librdkafka(&h, &f->texts[LIBRDKAFKA]);
    free(own);
    return CLI_EXIT_OK;
}

static enum cli_exit write_all(const struct files *f)
{
    enum cli_exit result = CLI_EXIT_OK;
    char path[CERT_PATH_MAX];

    for (size_t i = 0; i < FILE_COUNT && result == CLI_EXIT_OK; i++) {
        if (!f->with_certificate && (i == CERTIFICATE || i == KEY)) {
            continue;
        }
        result =
            cert_file_path(path, f->folder, names[i]) == OK
                ? cli_cert_write_file(path, &f->texts[i], 0600, cli_has(f->cli, CLI_YES))
                : CLI_EXIT_NO;
    }
    return result;
}

static enum cli_exit make(const struct cli *cli, const char *folder, const char *user,
    const struct secret *secret)
{
    struct files f = {.cli = cli,
        .folder = folder,
        .with_certificate = secret == NULL || cli_has(cli, CLI_CLIENT_CERT)};
    const char *problem = secret == NULL ? NULL : cli_handover_problem(secret);

    if (problem != NULL) {
        cli_error("take another password, or --generate",
            "the password can not be written for clients: %s", problem);
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < FILE_COUNT; i++) {
        buf_init(&f.texts[i], FILE_BYTES);
    }
    enum cli_exit result = collect_ca(&f);
    if (result == CLI_EXIT_OK && f.with_certificate) {
        result = collect_certificate(&f, user);
    }
    result = result == CLI_EXIT_OK ? collect_texts(&f, user, secret) : result;
    result = result == CLI_EXIT_OK ? write_all(&f) : result;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        cli_cert_wipe(&f.texts[i]);
    }
    return result;
}

enum cli_exit cli_handover_write(
    const struct cli *cli, const char *user, const struct secret *secret)
{
    return make(cli, cli->text[CLI_CLIENT_FILES], user, secret);
}

/* --- schloss user client-files ---------------------------------------------------- */

enum cli_exit cli_user_client_files(const struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"USER", CLI_CELL_TEXT}, {"FOLDER", CLI_CELL_TEXT}};
    const char *user = cli->args[0];
    struct cli_table t;

    enum cli_exit result = cli_cert_check_name(user);
    if (result == CLI_EXIT_OK && !cli_has(cli, CLI_CA_DIR)) {
        cli_error("--ca-dir DIR: who has a password gets files by `schloss user add`",
            "without a password the client needs a certificate");
        result = CLI_EXIT_USAGE;
    }
    result = result == CLI_EXIT_OK ? check_common(cli, cli->args[1]) : result;
    result = result == CLI_EXIT_OK ? make(cli, cli->args[1], user, NULL) : result;
    if (result != CLI_EXIT_OK) {
        return result;
    }
    cli_table_init(&t, columns, COUNT_OF(columns));
    cli_table_text(&t, user);
    cli_table_text(&t, cli->args[1]);
    result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}
