/*
 * broker_coord_answer - what a group answered, as a response of JoinGroup, SyncGroup or
 * Heartbeat.
 *
 * Trust: who waited may have lost its right on the group meanwhile; then it is told that
 * and nothing of the group.
 *
 * Ownership: borrows everything; nothing is kept.
 */
#ifndef BROKER_COORD_ANSWER_H
#define BROKER_COORD_ANSWER_H

#include "broker_session.h"
#include "coord_group.h"

/* call is one that was parked; group is the one that answered. */
void broker_coord_answer(struct broker *b, const struct broker_call *call,
    const struct coord_group *group, const struct coord_answer *answer);

/* Answers with a code alone. member_id: echoed by JoinGroup; null: not known. */
void broker_coord_refuse(struct broker *b, const struct broker_call *call,
    enum coord_answer_type type, int16_t error, struct wire_view member_id);

#endif
