/*
 * cli_client - one librdkafka handle, set up from the command line, and what its errors
 * mean.
 *
 * Settings: file (--config, else $SCHLOSS_CONFIG), then --bootstrap, then -X. The
 * library's log goes to stderr with -v and nowhere without; its last word about the
 * connection is kept for the message that a command ends with.
 *
 * Trust: texts from the broker are escaped before they are printed.
 *
 * Ownership: the client owns its handle; close it on every way out.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli_command.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define CLI_TIMEOUT_MS 30000

struct cli_client {
    rd_kafka_t *handle;
    char target[600]; /* who was asked, and which setting said so */
    char reason[512]; /* the last word about the connection; "" for none */
    rd_kafka_resp_err_t reason_code;
    bool all_down;
    bool connected; /* it worked once: from then on the library reconnects by itself */
    bool stuck;     /* a request was given up: see cli_client_close() */
    bool verbose;
    int64_t opened_ms;
    int timeout_ms;
};

struct cli_prepare {
    rd_kafka_type_t type;
    const char *const (
        *defaults)[2];              /* key and value, before the user's; ends with NULL */
    const char *const (*always)[2]; /* after the user's; ends with NULL */
    /* May be NULL: sets callbacks. context becomes the second argument. */
    void (*callbacks)(rd_kafka_conf_t *conf);
    void *context;
};

/* What callbacks find as the handle's opaque. */
struct cli_opaque {
    struct cli_client *client;
    void *context;
};

/* Set when the user asks to stop (SIGINT, SIGTERM). A second signal ends the process. */
bool cli_interrupted(void);
void cli_catch_signals(void);

/* CLI_EXIT_OK, or the error was printed. c->handle is set. opaque: the caller's, lives as
 * long. */
enum cli_exit cli_client_open(struct cli_client *c, const struct cli *cli,
    const struct cli_prepare *prepare, struct cli_opaque *opaque) MUST_CHECK;
void cli_client_close(struct cli_client *c);

/*
 * Prints `cannot <task>: why (target)` with advice, and returns the exit code of it.
 * detail: the broker's own words, or NULL for those of the code. A code of no connection
 * is replaced by what is known about the connection.
 */
enum cli_exit cli_client_fail(struct cli_client *c, rd_kafka_resp_err_t code,
    const char *detail, const char *format, ...) __attribute__((format(printf, 4, 5)));
enum cli_exit cli_exit_of(rd_kafka_resp_err_t code);
const char *cli_advice_of(rd_kafka_resp_err_t code); /* or NULL */

/* True once there is no point in waiting: refused, not trusted, or nobody there. */
bool cli_client_is_hopeless(const struct cli_client *c);

/*
 * Metadata of one topic (or of all: name NULL), which is also the proof of a connection.
 * Gives up early when hopeless. The caller destroys *out.
 */
rd_kafka_resp_err_t cli_client_metadata(struct cli_client *c, const char *name,
    const struct rd_kafka_metadata **out) MUST_CHECK;
/* The next event of an admin request, or NULL: out of time, interrupted or hopeless. */
rd_kafka_event_t *cli_client_wait(
    struct cli_client *c, rd_kafka_queue_t *queue) MUST_CHECK;

#endif
