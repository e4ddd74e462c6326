/*
 * schloss-bench - measures a schlossd that it starts for itself, with TLS and without.
 *
 * The figures differ between machines and runs; what can be compared are two versions on
 * one machine, and the ratios in one run.
 */
#include "bench_check.h"
#include "bench_say.h"
#include "bench_wait.h"
#include "mem.h"
#include "text.h"

#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX  ((size_t)1 << 20)
#define MB          ((uint64_t)1000000)
#define USAGE       2
#define INTERRUPTED 130

struct arguments {
    struct bench_plan plan;
    char programs[BENCH_PATH_MAX];
    const char *certs;
    const char *parent;
    bool json;
    bool check;
};

static const struct bench_plan plan_full = {
    .rounds = 3, .bytes = 128 * MB, .requests = 2000, .connections = 20};
static const struct bench_plan plan_short = {
    .rounds = 1, .bytes = 4 * MB, .requests = 200, .connections = 5};
/* The second run of --check. */
static const struct bench_plan plan_larger = {
    .rounds = 1, .bytes = 16 * MB, .requests = 400, .connections = 10};

enum {
    OPTION_MEGABYTES = 256,
    OPTION_SECONDS,
    OPTION_ROUNDS,
    OPTION_CONNECTIONS,
    OPTION_SHORT,
    OPTION_CHECK,
    OPTION_PROGRAMS,
    OPTION_CERTS,
    OPTION_DIR,
    OPTION_HELP
};

static const struct option options[] = {
    {"megabytes", required_argument, NULL, OPTION_MEGABYTES},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"rounds", required_argument, NULL, OPTION_ROUNDS},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"short", no_argument, NULL, OPTION_SHORT},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"output", required_argument, NULL, 'o'},
    {"programs", required_argument, NULL, OPTION_PROGRAMS},
    {"certs", required_argument, NULL, OPTION_CERTS},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(FILE *out)
{
    (void)fputs(
        "usage: schloss-bench [OPTION...]\n\n"
        "  --megabytes N    send N megabytes of each record size (default 128)\n"
        "  --seconds N      end each measurement after N seconds\n"
        "  --rounds N       figures are medians of N rounds (default 3, at most 15)\n"
        "  --connections N  for the price of a connection (default 20, at most 1000)\n"
        "  --short          one round of 4 megabytes; other options may follow\n"
        "  -o FORM          table (default) or json\n"
        "  --programs DIR   where schlossd and schloss are (default: beside this)\n"
        "  --certs DIR      where make-dev-ca is\n"
        "  --dir DIR        where the data goes for the time (default $TMPDIR or /tmp)\n"
        "  --check          run short twice with different loads and check that the\n"
        "                   figures were measured\n\n"
        "MB and GB are 10^6 and 10^9 bytes of record values, KiB is 1024 bytes of\n"
        "proportional set size. A figure that was not measured in every round is '-',\n"
        "or null.\n"
        "Exit status: 0 measured, 1 not or not all, 2 usage, 130 interrupted.\n",
        out);
}

/* ---- the command line ---- */

static bool take_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
    if (text_to_i64(text, strlen(text), min, max, out) != OK) {
        bench_say("'%s' is not a number from %lld to %lld", text, (long long)min,
            (long long)max);
        return false;
    }
    return true;
}

static bool take_form(const char *text, bool *json)
{
    *json = strcmp(text, "json") == 0;
    if (!*json && strcmp(text, "table") != 0) {
        bench_say("-o is table or json, not '%s'", text);
        return false;
    }
    return true;
}

static bool take_size(int option, const char *text, struct bench_plan *plan)
{
    int64_t n = 0;

    switch (option) {
    case OPTION_MEGABYTES:
        if (!take_number(text, 1, 1000000, &n)) {
            return false;
        }
        plan->bytes = (uint64_t)n * MB;
        return true;
    case OPTION_SECONDS:
        if (!take_number(text, 1, 3600, &n)) {
            return false;
        }
        plan->ms = n * 1000;
        return true;
    case OPTION_ROUNDS:
        if (!take_number(text, 1, BENCH_ROUNDS_MAX, &n)) {
            return false;
        }
        plan->rounds = (size_t)n;
        return true;
    default:
        if (!take_number(text, 1, BENCH_CONNECTIONS_MAX, &n)) {
            return false;
        }
        plan->connections = (size_t)n;
        return true;
    }
}

static bool take_option(int option, struct arguments *a)
{
    switch (option) {
    case OPTION_MEGABYTES:
    case OPTION_SECONDS:
    case OPTION_ROUNDS:
    case OPTION_CONNECTIONS:
        return take_size(option, optarg, &a->plan);
    case OPTION_SHORT:
        a->plan = plan_short;
        return true;
    case OPTION_CHECK:
        a->check = true;
        return true;
    case 'o':
        return take_form(optarg, &a->json);
    case OPTION_PROGRAMS:
        (void)snprintf(a->programs, sizeof(a->programs), "%s", optarg);
        return true;
    case OPTION_CERTS:
        a->certs = optarg;
        return true;
    case OPTION_DIR:
        a->parent = optarg;
        return true;
    default:
        print_help(stderr);
        return false;
    }
}

