/*
 * auditlog_line - the lines that the trail writes about itself, and their signatures.
 *
 * Signed are checkpoint, key, start, file-start, file-end and stop. What is signed:
 * "schloss-audit-<event>-v1" || seq, 8 bytes, big-endian || hash of the line before ||
 * SHA-256 of all bytes of this line before `,"signature":"`.
 */
#ifndef AUDITLOG_LINE_H
#define AUDITLOG_LINE_H

#include "auditlog_record.h"

#define AUDITLOG_TRAIL 16 /* bytes of the name of a trail, which is random */

#define AUDITLOG_TRAIL_START "trail-start"
#define AUDITLOG_FILE_START  "file-start"
#define AUDITLOG_FILE_END    "file-end"
#define AUDITLOG_CHECKPOINT  "checkpoint"
#define AUDITLOG_KEY         "key"
#define AUDITLOG_START       "start" /* behind a stop */
#define AUDITLOG_GAP         "gap"
#define AUDITLOG_STOP        "stop"

/* The reason of a gap which is no accident. */
#define AUDITLOG_GAP_REWRITTEN                                                           \
    "the record that was signed last is not there any more: the file was rewritten"

#define AUDITLOG_LINE_SIGNATURE ",\"signature\":\"" /* in front of it */
#define AUDITLOG_LINE_TEXT      (64 + 8 + 2 * AUDITLOG_HASH)

/* The bytes that are signed. body: of the line, up to its signature. */
enum err auditlog_line_text(struct auditlog_view event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    struct auditlog_view body, uint8_t out[AUDITLOG_LINE_TEXT],
    size_t *length_out) MUST_CHECK;

/* Whether an event must be signed. */
bool auditlog_line_is_signed_kind(struct auditlog_view event);
/* Whether this record bears a signature by key. before: the chain in front of it. */
bool auditlog_line_verify(const struct auditlog_record *r,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_public *key);

#endif
