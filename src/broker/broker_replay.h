/*
 * broker_replay - reads one partition from its first record to its end, through store.
 *
 * Trust: store is believed for which bytes are on disk; what they say is checked as
 * anything from a disk is.
 */
#ifndef BROKER_REPLAY_H
#define BROKER_REPLAY_H

#include "broker_store.h"

/* Views are borrowed until it returns. An error ends the replay. */
typedef enum err broker_replay_record(
    struct broker *b, void *context, struct wire_view key, struct wire_view value);
/* why: OK, or what went wrong (an unreadable record, a failed read, the callback's
 * error). */
typedef void broker_replay_done(struct broker *b, void *context, enum err why);

/* Opens the partition first; makes it when it is not there and create is set. */
void broker_replay(struct broker *b, const struct broker_partition *at, const char *topic,
    int32_t leader_epoch, bool create, broker_replay_record *record,
    broker_replay_done *done, void *context);

#endif
