#include "bench_client.h"

#include "bench_say.h"
#include "bench_wait.h"

#include <string.h>

#define REQUEST_MS 10000

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *m, void *context)
{
    struct bench_client *c = context;

    (void)handle;
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        c->delivery.acknowledged++;
        return;
    }
    if (c->delivery.failed++ == 0) {
        c->delivery.first_error = m->err;
    }
}

static bool set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char why[256];

    if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) != RD_KAFKA_CONF_OK) {
        bench_say("librdkafka: %s", why);
        return false;
    }
    return true;
}

static bool set_access(rd_kafka_conf_t *conf, const struct bench_access *access,
    enum bench_transport transport)
{
    bool ok = set(conf, "security.protocol", access->protocols[transport]) &&
              set(conf, "client.id", "schloss-bench") && set(conf, "log_level", "0");

    if (ok && access->ca_file[0] != '\0') {
        ok = set(conf, "ssl.ca.location", access->ca_file);
    }
    if (ok && access->user[0] != '\0') {
        ok = set(conf, "sasl.mechanisms", "PLAIN") &&
             set(conf, "sasl.username", access->user) &&
             set(conf, "sasl.password", access->password);
    }
    return ok;
}

static enum err init(struct bench_client *c, const struct bench_access *access,
    enum bench_transport transport, rd_kafka_type_t type,
    const struct bench_setting *settings, bool later)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];

    *c = (struct bench_client){.handle = NULL};
    bool ok = set_access(conf, access, transport);
    ok = ok && (later || set(conf, "bootstrap.servers", access->servers[transport]));
    for (; ok && settings != NULL && settings->key != NULL; settings++) {
        ok = set(conf, settings->key, settings->value);
    }
    if (ok && type == RD_KAFKA_PRODUCER) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    }
    rd_kafka_conf_set_opaque(conf, c);
    c->handle = ok ? rd_kafka_new(type, conf, why, sizeof(why)) : NULL;
    if (c->handle == NULL) { /* the configuration is still ours */
        rd_kafka_conf_destroy(conf);
        if (ok) {
            bench_say("librdkafka: %s", why);
        }
        return ERR_INVALID;
    }
    return OK;
}

enum err bench_client_init(struct bench_client *c, const struct bench_access *access,
    enum bench_transport transport, rd_kafka_type_t type,
    const struct bench_setting *settings)
{
    return init(c, access, transport, type, settings, false);
}

enum err bench_client_init_unconnected(struct bench_client *c,
    const struct bench_access *access, enum bench_transport transport,
    const struct bench_setting *settings)
{
    return init(c, access, transport, RD_KAFKA_PRODUCER, settings, true);
}

enum err bench_client_add_broker(struct bench_client *c,
    const struct bench_access *access, enum bench_transport transport)
{
    return rd_kafka_brokers_add(c->handle, access->servers[transport]) == 1 ? OK
                                                                            : ERR_INVALID;
}

void bench_client_fini(struct bench_client *c)
{
    if (c->handle == NULL) {
        return;
    }
    if (rd_kafka_type(c->handle) == RD_KAFKA_PRODUCER) {
        (void)rd_kafka_purge(c->handle, RD_KAFKA_PURGE_F_QUEUE |
                                            RD_KAFKA_PURGE_F_INFLIGHT |
                                            RD_KAFKA_PURGE_F_NON_BLOCKING);
        (void)rd_kafka_flush(c->handle, 0);
    }
    rd_kafka_destroy(c->handle);
    c->handle = NULL;
}

enum err bench_client_connect(struct bench_client *c)
{
    const int64_t deadline = bench_deadline(BENCH_CLIENT_MS);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    do {
        const struct rd_kafka_metadata *metadata = NULL;
        error = rd_kafka_metadata(c->handle, 0, NULL, &metadata, 1000);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_metadata_destroy(metadata);
            return OK;
        }
    } while (!bench_expired(deadline));
    bench_say("no answer from the broker: %s", rd_kafka_err2str(error));
    return ERR_TIMEOUT;
}

/* ---- topics ---- */

/* The one topic of the answer. */
static rd_kafka_resp_err_t take_result(rd_kafka_event_t *event)
{
    const rd_kafka_CreateTopics_result_t *created =
        rd_kafka_event_CreateTopics_result(event);
    const rd_kafka_DeleteTopics_result_t *deleted =
        rd_kafka_event_DeleteTopics_result(event);
    const rd_kafka_topic_result_t **topics = NULL;
    size_t count = 0;

    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rd_kafka_event_error(event);
    }
    if (created != NULL) {
        topics = rd_kafka_CreateTopics_result_topics(created, &count);
    } else if (deleted != NULL) {
        topics = rd_kafka_DeleteTopics_result_topics(deleted, &count);
    }
    return count == 1 ? rd_kafka_topic_result_error(topics[0])
                      : RD_KAFKA_RESP_ERR__BAD_MSG;
}

static enum err await_result(rd_kafka_queue_t *queue, const char *what, const char *topic)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, BENCH_CLIENT_MS);
    rd_kafka_resp_err_t error =
        event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : take_result(event);

    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        bench_say("cannot %s topic %s: %s", what, topic, rd_kafka_err2str(error));
        return ERR_IO;
    }
    return OK;
}

static rd_kafka_AdminOptions_t *new_options(
    struct bench_client *c, rd_kafka_admin_op_t op)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(c->handle, op);
    char why[128];

    /* the request's own limit; a failure leaves librdkafka's */
    (void)rd_kafka_AdminOptions_set_request_timeout(
        options, REQUEST_MS, why, sizeof(why));
    return options;
}

enum err bench_topic_create(struct bench_client *c, const char *topic, int partitions)
{
    rd_kafka_AdminOptions_t *options = new_options(c, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c->handle);
    char why[256];
    rd_kafka_NewTopic_t *wanted =
        rd_kafka_NewTopic_new(topic, partitions, 1, why, sizeof(why));

    if (wanted == NULL) {
        fatal("a topic name of ours is refused: %s", why);
    }
    rd_kafka_CreateTopics(c->handle, &wanted, 1, options, queue);
    enum err e = await_result(queue, "create", topic);
    rd_kafka_NewTopic_destroy(wanted);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    return e;
}

enum err bench_topic_delete(struct bench_client *c, const char *topic)
{
    rd_kafka_AdminOptions_t *options = new_options(c, RD_KAFKA_ADMIN_OP_DELETETOPICS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c->handle);
    rd_kafka_DeleteTopic_t *unwanted = rd_kafka_DeleteTopic_new(topic);

    rd_kafka_DeleteTopics(c->handle, &unwanted, 1, options, queue);
    enum err e = await_result(queue, "delete", topic);
    rd_kafka_DeleteTopic_destroy(unwanted);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    return e;
}

enum err bench_topic_records(
    struct bench_client *c, const char *topic, int partitions, uint64_t *records_out)
{
    uint64_t sum = 0;

    for (int i = 0; i < partitions; i++) {
        int64_t low = 0;
        int64_t high = 0;
        rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
            c->handle, topic, i, &low, &high, REQUEST_MS);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR || low < 0 || high < low) {
            bench_say("cannot ask for the offsets of %s-%d: %s", topic, i,
                rd_kafka_err2str(error));
            return ERR_IO;
        }
        sum += (uint64_t)(high - low);
    }
    *records_out = sum;
    return OK;
}
