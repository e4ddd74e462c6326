#include "bench_storm.h"

#include "bench_say.h"
#include "mem.h"

#include <string.h>

#define TOPIC     "bench.steady"
#define SETTLES   6      /* what the kernel still holds of a flood wants its gates, too */
#define FLOOD_MAX 600000 /* ms; it ends by itself before */

static const char *const mechanisms[] = {"PLAIN, generated secrets",
    "PLAIN, chosen passwords", "SCRAM-SHA-256", "client certificates"};

/* ---- measuring ---- */

static enum err take_memory(struct bench_site *site, struct bench_memory *out)
{
    enum err e = ERR_TIMEOUT;

    for (int i = 0; i < SETTLES && e == ERR_TIMEOUT; i++) {
        e = bench_tree_settle(site->server.pid, "gate", SIZE_MAX, out);
    }
    if (e != OK) {
        bench_say("the broker's processes do not come to rest: %s", err_text(e));
    }
    return e;
}

enum err bench_storm_logins(struct bench_site *site, const struct bench_storm_plan *plan,
    enum bench_mechanism mechanism, struct bench_logins *out)
{
    struct bench_memory idle;
    struct bench_crowd *crowd = bench_crowd_new(&plan->crowd);

    *out = (struct bench_logins){.crowd.logged_in = 0};
    if (crowd == NULL) {
        return ERR_NOMEM;
    }
    enum err e = bench_site_start(site, &idle);
    e = e == OK ? bench_tree_cpu_by_role(site->server.pid, &out->cost.before) : e;
    e = e == OK ? bench_crowd_log_in(crowd, &site->identities[mechanism], &out->crowd)
                : e;
    e = e == OK ? bench_tree_cpu_by_role(site->server.pid, &out->cost.after) : e;
    e = e == OK ? take_memory(site, &out->cost.memory) : e;
    bench_crowd_free(&crowd);
    enum err stopped = bench_site_stop(site);
    return e == OK ? stopped : e;
}

struct look {
    struct bench_newcomer newcomers[2];
    struct bench_flood *flood; /* NULL: there is none */
};

static bool on_look(void *context)
{
    struct look *l = context;

    bench_newcomer_step(&l->newcomers[0]);
    bench_newcomer_step(&l->newcomers[1]);
    return l->flood == NULL || bench_flood_goes_on(l->flood);
}

static enum err look(struct bench_site *site, struct bench_steady *steady, int64_t ms,
    struct bench_flood *flood, struct bench_view *out)
{
    struct bench_identity *who = &site->identities[BENCH_LOGIN_SECRET];
    struct look *l = mem_alloc(1, sizeof(*l));

    if (l == NULL) {
        return ERR_NOMEM;
    }
    l->flood = flood;
    for (uint32_t i = 0; i < 2; i++) {
        bench_newcomer_init(&l->newcomers[i], who, bench_loopback(i));
    }
    enum err e = bench_steady_run(steady, ms, on_look, l, &out->producer);
    for (size_t i = 0; i < 2; i++) {
        out->newcomers[i].tried = l->newcomers[i].tried;
        out->newcomers[i].in = l->newcomers[i].in;
        out->newcomers[i].p50_us = bench_newcomer_p50_us(&l->newcomers[i]);
        bench_newcomer_fini(&l->newcomers[i]);
    }
    mem_free(l);
    return e;
}

/* The producer's threads are made when the child is there. */
static enum err measure_flood(struct bench_site *site,
    const struct bench_storm_plan *plan, struct bench_flood *flood,
    struct bench_flooded *out)
{
    struct bench_steady *steady =
        bench_steady_new(&site->server.access, TOPIC, plan->produced_a_second);

    if (steady == NULL) {
        return ERR_IO;
    }
    enum err e = look(site, steady, plan->before_ms, NULL, &out->before);
    e = e == OK ? bench_tree_cpu_by_role(site->server.pid, &out->cost.before) : e;
    if (e == OK) {
        bench_flood_go(flood);
        e = look(site, steady, FLOOD_MAX, flood, &out->during);
    }
    e = e == OK ? bench_tree_cpu_by_role(site->server.pid, &out->cost.after) : e;
    e = e == OK ? take_memory(site, &out->cost.memory) : e;
    bench_steady_free(&steady);
    return e;
}

enum err bench_storm_flood(struct bench_site *site, const struct bench_storm_plan *plan,
    struct bench_flooded *out)
{
    const struct bench_identity *who = &site->identities[BENCH_LOGIN_SECRET];
    struct bench_memory idle;
    struct bench_flood flood = {.go = -1};

    *out = (struct bench_flooded){.lines = 0};
    enum err e = bench_site_start(site, &idle);
    e = e == OK ? bench_flood_init(&flood, &plan->flood, &who->to, who->context) : e;
    e = e == OK ? measure_flood(site, plan, &flood, out) : e;
    if (e == OK) {
        out->counts = *flood.counts;
        out->lines = bench_site_lines(site, "[NET010]");
    }
    bench_flood_fini(&flood);
    enum err stopped = bench_site_stop(site);
    return e == OK ? stopped : e;
}

/* ---- was it measured? ---- */

