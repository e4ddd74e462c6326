/*
 * cli_handover_text - the settings of one client, in the two forms that clients read.
 *
 *     client.properties    Java: a .properties file; certificates and key stand in it
 *     librdkafka.conf      librdkafka, kcat -F and this tool: key=value, paths of files
 *
 * A Java client looks for relative paths where it was started, so its file names none:
 * it may be moved. librdkafka's form has no way to write several lines.
 *
 * Trust: names and passwords may hold any UTF-8, and mean nothing in either form.
 */
#ifndef CLI_HANDOVER_TEXT_H
#define CLI_HANDOVER_TEXT_H

#include "buf.h"
#include "mem.h"

#define CLI_HANDOVER_VALUE_MAX ((size_t)450) /* kcat reads lines of 511 bytes */

struct cli_handover {
    const char *bootstrap;
    const char *user;              /* NULL: no password, the certificate says who it is */
    const struct secret *secret;   /* of the user */
    const char *mechanism;         /* PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 */
    const char *folder;            /* where the files will be */
    const struct buf *ca;          /* PEM */
    const struct buf *certificate; /* PEM; NULL: none */
    const struct buf *key;         /* PEM, in the clear; NULL: none */
};

/* NULL: the password can be written in both forms; else why not. */
const char *cli_handover_problem(const struct secret *secret);
/* Append; errors stick to out, which the caller wipes. */
void cli_handover_java(const struct cli_handover *h, struct buf *out);
void cli_handover_librdkafka(const struct cli_handover *h, struct buf *out);

/* --- the parts, for tests --- */

/* A value between quotes in sasl.jaas.config. */
void cli_jaas_quote(struct buf *out, const void *bytes, size_t length);
/* `key=value` and a line end, as java.util.Properties reads it. UTF-8 only. */
void cli_java_property(
    struct buf *out, const char *key, const void *value, size_t length);

#endif
