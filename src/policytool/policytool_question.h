/*
 * policytool_question - what is asked on the command line: may WHO do OP to KIND NAME, in
 * which circumstances.
 *
 * What is not said is taken as in the tests of policy files: from 0.0.0.0, so that `from`
 * does not hold, on no listener, with mtls over TLS 1.3, just logged in; but the time is
 * now. The answer names what it took.
 *
 * Ownership: borrows the words.
 */
#ifndef POLICYTOOL_QUESTION_H
#define POLICYTOOL_QUESTION_H

#include "buf.h"
#include "policy.h"

#define POLICYTOOL_GROUPS_MAX 16

struct policytool_question {
    struct policy_view principal; /* without User: */
    bool is_anonymous;
    struct policy_group groups[POLICYTOOL_GROUPS_MAX];
    size_t group_count;
    enum policy_operation operation;
    enum policy_resource resource;
    struct policy_view name; /* of a user without User:, too */
    struct policy_context context;
};

struct policytool_words {
    const char *const *words;
    size_t count;
};

/*
 * Each returns false with what is wrong in complaint: a line and perhaps one that begins
 * with `  help:`.
 */
/* WHO OP KIND NAME [from= via= with= tls= at= age= issuer= group=]; a cluster may have no
 * NAME. */
bool policytool_question_parse(struct policytool_words words, int64_t now_ms,
    struct policytool_question *out, struct buf *complaint);
/* OP KIND NAME */
bool policytool_question_parse_what(struct policytool_words words,
    struct policytool_question *out, struct buf *complaint);
/* WHO [group=...] */
bool policytool_question_parse_who(struct policytool_words words,
    struct policytool_question *out, struct buf *complaint);

#endif
