/*
 * log_identity - the file partition.metadata, which says to which topic id a directory
 * belongs.
 *
 * Two lines: `version: 0` and `topic_id: ` with 22 characters of unpadded URL base64. A
 * directory of another topic is refused: a name can be used again, an id never.
 */
#ifndef LOG_IDENTITY_H
#define LOG_IDENTITY_H

#include "err.h"
#include "log_fs.h"
#include "wire_types.h"

#define LOG_IDENTITY_FILE "partition.metadata"

enum log_identity_state {
    LOG_IDENTITY_SAME,
    LOG_IDENTITY_MISSING,
    LOG_IDENTITY_DAMAGED,
    LOG_IDENTITY_OTHER, /* readable, and another topic's */
};

enum err log_identity_compare(const struct log_fs *fs, int dir, struct wire_uuid topic_id,
    enum log_identity_state *out) MUST_CHECK;
/* Durable when it returns. */
enum err log_identity_store(
    const struct log_fs *fs, int dir, struct wire_uuid topic_id) MUST_CHECK;

#endif