const char *bench_storm_fault_of_logins(
    const struct bench_storm_plan *plan, const struct bench_logins *l)
{
    const struct bench_crowd_result *c = &l->crowd;

    if (c->logged_in != plan->crowd.clients || c->failed != 0) {
        return "not all are logged in";
    }
    if (c->p50_us <= 0 || c->p50_us > c->p99_us || c->p99_us > c->all_us) {
        return "the times of logins contradict each other";
    }
    if (bench_memory_count(&l->cost.memory, "gate") < plan->crowd.clients) {
        return "there is not a gate for each client";
    }
    return bench_cpu_between(&l->cost.before, &l->cost.after, "gate") > 0
               ? NULL
               : "gates used no CPU time";
}

const char *bench_storm_fault_of_flood(
    const struct bench_storm_plan *plan, const struct bench_flooded *f)
{
    for (size_t i = 0; i < BENCH_STRANGERS; i++) {
        size_t sum = 0;
        for (size_t k = 0; k < BENCH_FATES; k++) {
            sum += f->counts.fates[i][k];
        }
        if (sum != plan->flood.strangers[i]) {
            return "strangers are missing";
        }
    }
    if (!f->counts.complete) {
        return "the flood did not come to its end";
    }
    const struct bench_latency *during = &f->during.producer;
    return f->before.producer.p50_ns > 0 && during->p50_ns > 0 &&
                   during->p50_ns <= during->p99_ns && f->before.newcomers[1].in > 0
               ? NULL
               : "the times of requests contradict each other";
}

/* ---- saying it ---- */

static void add_cost(struct buf *out, const struct bench_cost *c)
{
    double all = (double)(c->after.reaped_us - c->before.reaped_us) / 1e6;

    buf_add_format(out, "  CPU seconds:");
    for (size_t i = 0; i < c->after.role_count; i++) {
        const char *role = c->after.roles[i].name;
        double s = (double)bench_cpu_between(&c->before, &c->after, role) / 1e6;
        buf_add_format(out, " %s %.2f,", role, s);
        all += s;
    }
    buf_add_format(out, " ended %.2f, all %.2f\n",
        (double)(c->after.reaped_us - c->before.reaped_us) / 1e6, all);
    buf_add_format(out, "  memory, MiB (peak of one):");
    for (size_t i = 0; i < c->memory.role_count; i++) {
        const struct bench_role *r = &c->memory.roles[i];
        buf_add_format(out, " %zu %s %.1f (%.1f),", r->processes, r->name,
            (double)r->pss_kib / 1024, (double)r->peak_kib / 1024);
    }
    buf_add_format(out, " all %.1f\n", (double)c->memory.pss_kib / 1024);
}

void bench_storm_add_logins(
    struct buf *out, enum bench_mechanism mechanism, const struct bench_logins *l)
{
    const struct bench_crowd_result *c = &l->crowd;

    buf_add_format(out,
        "%s: all in after %.2f s, p50 %.2f s, p99 %.2f s, %zu retries, %zu failed\n",
        mechanisms[mechanism], (double)c->all_us / 1e6, (double)c->p50_us / 1e6,
        (double)c->p99_us / 1e6, c->retries, c->failed);
    for (size_t i = 0; i < BENCH_LOGIN_DONE; i++) {
        if (c->ended[i] > 0) {
            buf_add_format(out, "  ended by the broker %s: %zu\n",
                bench_login_state_text((enum bench_login_state)i), c->ended[i]);
        }
    }
    if (c->hung > 0) {
        buf_add_format(out, "  given up by the client after 30 s: %zu\n", c->hung);
    }
    add_cost(out, &l->cost);
}

static void add_view(struct buf *out, const char *when, const struct bench_view *v)
{
    static const char *const from[] = {"the producer's address", "an unknown address"};
    const struct bench_latency *l = &v->producer;

    buf_add_format(out, "%s: %llu requests in %.1f s, p50 %.2f ms, p99 %.2f ms\n", when,
        (unsigned long long)l->requests, (double)l->elapsed_ns / 1e9,
        (double)l->p50_ns / 1e6, (double)l->p99_ns / 1e6);
    for (size_t i = 0; i < 2; i++) {
        buf_add_format(out, "  logins from %s: %zu of %zu, p50 %.0f ms\n", from[i],
            v->newcomers[i].in, v->newcomers[i].tried,
            (double)v->newcomers[i].p50_us / 1e3);
    }
}

void bench_storm_add_flood(struct buf *out, const struct bench_flooded *f)
{
    static const char *const kinds[] = {
        "half-open handshakes", "one byte a second", "oversized frames"};

    add_view(out, "producer before the flood", &f->before);
    add_view(out, "producer during the flood", &f->during);
    buf_add_format(out, "ratio: p50 %.2f, p99 %.2f\n",
        (double)f->during.producer.p50_ns / (double)f->before.producer.p50_ns,
        (double)f->during.producer.p99_ns / (double)f->before.producer.p99_ns);
    for (size_t i = 0; i < BENCH_STRANGERS; i++) {
        const size_t *n = f->counts.fates[i];
        buf_add_format(out,
            "%s: %zu closed unheard, %zu ended by their gate, %zu held to the end, "
            "%zu not connected\n",
            kinds[i], n[BENCH_TURNED_AWAY], n[BENCH_ENDED], n[BENCH_HELD],
            n[BENCH_UNHEARD]);
    }
    buf_add_format(out, "lines of the log about refusals (NET010): %zu\n", f->lines);
    add_cost(out, &f->cost);
}
