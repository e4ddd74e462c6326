/*
 * schloss-bench-logins - a thousand clients that log in at once, by each mechanism, and what
 * a flood of strangers does to a client that is at work.
 *
 * Limits of connections are the broker's own, as they are unless somebody sets them. The
 * figures differ between machines and runs; broker, clients and flood share this machine.
 */
#include "bench_say.h"
#include "bench_storm.h"
#include "bench_wait.h"
#include "text.h"

#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define OUTPUT_MAX  ((size_t)1 << 20)
#define USAGE       2
#define INTERRUPTED 130

struct arguments {
    struct bench_storm_plan plan;
    char programs[BENCH_PATH_MAX];
    const char *certs;
    const char *parent;
    bool logins;
    bool flood;
};

static const struct bench_storm_plan plan_full = {
    .crowd = {.clients = 1000, .addresses = 100, .ms_max = 300000},
    .flood = {.strangers = {10000, 1000, 1000}, .a_second = 500, .hold_ms = 5000},
    .produced_a_second = 100,
    .before_ms = 20000};
static const struct bench_storm_plan plan_check = {
    .crowd = {.clients = 20, .addresses = 5, .ms_max = 60000},
    .flood = {.strangers = {100, 20, 20}, .a_second = 200, .hold_ms = 1000},
    .produced_a_second = 50,
    .before_ms = 3000};

enum {
    OPTION_CLIENTS = 256,
    OPTION_ADDRESSES,
    OPTION_HALF_OPEN,
    OPTION_SLOW,
    OPTION_OVERSIZED,
    OPTION_RATE,
    OPTION_PRODUCE,
    OPTION_SECONDS,
    OPTION_LOGINS,
    OPTION_FLOOD,
    OPTION_CHECK,
    OPTION_PROGRAMS,
    OPTION_CERTS,
    OPTION_DIR,
    OPTION_HELP
};

