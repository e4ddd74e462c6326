/*
 * password_timing - can a wrong password of a user be told, by the time until it is
 * refused, from a name that nobody has?
 */
#include "bench_rank.h"
#include "bench_timing.h"
#include "err.h"
#include "mem.h"
#include "text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 10000
#define ALPHA 0.001

enum { SAME = 0, DIFFERENT = 1, USAGE = 2, FAILED = 3 };

static const char *const others[] = {
    [BENCH_TIMING_UNKNOWN] = "unknown",
    [BENCH_TIMING_DISABLED] = "disabled",
    [BENCH_TIMING_EXPIRED] = "expired",
    [BENCH_TIMING_ROTATED] = "rotated",
    [BENCH_TIMING_KNOWN] = "known",
    [BENCH_TIMING_PREFIX] = "prefix",
};

struct arguments {
    struct bench_timing timing;
    double alpha;
};

static void print_help(FILE *out)
{
    (void)fputs(
        "usage: password_timing [OPTION...]\n\n"
        "Times how long password.so takes to refuse a wrong password of a user, and how\n"
        "long for the same message with another name, in pairs of random order. Prints\n"
        "the medians and the rank sum test of Mann and Whitney.\n\n"
        "  --tries N       pairs (default 10000, 20 to 1000000)\n"
        "  --other KIND    whose name the other one is:\n"
        "                    unknown   nobody's (default)\n"
        "                    disabled  a disabled user's\n"
        "                    expired   an expired user's\n"
        "                    rotated   a user's who has two passwords\n"
        "                    known     one like the first: finds what this program adds\n"
        "                    prefix    the same user's; 1 to 15 of the 16 bytes of the\n"
        "                              password are right, of the first one none\n"
        "  --alpha P       they are told apart where p is below P (default 0.001)\n"
        "  --early-exit    with a fault: for who is not let in nothing is worked. The\n"
        "                  plugin's judge is replaced by one that skips it, as a build\n"
        "                  would that answers unknown names at once. Must end with 1,\n"
        "                  but for known; with prefix the password is compared byte by\n"
        "                  byte instead, up to the first wrong one\n"
        "  --help          print this\n\n"
        "exit: 0 they can not be told apart, 1 they can, 2 usage, 3 it failed\n",
        out);
}

static bool take_other(struct arguments *a, const char *text)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(text, others[i]) == 0) {
            a->timing.other = (enum bench_timing_other)i;
            return true;
        }
    }
    return false;
}

static bool take_tries(struct arguments *a, const char *text)
{
    int64_t tries = 0;
    bool good = text_to_i64(text, strlen(text), (int64_t)BENCH_RANK_MIN,
                    (int64_t)BENCH_TIMING_MAX, &tries) == OK;

    a->timing.tries = (size_t)tries;
    return good;
}

static bool take_alpha(struct arguments *a, const char *text)
{
    char *end = NULL;

    a->alpha = strtod(text, &end);
    return end != text && *end == '\0' && a->alpha > 0 && a->alpha < 1;
}

/* -1: go on; else what to end with. */
static int parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {{"tries", required_argument, NULL, 't'},
        {"other", required_argument, NULL, 'k'}, {"alpha", required_argument, NULL, 'a'},
        {"early-exit", no_argument, NULL, 'e'}, {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    bool good = true;
    int c = 0;

    while (good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 't':
            good = take_tries(a, optarg);
            break;
        case 'k':
            good = take_other(a, optarg);
            break;
        case 'a':
            good = take_alpha(a, optarg);
            break;
        case 'e':
            a->timing.early_exit = true;
            break;
        case 'h':
            print_help(stdout);
            return SAME;
        default:
            good = false;
            break;
        }
    }
    if (good && optind == argc) {
        return -1;
    }
    print_help(stderr);
    return USAGE;
}

static int judge(const struct arguments *a, const struct bench_rank *r)
{
    const bool different = r->p < a->alpha;

    (void)printf("wrong password: median %lld ns of %zu\n", (long long)r->median_a,
        a->timing.tries);
    (void)printf("%s name: median %lld ns of %zu\n", others[a->timing.other],
        (long long)r->median_b, a->timing.tries);
    (void)printf("difference of the medians: %lld ns (%.2f %%)\n",
        (long long)(r->median_b - r->median_a),
        100.0 * (double)(r->median_b - r->median_a) / (double)r->median_a);
    (void)printf("Mann-Whitney: U = %.0f, share = %.4f, z = %.2f, p = %.3g\n", r->u,
        r->share, r->z, r->p);
    (void)printf("%s (p %s %g)\n",
        different ? "can be told apart" : "can not be told apart",
        different ? "<" : ">=", a->alpha);
    return different ? DIFFERENT : SAME;
}

int main(int argc, char **argv)
{
    struct arguments a = {.timing = {.tries = TRIES}, .alpha = ALPHA};
    struct bench_rank rank;

    const int result = parse(argc, argv, &a);
    if (result >= 0) {
        return result;
    }
    int64_t *wrong = mem_alloc(a.timing.tries, sizeof(*wrong));
    int64_t *other = mem_alloc(a.timing.tries, sizeof(*other));
    enum err e = wrong == NULL || other == NULL ? ERR_NOMEM : OK;
    if (e == OK) {
        e = bench_timing_run(&a.timing, wrong, other);
    }
    if (e == OK) {
        e = bench_rank_compare(wrong, a.timing.tries, other, a.timing.tries, &rank);
    }
    mem_free(wrong);
    mem_free(other);
    if (e != OK) {
        (void)fprintf(stderr, "password_timing: %s\n",
            e == ERR_INVALID ? "the plugin did not answer as it must" : err_text(e));
        return FAILED;
    }
    return judge(&a, &rank);
}
