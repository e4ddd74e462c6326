/*
 * coord_hash - which partition of __consumer_offsets keeps a group: the same one that a
 * Java broker would choose, so that the log can move between them.
 */
#ifndef COORD_HASH_H
#define COORD_HASH_H

#include "wire_types.h"

#include <stdint.h>

/* partition_count above zero. */
int32_t coord_partition_for(struct wire_view group, int32_t partition_count);

#endif
