/* schloss cert revoke, crl: the revocation list of a CA. */
#include "cli_cert.h"
#include "cli_output.h"
#include "cli_run.h"

#include <errno.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static enum cli_exit print_list(
    const struct cli *cli, X509_CRL *crl, const ASN1_INTEGER *serial)
{
    static const struct cli_column columns[] = {{"CRL", CLI_CELL_TEXT},
        {"NUMBER", CLI_CELL_NUMBER}, {"NEXT-UPDATE", CLI_CELL_TEXT},
        {"REVOKED", CLI_CELL_NUMBER}, {"SERIAL", CLI_CELL_TEXT}};
    char path[CERT_PATH_MAX];
    char until[CERT_TIME_TEXT];
    char number[CERT_SERIAL_TEXT] = "";
    struct cli_table t;

    cert_time_write(X509_CRL_get0_nextUpdate(crl), until);
    if (serial != NULL) {
        (void)cert_serial_write(serial, number);
    }
    cli_table_init(&t, columns, COUNT_OF(columns));
    cli_table_text(
        &t, cert_file_path(path, cli->text[CLI_CA], "crl.pem") == OK ? path : NULL);
    cli_table_number(&t, cert_crl_number(crl));
    cli_table_text(&t, until);
    cli_table_number(&t, (int64_t)cert_crl_count(crl));
    cli_table_text(&t, serial == NULL ? NULL : number);
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

/* serial: NULL: none more. lost: a list that is missing is begun anew. */
static enum cli_exit renew(
    const struct cli *cli, struct cert_ca *ca, const ASN1_INTEGER *serial, bool lost)
{
    const struct cert_crl_wish wish = {
        /* Above each number that a list which is lost can have had. */
        .first_number = cli_cert_now_s(),
        .now_s = cli_cert_now_s(),
        .days = cli_cert_days(cli, CERT_CRL_DAYS)};
    struct cert_problem why;
    X509_CRL *crl = NULL;

    enum err e = cert_ca_list(ca, serial, &wish, lost, &crl, &why);
    if (e == ERR_NOT_FOUND) {
        cli_error(
            "put it back; `schloss cert crl --yes` begins one that forgets all that "
            "was revoked",
            "%s", why.text);
        return CLI_EXIT_NO;
    }
    if (e == ERR_EXISTS) {
        cli_error(NULL, "%s", why.text);
        return CLI_EXIT_NO;
    }
    enum cli_exit result =
        e == OK ? print_list(cli, crl, serial) : cli_cert_complain(e, &why);
    X509_CRL_free(crl);
    return result;
}

enum cli_exit cli_cert_crl(const struct cli *cli)
{
    struct cert_ca ca = {.lock = -1};

    enum cli_exit result = cli_cert_open_ca(cli, CLI_CA, &ca);
    result =
        result == CLI_EXIT_OK ? renew(cli, &ca, NULL, cli_has(cli, CLI_YES)) : result;
    cert_ca_close(&ca);
    return result;
}

/* --- revoke ----------------------------------------------------------------------- */

static enum cli_exit serial_of_file(
    const struct cert_ca *ca, const char *path, ASN1_INTEGER **out)
{
    struct buf text;
    enum cli_exit result = CLI_EXIT_NO;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(path, &text);
    X509 *c = e == OK ? cert_read(text.bytes, text.length) : NULL;
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
    } else if (c == NULL) {
        cli_error(NULL, "%s holds no certificate", path);
    } else if (!cert_ca_has_signed(ca, c)) {
        cli_error("only the CA that issued a certificate can revoke it",
            "%s is not a certificate of the CA in %s", path, ca->folder);
    } else {
        *out = ASN1_INTEGER_dup(X509_get0_serialNumber(c));
        result = *out == NULL ? CLI_EXIT_NO : CLI_EXIT_OK;
    }
    X509_free(c);
    cli_cert_wipe(&text);
    return result;
}

static enum cli_exit serial_of_text(
    const struct cli *cli, const struct cert_ca *ca, ASN1_INTEGER **out)
{
    const char *text = cli->args[0];

    *out = cert_serial_read(text);
    if (*out == NULL) {
        cli_error("`schloss cert show FILE` shows the serial number",
            "'%.120s' is neither a file nor a serial number in hexadecimal", text);
        return CLI_EXIT_NO;
    }
    if (!cert_ca_knows(ca, *out) && !cli_has(cli, CLI_YES)) {
        cli_error("--yes revokes it all the same",
            "the CA in %s has no certificate %.120s in issued/", ca->folder, text);
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_cert_revoke(const struct cli *cli)
{
    struct cert_ca ca = {.lock = -1};
    ASN1_INTEGER *serial = NULL;

    enum cli_exit result = cli_cert_open_ca(cli, CLI_CA, &ca);
    if (result == CLI_EXIT_OK) {
        result = cert_file_exists(cli->args[0])
                     ? serial_of_file(&ca, cli->args[0], &serial)
                     : serial_of_text(cli, &ca, &serial);
    }
    result = result == CLI_EXIT_OK ? renew(cli, &ca, serial, false) : result;
    ASN1_INTEGER_free(serial);
    cert_ca_close(&ca);
    return result;
}
