/*
 * keys_problem - why the administrator's files can not be used: file, what was found, what
 * to do. No byte of a file is in it.
 */
#ifndef KEYS_PROBLEM_H
#define KEYS_PROBLEM_H

#include "err.h"

/* One sentence without its full stop. */
struct keys_problem {
    char text[700];
};

/* Where certificate and key stand, for messages. */
struct keys_names {
    char certificate[256];
    char key[256];
};

/* Returns ERR_INVALID, so that a check is one line. */
enum err keys_say(struct keys_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
