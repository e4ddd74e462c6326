/* schloss cert show, check, rules: what certificates say, and whether they will do. */
#include "cert_check.h"
#include "cli_cert.h"
#include "cli_output.h"
#include "cli_run.h"
#include "x509_name.h"
#include "x509_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define SHOWN_MAX   1000 /* certificates of one file */

#define PRINCIPAL_MAX 255
#define NOBODY        "ANONYMOUS"

/* --- show ------------------------------------------------------------------------- */

static enum err add_facts(struct cli_table *t, const char *path, X509 *c)
{
    struct cert_facts f;
    enum err e = cert_facts_init(&f, c, cli_cert_now_s());

    if (e != OK) {
        return e;
    }
    cli_table_text(t, path);
    cli_table_text(t, f.subject);
    cli_table_text(t, f.names[0] == '\0' ? NULL : f.names);
    cli_table_text(t, f.issuer);
    cli_table_text(t, f.serial);
    cli_table_text(t, f.from);
    cli_table_text(t, f.to);
    cli_table_number(t, f.days_left);
    cli_table_text(t, f.key);
    cli_table_text(t, f.use);
    cert_facts_fini(&f);
    return OK;
}

static enum cli_exit add_file(struct cli_table *t, const char *path)
{
    struct buf text;
    enum cli_exit result = CLI_EXIT_OK;

    buf_init(&text, CERT_FILE_MAX);
    enum err e = cert_file_read(path, &text);
    STACK_OF(X509) *all =
        e == OK ? cert_read_all(text.bytes, text.length, SHOWN_MAX) : NULL;
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
        result = CLI_EXIT_NO;
    } else if (sk_X509_num(all) <= 0) {
        cli_error(NULL, "%s holds no certificate in PEM that can be read", path);
        result = CLI_EXIT_NO;
    }
    for (int i = 0; i < sk_X509_num(all) && e == OK; i++) {
        e = add_facts(t, path, sk_X509_value(all, i));
        t->error = e == OK ? t->error : e;
    }
    sk_X509_pop_free(all, X509_free);
    cli_cert_wipe(&text); /* a key may stand beside */
    return result;
}

enum cli_exit cli_cert_show(const struct cli *cli)
{
    static const struct cli_column columns[] = {{"FILE", CLI_CELL_TEXT},
        {"SUBJECT", CLI_CELL_TEXT}, {"NAMES", CLI_CELL_TEXT}, {"ISSUER", CLI_CELL_TEXT},
        {"SERIAL", CLI_CELL_TEXT}, {"FROM", CLI_CELL_TEXT}, {"UNTIL", CLI_CELL_TEXT},
        {"DAYS-LEFT", CLI_CELL_NUMBER}, {"KEY", CLI_CELL_TEXT}, {"USE", CLI_CELL_TEXT}};
    struct cli_table t;
    enum cli_exit result = CLI_EXIT_OK;

    cli_table_init(&t, columns, COUNT_OF(columns));
    for (size_t i = 0; i < cli->args_count; i++) {
        enum cli_exit one = add_file(&t, cli->args[i]);
        result = result == CLI_EXIT_OK ? one : result;
    }
    enum cli_exit printed = t.cells_count > 0 ? cli_table_print(&t, cli) : CLI_EXIT_OK;
    cli_table_fini(&t);
    return result == CLI_EXIT_OK ? printed : result;
}

/* --- check ------------------------------------------------------------------------ */

static enum cli_exit print_report(const struct cli *cli, const struct cert_report *report)
{
    static const struct cli_column columns[] = {{"CHECK", CLI_CELL_TEXT},
        {"RESULT", CLI_CELL_TEXT}, {"DETAIL", CLI_CELL_TEXT}, {"FIX", CLI_CELL_TEXT}};
    static const char *const words[] = {
        [CERT_GOOD] = "ok", [CERT_WARNING] = "warning", [CERT_FAILED] = "FAILED"};
    struct cli_table t;

