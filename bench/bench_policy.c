#include "bench_policy.h"

#include "mem.h"
#include "policy_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RIGHTS     10 /* of one principal */
#define NAME_SIZE  64
#define QUESTIONS  65536
#define BLOB_MAX   ((size_t)32 << 20)
#define WARM_UP    20000
#define TIMINGS    10001
#define LOAD_TRIES 7

static int64_t read_ns(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

/* Without the time in which others had the processor. */
static int64_t cpu_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static uint32_t draw(uint64_t *state, size_t n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 33) % n);
}

static struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

/* --- rules ------------------------------------------------------------------------------ */

static bool is_exact(size_t rule)
{
    return rule % 2 == 0;
}

/* What the rule names; with an end that makes it a name below a prefix. */
static void name_of(size_t rule, bool below, char out[NAME_SIZE])
{
    size_t principal = rule / RIGHTS;

    if (is_exact(rule)) {
        (void)snprintf(
            out, NAME_SIZE, "payments.eu.team-%03zu.orders-%05zu", principal % 500, rule);
    } else {
        (void)snprintf(out, NAME_SIZE, "team-%03zu.app-%04zu.stage-%zu.%s",
            principal % 500, principal, rule % RIGHTS, below ? "events" : "");
    }
}

static void principal_of(size_t rule, char out[NAME_SIZE])
{
    (void)snprintf(out, NAME_SIZE, "User:svc-%05zu", rule / RIGHTS);
}

static void add_rule(struct policy_build *b, size_t rule, const struct policy_net *nets)
{
    static const uint32_t operations[] = {POLICY_BIT(POLICY_READ),
        POLICY_BIT(POLICY_WRITE), POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE)};
    char principal[NAME_SIZE];
    char name[NAME_SIZE];
    char id[NAME_SIZE];

    principal_of(rule, principal);
    name_of(rule, false, name);
    (void)snprintf(id, sizeof(id), "rule-%zu", rule);
    const struct policy_build_subject subject = {
        .kind = POLICY_SUBJECT_PRINCIPAL, .name = view_of(principal)};
    const struct policy_build_target target = {.resource = POLICY_TOPIC,
        .is_prefix = !is_exact(rule),
        .name = view_of(name),
        .operations = operations[rule % 3]};
    struct policy_build_rule r = {
        .effect = rule % RIGHTS == 9 ? POLICY_DENY : POLICY_ALLOW,
        .line = (uint32_t)(rule + 1),
        .id = view_of(id),
        .subjects = &subject,
        .subject_count = 1,
        .targets = &target,
        .target_count = 1};

    if (rule % RIGHTS == 5) {
        r.condition.nets = nets;
        r.condition.net_count = 2;
    }
    policy_build_rule(b, &r);
}

static enum err build(size_t rules, struct buf *out)
{
    struct policy_build *b = policy_build_new();
    struct policy_net nets[2];
    const char *too_many = NULL;

    if (b == NULL) {
        return ERR_NOMEM;
    }
    if (!policy_net_parse(view_of("10.20.0.0/16"), &nets[0]) ||
        !policy_net_parse(view_of("2001:db8:20::/48"), &nets[1])) {
        return ERR_INVALID;
    }
    (void)policy_build_file(b, "bench.policy");
    for (size_t i = 0; i < rules; i++) {
        add_rule(b, i, nets);
    }
    policy_build_header(b, view_of("bench"), 1, 0);
    enum err e = policy_build_finish(b, out, &too_many);
    policy_build_free(&b);
    return e;
}

static enum err load(size_t rules, struct policy **out)
{
    struct buf blob;

    buf_init(&blob, BLOB_MAX);
    enum err e = build(rules, &blob);
    if (e == OK) {
        e = policy_load(blob.bytes, blob.length, 0, out);
    }
    buf_fini(&blob);
    return e;
}

static struct policy_context context(void)
{
    struct policy_net net = {0};

    (void)policy_net_parse(view_of("10.20.1.2"), &net);
    struct policy_context c = {
        .listener = view_of("CLIENT"), .tls = 0x0304, .now_ms = 1, .clock_is_sure = true};
    memcpy(c.address, net.address, sizeof(c.address));
    return c;
}

/* --- decisions -------------------------------------------------------------------------- */

struct questions {
    struct policy_who *who; /* of each principal */
    char (*names)[NAME_SIZE];
    struct policy_query *queries;
};

static void resolve(const struct policy *p, size_t rule, struct policy_who *out)
{
    char name[NAME_SIZE];

    principal_of(rule, name);
    const struct policy_identity identity = {.principal = view_of(name)};
    policy_resolve(p, &identity, out);
}

