/*
 * auditlog_chain - the running hash that each line of the trail continues.
 *
 * A line is a JSON object whose last member is "hash": 64 hex digits of
 * SHA-256(hash of the line before, 32 bytes || all bytes of the line before `,"hash":"`).
 * Before the first line of a trail stand 32 zero bytes.
 */
#ifndef AUDITLOG_CHAIN_H
#define AUDITLOG_CHAIN_H

#include "auditlog_crypto.h"
#include "buf.h"

#define AUDITLOG_LINE_MAX ((size_t)64 * 1024) /* with its newline */
#define AUDITLOG_HASH_HEX (2 * (size_t)AUDITLOG_HASH)
#define AUDITLOG_SEAL     (AUDITLOG_HASH_HEX + 12) /* what sealing adds to a line */

struct auditlog_chain {
    uint64_t seq; /* of the last line; 0: there is none */
    uint8_t hash[AUDITLOG_HASH];
};

/* What `body` behind this chain is sealed with. */
enum err auditlog_chain_next(const struct auditlog_chain *chain,
    struct auditlog_crypto *crypto, const void *body, size_t length,
    uint8_t out[AUDITLOG_HASH]) MUST_CHECK;

/*
 * Pieces of lines that are none, in their order: each is a line without its newline, or
 * AUDITLOG_LINE_MAX bytes of a longer one. The digest of several is that of the digest so
 * far and the next piece, so that nothing has to be kept.
 */
struct auditlog_torn {
    uint64_t bytes;
    uint8_t hash[AUDITLOG_HASH];
};

enum err auditlog_torn_add(struct auditlog_torn *t, struct auditlog_crypto *crypto,
    const void *piece, size_t length) MUST_CHECK;

/* 64 hex digits and a NUL. */
void auditlog_hex(const uint8_t hash[AUDITLOG_HASH], char out[AUDITLOG_HASH_HEX + 1]);
/* Lower case only. ERR_INVALID. */
enum err auditlog_unhex(
    const void *text, size_t length, uint8_t out[AUDITLOG_HASH]) MUST_CHECK;

#endif
