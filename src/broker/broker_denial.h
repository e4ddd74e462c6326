/*
 * broker_denial - refusals that clients are told of: each gets a decision id, and the same
 * one again and again becomes one event with a count.
 *
 * The first refusal of (principal, address, operation, resource, name) is told at once;
 * what follows within BROKER_DENIAL_MS has the same id, and is told together when that
 * time is over. A principal at one address, or in one /64 of IPv6, has so many rows of its
 * own; what is behind those is told as one, with an id of its own. Where the table is full
 * so many more are told one by one, and all behind them as one.
 *
 * A decision id is `<boot>-<counter>` in hexadecimal: who has it finds the event.
 *
 * Trust: names are a peer's choice. Ownership: rows are in b->denials. What is left out of
 * lists without a word is `filtered`, and never comes here.
 */
#ifndef BROKER_DENIAL_H
#define BROKER_DENIAL_H

#include "ipc_link.h"
#include "table.h"
#include "wire_types.h"

#define BROKER_DENIAL_MS        10000
#define BROKER_DENIAL_NAMES_MAX 64    /* of a principal at one address */
#define BROKER_DENIALS_MAX      16384 /* of all */
#define BROKER_DENIALS_PLAIN    1000  /* ... and without a row, in BROKER_DENIAL_MS */
#define BROKER_DECISION_MAX     25    /* 8 digits, '-', 16 digits */

struct broker;
struct broker_session;
struct broker_denial;

struct broker_denials {
    struct table rows;
    struct table owners;         /* how many rows a principal at one address has */
    struct broker_denial *first; /* the oldest first */
    struct broker_denial *last;
    struct loop_timer timer;
    uint32_t boot;
    uint64_t counter;
    struct broker_denial_rest { /* of refusals that have no row */
        int64_t until_ms;       /* when this span is over */
        uint32_t told;          /* one by one, in this span */
        uint32_t more;
        int64_t first_ms; /* wall time, of those */
        int64_t last_ms;
        char decision[BROKER_DECISION_MAX + 1];
    } rest;
};

struct broker_refusal {
    const char *operation; /* "read" */
    const char *resource;  /* "topic" */
    struct wire_view name;
    const char *rule; /* NULL: none decided */
};

void broker_denials_init(struct broker *b);
/* Both tell what was counted, at once: for the end. */
void broker_denials_fini(struct broker *b);
void broker_denials_flush(struct broker *b);

/* The id of this refusal is in s->decision afterwards. */
void broker_denial_add(struct broker_session *s, const struct broker_refusal *refusal);

/*
 * For the error_message of an answer: "Topic authorization failed. (decision 1a2b3c4d-2f)"
 * with the words for the code, in the arena of the request in hand. Right behind the
 * refusal, before another one.
 */
const char *broker_denial_text(struct broker_session *s, int16_t code);

#endif
