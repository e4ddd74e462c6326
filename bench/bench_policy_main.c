/*
 * bench-policy - how long a decision takes, and how long a policy takes to load.
 */
#include "bench_policy.h"
#include "buf.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS    1000000
#define OUT_MAX   ((size_t)1 << 16)
#define RULES_MAX 10000
#define TOPICS    10000

enum { USAGE = 2, FAILED = 3, SIZES = 3 };

static const size_t sizes[SIZES] = {10, 1000, RULES_MAX};

struct figures {
    struct bench_policy_decisions decisions[SIZES];
    struct bench_policy_load load;
    struct bench_policy_metadata metadata;
};

static enum err measure(struct figures *f)
{
    for (size_t i = 0; i < SIZES; i++) {
        enum err e = bench_policy_decide(sizes[i], ROUNDS, &f->decisions[i]);
        if (e != OK) {
            return e;
        }
    }
    enum err e = bench_policy_load(RULES_MAX, &f->load);
    return e != OK ? e : bench_policy_metadata(RULES_MAX, TOPICS, &f->metadata);
}

static void add_json(const struct figures *f, struct buf *out)
{
    buf_add_text(out, "{\"decisions\":[");
    for (size_t i = 0; i < SIZES; i++) {
        const struct bench_policy_decisions *d = &f->decisions[i];
        buf_add_format(out,
            "%s{\"rules\":%zu,\"ns\":%.1f,\"p99_ns\":%.0f,\"allowed\":%.3f}",
            i > 0 ? "," : "", d->rules, d->ns, d->p99_ns, d->allowed);
    }
    buf_add_format(out,
        "],\"load\":{\"rules\":%zu,\"bytes\":%zu,\"build_ms\":%.2f,\"load_ms\":%.2f}",
        f->load.rules, f->load.bytes, f->load.build_ms, f->load.load_ms);
    buf_add_format(out,
        ",\"metadata\":{\"rules\":%zu,\"topics\":%zu,\"rights\":10,\"ms\":%.3f,"
        "\"ns_per_topic\":%.1f,\"visible\":%zu}}\n",
        f->metadata.rules, f->metadata.topics, f->metadata.ms, f->metadata.ns,
        f->metadata.visible);
}

static void add_table(const struct figures *f, struct buf *out)
{
    buf_add_text(out, "decisions   rules   mean ns   p99 ns   allowed\n");
    for (size_t i = 0; i < SIZES; i++) {
        const struct bench_policy_decisions *d = &f->decisions[i];
        buf_add_format(out, "          %7zu %9.1f %8.0f %8.1f%%\n", d->rules, d->ns,
            d->p99_ns, 100 * d->allowed);
    }
    buf_add_format(out,
        "load      %7zu rules, %zu bytes: built in %.2f ms, loaded in %.2f ms\n",
        f->load.rules, f->load.bytes, f->load.build_ms, f->load.load_ms);
    buf_add_format(out,
        "metadata  %7zu rules, %zu topics, 10 rights: %.3f ms, %.1f ns a topic\n",
        f->metadata.rules, f->metadata.topics, f->metadata.ms, f->metadata.ns);
}

int main(int argc, char **argv)
{
    struct figures f = {0};
    struct buf out;
    bool json = false;
    int option;

    while ((option = getopt(argc, argv, "o:")) != -1) {
        json = option == 'o' && strcmp(optarg, "json") == 0;
        if (option != 'o' || (!json && strcmp(optarg, "table") != 0)) {
            (void)fputs("usage: bench-policy [-o table|json]\n", stderr);
            return USAGE;
        }
    }
    enum err e = measure(&f);
    if (e != OK) {
        (void)fprintf(stderr, "bench-policy: %s\n", err_text(e));
        return FAILED;
    }
    buf_init(&out, OUT_MAX);
    (json ? add_json : add_table)(&f, &out);
    (void)fwrite(out.bytes, 1, out.length, stdout);
    buf_fini(&out);
    return 0;
}
