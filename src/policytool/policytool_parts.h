/*
 * policytool_parts - a list of texts in which order and repetition mean nothing.
 *
 * Ownership: owns its texts. Errors stick; with one the list may be short.
 */
#ifndef POLICYTOOL_PARTS_H
#define POLICYTOOL_PARTS_H

#include "buf.h"

#include <stddef.h>

struct policytool_parts {
    struct buf text; /* of all, each with a NUL */
    size_t *starts;
    size_t count;
    size_t capacity;
    size_t start; /* of the one at hand */
    enum err error;
};

void policytool_parts_init(struct policytool_parts *p, size_t most);
void policytool_parts_fini(struct policytool_parts *p);
/* Empties the list; an error stays. */
void policytool_parts_reset(struct policytool_parts *p);
/* Where the next text is written; policytool_parts_next() ends it. */
struct buf *policytool_parts_text(struct policytool_parts *p);
void policytool_parts_next(struct policytool_parts *p);
void policytool_parts_add(struct policytool_parts *p, const char *text);
enum err policytool_parts_error(const struct policytool_parts *p) MUST_CHECK;
/* Sorted, each once. */
void policytool_parts_sort(struct policytool_parts *p);
/* Sorts, and appends all. */
void policytool_parts_join(
    struct policytool_parts *p, const char *between, struct buf *out);
/* Those that the other list does not have. Both are sorted. */
void policytool_parts_join_without(const struct policytool_parts *p,
    const struct policytool_parts *other, const char *between, struct buf *out);

#endif
