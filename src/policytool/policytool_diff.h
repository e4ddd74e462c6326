/*
 * policytool_diff - what changes for whom from one policy to another.
 *
 * Effects, not text. For everybody whom either policy names, for members of the teams of a
 * directory, for whoever did not log in and for anybody else: each pattern of either
 * policy stands for the names that it has and no narrower one has (two patterns share
 * names only where one lies within the other), and on each of them operations are gained,
 * lost, or are allowed under another condition. Conditions are compared with names of
 * networks and methods replaced by what they stand for. What a pattern shares with the
 * wider one is said once; where a narrower one differs, it is named as an exception.
 *
 * A never statement is a deny without a condition, as it is for the evaluator.
 *
 * Not seen: two sets of conditions that mean the same in other words; principals in two
 * teams of a directory at once; super users.
 *
 * Behind the effects stands what changed in the invariants: policytool_invariant.h.
 *
 * Limits: rows of 256 MiB in all, of each party before equal ones become one; ERR_FULL.
 *
 * Ownership: borrows both models.
 */
#ifndef POLICYTOOL_DIFF_H
#define POLICYTOOL_DIFF_H

#include "policy_model.h"

#define POLICYTOOL_EXCEPT_MAX 10 /* exceptions that a row names */

/* In JSON the members `changes` and `invariants` of an object that the caller writes. */
enum err policytool_diff(const struct policy_model *was, const struct policy_model *is,
    bool as_json, struct buf *out, bool *differs_out) MUST_CHECK;

#endif
