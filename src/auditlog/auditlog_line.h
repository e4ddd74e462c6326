/*
 * auditlog_line - the lines that the trail writes about itself.
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

/* {"time":...,"seq":...,"source":"audit","event":"..." ; members may follow. */
void auditlog_line_begin(
    struct buf *out, int64_t time_ms, uint64_t seq, const char *event);
/* algorithm and key */
void auditlog_line_key(struct buf *out, const struct auditlog_public *key);
void auditlog_line_trail(struct buf *out, const uint8_t trail[AUDITLOG_TRAIL]);
/* The signature of the line that begins at `start` in out, as its last member so far. */
enum err auditlog_line_sign(struct buf *out, size_t start, const char *event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_pair *pair) MUST_CHECK;

/* Whether an event must be signed. */
bool auditlog_line_is_signed_kind(struct auditlog_view event);
/* Whether this record bears a signature by key. before: the chain in front of it. */
bool auditlog_line_verify(const struct auditlog_record *r,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_public *key);

#endif
