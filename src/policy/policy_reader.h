/*
 * policy_reader - the words and strings of a compiled policy, read without belief.
 *
 * Nothing reads past the end, and the first fault sticks: what is taken behind it is 0 or
 * empty.
 *
 * Ownership: borrows the bytes; strings are views into `strings`, a copy that the policy
 * owns.
 */
#ifndef POLICY_READER_H
#define POLICY_READER_H

#include "policy.h"

struct policy_reader {
    const uint8_t *at;
    const uint8_t *end;
    const char *strings;
    uint32_t string_bytes;
    size_t strings_left; /* they may overlap, but not so that reading takes long */
    bool bad;
    const char *too_many; /* of what, if that is what was wrong */
};

void policy_expect(struct policy_reader *r, bool condition);
void policy_expect_limit(struct policy_reader *r, bool condition, const char *what);
uint32_t policy_take(struct policy_reader *r);
/* Two words, the low one first; not negative. */
int64_t policy_take_i64(struct policy_reader *r);
/* Any bytes; a NUL stands behind them. */
struct policy_view policy_take_name(struct policy_reader *r);
/* UTF-8 without control characters. */
struct policy_view policy_take_text(struct policy_reader *r);

#endif
