#include "cli_client.h"
#include "cli_output.h"
#include "cli_run.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *const always[][2] = {
    {"allow.auto.create.topics", "false"}, {"enable.auto.commit", "false"}, {NULL, NULL}};

/* A consumer's handle: it asks for nothing by itself and creates no topic by asking. */
static const struct cli_prepare as_reader = {.type = RD_KAFKA_CONSUMER, .always = always};

static const struct cli_column result_columns[] = {
    {"TOPIC", CLI_CELL_TEXT}, {"RESULT", CLI_CELL_TEXT}};

/* Adds a row for each topic that worked and prints an error for each that did not. */
static enum cli_exit take_results(struct cli_client *c,
    const rd_kafka_topic_result_t **results, size_t count, const char *task,
    const char *done, struct cli_table *t)
{
    enum cli_exit worst = CLI_EXIT_OK;
    size_t failed = 0;

    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        const char *name = rd_kafka_topic_result_name(results[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            cli_table_text(t, name);
            cli_table_text(t, done);
            continue;
        }
        failed++;
        worst = cli_client_fail(c, code, rd_kafka_topic_result_error_string(results[i]),
            "%s topic %s", task, name);
    }
    return failed > 0 && failed < count ? CLI_EXIT_PARTIAL : worst;
}

static rd_kafka_AdminOptions_t *admin_options(
    struct cli_client *c, rd_kafka_admin_op_t op)
{
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(c->handle, op);
    char why[256];

    (void)rd_kafka_AdminOptions_set_request_timeout(o, c->timeout_ms, why, sizeof(why));
    (void)rd_kafka_AdminOptions_set_operation_timeout(o, c->timeout_ms, why, sizeof(why));
    return o;
}

static enum cli_exit set_topic_configs(rd_kafka_NewTopic_t *topic, const struct cli *cli)
{
    for (size_t i = 0; i < cli->topic_configs.count; i++) {
        const char *item = cli->topic_configs.items[i];
        const char *equals = strchr(item, '=');
        char *key = mem_copy_text(item, (size_t)(equals - item));
        if (key == NULL) {
            cli_error(NULL, "%s", err_text(ERR_NOMEM));
            return CLI_EXIT_NO;
        }
        rd_kafka_resp_err_t code = rd_kafka_NewTopic_set_config(topic, key, equals + 1);
        mem_free(key);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            cli_error(NULL, "cannot set %s: %s", item, rd_kafka_err2str(code));
            return CLI_EXIT_USAGE;
        }
    }
    return CLI_EXIT_OK;
}

/* An Admin request that is under way: its queue and options. */
struct request {
    struct cli_client *client; /* borrowed */
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_event_t *event; /* NULL: no answer */
};

static struct request request_begin(struct cli_client *c, rd_kafka_admin_op_t op)
{
    return (struct request){.client = c,
        .queue = rd_kafka_queue_new(c->handle),
        .options = admin_options(c, op)};
}

