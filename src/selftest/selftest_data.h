/*
 * selftest_data - what the intruder is after: written through the private broker itself.
 */
#ifndef SELFTEST_DATA_H
#define SELFTEST_DATA_H

#include "selftest_instance.h"

/* Topics of alice and bob, the canary in bob's, and the log of the group offsets. */
bool selftest_data_make(const struct selftest_instance *i);

#endif
