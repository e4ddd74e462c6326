#include "bucket.h"

#define MS_A_SECOND 1000.0

double bucket_capacity(const struct bucket *b)
{
    return b->rate * BUCKET_BURST_S;
}

static double level_at(const struct bucket *b, int64_t now_ms)
{
    double passed = now_ms > b->filled_ms ? (double)(now_ms - b->filled_ms) : 0;
    double level = b->level + b->rate * passed / MS_A_SECOND;

    return level < bucket_capacity(b) ? level : bucket_capacity(b);
}

struct bucket bucket_new(double rate, int64_t now_ms)
{
    struct bucket b = {.rate = rate, .filled_ms = now_ms};

    b.level = bucket_capacity(&b);
    return b;
}

static void fill(struct bucket *b, int64_t now_ms)
{
    b->level = level_at(b, now_ms);
    b->filled_ms = now_ms > b->filled_ms ? now_ms : b->filled_ms;
}

static double least(const struct bucket *b)
{
    return -b->rate * BUCKET_DEBT_S;
}

void bucket_set_rate(struct bucket *b, double rate, int64_t now_ms)
{
    if (b->rate == 0) {
        *b = bucket_new(rate, now_ms);
        return;
    }
    fill(b, now_ms);
    b->rate = rate;
    fill(b, now_ms); /* no more than it holds now */
    b->level = b->level < least(b) ? least(b) : b->level;
}

void bucket_take(struct bucket *b, double amount, int64_t now_ms)
{
    if (b->rate > 0) {
        fill(b, now_ms);
        b->level -= amount;
        b->level = b->level < least(b) ? least(b) : b->level;
    }
}

int32_t bucket_wait_ms(const struct bucket *b, int64_t now_ms)
{
    double level = b->rate > 0 ? level_at(b, now_ms) : 0;

    return level >= 0 ? 0 : (int32_t)(-level / b->rate * MS_A_SECOND) + 1;
}

bool bucket_is_overdrawn(const struct bucket *b, int64_t now_ms)
{
    return b->rate > 0 && level_at(b, now_ms) <= least(b) / 2;
}

bool bucket_is_full(const struct bucket *b, int64_t now_ms)
{
    return b->rate == 0 || level_at(b, now_ms) >= bucket_capacity(b);
}
