#include "cli_client.h"
#include "cli_output.h"
#include "cli_record.h"
#include "cli_run.h"
#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const defaults[][2] = {
    {"fetch.wait.max.ms", "200"}, {"socket.nagle.disable", "true"}, {NULL, NULL}};

/* Offsets are committed only for what was written out: at the end and before a partition
 * leaves. */
static const char *const always[][2] = {{"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "true"}, {"allow.auto.create.topics", "false"},
    {"enable.partition.eof", "false"}, {NULL, NULL}};
static const char *const always_beginning[][2] = {{"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "true"}, {"allow.auto.create.topics", "false"},
    {"enable.partition.eof", "false"}, {"auto.offset.reset", "earliest"}, {NULL, NULL}};

struct consume {
    struct cli_client client;
    const struct cli *cli;
    const char *topic;
    struct cli_record_style style;
    uint64_t count;
    uint64_t count_max;
    uint64_t count_committed;
    int64_t last_ms; /* when the last record came */
    bool joined;     /* or needs no group: records may come */
    bool write_failed;
    int write_errno;
    enum cli_exit result;
};

static void write_record(struct consume *c, const rd_kafka_message_t *m)
{
    struct buf line;
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const struct cli_record r = {
        .topic = rd_kafka_topic_name(m->rkt),
        .partition = m->partition,
        .offset = m->offset,
        .timestamp_ms = rd_kafka_message_timestamp(m, &kind),
        .key = m->key,
        .key_length = m->key_len,
        .value = m->payload,
        .value_length = m->len,
    };

    buf_init(&line, (size_t)1 << 31);
    cli_record_add(&r, &c->style, &line);
    bool written = buf_error(&line) == OK &&
                   fwrite(line.bytes, 1, line.length, stdout) == line.length;
    if (!written && !c->write_failed) {
        c->write_failed = true;
        c->write_errno = buf_error(&line) == OK ? errno : ENOMEM;
    }
    buf_fini(&line);
    c->count++;
    c->last_ms = clock_mono_ms();
}

static bool flush_output(struct consume *c)
{
    if (!c->write_failed && fflush(stdout) != 0) {
        c->write_failed = true;
        c->write_errno = errno;
    }
    return !c->write_failed;
}

static bool is_done(const struct consume *c)
{
    return cli_interrupted() || c->write_failed || c->result != CLI_EXIT_OK ||
           c->count >= c->count_max || cli_client_is_hopeless(&c->client) ||
           (cli_has(c->cli, CLI_TIMEOUT) &&
               clock_mono_ms() - c->last_ms >=
                   c->client.timeout_ms + (c->joined ? 0 : CLI_TIMEOUT_MS));
}

/* A record, or an error event that librdkafka hands out in the place of one. */
static void take_message(struct consume *c, rd_kafka_message_t *m)
{
    if (m == NULL) {
        return;
    }
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        write_record(c, m);
    } else if (cli_exit_of(m->err) != CLI_EXIT_RETRY &&
               m->err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
               m->err != RD_KAFKA_RESP_ERR__TRANSPORT) {
        c->result = cli_client_fail(
            &c->client, m->err, rd_kafka_message_errstr(m), "read topic %s", c->topic);
    }
    rd_kafka_message_destroy(m);
}

/* ---- as a member of a group ---- */

static void commit(struct consume *c)
{
    if (c->count == c->count_committed || !flush_output(c)) {
        return; /* what was not written was not consumed */
    }
    rd_kafka_resp_err_t code = rd_kafka_commit(c->client.handle, NULL, 0);
    c->count_committed = c->count;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET) {
        enum cli_exit failed = cli_client_fail(&c->client, code, NULL,
            "commit offsets of group %s", c->cli->text[CLI_GROUP]);
        c->result = c->result == CLI_EXIT_OK ? failed : c->result;
    }
}

static void on_rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct consume *c = ((struct cli_opaque *)opaque)->context;
    const bool cooperative =
        strcmp(rd_kafka_rebalance_protocol(handle), "COOPERATIVE") == 0;
    rd_kafka_error_t *error = NULL;

    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (cooperative) {
            error = rd_kafka_incremental_assign(handle, partitions);
        } else {
            (void)rd_kafka_assign(handle, partitions);
        }
        c->joined = true;
        c->last_ms = clock_mono_ms(); /* joining is not idling */
    } else {
        if (!rd_kafka_assignment_lost(handle)) {
            commit(c);
        }
        if (cooperative) {
            error = rd_kafka_incremental_unassign(handle, partitions);
        } else {
            (void)rd_kafka_assign(handle, NULL);
        }
    }
    if (error != NULL) {
        rd_kafka_error_destroy(error);
    }
}

static void set_callbacks(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
}

static void consume_as_member(struct consume *c)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);

    (void)rd_kafka_poll_set_consumer(c->client.handle);
    (void)rd_kafka_topic_partition_list_add(topics, c->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(c->client.handle, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        c->result =
            cli_client_fail(&c->client, code, NULL, "subscribe to topic %s", c->topic);
        return;
    }
    c->last_ms = clock_mono_ms();
    while (!is_done(c)) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(c->client.handle, 100);
        if (m == NULL) {
            (void)flush_output(c);
        }
        take_message(c, m);
    }
    commit(c);
    (void)rd_kafka_consumer_close(c->client.handle);
}

