#include "bench_wait.h"

#include "clock.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Not ignored, which a program that we start would inherit: a handler ends at exec. */
static void on_broken_pipe(int number)
{
    (void)number;
}

void bench_wait_init(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction pipe_action = {.sa_handler = on_broken_pipe};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigemptyset(&pipe_action.sa_mask);
    (void)sigaction(SIGPIPE, &pipe_action, NULL);
}

bool bench_interrupted(void)
{
    return interrupted != 0;
}

int64_t bench_deadline(int64_t ms)
{
    return clock_mono_us() + ms * 1000;
}

bool bench_expired(int64_t deadline_us)
{
    return bench_interrupted() || clock_mono_us() >= deadline_us;
}

void bench_sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}
