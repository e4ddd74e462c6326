/*
 * policytool_replay - what a policy would have decided about what the audit trail says that
 * another one did.
 *
 * Decisions are grouped by principal, operation, name and deciding rule: memory grows with
 * those, up to POLICYTOOL_REPLAY_MAX, and not with the trail. What is above is counted.
 *
 * Trust: events are any bytes. Ownership: owns its rows; borrows the set and the super
 * users, which must outlive it.
 */
#ifndef POLICYTOOL_REPLAY_H
#define POLICYTOOL_REPLAY_H

#include "policytool_set.h"
#include "policytool_trail.h"
#include "table.h"

#define POLICYTOOL_REPLAY_MAX 65536 /* rows */

/* Names without User:, as in super.users. */
struct policytool_supers {
    const char *const *names;
    size_t count;
};

struct policytool_replay_row;

struct policytool_replay {
    const struct policytool_set *set;
    struct policytool_supers supers;
    struct table rows; /* what is decided otherwise */
    uint64_t uses;
    uint64_t refusals;
    uint64_t bad;    /* lines, also those that the caller could not read */
    uint64_t hidden; /* decided otherwise, and no row was left */
};

void policytool_replay_init(struct policytool_replay *r, const struct policytool_set *set,
    struct policytool_supers supers);
void policytool_replay_fini(struct policytool_replay *r);
/* One line. ERR_NOMEM. */
enum err policytool_replay_add(
    struct policytool_replay *r, const struct policytool_event *event) MUST_CHECK;
/* *changes_out: whether something is decided otherwise. */
enum err policytool_replay_write(const struct policytool_replay *r, bool as_json,
    struct buf *out, bool *changes_out) MUST_CHECK;

#endif
