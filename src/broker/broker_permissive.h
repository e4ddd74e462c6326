/*
 * broker_permissive - a second policy that decides nothing: where it would have decided
 * otherwise, that is an event.
 *
 * The first difference of (principal, address, operation, resource, name, outcome) is told
 * at once, and what follows within BROKER_PERMISSIVE_MS together when that time is over.
 * Of differences above BROKER_PERMISSIVE_MAX at a time only the number is told. They have
 * no share in the room that refusals have.
 *
 * What would come into a list, or be left out of one without a word, is a difference too.
 * One list may have very many: they get BROKER_PERMISSIVE_LISTED of the rows and no more.
 *
 * Trust: names are a peer's choice. Ownership: owns policy and rows, in b->permissive.
 */
#ifndef BROKER_PERMISSIVE_H
#define BROKER_PERMISSIVE_H

#include "loop.h"
#include "policy.h"
#include "table.h"

#define BROKER_PERMISSIVE_MS     10000
#define BROKER_PERMISSIVE_MAX    1024
#define BROKER_PERMISSIVE_LISTED 256

struct broker;
struct broker_session;
struct broker_permissive_row;

struct broker_permissive {
    struct policy *policy; /* NULL: there is none */
    uint64_t generation;
    struct table rows;
    size_t listed;                       /* of the rows */
    struct broker_permissive_row *first; /* the oldest first */
    struct broker_permissive_row *last;
    struct loop_timer timer;
    uint32_t lost; /* that had no place */
    int64_t lost_ms;
};

void broker_permissive_init(struct broker *b);
/* Tells what was counted, at once: for the end. */
void broker_permissive_flush(struct broker *b);
void broker_permissive_fini(struct broker *b);
/* Takes it; NULL: there is none any more. */
void broker_permissive_set(struct broker *b, struct policy *fresh);
struct broker_permissive_difference {
    const struct policy_query *asked;
    const struct policy_decision *decided; /* what was */
    const struct policy_decision *would;   /* what this policy says */
    bool is_listed;                        /* of a list */
};

void broker_permissive_add(
    struct broker_session *s, const struct broker_permissive_difference *difference);

#endif
