/*
 * auditlog_key - the key that signs the trail, and how it evolves.
 *
 * Each epoch has a pair of its own. The next one is made ahead, so that it can be announced
 * by a line and still be there when the process ends between that line and the file.
 * Evolving wipes the present secret: who takes it later can not sign the past.
 *
 * The file is two slots of fixed size, written in place by turns; the one that was written
 * last and is whole counts. Evolving writes both, so that no old secret stays in it.
 *
 * Ownership: holds secrets: auditlog_key_wipe() it.
 */
#ifndef AUDITLOG_KEY_H
#define AUDITLOG_KEY_H

#include "auditlog_chain.h"
#include "auditlog_line.h"

#define AUDITLOG_SLOT    512
#define AUDITLOG_SLOT_AT 4096 /* where the second begins: another block of a disk */

struct auditlog_key {
    uint64_t generation; /* of the slot that was written last */
    uint8_t trail[AUDITLOG_TRAIL];
    uint64_t epoch;
    struct auditlog_chain signed_to; /* the last signed line */
    struct auditlog_pair now;
    struct auditlog_pair next;
};

/* A new trail. */
enum err auditlog_key_make(struct auditlog_key *k, struct auditlog_crypto *crypto,
    enum auditlog_algorithm algorithm) MUST_CHECK;
/* The next pair takes over, in memory. */
enum err auditlog_key_evolve(
    struct auditlog_key *k, struct auditlog_crypto *crypto) MUST_CHECK;
void auditlog_key_wipe(struct auditlog_key *k);

enum err auditlog_key_encode(const struct auditlog_key *k, struct auditlog_crypto *crypto,
    uint8_t out[AUDITLOG_SLOT]) MUST_CHECK;
/* ERR_CORRUPT. */
enum err auditlog_key_decode(const uint8_t slot[AUDITLOG_SLOT],
    struct auditlog_crypto *crypto, struct auditlog_key *out) MUST_CHECK;

/* From the beginning, where fd stands. ERR_NOT_FOUND: the file is empty. ERR_CORRUPT: neither slot is whole. ERR_IO. */
enum err auditlog_key_load(
    int fd, struct auditlog_crypto *crypto, struct auditlog_key *out) MUST_CHECK;
/* Into the older slot; both: into each. On disk when it returns. */
enum err auditlog_key_store(
    int fd, struct auditlog_crypto *crypto, struct auditlog_key *k, bool both) MUST_CHECK;

#endif