static const struct option options[] = {
    {"clients", required_argument, NULL, OPTION_CLIENTS},
    {"addresses", required_argument, NULL, OPTION_ADDRESSES},
    {"half-open", required_argument, NULL, OPTION_HALF_OPEN},
    {"slow", required_argument, NULL, OPTION_SLOW},
    {"oversized", required_argument, NULL, OPTION_OVERSIZED},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"produce", required_argument, NULL, OPTION_PRODUCE},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"logins", no_argument, NULL, OPTION_LOGINS},
    {"flood", no_argument, NULL, OPTION_FLOOD},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"programs", required_argument, NULL, OPTION_PROGRAMS},
    {"certs", required_argument, NULL, OPTION_CERTS},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(FILE *out)
{
    (void)fputs(
        "usage: schloss-bench-logins [OPTION...]\n\n"
        "  --logins         only the clients that log in at once\n"
        "  --flood          only the flood\n"
        "  --clients N      so many log in (default 1000, at most 5000)\n"
        "  --addresses N    of loopback, that they come from (default 100)\n"
        "  --half-open N    strangers who stop after their ClientHello (default 10000)\n"
        "  --slow N         ... who send a byte a second (default 1000)\n"
        "  --oversized N    ... who announce a frame of 100 MiB (default 1000)\n"
        "  --rate N         so many of them come in a second (default 500)\n"
        "  --produce N      records a second of the producer beside them (default 100)\n"
        "  --seconds N      that it is measured without a flood (default 20)\n"
        "  --check          small numbers: does the program still measure\n"
        "  --programs DIR   where schlossd and schloss are (default: beside this)\n"
        "  --certs DIR      where make-dev-ca is\n"
        "  --dir DIR        where the data goes for the time (default $TMPDIR or "
        "/tmp)\n\n"
        "Exit status: 0 measured, 1 not, or a client did not get in, 2 usage, 130 "
        "interrupted.\n",
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

static bool take_size(int option, const char *text, struct bench_storm_plan *plan)
{
    bool strangers =
        option == OPTION_HALF_OPEN || option == OPTION_SLOW || option == OPTION_OVERSIZED;
    int64_t n = 0;

    if (!take_number(text, strangers ? 0 : 1,
            strangers                  ? (int64_t)BENCH_FLOOD_MAX / BENCH_STRANGERS
            : option == OPTION_SECONDS ? 600
                                       : (int64_t)BENCH_CROWD_MAX,
            &n)) {
        return false;
    }
    if (strangers) {
        plan->flood.strangers[option - OPTION_HALF_OPEN] = (size_t)n;
    } else if (option == OPTION_CLIENTS) {
        plan->crowd.clients = (size_t)n;
    } else if (option == OPTION_ADDRESSES) {
        plan->crowd.addresses = (size_t)n;
    } else if (option == OPTION_RATE) {
        plan->flood.a_second = (unsigned)n;
    } else if (option == OPTION_PRODUCE) {
        plan->produced_a_second = (unsigned)n;
    } else {
        plan->before_ms = n * 1000;
    }
    return true;
}

static bool take_option(int option, struct arguments *a)
{
    switch (option) {
    case OPTION_LOGINS:
        a->flood = false;
        return true;
    case OPTION_FLOOD:
        a->logins = false;
        return true;
    case OPTION_CHECK:
        a->plan = plan_check;
        return true;
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
        if (option >= OPTION_CLIENTS && option <= OPTION_SECONDS) {
            return take_size(option, optarg, &a->plan);
        }
        print_help(stderr);
        return false;
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
    int option;

    *a = (struct arguments){.plan = plan_full,
        .certs = BENCH_CERTS,
        .parent = tmp != NULL && tmp[0] == '/' ? tmp : "/tmp",
        .logins = true,
        .flood = true};
    if (!find_own_directory(a->programs, sizeof(a->programs))) {
        return 1 + 1;
    }
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            print_help(stdout);
            return 1;
        }
        if (!take_option(option, a)) {
            return USAGE + 1;
        }
    }
    if (optind != argc || (!a->logins && !a->flood)) {
        print_help(stderr);
        return USAGE + 1;
    }
    return 0;
}

/* ---- runs ---- */

/* What is said is said at once: a run takes minutes. */
static void print(struct buf *out)
{
    if (buf_error(out) == OK) {
        (void)fwrite(out->bytes, 1, out->length, stdout);
        (void)fflush(stdout);
    }
    buf_reset(out);
}

static bool is_measured(const char *fault)
{
    if (fault != NULL) {
        bench_say("%s", fault);
    }
    return fault == NULL;
}

static const char bounds[] =
    "What bounds it: a gate, which is a process, for each connection, of which no more "
    "start at\nonce than there are processors; the kernel's queue (1024) holds who "
    "waits; "
    "one Argon2 at a\ntime in the auth process of PLAIN, with 128 messages waiting and "
    "10 s "
    "for each login: of a\ncrowd with chosen passwords most come again. A generated "
    "secret "
    "costs next to nothing there,\nSCRAM costs the client. Beyond 512 that have not "
    "logged "
    "in a random part is turned away\n(schloss.max.connections.unauthenticated, "
    "1024).\n\n";

static bool run_logins(
    const struct arguments *a, struct bench_site *site, struct buf *out)
{
    bool good = true;

    buf_add_format(out,
        "%zu clients from %zu addresses log in at once, each time to a broker that was "
        "started anew\n",
        a->plan.crowd.clients, a->plan.crowd.addresses);
    for (int i = 0; good && i < BENCH_MECHANISMS; i++) {
        struct bench_logins logins;
        good = bench_storm_logins(site, &a->plan, (enum bench_mechanism)i, &logins) == OK;
        if (good) {
            bench_storm_add_logins(out, (enum bench_mechanism)i, &logins);
            good = is_measured(bench_storm_fault_of_logins(&a->plan, &logins));
        }
        print(out);
    }
    buf_add_text(out, bounds);
    print(out);
    return good;
}

static bool run_flood(const struct arguments *a, struct bench_site *site, struct buf *out)
{
    const struct bench_flood_plan *f = &a->plan.flood;
    struct bench_flooded flooded;

    buf_add_format(out,
        "a flood of %zu half-open handshakes, %zu at a byte a second and %zu with an "
        "oversized frame,\n%u a second, each from another address, by a process at nice "
        "19 on the same machine;\na producer sends %u records a second, acks=all\n",
        f->strangers[BENCH_HALF_OPEN], f->strangers[BENCH_SLOW],
        f->strangers[BENCH_OVERSIZED], f->a_second, a->plan.produced_a_second);
    if (bench_storm_flood(site, &a->plan, &flooded) != OK) {
        return false;
    }
    bench_storm_add_flood(out, &flooded);
    print(out);
    return is_measured(bench_storm_fault_of_flood(&a->plan, &flooded));
}

static bool raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int run(const struct arguments *a)
{
    const struct bench_place place = {
        .programs = a->programs, .certs = a->certs, .parent = a->parent};
    struct bench_site site = {.plain = NULL};
    struct buf out;

    buf_init(&out, OUTPUT_MAX);
    bool good = raise_descriptors() &&
                bench_site_init(&site, &place, a->plan.crowd.clients) == OK;
    good = good && (!a->logins || run_logins(a, &site, &out));
    good = good && (!a->flood || run_flood(a, &site, &out));
    print(&out);
    bench_site_fini(&site);
    buf_fini(&out);
    if (bench_interrupted()) {
        (void)fputs("schloss-bench-logins: interrupted\n", stderr);
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