/* False: the broker did not answer, or refused the request as a whole. */
static bool request_wait(struct request *r)
{
    r->event = cli_client_wait(r->client, r->queue);
    return r->event != NULL &&
           rd_kafka_event_error(r->event) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static enum cli_exit request_fail(const struct request *r, const char *task)
{
    if (r->event == NULL) {
        return cli_client_fail(r->client, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, "%s", task);
    }
    return cli_client_fail(r->client, rd_kafka_event_error(r->event),
        rd_kafka_event_error_string(r->event), "%s", task);
}

static void request_end(struct request *r)
{
    if (r->event != NULL) {
        rd_kafka_event_destroy(r->event);
    }
    rd_kafka_AdminOptions_destroy(r->options);
    if (!r->client->stuck) {
        rd_kafka_queue_destroy(r->queue);
    }
}

static enum cli_exit print_results(const struct cli *cli, struct cli_client *c,
    const rd_kafka_topic_result_t **results, size_t count, const char *task,
    const char *done)
{
    struct cli_table t;

    cli_table_init(&t, result_columns, COUNT_OF(result_columns));
    enum cli_exit result = take_results(c, results, count, task, done, &t);
    if (t.cells_count > 0) {
        enum cli_exit printed = cli_table_print(&t, cli);
        result = result == CLI_EXIT_OK ? printed : result;
    }
    cli_table_fini(&t);
    return result;
}

static enum cli_exit create(
    struct cli_client *c, const struct cli *cli, rd_kafka_NewTopic_t *topic)
{
    struct request r = request_begin(c, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    enum cli_exit result = CLI_EXIT_OK;
    char task[300];

    (void)snprintf(task, sizeof(task), "create topic %s", cli->args[0]);
    rd_kafka_CreateTopics(c->handle, &topic, 1, r.options, r.queue);
    if (!request_wait(&r)) {
        result = request_fail(&r, task);
    } else {
        size_t count = 0;
        const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(r.event), &count);
        result = print_results(cli, c, results, count, "create", "created");
    }
    request_end(&r);
    return result;
}

enum cli_exit cli_topic_create(const struct cli *cli)
{
    const int partitions =
        cli_has(cli, CLI_PARTITIONS) ? (int)cli->number[CLI_PARTITIONS] : -1;
    struct cli_client c;
    struct cli_opaque opaque;
    char why[256];

    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(cli->args[0], partitions, -1, why, sizeof(why));
    if (topic == NULL) {
        cli_error(NULL, "cannot create topic %s: %s", cli->args[0], why);
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = set_topic_configs(topic, cli);
    if (result == CLI_EXIT_OK) {
        result = cli_client_open(&c, cli, &as_reader, &opaque);
        if (result == CLI_EXIT_OK) {
            result = create(&c, cli, topic);
            cli_client_close(&c);
        }
    }
    rd_kafka_NewTopic_destroy(topic);
    return result;
}

/* ---- delete ---- */

/* With --yes, or when each name is typed again on a terminal. */
static enum cli_exit confirm(const struct cli *cli)
{
    char line[300];

    if (cli_has(cli, CLI_YES)) {
        return CLI_EXIT_OK;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        cli_error(
            "add --yes", "deleting a topic deletes all its records: nothing was done");
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < cli->args_count; i++) {
        (void)fprintf(stderr,
            "All records of %s will be gone. Type its name to delete it: ", cli->args[i]);
        if (fgets(line, sizeof(line), stdin) == NULL) {
            line[0] = '\0';
        }
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, cli->args[i]) != 0) {
            cli_error(NULL, "that is not its name: nothing was done");
            return cli_interrupted() ? CLI_EXIT_INTERRUPTED : CLI_EXIT_NO;
        }
    }
    return CLI_EXIT_OK;
}

static enum cli_exit delete_all(
    struct cli_client *c, const struct cli *cli, rd_kafka_DeleteTopic_t **topics)
{
    struct request r = request_begin(c, RD_KAFKA_ADMIN_OP_DELETETOPICS);
    enum cli_exit result = CLI_EXIT_OK;

    rd_kafka_DeleteTopics(c->handle, topics, cli->args_count, r.options, r.queue);
    if (!request_wait(&r)) {
        result = request_fail(&r, "delete topics");
    } else {
        size_t count = 0;
        const rd_kafka_topic_result_t **results = rd_kafka_DeleteTopics_result_topics(
            rd_kafka_event_DeleteTopics_result(r.event), &count);
        result = print_results(cli, c, results, count, "delete", "deleted");
    }
    request_end(&r);
    return result;
}

enum cli_exit cli_topic_delete(const struct cli *cli)
{
    rd_kafka_DeleteTopic_t *topics[CLI_ARGS_MAX];
    struct cli_client c;
    struct cli_opaque opaque;

