#include "bench_rank.h"

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

int64_t bench_rank_median(int64_t *times, size_t count)
{
    qsort(times, count, sizeof(times[0]), by_size);
    return times[(count - 1) / 2];
}

/* How many from *at on are equal to value, which are stepped over. */
static size_t run_of(const int64_t *sorted, size_t count, size_t *at, int64_t value)
{
    const size_t start = *at;

    while (*at < count && sorted[*at] == value) {
        (*at)++;
    }
    return *at - start;
}

/* Walks both sorted sets at once. ties: the sum of t^3 - t over all runs of equals. */
static double rank_sum_of_b(
    const int64_t *a, size_t a_count, const int64_t *b, size_t b_count, double *ties_out)
{
    double sum = 0;
    double ties = 0;
    size_t i = 0;
    size_t k = 0;

    while (i < a_count || k < b_count) {
        const double before = (double)(i + k);
        const int64_t value = k == b_count || (i < a_count && a[i] < b[k]) ? a[i] : b[k];
        const double from_a = (double)run_of(a, a_count, &i, value);
        const double from_b = (double)run_of(b, b_count, &k, value);
        const double run = from_a + from_b;
        sum += from_b * (before + (run + 1) / 2);
        ties += run * run * run - run;
    }
    *ties_out = ties;
    return sum;
}

enum err bench_rank_compare(
    int64_t *a, size_t a_count, int64_t *b, size_t b_count, struct bench_rank *out)
{
    double ties = 0;

    if (a_count < BENCH_RANK_MIN || a_count > BENCH_RANK_MAX ||
        b_count < BENCH_RANK_MIN || b_count > BENCH_RANK_MAX) {
        return ERR_INVALID;
    }
    out->median_a = bench_rank_median(a, a_count);
    out->median_b = bench_rank_median(b, b_count);
    const double na = (double)a_count;
    const double nb = (double)b_count;
    const double n = na + nb;
    out->u = rank_sum_of_b(a, a_count, b, b_count, &ties) - nb * (nb + 1) / 2;
    out->share = out->u / (na * nb);
    const double variance = na * nb / 12 * ((n + 1) - ties / (n * (n - 1)));
    out->z = variance > 0 ? (out->u - na * nb / 2) / sqrt(variance) : 0;
    out->p = erfc(fabs(out->z) / sqrt(2));
    return OK;
}
