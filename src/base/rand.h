/*
 * rand - bytes from the kernel. A kernel that has none ends the process: nothing here may
 * go on with numbers that can be guessed.
 */
#ifndef RAND_H
#define RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *out, size_t length);
uint64_t rand_u64(void);

#endif
