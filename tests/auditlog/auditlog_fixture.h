/* A trail in memory, and what the verifier says about its bytes. */
#ifndef AUDITLOG_FIXTURE_H
#define AUDITLOG_FIXTURE_H

#include "auditlog_key.h"
#include "auditlog_verify.h"

#define FIXTURE_LINES 2048

struct fixture_trail {
    struct auditlog_key key;
    struct auditlog_chain chain;
    uint64_t unsigned_count;
    struct buf text;
    size_t starts[FIXTURE_LINES + 1];
    size_t count;
    int64_t time_ms;
};

/* What was said first, and how much in all. */
struct fixture_verdict {
    bool whole;
    uint64_t problems;
    uint64_t warnings;
    uint64_t notes;
    struct auditlog_place place; /* of the first problem */
    char text[512];
    char note[512]; /* the last */
};

extern struct auditlog_crypto fixture_crypto;

int fixture_open(void **state);
int fixture_close(void **state);

/* Begins with a trail-start. */
void fixture_begin(struct fixture_trail *t, enum auditlog_algorithm algorithm);
void fixture_free(struct fixture_trail *t);
/* An event of somebody else; extra: further members, or "". */
void fixture_event(struct fixture_trail *t, const char *extra);
/* A line of the trail's own, that is not signed; extra as above. */
void fixture_own(struct fixture_trail *t, const char *event, const char *extra);
void fixture_signed(struct fixture_trail *t, const char *event);
void fixture_evolve(struct fixture_trail *t);
/* events, a checkpoint behind each `sealed` of them, another key behind each second. */
void fixture_fill(struct fixture_trail *t, size_t events, size_t sealed);

/* The bytes of line i with its newline. */
struct auditlog_view fixture_line(const struct fixture_trail *t, size_t i);
/* Line i behind out, with the hash and the number that fit there: what a forger can do who
 * has no key. */
void fixture_forge(
    struct auditlog_view line, struct auditlog_chain *chain, struct buf *out);

void fixture_verify(const struct buf *text, const struct auditlog_known *known,
    struct fixture_verdict *out);

#endif
