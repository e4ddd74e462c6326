/*
 * coord_offsets - the offsets that one group committed.
 *
 * A commit takes two steps around the write to the log: begin makes the room, and after
 * the record is durable commit fills it, which cannot fail then; cancel when it could not
 * be written.
 *
 * Trust: topic names, offsets and metadata are a peer's. Limits: partitions, bytes of
 * metadata.
 *
 * Ownership: owns copies; borrows the budget.
 */
#ifndef COORD_OFFSETS_H
#define COORD_OFFSETS_H

#include "coord_budget.h"
#include "coord_event.h"
#include "table.h"

struct coord_offset {
    uint8_t *topic; /* owned */
    size_t topic_length;
    int32_t partition;
    bool is_committed;
    int64_t offset; /* as a client sent it, below zero too */
    int32_t leader_epoch;
    int64_t commit_ms; /* wall time */
    uint8_t *metadata; /* owned; room for metadata_room bytes */
    size_t metadata_length;
    size_t metadata_room;
    uint32_t writing; /* commits that began and did not end */
};

struct coord_offsets {
    struct coord_offset **sorted; /* by topic, then partition */
    size_t count;
    size_t capacity;
    size_t limit;
    size_t metadata_max;
    struct coord_budget *budget; /* borrowed */
};

struct coord_commit {
    struct wire_view topic;
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch;
    struct wire_view metadata; /* null counts as empty */
    int64_t commit_ms;
};

void coord_offsets_init(struct coord_offsets *offsets, size_t limit, size_t metadata_max,
    struct coord_budget *budget);
void coord_offsets_fini(struct coord_offsets *offsets);

enum coord_error coord_offsets_begin(
    struct coord_offsets *offsets, const struct coord_commit *commit);
/* Each begin is followed by one of these with the same commit. */
void coord_offsets_commit(
    struct coord_offsets *offsets, const struct coord_commit *commit);
void coord_offsets_cancel(
    struct coord_offsets *offsets, const struct coord_commit *commit);
void coord_offsets_remove(
    struct coord_offsets *offsets, struct wire_view topic, int32_t partition);

/* NULL: nothing committed. */
const struct coord_offset *coord_offsets_get(
    const struct coord_offsets *offsets, struct wire_view topic, int32_t partition);
/* All that are committed, by topic and partition; *cursor starts at 0; NULL at the end.
 */
const struct coord_offset *coord_offsets_next(
    const struct coord_offsets *offsets, size_t *cursor);
/* The first committed one behind that place; topic.ptr NULL: the first of all. */
const struct coord_offset *coord_offsets_after(
    const struct coord_offsets *offsets, struct wire_view topic, int32_t partition);
/* Whether there is more than the limits allow; they may have been lowered. */
bool coord_offsets_are_above(const struct coord_offsets *offsets);

#endif
