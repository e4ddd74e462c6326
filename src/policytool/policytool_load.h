/*
 * policytool_load - a policy from its files, with what is wrong with them.
 *
 * Ownership: owns files, model and messages.
 */
#ifndef POLICYTOOL_LOAD_H
#define POLICYTOOL_LOAD_H

#include "policy_collect.h"
#include "policytool_set.h"

struct policytool_load {
    struct policy_collected files;
    char *directory; /* of the main file, with its slash */
    struct report report;
    struct buf messages; /* of the report */
    struct policytool_set set;
    bool is_collected;
};

/* Reads the files. ERR_INVALID: messages says why. To be closed in any case. */
enum err policytool_load_files(struct policytool_load *l, const char *path) MUST_CHECK;
/* Reads the files and makes the set. ERR_INVALID: messages says why. */
enum err policytool_load_set(struct policytool_load *l, const char *path) MUST_CHECK;
void policytool_load_close(struct policytool_load *l);

#endif
