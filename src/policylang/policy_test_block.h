/*
 * policy_test_block - what a file says must come out of the policy.
 */
#ifndef POLICY_TEST_BLOCK_H
#define POLICY_TEST_BLOCK_H

#include "policy_cursor.h"

/* Behind the word `test`. */
bool policy_test_block_parse(struct policy_cursor *c);

#endif