/* ---- alone ---- */

static int start_partitions(struct consume *c, rd_kafka_topic_t *topic,
    rd_kafka_queue_t *queue, const struct rd_kafka_metadata_topic *known)
{
    const int64_t start = cli_has(c->cli, CLI_FROM_BEGINNING) ? RD_KAFKA_OFFSET_BEGINNING
                                                              : RD_KAFKA_OFFSET_END;
    int started = 0;

    for (; started < known->partition_cnt; started++) {
        int32_t id = known->partitions[started].id;
        if (rd_kafka_consume_start_queue(topic, id, start, queue) != 0) {
            c->result = cli_client_fail(
                &c->client, rd_kafka_last_error(), NULL, "read topic %s", c->topic);
            break;
        }
    }
    return started;
}

static void consume_alone(struct consume *c, const struct rd_kafka_metadata_topic *known)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(c->client.handle, c->topic, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c->client.handle);
    int started = start_partitions(c, topic, queue, known);

    c->joined = true;
    c->last_ms = clock_mono_ms();
    while (!is_done(c)) {
        rd_kafka_message_t *m = rd_kafka_consume_queue(queue, 100);
        if (m == NULL) {
            (void)flush_output(c);
        }
        take_message(c, m);
        (void)rd_kafka_poll(c->client.handle, 0);
    }
    for (int i = 0; i < started; i++) {
        (void)rd_kafka_consume_stop(topic, known->partitions[i].id);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(topic);
}

/* ---- both ---- */

static enum cli_exit result_of(struct consume *c)
{
    (void)flush_output(c);
    if (c->write_failed && c->write_errno == EPIPE) {
        return c->result; /* the reader has enough: `| head` */
    }
    if (c->write_failed) {
        cli_error(NULL, "cannot write: %s", strerror(c->write_errno));
        return CLI_EXIT_NO;
    }
    if (cli_interrupted()) {
        return CLI_EXIT_INTERRUPTED;
    }
    if (c->result != CLI_EXIT_OK) {
        return c->result;
    }
    if (c->count < c->count_max && cli_client_is_hopeless(&c->client)) {
        return cli_client_fail(
            &c->client, RD_KAFKA_RESP_ERR__TRANSPORT, NULL, "read topic %s", c->topic);
    }
    if (cli_has(c->cli, CLI_COUNT) && c->count < c->count_max) {
        cli_error(
            "wait longer with --timeout, or start at the oldest with --from-beginning",
            "%llu of %llu records came from topic %s in time (%s)",
            (unsigned long long)c->count, (unsigned long long)c->count_max, c->topic,
            c->client.target);
        return CLI_EXIT_RETRY;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit consume(struct consume *c)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t code = cli_client_metadata(&c->client, c->topic, &m);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return cli_client_fail(&c->client, code, NULL, "read topic %s", c->topic);
    }
    if (cli_has(c->cli, CLI_GROUP)) {
        consume_as_member(c);
    } else {
        consume_alone(c, &m->topics[0]);
    }
    rd_kafka_metadata_destroy(m);
    return result_of(c);
}

static enum cli_exit open_with_group(
    struct consume *c, const struct cli_prepare *prepare, struct cli_opaque *opaque)
{
    const char *group = c->cli->text[CLI_GROUP];
    struct cli with_group = *c->cli;
    char setting[300];

    if (group == NULL) {
        return cli_client_open(&c->client, c->cli, prepare, opaque);
    }
    if (group[0] == '\0' || strlen(group) > 255 ||
        with_group.settings.count == CLI_LIST_MAX) {
        cli_error(NULL, "--group takes a name of 1 to 255 bytes");
        return CLI_EXIT_USAGE;
    }
    (void)snprintf(setting, sizeof(setting), "group.id=%s", group);
    with_group.settings.items[with_group.settings.count++] = setting;
    return cli_client_open(&c->client, &with_group, prepare, opaque);
}

enum cli_exit cli_consume(const struct cli *cli)
{
    struct consume c = {.cli = cli,
        .topic = cli->args[0],
        .style = {.json = cli_has(cli, CLI_OUTPUT) && cli_form_of(cli) == CLI_FORM_JSON,
            .with_key = cli_has(cli, CLI_PRINT_KEY),
            .escape = isatty(STDOUT_FILENO) != 0},
        .count_max =
            cli_has(cli, CLI_COUNT) ? (uint64_t)cli->number[CLI_COUNT] : UINT64_MAX};
    const struct cli_prepare prepare = {.type = RD_KAFKA_CONSUMER,
        .defaults = defaults,
        .always = cli_has(cli, CLI_FROM_BEGINNING) ? always_beginning : always,
        .callbacks = cli_has(cli, CLI_GROUP) ? set_callbacks : NULL,
        .context = &c};
    struct cli_opaque opaque;

    enum cli_exit result = open_with_group(&c, &prepare, &opaque);
    if (result == CLI_EXIT_OK) {
        result = consume(&c);
        cli_client_close(&c.client);
    }
    return result;
}
