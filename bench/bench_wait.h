/*
 * bench_wait - deadlines, and an end that the terminal or a supervisor may ask for.
 *
 * After bench_wait_init(), SIGINT, SIGTERM and SIGHUP only set a flag; every loop of this
 * program asks bench_expired(), so that the private daemon is stopped and its directory
 * removed before the end. SIGPIPE becomes an error of write().
 */
#ifndef BENCH_WAIT_H
#define BENCH_WAIT_H

#include <stdbool.h>
#include <stdint.h>

void bench_wait_init(void);
bool bench_interrupted(void);
/* The moment, on the monotonic clock, that many milliseconds from now. */
int64_t bench_deadline(int64_t ms);
/* Past it, or asked to end. */
bool bench_expired(int64_t deadline_us);
void bench_sleep_ms(int64_t ms);

#endif
