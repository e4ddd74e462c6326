/*
 * policy_compile - policy text in, compiled policy out.
 *
 * Parses, checks, builds, loads what was built, and runs the tests of the files: what
 * fails any of these is no policy. For the one-shot compiler and the tool; the broker
 * links the evaluator alone.
 *
 * Trust: the text may hold any bytes. Ownership: borrows the files; the buffers are the
 * caller's.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy_model.h"
#include "policy_run_tests.h"

struct policy_job {
    const struct policy_source *files; /* the main one first */
    size_t count;
    const char *directory; /* of the main file, with its slash, for messages alone */
};

/*
 * Of the other files those are read that some file includes. On ERR_INVALID errors_out
 * holds what is wrong, for a person, and blob_out nothing new. ERR_FULL: blob_out is
 * limited to less than POLICY_BLOB_MAX and too small.
 */
enum err policy_compile(const struct policy_job *job, struct buf *blob_out,
    struct buf *errors_out) MUST_CHECK;
/* The same, without a directory. */
enum err policy_compile_text(const struct policy_source *files, size_t count,
    struct buf *blob_out, struct buf *errors_out) MUST_CHECK;
/*
 * All that follows the parser, for a model without an error: checks and tests both have
 * their say. ERR_INVALID: it is in the report. *results is to be freed in any case.
 */
enum err policy_compile_model(const struct policy_model *m, struct report *report,
    struct buf *blob_out, struct policy_test_results *results) MUST_CHECK;

#endif