    enum cli_exit result = confirm(cli);
    if (result == CLI_EXIT_OK) {
        result = cli_client_open(&c, cli, &as_reader, &opaque);
    }
    if (result != CLI_EXIT_OK) {
        return result;
    }
    for (size_t i = 0; i < cli->args_count; i++) {
        topics[i] = rd_kafka_DeleteTopic_new(cli->args[i]);
    }
    result = delete_all(&c, cli, topics);
    rd_kafka_DeleteTopic_destroy_array(topics, cli->args_count);
    cli_client_close(&c);
    return result;
}

/* ---- list and describe ---- */

static int by_name(const void *a, const void *b)
{
    const struct rd_kafka_metadata_topic *const *left = a;
    const struct rd_kafka_metadata_topic *const *right = b;

    return strcmp((*left)->topic, (*right)->topic);
}

/* The topics of m in order of their names; the caller frees the array. NULL: no memory.
 */
static const struct rd_kafka_metadata_topic **sorted(const struct rd_kafka_metadata *m)
{
    const size_t count = (size_t)m->topic_cnt;
    const struct rd_kafka_metadata_topic **topics =
        mem_alloc(count > 0 ? count : 1, sizeof(*topics));

    if (topics != NULL) {
        for (size_t i = 0; i < count; i++) {
            topics[i] = &m->topics[i];
        }
        qsort(topics, count, sizeof(*topics), by_name);
    }
    return topics;
}

static enum cli_exit list(const struct cli *cli, const struct rd_kafka_metadata *m)
{
    static const struct cli_column columns[] = {
        {"TOPIC", CLI_CELL_TEXT}, {"PARTITIONS", CLI_CELL_NUMBER}};
    const struct rd_kafka_metadata_topic **topics = sorted(m);
    struct cli_table t;

    if (topics == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        return CLI_EXIT_NO;
    }
    cli_table_init(&t, columns, COUNT_OF(columns));
    for (int i = 0; i < m->topic_cnt; i++) {
        cli_table_text(&t, topics[i]->topic);
        cli_table_number(&t, topics[i]->partition_cnt);
    }
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    mem_free(topics);
    return result;
}

enum cli_exit cli_topic_list(const struct cli *cli)
{
    const struct rd_kafka_metadata *m = NULL;
    struct cli_client c;
    struct cli_opaque opaque;

    enum cli_exit result = cli_client_open(&c, cli, &as_reader, &opaque);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    rd_kafka_resp_err_t code = cli_client_metadata(&c, NULL, &m);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        result = cli_client_fail(&c, code, NULL, "list topics");
    } else {
        result = list(cli, m);
        rd_kafka_metadata_destroy(m);
    }
    cli_client_close(&c);
    return result;
}

static const struct cli_column describe_columns[] = {
    {"TOPIC", CLI_CELL_TEXT},
    {"PARTITION", CLI_CELL_NUMBER},
    {"LEADER", CLI_CELL_NUMBER},
    {"REPLICAS", CLI_CELL_NUMBERS},
    {"IN-SYNC", CLI_CELL_NUMBERS},
    {"START", CLI_CELL_NUMBER},
    {"END", CLI_CELL_NUMBER},
    {"RECORDS", CLI_CELL_NUMBER},
};

static void add_ids(struct cli_table *t, const int32_t *ids, int count)
{
    struct buf text;

    buf_init(&text, 65536);
    for (int i = 0; i < count; i++) {
        buf_add_format(&text, "%s%d", i == 0 ? "" : ",", ids[i]);
    }
    buf_add(&text, "", 1);
    cli_table_text(t, buf_error(&text) == OK ? (const char *)text.bytes : NULL);
    buf_fini(&text);
}

/* Offsets may be denied or a leader away where the rest can still be shown. */
static void add_offsets(
    struct cli_table *t, struct cli_client *c, const char *topic, int32_t id)
{
    int64_t start = 0;
    int64_t end = 0;

