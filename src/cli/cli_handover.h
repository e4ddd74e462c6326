/*
 * cli_handover - the files that a client needs to log in, in a folder to hand over.
 *
 *     ca.pem  client.properties  librdkafka.conf     and with a certificate
 *     client.pem  client.key
 *
 * All have mode 0600; the folder has 0700 if it is made here. The secret stands in these
 * files and nowhere else. What is there already is replaced with --yes only.
 */
#ifndef CLI_HANDOVER_H
#define CLI_HANDOVER_H

#include "cli_command.h"
#include "mem.h"

/* Whether what the command line says of client files can be done; nothing is written. */
enum cli_exit cli_handover_check(const struct cli *cli, const char *user);
/* secret: NULL: the certificate says who it is. */
enum cli_exit cli_handover_write(
    const struct cli *cli, const char *user, const struct secret *secret);

#endif
