/*
 * bench_client - librdkafka, connected to one listener of the broker under test.
 *
 * Ownership: a client owns its handle; the access it was made from is only read.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "bench_sheet.h"
#include "err.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define BENCH_CLIENT_MS 30000 /* a broker that takes longer does not work */

/* How to reach it. */
struct bench_access {
    char servers[BENCH_TRANSPORTS][64];
    const char *protocols[BENCH_TRANSPORTS]; /* constants; librdkafka's words */
    char ca_file[512];
    char user[64]; /* empty: no SASL */
    char password[256];
};

struct bench_setting {
    const char *key; /* NULL: the end of the list */
    const char *value;
};

/* What the delivery reports of a producer said. */
struct bench_delivery {
    uint64_t acknowledged;
    uint64_t failed;
    rd_kafka_resp_err_t first_error;
};

struct bench_client {
    rd_kafka_t *handle;
    struct bench_delivery delivery;
};

/* The client must not move: its delivery reports are counted in it. Settings may be NULL.
 */
enum err bench_client_init(struct bench_client *c, const struct bench_access *access,
    enum bench_transport transport, rd_kafka_type_t type,
    const struct bench_setting *settings) MUST_CHECK;
/* A producer that knows no broker before it is told: it does not try, nor wait to try. */
enum err bench_client_init_unconnected(struct bench_client *c,
    const struct bench_access *access, enum bench_transport transport,
    const struct bench_setting *settings) MUST_CHECK;
enum err bench_client_add_broker(struct bench_client *c,
    const struct bench_access *access, enum bench_transport transport) MUST_CHECK;
/* What was not delivered is dropped. */
void bench_client_fini(struct bench_client *c);

/* Connects, authenticates, and has had an answer. */
enum err bench_client_connect(struct bench_client *c) MUST_CHECK;

enum err bench_topic_create(
    struct bench_client *c, const char *topic, int partitions) MUST_CHECK;
enum err bench_topic_delete(struct bench_client *c, const char *topic) MUST_CHECK;
/* The records that the broker says it has. Connects to the leader. */
enum err bench_topic_records(struct bench_client *c, const char *topic, int partitions,
    uint64_t *records_out) MUST_CHECK;

#endif
