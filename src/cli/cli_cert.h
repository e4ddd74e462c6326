/*
 * cli_cert - what the commands of `schloss cert` share, and what `schloss user` asks of
 * them.
 *
 * Errors are printed where they are found; the value is what the program ends with.
 */
#ifndef CLI_CERT_H
#define CLI_CERT_H

#include "cert_ca.h"
#include "cert_facts.h"
#include "cli_command.h"

/* The folder of a CA, from that option. */
enum cli_exit cli_cert_open_ca(
    const struct cli *cli, enum cli_option option, struct cert_ca *ca);
/* Exit and message for an error of cert_ca. */
enum cli_exit cli_cert_complain(enum err e, const struct cert_problem *why);
/* --days within what a certificate of a server or client may have. */
enum cli_exit cli_cert_leaf_days(const struct cli *cli, int64_t *days_out);
int64_t cli_cert_days(const struct cli *cli, int64_t fallback);
int64_t cli_cert_now_s(void);

/* A key and a certificate for a client of that name. The caller frees both. */
enum cli_exit cli_cert_make_client(struct cert_ca *ca, const char *name, int64_t days,
    EVP_PKEY **key_out, X509 **certificate_out);

enum cli_exit cli_cert_check_name(const char *name);
/* Makes the folder, or takes what is there. */
enum cli_exit cli_cert_folder(const char *path);
/* Atomic. */
enum cli_exit cli_cert_write_file(
    const char *path, const struct buf *text, unsigned mode, bool replace);
/* Whether something would be replaced that may not; says so. */
enum cli_exit cli_cert_check_free(const char *path, bool replace);
void cli_cert_wipe(struct buf *text);

#endif
