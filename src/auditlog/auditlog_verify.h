/*
 * auditlog_verify - was the trail changed since it was written, and is all of it there?
 *
 * Bytes go in, findings come out; no file, no clock, no network, no allocation.
 *
 * Trust: the bytes are whatever somebody left there; so are an anchor and the names of
 * files. Nothing that is read changes more than what is said about it.
 *
 * Limits: one line of AUDITLOG_LINE_MAX bytes; the rest is of fixed size.
 */
#ifndef AUDITLOG_VERIFY_H
#define AUDITLOG_VERIFY_H

#include "auditlog_line.h"

#define AUDITLOG_SEALED_MAX 1000 /* records that one checkpoint may cover */
/* A checkpoint follows its first record within that: what is counted for ten seconds bears
 * the time of its last, and is told when they are over. */
#define AUDITLOG_LATE_MS 15000

enum auditlog_severity {
    AUDITLOG_NOTE,    /* what an auditor wants to know: a gap that the trail tells of */
    AUDITLOG_WARNING, /* odd, but nothing is missing */
    AUDITLOG_PROBLEM, /* changed, or not all there */
};

struct auditlog_place {
    char file[AUDITLOG_NAME_MAX + 1];
    uint64_t line;
    uint64_t seq; /* 0: not known */
};

struct auditlog_finding {
    enum auditlog_severity severity;
    const struct auditlog_place *place;
    const char *text; /* printable ASCII; lives for the call */
};

/* What the auditor knows beforehand. */
struct auditlog_known {
    bool has_key;
    struct auditlog_public key;
    uint64_t epoch; /* of that key */
    bool has_anchor;
    struct auditlog_chain anchor; /* the one that reaches farthest */
    /* All others, by their number: who set a trail back and went on meets them. Borrowed. */
    const struct auditlog_chain *others;
    size_t others_count;
    bool is_part; /* earlier and later files may exist that are not shown */
};

struct auditlog_totals {
    uint64_t files;
    uint64_t records;
    uint64_t checkpoints;
    uint64_t keys;
    uint64_t gaps;
    uint64_t problems;
    uint64_t warnings;
    uint64_t unsigned_records; /* behind the last signature */
    uint64_t first_seq;
    uint64_t last_seq;
    bool ended;      /* by a line that says so */
    bool file_ended; /* by one that says that another file follows */
};

struct auditlog_verify {
    struct auditlog_crypto *crypto; /* borrowed */
    struct auditlog_known known;
    void (*report)(void *context, const struct auditlog_finding *finding);
    void *context;
    struct auditlog_totals totals;

    struct auditlog_place place; /* of the line in hand */
    char line[AUDITLOG_LINE_MAX];
    size_t length;
    bool overlong; /* the line in hand is longer than that */

    bool begun;
    struct auditlog_chain chain;
    uint8_t
        computed[AUDITLOG_HASH]; /* of the line before, where it is not what it said */
    bool in_doubt;               /* ... and either of the two may go on */
    bool key_known;
    bool matched; /* the auditor's key was met */
    bool proved;  /* ... and a signature was checked with it, or one that follows it */
    struct auditlog_public key;
    uint64_t epoch;
    struct auditlog_place unsigned_from;
    int64_t unsigned_ms; /* its time; -1: unknown */
    int64_t last_ms;     /* of the line before; -1: unknown */
    bool counted;        /* all since the last signature was read in order */
    bool too_many;       /* said already */
    bool anchor_seen;
    size_t others_seen;

    struct auditlog_place junk_at; /* lines that are none; line 0: none */
    struct auditlog_torn junk;
};

void auditlog_verify_init(struct auditlog_verify *v, struct auditlog_crypto *crypto,
    const struct auditlog_known *known,
    void (*report)(void *context, const struct auditlog_finding *finding), void *context);

/* The next file of the trail, in their order. */
void auditlog_verify_file(struct auditlog_verify *v, const char *name);
void auditlog_verify_bytes(struct auditlog_verify *v, const void *bytes, size_t length);
/* That was all. True: whole. */
bool auditlog_verify_end(struct auditlog_verify *v);

#endif
