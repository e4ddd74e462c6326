/*
 * policy_history - the policies that were in force, as bundles in a directory: files
 * `SERIAL-HASH.bundle`.
 *
 * SERIAL is that of the header, 0 where it has none; HASH are the 64 hex digits of the
 * SHA-256 of the bundle, which is what the file holds. The time of a file says when that
 * policy came into force last.
 *
 * Trust: the directory is the warden's. Whoever reads a bundle checks its hash, which he
 * has from the warden or from the name; its text may hold anything. What is no such file
 * is passed over.
 *
 * Limits: POLICY_HISTORY_LIST entries are looked at.
 */
#ifndef POLICY_HISTORY_H
#define POLICY_HISTORY_H

#include "buf.h"

#include <stdbool.h>
#include <sys/types.h>

#define POLICY_HASH_DIGITS  64
#define POLICY_HISTORY_MAX  11 /* are kept: the one in force, and ten of those before */
#define POLICY_HISTORY_LIST 32
#define POLICY_HISTORY_NAME (20 + 1 + POLICY_HASH_DIGITS + sizeof(".bundle"))

struct policy_history_entry {
    uint64_t serial;
    char hash[POLICY_HASH_DIGITS + 1];
    int64_t time_ms;
};

struct policy_history {
    struct policy_history_entry entries[POLICY_HISTORY_LIST]; /* the latest first */
    size_t count;
};

/* The SHA-256 of a bundle, in hex digits, with a NUL. */
void policy_history_hash(
    const uint8_t *bytes, size_t length, char out[POLICY_HASH_DIGITS + 1]);
/* 64 small hex digits, and nothing else. */
bool policy_history_is_hash(const char *text, size_t length);
bool policy_history_parse_name(const char *name, struct policy_history_entry *out);
void policy_history_name(
    const struct policy_history_entry *entry, char out[POLICY_HISTORY_NAME]);

/* ERR_IO: errno says why the directory can not be read. */
enum err policy_history_list(
    const char *directory, struct policy_history *out) MUST_CHECK;
/* Appends the bundle. ERR_IO: errno says why; ERR_INVALID: it has another hash than its
 * name says; ERR_FULL: it is larger than any. */
enum err policy_history_read(const char *directory,
    const struct policy_history_entry *entry, struct buf *out) MUST_CHECK;
/*
 * Keeps a bundle as the latest, and lets the oldest above POLICY_HISTORY_MAX go. Makes the
 * directory where it is missing; gid: who may read beside the owner, or (gid_t)-1.
 * ERR_DENIED: somebody else may write to the directory; ERR_IO: errno says why.
 */
enum err policy_history_keep(const char *directory,
    const struct policy_history_entry *entry, const struct buf *bundle,
    gid_t gid) MUST_CHECK;

#endif
