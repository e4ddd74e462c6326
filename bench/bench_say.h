/* bench_say - one line on stderr, `schloss-bench: what`; nothing once we were
 * interrupted. */
#ifndef BENCH_SAY_H
#define BENCH_SAY_H

void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
