/*
 * wire_generate - fills the C struct of any schema with values, the same ones for the
 * same seed.
 *
 * Ownership: strings, bytes and arrays are the arena's.
 */
#ifndef WIRE_GENERATE_H
#define WIRE_GENERATE_H

#include "arena.h"
#include "wire_schema.h"

/* Fields that the version lacks get their defaults, so that nothing is lost on the wire.
 */
void wire_generate(const struct wire_schema *schema, int16_t version, uint64_t seed,
    struct arena *a, void *message_out);

#endif
