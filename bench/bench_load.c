#include "bench_load.h"

#include "bench_meter.h"
#include "bench_say.h"
#include "bench_wait.h"
#include "mem.h"

#include <stdlib.h>
#include <time.h>

#define STALL_MS     60000 /* without progress for that long: it is stuck */
#define POLL_EVERY   64    /* records between two looks at delivery reports and clock */
#define FETCH_BATCH  ((size_t)500)
#define FETCH_MS     1000
#define LATENCY_WARM 5 /* requests that are not counted */

struct sender {
    struct bench_client client;
    rd_kafka_topic_t *topic;
    uint8_t *payload;
    size_t record_size;
    uint64_t sent;
};

/* Bytes that do not compress, the same in every run. */
static void fill(uint8_t *bytes, size_t length)
{
    uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

    for (size_t i = 0; i < length; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bytes[i] = (uint8_t)(x >> 32);
    }
}

static void sender_fini(struct sender *s)
{
    if (s->topic != NULL) {
        rd_kafka_topic_destroy(s->topic);
    }
    bench_client_fini(&s->client);
    mem_free(s->payload);
}

/* Connected to the leader of every partition when it returns. */
static enum err sender_init(struct sender *s, const struct bench_target *target,
    const struct bench_load *load, const struct bench_setting *settings)
{
    uint64_t before = 0;

    INVARIANT(load->record_size > 0 && load->record_size <= BENCH_RECORD_MAX);
    *s = (struct sender){.record_size = load->record_size};
    s->payload = mem_alloc(1, load->record_size);
    if (s->payload == NULL) {
        return ERR_NOMEM;
    }
    fill(s->payload, load->record_size);
    enum err e = bench_client_init(
        &s->client, target->access, target->transport, RD_KAFKA_PRODUCER, settings);
    e = e == OK ? bench_client_connect(&s->client) : e;
    e = e == OK ? bench_topic_records(&s->client, load->topic, BENCH_PARTITIONS, &before)
                : e;
    if (e == OK && before != 0) {
        bench_say("topic %s is not empty", load->topic);
        e = ERR_EXISTS;
    }
    if (e == OK) {
        s->topic = rd_kafka_topic_new(s->client.handle, load->topic, NULL);
        e = s->topic == NULL ? ERR_NOMEM : OK;
    }
    return e;
}

/*
 * librdkafka borrows the payload, which lives until the last report. The partitions get
 * the same share: a fetch from one that stayed empty would wait for records to come.
 */
static enum err send_one(struct sender *s)
{
    const int32_t partition = (int32_t)(s->sent % BENCH_PARTITIONS);

    while (rd_kafka_produce(
               s->topic, partition, 0, s->payload, s->record_size, NULL, 0, NULL) != 0) {
        rd_kafka_resp_err_t error = rd_kafka_last_error();
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            bench_say("cannot send: %s", rd_kafka_err2str(error));
            return ERR_IO;
        }
        (void)rd_kafka_poll(s->client.handle, 10);
        if (s->client.delivery.failed > 0 || bench_interrupted()) {
            return OK; /* await_reports() says so */
        }
    }
    s->sent++;
    return OK;
}

/* Until everything is acknowledged. */
static enum err await_reports(struct sender *s)
{
    const struct bench_delivery *d = &s->client.delivery;
    int64_t deadline = bench_deadline(STALL_MS);
    uint64_t last = 0;

    while (d->failed == 0 && d->acknowledged < s->sent && !bench_expired(deadline)) {
        (void)rd_kafka_poll(s->client.handle, 1000);
        if (d->acknowledged != last) {
            last = d->acknowledged;
            deadline = bench_deadline(STALL_MS);
        }
    }
    if (d->failed > 0) {
        bench_say("%llu records were not taken: %s", (unsigned long long)d->failed,
            rd_kafka_err2str(d->first_error));
        return ERR_IO;
    }
    return d->acknowledged == s->sent ? OK : ERR_TIMEOUT;
}

