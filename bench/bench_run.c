#include "bench_run.h"

#include "bench_load.h"
#include "bench_memory.h"
#include "bench_say.h"
#include "bench_start.h"

#define LATENCY_SIZE 100
#define GATE         "gate"

const char bench_figure_p50[] = "one by one, p50";
const char bench_figure_p99[] = "one by one, p99";

static const struct {
    size_t bytes;
    const char *name;
} sizes[] = {{100, "100 B"}, {1024, "1 KiB"}, {16384, "16 KiB"}};

/* Names of what a load gives. */
struct load_names {
    const char *bytes;
    const char *records;
    const char *broker_cpu;
    const char *client_cpu;
};

static const struct load_names produce_names = {
    "produce", "produce, records", "produce, broker CPU", "produce, client CPU"};
static const struct load_names fetch_names = {
    "fetch", "fetch, records", "fetch, broker CPU", "fetch, client CPU"};

static uint64_t records_of(const struct bench_plan *plan, size_t size)
{
    uint64_t records = plan->bytes / size;

    return records > 0 ? records : 1;
}

uint64_t bench_plan_records(const struct bench_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        sum += records_of(plan, sizes[i].bytes);
    }
    return sum * plan->rounds * BENCH_TRANSPORTS;
}

/* One half of a round. */
struct half {
    struct bench_server *server;
    const struct bench_plan *plan;
    struct bench_result *result;
    struct bench_target target;
};

static enum err add(
    struct half *h, const char *figure, const char *of, const char *unit, double value)
{
    struct bench_name name = {
        .figure = figure, .of = of, .unit = unit, .nature = BENCH_VARIES};

    return bench_sheet_add(&h->result->sheet, h->target.transport, &name, value);
}

static enum err add_outcome(struct half *h, const struct load_names *names,
    const char *of, const struct bench_outcome *o)
{
    struct bench_totals *totals = &h->result->totals;
    double seconds = (double)o->elapsed_us / 1e6;
    double gigabytes = (double)o->bytes / 1e9;

    totals->broker_cpu_us += o->broker_cpu_us;
    totals->client_cpu_us += o->client_cpu_us;
    enum err e = add(h, names->bytes, of, "MB/s", (double)o->bytes / 1e6 / seconds);
    e = e == OK ? add(h, names->records, of, "1/s", (double)o->records / seconds) : e;
    e = e == OK ? add(h, names->broker_cpu, of, "s/GB",
                      (double)o->broker_cpu_us / 1e6 / gigabytes)
                : e;
    return e == OK ? add(h, names->client_cpu, of, "s/GB",
                         (double)o->client_cpu_us / 1e6 / gigabytes)
                   : e;
}

static enum err measure_load(
    struct half *h, const struct bench_load *load, const char *of)
{
    struct bench_totals *totals = &h->result->totals;
    struct bench_outcome sent = {0};
    struct bench_outcome fetched = {0};

    enum err e = bench_produce(&h->target, load, &sent);
    e = e == OK ? bench_fetch(&h->target, load, sent.records, &fetched) : e;
    e = e == OK ? add_outcome(h, &produce_names, of, &sent) : e;
    e = e == OK ? add_outcome(h, &fetch_names, of, &fetched) : e;
    totals->produced += sent.records;
    totals->fetched += fetched.records;
    totals->bytes += sent.bytes;
    return e;
}

static enum err measure_latency(
    struct half *h, const struct bench_load *load, const char *of)
{
    struct bench_latency l = {0};

    enum err e = bench_one_by_one(&h->target, load, &l);
    h->result->totals.requests += l.requests;
    e = e == OK ? add(h, "one by one, requests", of, "1/s",
                      (double)l.requests * 1e9 / (double)l.elapsed_ns)
                : e;
    e = e == OK ? add(h, bench_figure_p50, of, "ms", (double)l.p50_ns / 1e6) : e;
    return e == OK ? add(h, bench_figure_p99, of, "ms", (double)l.p99_ns / 1e6) : e;
}

/* Every load has a topic of its own, which goes when it is done. */
static enum err with_topic(struct half *h, const struct bench_load *load, const char *of,
    enum err (*measure)(struct half *h, const struct bench_load *load, const char *of))
{
    struct bench_client admin;

    enum err e = bench_client_init(
        &admin, h->target.access, h->target.transport, RD_KAFKA_PRODUCER, NULL);
    e = e == OK ? bench_topic_create(&admin, load->topic, BENCH_PARTITIONS) : e;
    e = e == OK ? measure(h, load, of) : e;
    e = e == OK ? bench_topic_delete(&admin, load->topic) : e;
    bench_client_fini(&admin);
    return e;
}

static enum err measure_loads(struct half *h)
{
    enum err e = OK;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && e == OK; i++) {
        struct bench_load load = {.topic = "bench.load",
            .record_size = sizes[i].bytes,
            .records_max = records_of(h->plan, sizes[i].bytes),
            .ms_max = h->plan->ms};
        e = with_topic(h, &load, sizes[i].name, measure_load);
    }
    struct bench_load load = {.topic = "bench.latency",
        .record_size = LATENCY_SIZE,
        .records_max = h->plan->requests,
        .ms_max = h->plan->ms};
    return e == OK ? with_topic(h, &load, sizes[0].name, measure_latency) : e;
}

static enum err measure_start(struct half *h)
{
    int64_t us = 0;

    enum err e = bench_start(h->server, h->target.transport, &us);
    h->target.broker = h->server->pid;
    return e == OK ? add(h, "start to first acknowledged", "", "ms", (double)us / 1e3)
                   : e;
}

static enum err measure_memory(struct half *h)
{
    struct bench_connected c;

    enum err e = bench_memory_measure(&h->target, h->plan->connections, &c);
    if (e == OK) {
        h->result->totals.gates +=
            bench_memory_count(&c.connected, GATE) - bench_memory_count(&c.idle, GATE);
        e = bench_memory_add(
            &h->result->sheet, h->target.transport, h->plan->connections, &c);
    }
    return e;
}

static enum err run_half(struct half *h)
{
    enum err e = measure_start(h);

    e = e == OK ? measure_memory(h) : e;
    e = e == OK ? measure_loads(h) : e;
    if (e != OK && bench_server_alive(h->server)) {
        bench_say("a measurement failed: %s", err_text(e));
    }
    enum err stopped = bench_server_stop(h->server);
    return e == OK ? stopped : e;
}

enum err bench_run(
    struct bench_server *server, const struct bench_plan *plan, struct bench_result *out)
{
    *out = (struct bench_result){.totals = {0}};
    bench_sheet_init(&out->sheet, plan->rounds);
    enum err e = bench_start_prepare(server);
    for (size_t i = 0; i < plan->rounds * BENCH_TRANSPORTS && e == OK; i++) {
        /* 0 1, 1 0, 0 1, ... */
        size_t transport = (i / BENCH_TRANSPORTS + i) % BENCH_TRANSPORTS;
        struct half h = {.server = server,
            .plan = plan,
            .result = out,
            .target = {
                .access = &server->access, .transport = (enum bench_transport)transport}};
        e = run_half(&h);
    }
    return e;
}
