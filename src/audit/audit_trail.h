/*
 * audit_trail - writes the trail: chained lines, signatures, files one behind the other.
 *
 * Ownership: owns its descriptors from the moment that they are given.
 *
 * An error other than of an anchor is final: the trail must not be used any more. What was
 * not written then is told by the gap line of the one that goes on.
 */
#ifndef AUDIT_TRAIL_H
#define AUDIT_TRAIL_H

#include "audit_tail.h"
#include "auditlog_anchor.h"
#include "auditlog_key.h"

#define AUDIT_RECORDS_MAX   1000                   /* without a signature */
#define AUDIT_BYTES_MAX     ((uint64_t)256 * 1024) /* ... and how much of them */
#define AUDIT_SIGN_MS       1000                   /* ... and for how long */
#define AUDIT_EPOCH_RECORDS 1000                   /* checkpoints under one key */
#define AUDIT_EPOCH_MS      3600000 /* ... and how long after its first record */
#define AUDIT_SYSLOG_MS     60000

/* Where the last signed line is copied to. */
enum audit_anchor {
    AUDIT_ANCHOR_HEAD,
    AUDIT_ANCHOR_FILE,
    AUDIT_ANCHOR_SYSLOG,
    AUDIT_ANCHORS
};

struct audit_trail {
    struct auditlog_crypto *crypto; /* borrowed */
    struct auditlog_key key;
    bool has_key;
    struct auditlog_chain chain;
    int log_fd;
    int key_fd;
    int anchor_fds[AUDIT_ANCHORS]; /* -1: none */
    bool anchor_failed[AUDIT_ANCHORS];
    struct buf out; /* lines that are not written yet */
    size_t start;   /* of the line in hand */
    uint64_t file_bytes;
    bool dirty;              /* written, not synced */
    uint64_t unsigned_count; /* lines since the last signature */
    uint64_t unsigned_bytes; /* ... since the key knows of one */
    bool count_known;
    uint64_t checkpoints; /* of this epoch, since we are there */
    bool used;            /* the present key signed more than its successor */
    int64_t epoch_from_ms;
    int64_t syslog_ms; /* when it was told last; 0: never */
    bool syslog_due;   /* it was not told of the last */
    bool anchor_due;
    size_t anchor_length;
    char anchor[AUDITLOG_ANCHOR]; /* the last signed line that says where the trail is */
};

struct audit_times {
    int64_t wall_ms;
    int64_t mono_ms;
};

enum err audit_trail_init(
    struct audit_trail *t, struct auditlog_crypto *crypto, int log_fd) MUST_CHECK;
void audit_trail_fini(struct audit_trail *t);

/* The key, so that the tail can be compared with what it knows. As below. */
enum err audit_trail_load(struct audit_trail *t) MUST_CHECK;

/*
 * Begins, or goes on behind what `tail` found, with another key. previous: name of the file that tail was read
 * from, where that is not this one. ERR_CORRUPT: the file of the key is damaged; ERR_EXISTS:
 * it is empty, but there is a trail; ERR_UNSUPPORTED: its key is of another algorithm.
 */
enum err audit_trail_resume(struct audit_trail *t, enum auditlog_algorithm algorithm,
    const struct audit_tail *tail, const char *previous,
    struct audit_times now) MUST_CHECK;

/* A line of somebody else: what is written to the buffer is closed by the second. */
struct buf *audit_trail_open(struct audit_trail *t);
enum err audit_trail_close(struct audit_trail *t) MUST_CHECK;
/*
 * As many lines as may be without a signature: now a checkpoint, and a sync. What is behind
 * the last signature that the key knows of never is more than what is looked at of a tail.
 */
bool audit_trail_is_full(const struct audit_trail *t);

/* Signs what is not signed, and goes to the next key when it is time. */
enum err audit_trail_checkpoint(struct audit_trail *t, struct audit_times now) MUST_CHECK;
/*
 * The same, and goes to the next key when the present one has signed anything: with nothing
 * new there is no line.
 */
enum err audit_trail_turn(struct audit_trail *t, struct audit_times now) MUST_CHECK;
/* All is on disk when it returns, and anchors were told. */
enum err audit_trail_sync(struct audit_trail *t, struct audit_times now) MUST_CHECK;
/* Takes fd, in place of the one before. */
void audit_trail_anchor(struct audit_trail *t, enum audit_anchor which, int fd);
/* Goes on in a new, empty file. Takes fd. previous: what the present one is called now. */
enum err audit_trail_next(struct audit_trail *t, int fd, const char *previous,
    struct audit_times now) MUST_CHECK;
/* Another key, and a signed end: on disk there is no key that signed anything but that. */
enum err audit_trail_stop(struct audit_trail *t, struct audit_times now) MUST_CHECK;

#endif
