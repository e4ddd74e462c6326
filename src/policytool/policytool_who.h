/*
 * policytool_who - all who may do one thing, under which condition and by which rule.
 *
 * A principal whom a deny without a condition or a never stops is left out; a deny with
 * one stands in the column EXCEPT, and so do those about teams of a directory and sessions
 * without a login, whoever that will be. Members of a team that a directory knows are not
 * known here: the team stands for them.
 */
#ifndef POLICYTOOL_WHO_H
#define POLICYTOOL_WHO_H

#include "policy_model.h"
#include "policytool_question.h"

enum err policytool_who(const struct policy_model *m, const struct policytool_question *q,
    bool as_json, struct buf *out) MUST_CHECK;

#endif