static void make_question(struct questions *q, size_t i, size_t rules,
    const struct policy_context *c, uint64_t *state)
{
    static const enum policy_operation operations[] = {
        POLICY_READ, POLICY_WRITE, POLICY_DESCRIBE};
    uint32_t principal = draw(state, (rules + RIGHTS - 1) / RIGHTS);
    uint32_t kind = draw(state, 4);
    size_t own = principal * RIGHTS + draw(state, RIGHTS);
    size_t rule = kind < 2 && own < rules ? own : draw(state, rules);

    name_of(rule, true, q->names[i]);
    if (kind == 3) { /* one that nobody has */
        q->names[i][strlen(q->names[i]) / 2] = 'x';
    }
    q->queries[i] = (struct policy_query){.who = &q->who[principal],
        .context = c,
        .operation = operations[draw(state, 3)],
        .resource = POLICY_TOPIC,
        .name = view_of(q->names[i])};
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t timer_ns(void)
{
    static int64_t times[TIMINGS];

    for (size_t i = 0; i < TIMINGS; i++) {
        int64_t before = now_ns();
        times[i] = now_ns() - before;
    }
    qsort(times, TIMINGS, sizeof(times[0]), compare_times);
    return times[TIMINGS / 2];
}

static enum err measure(const struct policy *p, const struct questions *q, size_t rounds,
    struct bench_policy_decisions *out)
{
    int64_t *times = mem_alloc(rounds, sizeof(*times));
    size_t allowed = 0;

    if (times == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < WARM_UP; i++) {
        allowed += policy_decide(p, &q->queries[i % QUESTIONS]).allowed ? 1 : 0;
    }
    allowed = 0;
    int64_t before = cpu_ns();
    for (size_t i = 0; i < rounds; i++) {
        allowed += policy_decide(p, &q->queries[i % QUESTIONS]).allowed ? 1 : 0;
    }
    out->ns = (double)(cpu_ns() - before) / (double)rounds;
    out->allowed = (double)allowed / (double)rounds;
    size_t again = 0;
    for (size_t i = 0; i < rounds; i++) {
        before = now_ns();
        again += policy_decide(p, &q->queries[i % QUESTIONS]).allowed ? 1 : 0;
        times[i] = now_ns() - before;
    }
    qsort(times, rounds, sizeof(*times), compare_times);
    int64_t p99 = times[rounds - 1 - rounds / 100] - timer_ns();
    out->p99_ns = p99 > 0 ? (double)p99 : 0;
    mem_free(times);
    return again == allowed ? OK : ERR_CORRUPT;
}

enum err bench_policy_decide(
    size_t rules, size_t rounds, struct bench_policy_decisions *out)
{
    size_t principals = (rules + RIGHTS - 1) / RIGHTS;
    struct questions q = {.who = mem_alloc(principals, sizeof(*q.who)),
        .names = mem_alloc(QUESTIONS, sizeof(*q.names)),
        .queries = mem_alloc(QUESTIONS, sizeof(*q.queries))};
    const struct policy_context c = context();
    struct policy *p = NULL;
    uint64_t state = 88172645463325252;
    enum err e = ERR_NOMEM;

    *out = (struct bench_policy_decisions){.rules = rules};
    if (q.who != NULL && q.names != NULL && q.queries != NULL) {
        e = load(rules, &p);
    }
    if (e == OK) {
        for (size_t i = 0; i < principals; i++) {
            resolve(p, i * RIGHTS, &q.who[i]);
        }
        for (size_t i = 0; i < QUESTIONS; i++) {
            make_question(&q, i, rules, &c, &state);
        }
        e = measure(p, &q, rounds, out);
    }
    policy_free(&p);
    mem_free(q.who);
    mem_free(q.names);
    mem_free(q.queries);
    return e;
}

/* --- the others ------------------------------------------------------------------------- */

/* The best of a few: what another process took is not ours. */
enum err bench_policy_load(size_t rules, struct bench_policy_load *out)
{
    enum err e = OK;

    *out = (struct bench_policy_load){.rules = rules};
    for (size_t i = 0; i < LOAD_TRIES && e == OK; i++) {
        struct buf blob;
        struct policy *p = NULL;
        buf_init(&blob, BLOB_MAX);
        int64_t before = now_ns();
        e = build(rules, &blob);
        int64_t built = now_ns();
        if (e == OK) {
            e = policy_load(blob.bytes, blob.length, 0, &p);
        }
        double build_ms = (double)(built - before) / 1e6;
        double load_ms = (double)(now_ns() - built) / 1e6;
        out->bytes = blob.length;
        out->build_ms = i == 0 || build_ms < out->build_ms ? build_ms : out->build_ms;
        out->load_ms = i == 0 || load_ms < out->load_ms ? load_ms : out->load_ms;
        policy_free(&p);
        buf_fini(&blob);
    }
    return e;
}

enum err bench_policy_metadata(
    size_t rules, size_t topics, struct bench_policy_metadata *out)
{
    char(*names)[NAME_SIZE] = mem_alloc(topics, sizeof(*names));
    const struct policy_context c = context();
    struct policy *p = NULL;
    struct policy_who who;
    enum err e = names != NULL ? load(rules, &p) : ERR_NOMEM;

    *out = (struct bench_policy_metadata){.rules = rules, .topics = topics};
    if (e == OK) {
        for (size_t i = 0; i < topics; i++) {
            name_of(i % rules, true, names[i]);
        }
        resolve(p, 0, &who);
        for (size_t try = 0; try < LOAD_TRIES; try++) {
            int64_t before = now_ns();
            out->visible = 0;
            for (size_t i = 0; i < topics; i++) {
                uint32_t bits =
                    policy_operations(p, &who, &c, POLICY_TOPIC, view_of(names[i]));
                out->visible += (bits & POLICY_BIT(POLICY_DESCRIBE)) != 0 ? 1 : 0;
            }
            double ms = (double)(now_ns() - before) / 1e6;
            out->ms = try == 0 || ms < out->ms ? ms : out->ms;
        }
        out->ns = out->ms * 1e6 / (double)topics;
    }
    policy_free(&p);
    mem_free(names);
    return e;
}
