/*
 * policytool_verb - the verbs that look at policy files, as `schloss policy` and the small
 * program `schloss-policy` run them.
 *
 * Each writes its answer to stdout and what is wrong to stderr, and returns the exit
 * status: 0 yes or done, 1 no or wrong, 2 wrong command line.
 */
#ifndef POLICYTOOL_VERB_H
#define POLICYTOOL_VERB_H

#include "policytool_question.h"

#include <stddef.h>

enum policytool_option {
    POLICYTOOL_OPTION_FILE = 1,      /* --file FILE */
    POLICYTOOL_OPTION_FORM = 2,      /* -o FORM */
    POLICYTOOL_OPTION_DIFF = 4,      /* -d */
    POLICYTOOL_OPTION_WRITE = 8,     /* -w */
    POLICYTOOL_OPTION_REGEX = 16,    /* -r REGEX */
    POLICYTOOL_OPTION_COVERAGE = 32, /* --coverage */
};

enum { POLICYTOOL_YES = 0, POLICYTOOL_NO = 1, POLICYTOOL_USAGE = 2 };

struct policytool_call {
    const char *program; /* begins each message of its own */
    const char *file;    /* the policy, where no word names one */
    struct policytool_words words;
    const char *form;  /* NULL: text */
    const char *regex; /* NULL: every test */
    bool shows_diff;
    bool writes;
    bool shows_coverage;
};

struct policytool_verb {
    const char *name;
    const char *arguments;
    const char *help;
    unsigned options; /* bits of enum policytool_option */
    size_t words_min;
    size_t words_max;
    int (*run)(const struct policytool_call *call);
};

const struct policytool_verb *policytool_verb_at(size_t index); /* NULL behind the last */
const struct policytool_verb *policytool_verb_find(const char *name); /* NULL: none */

int policytool_run_check(const struct policytool_call *call);
int policytool_run_fmt(const struct policytool_call *call);
int policytool_run_explain(const struct policytool_call *call);
/* The same for a question that is already read. */
int policytool_run_question(
    const struct policytool_call *call, const struct policytool_question *q);
int policytool_run_who(const struct policytool_call *call);
int policytool_run_can(const struct policytool_call *call);
int policytool_run_diff(const struct policytool_call *call);
int policytool_run_test(const struct policytool_call *call);
int policytool_run_explain_error(const struct policytool_call *call);

#endif
