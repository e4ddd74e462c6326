#include "bench_steady.h"

#include "bench_say.h"
#include "bench_wait.h"
#include "clock.h"
#include "mem.h"

#include <string.h>
#include <time.h>

#define RECORD_BYTES 100
#define ANSWER_MS    60000
#define WARM         20 /* the first one looks for its topic */

struct bench_steady {
    struct bench_client client;
    const char *topic;
    int64_t period_us;
    int64_t *times_ns;
};

static enum err send_one(struct bench_steady *s)
{
    char value[RECORD_BYTES];
    uint64_t before = s->client.delivery.acknowledged;
    const int64_t deadline = bench_deadline(ANSWER_MS);

    memset(value, 'x', sizeof(value));
    rd_kafka_resp_err_t error = rd_kafka_producev(s->client.handle,
        RD_KAFKA_V_TOPIC(s->topic), RD_KAFKA_V_VALUE(value, sizeof(value)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    while (error == RD_KAFKA_RESP_ERR_NO_ERROR &&
           s->client.delivery.acknowledged == before && s->client.delivery.failed == 0 &&
           !bench_expired(deadline)) {
        (void)rd_kafka_poll(s->client.handle, 100);
    }
    if (s->client.delivery.acknowledged == before) {
        bench_say("a record was not acknowledged: %s",
            rd_kafka_err2str(
                s->client.delivery.failed > 0 ? s->client.delivery.first_error : error));
        return ERR_IO;
    }
    return OK;
}

struct bench_steady *bench_steady_new(
    const struct bench_access *access, const char *topic, unsigned a_second)
{
    static const struct bench_setting settings[] = {
        {"acks", "all"}, {"linger.ms", "0"}, {NULL, NULL}};
    struct bench_steady *s = mem_alloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->topic = topic;
    s->period_us = 1000000 / a_second;
    s->times_ns = mem_alloc(BENCH_STEADY_MAX, sizeof(*s->times_ns));
    enum err e = s->times_ns == NULL ? ERR_NOMEM : OK;
    e = e == OK ? bench_client_init(
                      &s->client, access, BENCH_TLS, RD_KAFKA_PRODUCER, settings)
                : e;
    e = e == OK ? bench_client_connect(&s->client) : e;
    e = e == OK ? bench_topic_create(&s->client, topic, 1) : e;
    for (int i = 0; i < WARM && e == OK; i++) {
        e = send_one(s);
    }
    if (e != OK) {
        bench_steady_free(&s);
    }
    return s;
}

void bench_steady_free(struct bench_steady **steady)
{
    struct bench_steady *s = *steady;

    if (s != NULL) {
        bench_client_fini(&s->client);
        mem_free(s->times_ns);
        mem_free(s);
    }
    *steady = NULL;
}

static void wait_until(int64_t due_us)
{
    int64_t left_us = due_us - clock_mono_us();

    if (left_us > 0) {
        struct timespec t = {
            .tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
        (void)nanosleep(&t, NULL);
    }
}

enum err bench_steady_run(struct bench_steady *s, int64_t ms,
    bool (*goes_on)(void *context), void *context, struct bench_latency *out)
{
    const int64_t begun_us = clock_mono_us();
    const int64_t deadline = bench_deadline(ms);
    size_t count = 0;
    enum err e = OK;

    while (e == OK && count < BENCH_STEADY_MAX && !bench_expired(deadline) &&
           (goes_on == NULL || goes_on(context))) {
        int64_t due_us = begun_us + (int64_t)count * s->period_us;
        wait_until(due_us);
        e = send_one(s);
        s->times_ns[count++] = (clock_mono_us() - due_us) * 1000;
    }
    if (e == OK && (bench_interrupted() || count == 0)) {
        e = ERR_CLOSED;
    }
    if (e == OK) {
        out->requests = count;
        out->elapsed_ns = (clock_mono_us() - begun_us) * 1000;
        out->p50_ns = bench_percentile(s->times_ns, count, 50);
        out->p99_ns = bench_percentile(s->times_ns, count, 99);
    }
    return e;
}
