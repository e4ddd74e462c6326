/*
 * auditlog_record - one line of the trail, read.
 *
 * Trust: the bytes are whatever lies in a file. Accepted is what the trail writes and no
 * more: one flat object of strings, numbers and null without white space, whose last
 * member is the hash. A name that is read here stands once.
 *
 * Ownership: views borrow the line.
 */
#ifndef AUDITLOG_RECORD_H
#define AUDITLOG_RECORD_H

#include "auditlog_chain.h"

#include <stdbool.h>

#define AUDITLOG_NAME_MAX 255 /* bytes of a file's name, of a reason */

struct auditlog_view {
    const char *ptr; /* NULL: the member is not there */
    size_t len;
};

enum auditlog_kind { AUDITLOG_STRING, AUDITLOG_NUMBER, AUDITLOG_NULL };

struct auditlog_member {
    struct auditlog_view name;
    enum auditlog_kind kind;
    struct auditlog_view value; /* of a string what is between its quotes, as written */
};

/* Over the members of one line; begin with {line, length}. */
struct auditlog_cursor {
    const char *at;
    size_t left;
    bool begun;
    bool ended; /* the object was closed, and nothing is behind it */
};

/* False: there is no other member: look at `ended`. */
bool auditlog_member_next(struct auditlog_cursor *cursor, struct auditlog_member *out);

struct auditlog_record {
    struct auditlog_view body; /* what is hashed */
    uint8_t hash[AUDITLOG_HASH];
    uint64_t seq; /* never 0 */
    struct auditlog_view time;
    struct auditlog_view source;
    struct auditlog_view event;
    struct auditlog_view reason;
    /* of the trail's own lines; numbers are 0 where they are not there */
    uint64_t epoch;
    uint64_t records;
    uint64_t torn;
    uint64_t lost;
    struct auditlog_view torn_hash;
    struct auditlog_view trail;
    struct auditlog_view algorithm;
    struct auditlog_view key;
    struct auditlog_view signature;
};

/* line: without its newline. ERR_INVALID. */
enum err auditlog_record_read(
    const char *line, size_t length, struct auditlog_record *out) MUST_CHECK;

bool auditlog_view_is(struct auditlog_view view, const char *text);
/* Whether the trail itself wrote this line, or says so: its source is "audit". */
bool auditlog_record_is_own(const struct auditlog_record *r);
/* algorithm and key of a record. ERR_INVALID. */
enum err auditlog_record_key(
    const struct auditlog_record *r, struct auditlog_public *out) MUST_CHECK;

/* How many bytes the escape at the front has; 0: it is none. */
size_t auditlog_escape_length(const char *at, size_t left);

#endif
