/*
 * log - one event a line on stderr, where the warden or journald picks it up.
 *
 * Libraries return errors, processes log them. Lower case, no full stop, `key=value`
 * after the words, the stable code in brackets last. What a peer chose goes through
 * text_escape() first; what a peer can repeat goes through a `struct log_limit`.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* name: shown on each line; borrowed, so a constant. */
void log_init(const char *process, enum log_level level);

void log_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* At most `burst` lines in each `period_ms`; what was left out is counted. */
struct log_limit {
    unsigned burst;
    int64_t period_ms;
    int64_t period_start_ms;
    unsigned used;
    uint64_t left_out;
};

/* True: log this one; *left_out_out is how many were dropped since the last line. */
bool log_limit_allows(struct log_limit *l, int64_t now_ms, uint64_t *left_out_out);

#endif
