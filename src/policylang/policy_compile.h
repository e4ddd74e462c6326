/*
 * policy_compile - policy text in, compiled policy out.
 *
 * For the one-shot compiler and the tool; the broker links the evaluator alone.
 *
 * Trust: the text may hold any bytes. Ownership: borrows the files; the buffers are the
 * caller's.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "buf.h"
#include "policy.h"
#include "policy_source.h"

struct policy_job {
    const struct policy_source *files; /* the main one first */
    size_t count;
    const char *directory; /* of the main file, with its slash, for messages alone */
};

/*
 * The first file begins with the header; the others are read as if they stood behind it.
 * On ERR_INVALID errors_out holds what is wrong, for a person, and blob_out nothing new.
 * ERR_FULL: blob_out is limited to less than POLICY_BLOB_MAX and too small.
 */
enum err policy_compile(const struct policy_job *job, struct buf *blob_out,
    struct buf *errors_out) MUST_CHECK;
/* The same, without a directory. */
enum err policy_compile_text(const struct policy_source *files, size_t count,
    struct buf *blob_out, struct buf *errors_out) MUST_CHECK;

#endif
