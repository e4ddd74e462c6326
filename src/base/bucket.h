/*
 * bucket - a rate that is kept on average: what is used is taken from a bucket that fills
 * up with time.
 *
 * Whoever finds it empty may still take, and leaves a debt; how long it takes until that
 * is paid is how long it has to wait. A debt does not grow beyond what a minute pays, so
 * that nobody waits any longer, whoever made it; who meets one of half a minute should be
 * given nothing. Amounts are in any unit; times in monotonic ms.
 */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* What may come at once after a pause: the rate of so many seconds, as with the eleven
 * samples of a second each that Apache Kafka's quotas look back over. */
#define BUCKET_BURST_S 10
#define BUCKET_DEBT_S  60

struct bucket {
    double rate;  /* a second; 0: no limit, and nothing is counted */
    double level; /* below zero: a debt */
    int64_t filled_ms;
};

/* Full. */
struct bucket bucket_new(double rate, int64_t now_ms);
/* Another rate from now on; a debt stays one, and so does its size. */
void bucket_set_rate(struct bucket *b, double rate, int64_t now_ms);
void bucket_take(struct bucket *b, double amount, int64_t now_ms);
/* How long until there is no debt; 0: now. */
int32_t bucket_wait_ms(const struct bucket *b, int64_t now_ms);
/* The debt is half as large as it can be, or larger. */
bool bucket_is_overdrawn(const struct bucket *b, int64_t now_ms);
/* Nothing is lost when it is forgotten: a new one would be the same. */
bool bucket_is_full(const struct bucket *b, int64_t now_ms);
/* What a full one holds. */
double bucket_capacity(const struct bucket *b);

#endif
