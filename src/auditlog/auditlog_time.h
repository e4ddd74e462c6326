/*
 * auditlog_time - times of records: RFC 3339 in UTC with milliseconds.
 *
 * Not by gmtime_r(): the C library opens its time zone files there, which a sandbox answers
 * with death.
 */
#ifndef AUDITLOG_TIME_H
#define AUDITLOG_TIME_H

#include "buf.h"

/* "2026-11-21T19:00:00.000Z" with its quotes; null where it can not be written. */
void auditlog_time_add(struct buf *out, int64_t time_ms);

/* The same without quotes; also a date alone, and without milliseconds. ERR_INVALID. */
enum err auditlog_time_read(const void *text, size_t length, int64_t *out_ms) MUST_CHECK;

#endif
