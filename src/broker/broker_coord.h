/*
 * broker_coord - consumer groups and their offsets, around the step functions of `coord`:
 * the clock, the log and the clients that wait.
 *
 * State is kept in __consumer_offsets in Apache Kafka's record formats; the topic is made
 * when the first group is looked up. What is in memory is the truth; the log follows it
 * and is read at start only.
 *
 * Trust: everything about a group comes from peers, who are limited by what `coord`
 * allows all groups together, and by the number of calls that may wait.
 *
 * Ownership: owns the groups, the parked calls and the timers.
 */
#ifndef BROKER_COORD_H
#define BROKER_COORD_H

#include "broker.h"
#include "coord_groups.h"

#define BROKER_OFFSETS_TOPIC "__consumer_offsets"

/* limits: borrowed by nobody, copied. Sets b->coord. */
enum err broker_coord_init(
    struct broker *b, const struct coord_limits *limits) MUST_CHECK;
/* Nobody is answered. No write may be under way. Harmless before init. */
void broker_coord_fini(struct broker *b);
/*
 * (broker_coord_load.c) Reads every partition of __consumer_offsets (if the topic exists)
 * and then calls done once; from then on groups are served, before it they answer 14.
 */
void broker_coord_load(struct broker *b, void (*done)(struct broker *b, enum err why));

/* The log is read: groups are served from here on. */
void broker_coord_begin(struct broker *b);

/* For the handlers of requests about groups and offsets. */

struct coord_groups *broker_coord_groups(struct broker *b);
/* NULL before it is made. */
const struct meta_topic *broker_coord_topic(const struct broker *b);
/* 0, or the code that every such request gets now: 14, the log is not read yet. */
int16_t broker_coord_error(const struct broker *b);
/* The same for requests that end in a record: also 15, there is no topic yet to write to.
 */
int16_t broker_coord_write_error(const struct broker *b);
/* 0; or 15 for what changes a group, while nothing can be recorded. */
int16_t broker_coord_change_error(const struct broker *b);
/* Begins to make __consumer_offsets unless it is there or being made. */
void broker_coord_make_topic(struct broker *b);

/*
 * Keeps a call until the group answers the token that this returns. 0: too many wait, and
 * the call is still to be answered.
 */
uint64_t broker_coord_park(struct broker *b, const struct broker_call *call);
/*
 * One step of the group, with all that comes of it: answers, the record, the timer. Sets
 * the times of the event. Afterwards the group may be gone.
 */
void broker_coord_step(
    struct broker *b, struct coord_group *group, struct coord_event *event);
/* Forgets a group of which there is nothing to remember. */
void broker_coord_release(struct broker *b, struct coord_group *group);
/* Writes a record batch to the partition that keeps the group. */
void broker_coord_append(struct broker *b, struct wire_view group, struct wire_view batch,
    broker_store_done *done, void *context);

#endif