static enum err send_all(struct sender *s, const struct bench_load *load)
{
    const int64_t end = load->ms_max > 0 ? bench_deadline(load->ms_max) : INT64_MAX;
    enum err e = OK;

    while (e == OK && s->sent < load->records_max && s->client.delivery.failed == 0) {
        e = send_one(s);
        if (s->sent % POLL_EVERY == 0) {
            (void)rd_kafka_poll(s->client.handle, 0);
            if (bench_expired(end)) {
                break;
            }
        }
    }
    return e == OK ? await_reports(s) : e;
}

enum err bench_produce(const struct bench_target *target, const struct bench_load *load,
    struct bench_outcome *out)
{
    static const struct bench_setting settings[] = {{"acks", "all"}, {NULL, NULL}};
    struct sender s;
    struct bench_meter meter;

    enum err e = sender_init(&s, target, load, settings);
    e = e == OK ? bench_meter_start(&meter, target->broker) : e;
    e = e == OK ? send_all(&s, load) : e;
    e = e == OK ? bench_meter_stop(&meter, target->broker, out) : e;
    if (e == OK) {
        out->records = s.client.delivery.acknowledged;
        out->bytes = out->records * load->record_size;
    }
    sender_fini(&s);
    return bench_interrupted() ? ERR_CLOSED : e;
}

/* ---- fetch ---- */

struct fetcher {
    struct bench_client client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    uint64_t records;
    uint64_t bytes;
};

static void fetcher_fini(struct fetcher *f)
{
    if (f->queue != NULL) {
        for (int i = 0; i < BENCH_PARTITIONS; i++) {
            (void)rd_kafka_consume_stop(f->topic, i);
        }
        rd_kafka_queue_destroy(f->queue);
    }
    if (f->topic != NULL) {
        rd_kafka_topic_destroy(f->topic);
    }
    bench_client_fini(&f->client);
}

/*
 * The broker's own count must be what was acknowledged. Where the client holds back from
 * a partition that has more, its fetch of the others would wait in vain: not for long.
 */
static enum err fetcher_init(struct fetcher *f, const struct bench_target *target,
    const struct bench_load *load, uint64_t records)
{
    static const struct bench_setting settings[] = {
        {"fetch.wait.max.ms", "5"}, {NULL, NULL}};
    uint64_t there = 0;

    *f = (struct fetcher){.queue = NULL};
    enum err e = bench_client_init(
        &f->client, target->access, target->transport, RD_KAFKA_CONSUMER, settings);
    e = e == OK ? bench_client_connect(&f->client) : e;
    e = e == OK ? bench_topic_records(&f->client, load->topic, BENCH_PARTITIONS, &there)
                : e;
    if (e == OK && there != records) {
        bench_say("%s: %llu records were acknowledged, the broker has %llu", load->topic,
            (unsigned long long)records, (unsigned long long)there);
        e = ERR_CORRUPT;
    }
    if (e == OK) {
        f->topic = rd_kafka_topic_new(f->client.handle, load->topic, NULL);
        e = f->topic == NULL ? ERR_NOMEM : OK;
    }
    return e;
}

static enum err begin_fetch(struct fetcher *f)
{
    f->queue = rd_kafka_queue_new(f->client.handle);
    for (int i = 0; i < BENCH_PARTITIONS; i++) {
        if (rd_kafka_consume_start_queue(
                f->topic, i, RD_KAFKA_OFFSET_BEGINNING, f->queue) != 0) {
            bench_say("cannot fetch: %s", rd_kafka_err2str(rd_kafka_last_error()));
            return ERR_IO;
        }
    }
    return OK;
}

static enum err take_record(
    struct fetcher *f, const rd_kafka_message_t *m, size_t record_size)
{
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        bench_say("fetch failed: %s", rd_kafka_message_errstr(m));
        return ERR_IO;
    }
    if (m->len != record_size) {
        bench_say(
            "a record came back with %zu bytes instead of %zu", m->len, record_size);
        return ERR_CORRUPT;
    }
    f->records++;
    f->bytes += m->len;
    return OK;
}

