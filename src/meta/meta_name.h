/*
 * meta_name - which topic names are legal, and which two of them would be the same to a
 * metric.
 *
 * Trust: the peer chose the name.
 */
#ifndef META_NAME_H
#define META_NAME_H

#include "wire_types.h"

#include <stdbool.h>

#define META_NAME_MAX 249

/* NULL, or what is wrong with the name: a constant sentence. */
const char *meta_name_error(struct wire_view name);
/* '.' becomes '_': two topics whose folded names are equal collide. name is legal. */
void meta_name_fold(struct wire_view name, char out[META_NAME_MAX]);
/* One of the topics that only the broker writes. */
bool meta_name_is_internal(struct wire_view name);
/* As memcmp() of the bytes; what another begins with comes before it. */
int meta_view_compare(struct wire_view a, struct wire_view b);
bool meta_view_equal(struct wire_view a, struct wire_view b);
struct wire_view meta_view(const char *text);

#endif
