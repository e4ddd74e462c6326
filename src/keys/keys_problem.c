#include "keys_problem.h"

#include <stdarg.h>
#include <stdio.h>

enum err keys_say(struct keys_problem *problem, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(problem->text, sizeof(problem->text), format, args);
    va_end(args);
    return ERR_INVALID;
}