    if (rd_kafka_query_watermark_offsets(c->handle, topic, id, &start, &end,
            c->timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (int i = 0; i < 3; i++) {
            cli_table_text(t, NULL);
        }
        return;
    }
    cli_table_number(t, start);
    cli_table_number(t, end);
    cli_table_number(t, end - start);
}

static int by_partition(const void *a, const void *b)
{
    const struct rd_kafka_metadata_partition *const *left = a;
    const struct rd_kafka_metadata_partition *const *right = b;

    return (*left)->id < (*right)->id ? -1 : 1;
}

static enum cli_exit describe_topic(struct cli_table *t, struct cli_client *c,
    const struct rd_kafka_metadata_topic *topic)
{
    const size_t count = (size_t)topic->partition_cnt;
    const struct rd_kafka_metadata_partition **order =
        mem_alloc(count > 0 ? count : 1, sizeof(*order));

    if (order == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        return CLI_EXIT_NO;
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = &topic->partitions[i];
    }
    qsort(order, count, sizeof(*order), by_partition);
    for (size_t i = 0; i < count && !cli_interrupted(); i++) {
        cli_table_text(t, topic->topic);
        cli_table_number(t, order[i]->id);
        cli_table_number(t, order[i]->leader);
        add_ids(t, order[i]->replicas, order[i]->replica_cnt);
        add_ids(t, order[i]->isrs, order[i]->isr_cnt);
        add_offsets(t, c, topic->topic, order[i]->id);
    }
    mem_free(order);
    return cli_interrupted() ? CLI_EXIT_INTERRUPTED : CLI_EXIT_OK;
}

static enum cli_exit describe_named(
    struct cli_table *t, struct cli_client *c, const char *name)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t code = cli_client_metadata(c, name, &m);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return cli_client_fail(c, code, NULL, "describe topic %s", name);
    }
    enum cli_exit result = describe_topic(t, c, &m->topics[0]);
    rd_kafka_metadata_destroy(m);
    return result;
}

static enum cli_exit describe_all(struct cli_table *t, struct cli_client *c)
{
    const struct rd_kafka_metadata *m = NULL;
    enum cli_exit result = CLI_EXIT_OK;
    rd_kafka_resp_err_t code = cli_client_metadata(c, NULL, &m);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return cli_client_fail(c, code, NULL, "describe topics");
    }
    const struct rd_kafka_metadata_topic **topics = sorted(m);
    if (topics == NULL) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        result = CLI_EXIT_NO;
    }
    for (int i = 0; i < m->topic_cnt && result == CLI_EXIT_OK; i++) {
        result = describe_topic(t, c, topics[i]);
    }
    mem_free(topics);
    rd_kafka_metadata_destroy(m);
    return result;
}

enum cli_exit cli_topic_describe(const struct cli *cli)
{
    struct cli_client c;
    struct cli_opaque opaque;
    struct cli_table t;
    size_t failed = 0;

    enum cli_exit result = cli_client_open(&c, cli, &as_reader, &opaque);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    cli_table_init(&t, describe_columns, COUNT_OF(describe_columns));
    if (cli->args_count == 0) {
        result = describe_all(&t, &c);
    }
    for (size_t i = 0; i < cli->args_count && !cli_interrupted(); i++) {
        enum cli_exit one = describe_named(&t, &c, cli->args[i]);
        failed += one == CLI_EXIT_OK ? 0 : 1;
        result = one == CLI_EXIT_OK ? result : one;
    }
    if (failed > 0 && failed < cli->args_count && result != CLI_EXIT_INTERRUPTED) {
        result = CLI_EXIT_PARTIAL;
    }
    if (result == CLI_EXIT_OK || result == CLI_EXIT_PARTIAL) {
        enum cli_exit printed = cli_table_print(&t, cli);
        result = printed == CLI_EXIT_OK ? result : printed;
    }
    cli_table_fini(&t);
    cli_client_close(&c);
    return result;
}
