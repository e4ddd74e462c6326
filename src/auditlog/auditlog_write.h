/*
 * auditlog_write - lines of the trail, as the process that has the key writes them.
 *
 * Apart from what reads and verifies them: who trusts the verifier need not look here.
 */
#ifndef AUDITLOG_WRITE_H
#define AUDITLOG_WRITE_H

#include "auditlog_line.h"

/* {"time":...,"seq":...,"source":"audit","event":"..." ; members may follow. */
void auditlog_write_begin(
    struct buf *out, int64_t time_ms, uint64_t seq, const char *event);
/* algorithm and key */
void auditlog_write_key(struct buf *out, const struct auditlog_public *key);
void auditlog_write_trail(struct buf *out, const uint8_t trail[AUDITLOG_TRAIL]);
/* The signature of the line that begins at `start` in out, as its last member so far. */
enum err auditlog_write_signature(struct buf *out, size_t start, const char *event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_pair *pair) MUST_CHECK;

/*
 * Closes the line that begins at `start` in out, and whose closing brace is not there yet;
 * the chain goes on. ERR_FULL: longer than a line may be; out is as it was at `start`.
 */
enum err auditlog_write_end(struct auditlog_chain *chain, struct auditlog_crypto *crypto,
    struct buf *out, size_t start) MUST_CHECK;

#endif
