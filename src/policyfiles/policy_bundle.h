/*
 * policy_bundle - policy files as one run of bytes, from whoever may open files to whoever
 * may read their text.
 *
 *     "SCHLOSSB" | u32 count | count times (u32 name length, u32 text length, name, text)
 *
 * Numbers are little-endian. The first file is the main one. A name is a path below the
 * main file's directory: printable ASCII, no quotation mark, no empty part, none that is
 * `.` or `..`; no name comes twice, so that two readers of a bundle can not take different
 * texts for the same file.
 *
 * Trust: the bytes are hostile, names included; texts may hold anything.
 *
 * Ownership: a decoded bundle owns its names and borrows its texts from the bytes.
 */
#ifndef POLICY_BUNDLE_H
#define POLICY_BUNDLE_H

#include "buf.h"
#include "policy_source.h"

#include <stdbool.h>

#define POLICY_BUNDLE_MAX                                                                \
    (POLICY_TEXT_MAX + 12 + POLICY_SOURCES_MAX * (8 + (size_t)POLICY_SOURCE_NAME_MAX))

struct policy_bundle {
    struct policy_source *files;
    size_t count; /* 1 at least */
    char *names;  /* of all files, each with a NUL */
};

bool policy_bundle_is_name(const char *name, size_t length);
/*
 * Appends to out. ERR_INVALID: no file, or a name that is none, or that comes twice;
 * ERR_FULL: too many files, too much text, or out is limited to less. out is then to be
 * thrown away.
 */
enum err policy_bundle_encode(
    const struct policy_source *files, size_t count, struct buf *out) MUST_CHECK;
/* ERR_INVALID for anything but the whole of what policy_bundle_encode() could have
 * written; *out is to be freed after OK only. */
enum err policy_bundle_decode(
    const uint8_t *bytes, size_t length, struct policy_bundle *out) MUST_CHECK;
void policy_bundle_fini(struct policy_bundle *b);

#endif
