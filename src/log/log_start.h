/*
 * log_start - below which offset nothing is read any more, because somebody had the
 * records deleted; the file log-start-offset: text, `0`, then the offset.
 *
 * There is no file in a log of which nothing was deleted. Records below the offset may
 * still be in the segment that holds it.
 */
#ifndef LOG_START_H
#define LOG_START_H

#include "err.h"
#include "log_fs.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_START_FILE "log-start-offset"

/* 0 without a file. ERR_CORRUPT: it can not be read. */
enum err log_start_load(const struct log_fs *fs, int dir, int64_t *out) MUST_CHECK;
/* Writes the file, durably. */
enum err log_start_store(const struct log_fs *fs, int dir, int64_t offset) MUST_CHECK;

#endif
