#include "bench_say.h"

#include "bench_wait.h"

#include <stdarg.h>
#include <stdio.h>

void bench_say(const char *format, ...)
{
    char line[1200];
    va_list args;

    if (bench_interrupted()) {
        return; /* what fails now fails because of that */
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    (void)fprintf(stderr, "schloss-bench: %s\n", line);
}
