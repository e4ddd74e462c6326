/*
 * exchange_fuzz - what holds for every importer: whatever the input is, what comes out is
 * a policy without an error, and it exports to the same set of rules, but for what is
 * implied and what was noted.
 */
#ifndef EXCHANGE_FUZZ_H
#define EXCHANGE_FUZZ_H

#include "exchange_import.h"

void exchange_fuzz(enum exchange_format format, const uint8_t *data, size_t size);

#endif
