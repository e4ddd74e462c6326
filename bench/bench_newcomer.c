#include "bench_newcomer.h"

#include "bench_load.h"
#include "clock.h"

#define PAUSE_US 1000000

void bench_newcomer_init(
    struct bench_newcomer *n, struct bench_identity *who, struct in_addr from)
{
    *n = (struct bench_newcomer){.who = who, .from = from, .login.link.fd = -1};
}

void bench_newcomer_fini(struct bench_newcomer *n)
{
    bench_link_close(&n->login.link);
}

static void leave(struct bench_newcomer *n, int64_t now_us, bool was_in)
{
    if (was_in) {
        n->times_us[n->in++] = now_us - n->begun_us;
    }
    bench_link_close(&n->login.link);
    n->tried++;
    n->at_work = false;
    n->next_us = now_us + PAUSE_US;
}

void bench_newcomer_step(struct bench_newcomer *n)
{
    int64_t now_us = clock_mono_us();
    enum err e = ERR_AGAIN;

    if (!n->at_work && (now_us < n->next_us || n->tried == BENCH_NEWCOMER_MAX)) {
        return;
    }
    if (!n->at_work) {
        n->at_work = true;
        n->begun_us = now_us;
        e = bench_login_begin(&n->login, n->who, 0, n->from);
        e = e == OK ? ERR_AGAIN : e;
    } else {
        e = bench_login_step(&n->login, n->who);
    }
    if (e != ERR_AGAIN) {
        leave(n, clock_mono_us(), e == OK);
    } else if (now_us - n->begun_us > (int64_t)BENCH_NEWCOMER_MS * 1000) {
        leave(n, now_us, false);
    }
}

int64_t bench_newcomer_p50_us(struct bench_newcomer *n)
{
    return n->in == 0 ? 0 : bench_percentile(n->times_us, n->in, 50);
}
