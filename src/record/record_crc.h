/*
 * record_crc - CRC-32C (Castagnoli), the checksum of record batches.
 *
 * Uses the processor's instruction where there is one, a table otherwise. Makes no system
 * call, allocates nothing.
 */
#ifndef RECORD_CRC_H
#define RECORD_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t record_crc32c(const void *bytes, size_t len);
/* Goes on where crc stopped; 0 begins. */
uint32_t record_crc32c_extend(uint32_t crc, const void *bytes, size_t len);
/* Without the instruction: for tests, and the reference for the fast path. */
uint32_t record_crc32c_portable(uint32_t crc, const void *bytes, size_t len);

#endif
