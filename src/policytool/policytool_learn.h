/*
 * policytool_learn - the least that lets a principal do what the audit trail says that it
 * did, as statements of the language.
 *
 * Names are exact; with prefix_from, that many names of one kind that are used alike and
 * begin alike, up to a '.', '-' or '_', become a prefix.
 *
 * Memory grows with the different names, up to POLICYTOOL_LEARN_MAX, and not with the
 * trail. What is proposed is read back as a policy before it is given out, so that no name
 * in the trail can add a rule or widen one.
 *
 * Trust: events are any bytes. Ownership: owns its names; borrows the principal.
 */
#ifndef POLICYTOOL_LEARN_H
#define POLICYTOOL_LEARN_H

#include "buf.h"
#include "policytool_trail.h"
#include "table.h"

#define POLICYTOOL_LEARN_MAX       65536 /* names */
#define POLICYTOOL_LEARN_ADDRESSES 32

struct policytool_learn {
    struct policy_view principal; /* without User: */
    bool is_anonymous;
    uint64_t prefix_from; /* 0: never */
    struct table names;
    uint8_t addresses[POLICYTOOL_LEARN_ADDRESSES][16];
    size_t address_count;
    bool has_more_addresses;
    uint32_t methods; /* bits of enum policy_method */
    int64_t first_ms;
    int64_t last_ms;
    uint64_t uses;
    uint64_t refusals;
    uint64_t bad;    /* lines, also those that the caller could not read */
    uint64_t hidden; /* uses of names for which no room was left */
};

/* who: alice, User:alice or anonymous. */
void policytool_learn_init(struct policytool_learn *l, const char *who);
void policytool_learn_fini(struct policytool_learn *l);
/* One line, of whomever. ERR_NOMEM. */
enum err policytool_learn_add(
    struct policytool_learn *l, const struct policytool_event *event) MUST_CHECK;
/*
 * Statements, without the first line of a policy. ERR_INVALID: the principal can not be
 * written in the language.
 */
enum err policytool_learn_write(
    const struct policytool_learn *l, struct buf *out) MUST_CHECK;

#endif
