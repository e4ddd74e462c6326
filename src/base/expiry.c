#include "expiry.h"

#include <stddef.h>

#define DAY_S INT64_C(86400)

/* How long before the end each step begins, in the order of enum expiry. */
static const int64_t before_s[] = {
    [EXPIRY_30_DAYS] = 30 * DAY_S,
    [EXPIRY_7_DAYS] = 7 * DAY_S,
    [EXPIRY_1_DAY] = DAY_S,
    [EXPIRY_OVER] = 0,
};

static int64_t begin_of(enum expiry step, int64_t not_after_s)
{
    return not_after_s < INT64_MIN + before_s[step] ? INT64_MIN
                                                    : not_after_s - before_s[step];
}

enum expiry expiry_step(int64_t not_after_s, int64_t now_s)
{
    for (enum expiry step = EXPIRY_OVER; step > EXPIRY_FAR; step--) {
        /* The last second is still good. */
        if (now_s > begin_of(step, not_after_s)) {
            return step;
        }
    }
    return EXPIRY_FAR;
}

int64_t expiry_next_s(int64_t not_after_s, int64_t now_s)
{
    enum expiry step = expiry_step(not_after_s, now_s);

    if (step == EXPIRY_OVER) {
        return INT64_MAX;
    }
    int64_t begin_s = begin_of((enum expiry)(step + 1), not_after_s);
    return begin_s == INT64_MAX ? INT64_MAX : begin_s + 1;
}

int64_t expiry_days(int64_t not_after_s, int64_t now_s)
{
    return now_s < not_after_s && now_s >= 0 ? (not_after_s - now_s) / DAY_S : 0;
}
