/*
 * text - small, strict helpers for text.
 *
 * Trust: the input may be a peer's. Nothing here reads past length; numbers that do not
 * fit are refused, not clipped.
 */
#ifndef TEXT_H
#define TEXT_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A printable ASCII copy of untrusted bytes for a log line: control characters, quotes,
 * backslashes and everything above 0x7e become \xNN; cut with "..." when it does not fit.
 * Always NUL-terminates; size at least 8. Returns out.
 */
const char *text_escape(char *out, size_t size, const void *bytes, size_t length);

/* The whole of the text must be a decimal number inside the bounds; ERR_INVALID
 * otherwise. */
enum err text_to_i64(
    const char *text, size_t length, int64_t min, int64_t max, int64_t *out) MUST_CHECK;

bool text_is_utf8(const void *bytes, size_t length);

/*
 * Bytes of the character at the front if it is one that a terminal obeys, or that makes
 * text show as something else than it is: controls (C0, DEL, C1), marks that turn the
 * direction of writing, separators of lines, the byte order mark. 0 otherwise.
 */
size_t text_control(const void *bytes, size_t length);

/* Levenshtein distance, for "did you mean"; looks at 32 bytes at most. */
size_t text_distance(const char *a, const char *b);

/* Appends a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct buf *b, const void *bytes, size_t length);

/*
 * Text that is safe on a terminal: what text_control() finds and bytes that are not UTF-8 as
 * \xNN. With reversible, tab, newline and backslash become \t, \n and \\ too.
 */
void text_add_safe(struct buf *b, const void *bytes, size_t length, bool reversible);

#endif
