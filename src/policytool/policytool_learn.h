/*
 * policytool_learn - what a principal did, as the audit trail says: from that
 * policytool_proposal.h makes the least that lets it do so.
 *
 * Names are exact; with prefix_from, that many names of one kind that are used alike and
 * begin alike become a prefix (policytool_prefix.h).
 *
 * Memory grows with the different names, up to POLICYTOOL_LEARN_MAX, and not with the
 * trail.
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

/* Owns its text. */
struct policytool_learned {
    enum policy_resource resource;
    uint32_t operations; /* bits */
    struct policy_view text;
    uint8_t bytes[];
};

struct policytool_learn {
    struct policy_view principal; /* without User: */
    bool is_anonymous;
    uint64_t prefix_from; /* 0: never */
    struct table names;   /* of struct policytool_learned */
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

#endif
