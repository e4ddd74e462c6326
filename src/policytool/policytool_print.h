/*
 * policytool_print - how verbs print: answers on stdout, what is wrong on stderr.
 */
#ifndef POLICYTOOL_PRINT_H
#define POLICYTOOL_PRINT_H

#include "buf.h"
#include "policytool_load.h"
#include "policytool_verb.h"

/* All of it, or a line that says why not; POLICYTOOL_NO then, else result. */
int policytool_print(
    const struct policytool_call *call, const struct buf *out, int result);
/* PROGRAM: what: why */
int policytool_print_failure(
    const struct policytool_call *call, const char *what, const char *why);
/* What a load found wrong; POLICYTOOL_NO. */
int policytool_print_load(const struct policytool_call *call,
    const struct policytool_load *l, const char *path, enum err e);
/* A complaint of the parser of words; POLICYTOOL_USAGE. */
int policytool_print_complaint(
    const struct policytool_call *call, const struct buf *complaint);
/* text or json; false: complained. */
bool policytool_print_wants_json(const struct policytool_call *call, bool *out);

#endif