static enum err fetch_all(struct fetcher *f, uint64_t records, size_t record_size)
{
    rd_kafka_message_t *batch[FETCH_BATCH];
    int64_t deadline = bench_deadline(STALL_MS);
    enum err e = begin_fetch(f);

    while (e == OK && f->records < records) {
        uint64_t left = records - f->records;
        ssize_t n = rd_kafka_consume_batch_queue(
            f->queue, FETCH_MS, batch, left < FETCH_BATCH ? left : FETCH_BATCH);
        for (ssize_t i = 0; i < n; i++) {
            e = e == OK ? take_record(f, batch[i], record_size) : e;
            rd_kafka_message_destroy(batch[i]);
        }
        if (n > 0) {
            deadline = bench_deadline(STALL_MS);
        }
        if (e == OK && bench_expired(deadline)) {
            bench_say("%llu of %llu records came back", (unsigned long long)f->records,
                (unsigned long long)records);
            e = ERR_TIMEOUT;
        }
    }
    return e;
}

enum err bench_fetch(const struct bench_target *target, const struct bench_load *load,
    uint64_t records, struct bench_outcome *out)
{
    struct fetcher f;
    struct bench_meter meter;

    enum err e = fetcher_init(&f, target, load, records);
    e = e == OK ? bench_meter_start(&meter, target->broker) : e;
    e = e == OK ? fetch_all(&f, records, load->record_size) : e;
    e = e == OK ? bench_meter_stop(&meter, target->broker, out) : e;
    if (e == OK) {
        out->records = f.records;
        out->bytes = f.bytes;
    }
    fetcher_fini(&f);
    return e;
}

/* ---- one by one ---- */

/* Microseconds are too coarse for a request that takes some hundreds of them. */
static int64_t now_ns(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) {
        fatal("there is no monotonic clock");
    }
    return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t bench_percentile(int64_t *values, size_t count, unsigned percent)
{
    INVARIANT(count > 0 && percent > 0 && percent <= 100);
    qsort(values, count, sizeof(values[0]), compare);
    return values[(count * percent + 99) / 100 - 1];
}

static enum err send_and_wait(struct sender *s)
{
    enum err e = send_one(s);

    return e == OK ? await_reports(s) : e;
}

static enum err time_requests(
    struct sender *s, const struct bench_load *load, int64_t *times, uint64_t *count_out)
{
    const int64_t end = load->ms_max > 0 ? bench_deadline(load->ms_max) : INT64_MAX;
    uint64_t count = 0;
    enum err e = OK;

    while (e == OK && count < load->records_max && !bench_expired(end)) {
        int64_t start = now_ns();
        e = send_and_wait(s);
        times[count++] = now_ns() - start;
    }
    *count_out = count;
    return e;
}

enum err bench_one_by_one(const struct bench_target *target,
    const struct bench_load *load, struct bench_latency *out)
{
    static const struct bench_setting settings[] = {
        {"acks", "all"}, {"linger.ms", "0"}, {NULL, NULL}};
    int64_t *times = mem_alloc(load->records_max, sizeof(*times));
    struct sender s;

    if (times == NULL) {
        return ERR_NOMEM;
    }
    enum err e = sender_init(&s, target, load, settings);
    for (int i = 0; i < LATENCY_WARM && e == OK; i++) {
        e = send_and_wait(&s);
    }
    int64_t start = now_ns();
    e = e == OK ? time_requests(&s, load, times, &out->requests) : e;
    out->elapsed_ns = now_ns() - start;
    if (e == OK && out->requests == 0) {
        e = ERR_CLOSED;
    }
    if (e == OK) {
        out->p50_ns = bench_percentile(times, out->requests, 50);
        out->p99_ns = bench_percentile(times, out->requests, 99);
    }
    sender_fini(&s);
    mem_free(times);
    return e;
}