    cli_table_init(&t, columns, COUNT_OF(columns));
    for (size_t i = 0; i < report->count; i++) {
        const struct cert_row *row = &report->rows[i];
        cli_table_text(&t, row->check);
        cli_table_text(&t, words[row->result]);
        cli_table_text(&t, row->detail);
        cli_table_text(&t, row->fix[0] == '\0' ? NULL : row->fix);
    }
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

enum cli_exit cli_cert_check(const struct cli *cli)
{
    const struct cert_subjects subjects = {.file = cli->args[0],
        .key_file = cli->text[CLI_KEY],
        .ca_file = cli->text[CLI_CA],
        .uses = (cli_has(cli, CLI_SERVER) ? (unsigned)CERT_USE_SERVER : 0u) |
                (cli_has(cli, CLI_CLIENT) ? (unsigned)CERT_USE_CLIENT : 0u),
        .now_s = cli_cert_now_s()};
    struct cert_report report;

    if (cert_check(&subjects, &report) != OK) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        return CLI_EXIT_NO;
    }
    enum cli_exit result = print_report(cli, &report);
    return result == CLI_EXIT_OK && report.failed ? CLI_EXIT_NO : result;
}

/* --- rules ------------------------------------------------------------------------ */

static enum cli_exit print_principal(const struct cli *cli, const struct buf *name)
{
    static const struct cli_column columns[] = {
        {"SUBJECT", CLI_CELL_TEXT}, {"PRINCIPAL", CLI_CELL_TEXT}};
    char principal[PRINCIPAL_MAX + 8];
    struct cli_table t;

    (void)snprintf(principal, sizeof(principal), "User:%.*s", (int)name->length,
        (const char *)name->bytes);
    cli_table_init(&t, columns, COUNT_OF(columns));
    cli_table_text(&t, cli->args[0]);
    cli_table_text(&t, principal);
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}

/* As the plugin has it; NULL: the name is good. */
static const char *refusal(enum err e, const struct buf *name)
{
    if (e == ERR_NOT_FOUND) {
        return "no rule applies: the client is refused";
    }
    if (e != OK) {
        return "the name is beyond a limit of the rules: the client is refused";
    }
    if (name->length == 0 || name->length > PRINCIPAL_MAX) {
        return "the name is empty or longer than 255 bytes: the client is refused";
    }
    if (!x509_name_is_harmless(name->bytes, name->length)) {
        return "the name holds what no name may hold: the client is refused";
    }
    return name->length == strlen(NOBODY) &&
                   memcmp(name->bytes, NOBODY, strlen(NOBODY)) == 0
               ? "the name is ANONYMOUS: the client is refused"
               : NULL;
}

static enum cli_exit apply(const struct cli *cli, const struct x509_rules *rules)
{
    const char *subject = cli->args[0];
    const size_t length = strlen(subject);
    struct buf name;

    buf_init(&name, X509_SUBJECT_MAX);
    enum err e = length > X509_SUBJECT_MAX
                     ? ERR_FULL
                     : x509_rules_apply(rules, subject, length, &name);
    const char *why = refusal(e, &name);
    if (why != NULL) {
        cli_error(NULL, "%s", why);
    }
    enum cli_exit result = why == NULL ? print_principal(cli, &name) : CLI_EXIT_NO;
    buf_fini(&name);
    return result;
}

enum cli_exit cli_cert_rules(const struct cli *cli)
{
    const char *text = cli_has(cli, CLI_RULE) ? cli->text[CLI_RULE] : "DEFAULT";
    struct x509_rules_problem problem;
    struct x509_rules rules;

    enum err e = x509_rules_init(&rules, text, strlen(text), &problem);
    if (e != OK) {
        cli_error(NULL, "--rule: column %zu: %s", e == ERR_INVALID ? problem.column : 0,
            e == ERR_INVALID ? problem.message : err_text(e));
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = apply(cli, &rules);
    x509_rules_fini(&rules);
    return result;
}
