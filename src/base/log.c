#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *process_name = "schloss";
static enum log_level process_level = LOG_LEVEL_INFO;

void log_init(const char *process, enum log_level level)
{
    process_name = process;
    process_level = level;
}

__attribute__((format(printf, 2, 0))) static void write_line(
    enum log_level level, const char *format, va_list args)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    char line[LINE_MAX_BYTES];

    if (level > process_level) {
        return;
    }
    int head = snprintf(line, sizeof(line), "%s: %s: ", process_name, names[level]);
    if (head < 0) {
        return;
    }
    int body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, args);
    size_t length = strlen(line);
    if (body < 0) {
        return;
    }
    line[length] = '\n';
    /* A log that nobody can take must not stop the service. */
    ssize_t ignored = write(STDERR_FILENO, line, length + 1);
    (void)ignored;
}

#define DEFINE_LEVEL(function, level)                                                    \
    void function(const char *format, ...)                                               \
    {                                                                                    \
        va_list args;                                                                    \
        va_start(args, format);                                                          \
        write_line(level, format, args);                                                 \
        va_end(args);                                                                    \
    }

DEFINE_LEVEL(log_err, LOG_LEVEL_ERROR)
DEFINE_LEVEL(log_warn, LOG_LEVEL_WARN)
DEFINE_LEVEL(log_info, LOG_LEVEL_INFO)
DEFINE_LEVEL(log_debug, LOG_LEVEL_DEBUG)

bool log_limit_allows(struct log_limit *l, int64_t now_ms, uint64_t *left_out_out)
{
    if (now_ms - l->period_start_ms >= l->period_ms) {
        l->period_start_ms = now_ms;
        l->used = 0;
    }
    if (l->used >= l->burst) {
        l->left_out++;
        return false;
    }
    l->used++;
    *left_out_out = l->left_out;
    l->left_out = 0;
    return true;
}
