#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

const char *err_text(enum err e)
{
    static const char *const texts[] = {[OK] = "success",
#define ERR_TEXT(name, text) [name] = text,
        ERR_LIST(ERR_TEXT)
#undef ERR_TEXT
    };

    if ((size_t)e >= sizeof(texts) / sizeof(texts[0])) {
        return "unknown error";
    }
    return texts[e];
}

_Noreturn void fatal(const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n;
    if (length > sizeof(line) - 2) {
        length = sizeof(line) - 2;
    }
    line[length] = '\n';
    /* Nothing is left to do when even stderr fails. */
    ssize_t ignored = write(STDERR_FILENO, line, length + 1);
    (void)ignored;
    __builtin_trap();
}
