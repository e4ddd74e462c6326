/* What an error code means to a person and to a script; the other half of cli_client.h.
 */
#include "cli_client.h"
#include "cli_output.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    rd_kafka_resp_err_t code;
    enum cli_exit result;
    const char *advice;
} meanings[] = {
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, CLI_EXIT_UNREACHABLE,
        "check sasl.username, sasl.password and sasl.mechanism in the settings; the "
        "broker's log "
        "has the reason"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, CLI_EXIT_UNREACHABLE,
        "check sasl.username, sasl.password and sasl.mechanism in the settings; the "
        "broker's log "
        "has the reason"},
    {RD_KAFKA_RESP_ERR__SSL, CLI_EXIT_UNREACHABLE,
        "check ssl.ca.location (the CA of the broker's certificate), that the "
        "certificate names "
        "this host, and that the port speaks TLS"},
    {RD_KAFKA_RESP_ERR__RESOLVE, CLI_EXIT_UNREACHABLE,
        "check the host name, or give another with --bootstrap HOST:PORT"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, CLI_EXIT_UNREACHABLE,
        "check that schlossd runs there, and that security.protocol is the listener's (a "
        "file "
        "named by --config or $SCHLOSS_CONFIG)"},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, CLI_EXIT_UNREACHABLE,
        "check that schlossd runs there, and that security.protocol is the listener's (a "
        "file "
        "named by --config or $SCHLOSS_CONFIG)"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, CLI_EXIT_REFUSED,
        "the policy must allow this user to do that on the topic: the broker's audit log "
        "names "
        "the missing rule"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, CLI_EXIT_REFUSED,
        "the policy must allow this user to read (or describe) the group"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, CLI_EXIT_REFUSED,
        "the policy must allow this user to do that on the cluster (producing with "
        "idempotence "
        "needs idempotent-write, or write on a topic)"},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, CLI_EXIT_REFUSED, NULL},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, CLI_EXIT_REFUSED, NULL},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, CLI_EXIT_NO,
        "`schloss topic list` shows the topics that you may see, `schloss topic create` "
        "makes "
        "one"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, CLI_EXIT_NO,
        "`schloss topic list` shows the topics that you may see, `schloss topic create` "
        "makes "
        "one"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, CLI_EXIT_NO,
        "`schloss topic describe` shows the partitions"},
    {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, CLI_EXIT_NO,
        "`schloss topic describe` shows what it is"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, CLI_EXIT_NO,
        "names are 1 to 249 letters, digits, '.', '_' and '-'"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, CLI_EXIT_RETRY,
        "try again, or wait longer with --timeout"},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, CLI_EXIT_RETRY, "try again"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, CLI_EXIT_RETRY, "try again"},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, CLI_EXIT_RETRY, "try again in a moment"},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, CLI_EXIT_RETRY, "try again in a moment"},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, CLI_EXIT_RETRY,
        "try again in a moment"},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, CLI_EXIT_RETRY,
        "try again in a moment"},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, CLI_EXIT_RETRY, "try again in a moment"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, CLI_EXIT_RETRY, "try again in a moment"},
};

enum cli_exit cli_exit_of(rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == code) {
            return meanings[i].result;
        }
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? CLI_EXIT_OK : CLI_EXIT_NO;
}

const char *cli_advice_of(rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == code) {
            return meanings[i].advice;
        }
    }
    return NULL;
}

/* The library says "timed out" where it waited for a connection that could not be made.
 */
static bool hides_connection(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
           code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || code == RD_KAFKA_RESP_ERR__FATAL ||
           code == RD_KAFKA_RESP_ERR__DESTROY || code == RD_KAFKA_RESP_ERR__WAIT_COORD ||
           code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

enum cli_exit cli_client_fail(struct cli_client *c, rd_kafka_resp_err_t code,
    const char *detail, const char *format, ...)
{
    char task[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(task, sizeof(task), format, args);
    va_end(args);
    if (cli_interrupted()) {
        cli_error(NULL, "cannot %s: interrupted", task);
        return CLI_EXIT_INTERRUPTED;
    }
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        code = rd_kafka_fatal_error(c->handle, c->reason, sizeof(c->reason));
        detail = c->reason;
    } else if (hides_connection(code) && c->reason_code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = c->reason_code;
        detail = c->reason;
    }
    cli_error(cli_advice_of(code), "cannot %s: %s [%s] (%s)", task,
        detail == NULL || detail[0] == '\0' ? rd_kafka_err2str(code) : detail,
        rd_kafka_err2name(code), c->target);
    return cli_exit_of(code);
}