/* With --seconds alone, only the clock ends a measurement. */
static void fit_plan(struct bench_plan *plan, bool sized)
{
    if (plan->ms > 0 && !sized) {
        plan->bytes = UINT64_MAX;
    }
    if (plan->ms > 0) {
        plan->requests = BENCH_REQUESTS_MAX;
    }
}

static bool find_own_directory(char *out, size_t size)
{
    char self[BENCH_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0) {
        bench_say("/proc is not mounted");
        return false;
    }
    self[n] = '\0';
    (void)snprintf(out, size, "%s", dirname(self));
    return true;
}

/* 0: go on; otherwise the exit status, less one. */
static int read_arguments(int argc, char **argv, struct arguments *a)
{
    const char *tmp = getenv("TMPDIR");
    bool sized = false;
    int option;

    *a = (struct arguments){.plan = plan_full,
        .certs = BENCH_CERTS,
        .parent = tmp != NULL && tmp[0] == '/' ? tmp : "/tmp"};
    if (!find_own_directory(a->programs, sizeof(a->programs))) {
        return 1 + 1;
    }
    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            print_help(stdout);
            return 1;
        }
        if (!take_option(option, a)) {
            return USAGE + 1;
        }
        sized = sized || option == OPTION_MEGABYTES || option == OPTION_SHORT;
    }
    if (optind != argc) {
        print_help(stderr);
        return USAGE + 1;
    }
    fit_plan(&a->plan, sized);
    return 0;
}

/* ---- runs ---- */

static enum err run_once(
    const struct arguments *a, const struct bench_plan *plan, struct bench_result *out)
{
    const struct bench_place place = {.programs = a->programs,
        .certs = a->certs,
        .parent = a->parent,
        .connections = plan->connections};
    struct bench_server server;

    enum err e = bench_server_init(&server, &place);
    e = e == OK ? bench_run(&server, plan, out) : e;
    bench_server_fini(&server);
    return e;
}

static void add_json(
    const struct bench_plan *plan, const struct bench_result *r, struct buf *out)
{
    const struct bench_totals *t = &r->totals;

    buf_add_format(
        out, "{\"rounds\": %zu, \"connections\": %zu, ", plan->rounds, plan->connections);
    buf_add_format(out,
        "\"totals\": {\"produced\": %llu, \"fetched\": %llu, \"bytes\": %llu, "
        "\"requests\": %llu, \"gates\": %llu, ",
        (unsigned long long)t->produced, (unsigned long long)t->fetched,
        (unsigned long long)t->bytes, (unsigned long long)t->requests,
        (unsigned long long)t->gates);
    buf_add_format(out,
        "\"broker_cpu_seconds\": %.6f, \"client_cpu_seconds\": %.6f}, \"figures\": ",
        (double)t->broker_cpu_us / 1e6, (double)t->client_cpu_us / 1e6);
    bench_sheet_add_json(&r->sheet, out);
    buf_add_text(out, "}\n");
}

static void add_table(
    const struct bench_plan *plan, const struct bench_result *r, struct buf *out)
{
    bench_sheet_add_table(&r->sheet, out);
    buf_add_format(out,
        "\n%zu round%s, %llu records of %.0f MB, all fetched again; connected: %zu "
        "connections\n",
        plan->rounds, plan->rounds == 1 ? "" : "s",
        (unsigned long long)r->totals.produced, (double)r->totals.bytes / 1e6,
        plan->connections);
}

static bool print(const struct buf *out)
{
    if (buf_error(out) != OK ||
        fwrite(out->bytes, 1, out->length, stdout) != out->length ||
        fflush(stdout) != 0) {
        bench_say("the output cannot be written");
        return false;
    }
    return true;
}

static bool measure(const struct arguments *a, struct bench_result *r, struct buf *out)
{
    if (run_once(a, &a->plan, r) != OK) {
        return false;
    }
    (a->json ? add_json : add_table)(&a->plan, r, out);
    if (!bench_sheet_complete(&r->sheet)) {
        bench_say("not everything was measured");
        return false;
    }
    return true;
}

static bool check(const struct arguments *a, struct bench_result *small,
    struct bench_result *large, struct buf *out)
{
    if (run_once(a, &plan_short, small) != OK || run_once(a, &plan_larger, large) != OK) {
        return false;
    }
    bool good = bench_check_one(&plan_short, small, out);
    good &= bench_check_one(&plan_larger, large, out);
    good &= bench_check_pair(small, large, out);
    buf_add_format(out, "%s: %zu rows, twice\n\n", good ? "measured" : "NOT MEASURED",
        small->sheet.count);
    add_table(&plan_larger, large, out);
    return good;
}

/* A table that says what is missing is printed all the same. */
static int run(const struct arguments *a)
{
    struct bench_result *results = mem_alloc(2, sizeof(*results));
    struct buf out;

    if (results == NULL) {
        bench_say("%s", err_text(ERR_NOMEM));
        return 1;
    }
    buf_init(&out, OUTPUT_MAX);
    bool good = a->check ? check(a, &results[0], &results[1], &out)
                         : measure(a, &results[0], &out);
    good &= out.length == 0 || print(&out);
    buf_fini(&out);
    mem_free(results);
    if (bench_interrupted()) {
        (void)fputs("schloss-bench: interrupted\n", stderr);
        return INTERRUPTED;
    }
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct arguments a;
    int status = read_arguments(argc, argv, &a);

    if (status != 0) {
        return status - 1;
    }
    bench_wait_init();
    return run(&a);
}
