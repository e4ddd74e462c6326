/*
 * gate_fetch_session - what one client reads, partition by partition, and what it was told
 * last (KIP-227).
 *
 * A connection has at most one session that is kept. It ends with the connection, since the
 * next one is another process; a client then starts over, as it does when a broker forgets
 * a session. A fetch without a session is one that is not kept.
 *
 * Trust: topics and partitions are the client's words; how many there are is bounded.
 *
 * Ownership: owns its partitions and copies of their names.
 */
#ifndef GATE_FETCH_SESSION_H
#define GATE_FETCH_SESSION_H

#include "table.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stdint.h>

#define GATE_FETCH_NO_SESSION    0
#define GATE_FETCH_EPOCH_INITIAL 0
#define GATE_FETCH_EPOCH_FINAL   (-1)
#define GATE_FETCH_SESSION_MAX   10000 /* partitions of a session that is kept */

struct fetch_partition;

/* A topic as the request names it: by id where name.ptr is NULL. */
struct gate_fetch_topic {
    struct wire_view name;
    struct wire_uuid id;
};

struct gate_fetch_partition {
    struct gate_fetch_topic topic;
    int32_t partition;
    int64_t offset;
    int32_t max_bytes;
    int32_t leader_epoch;
    int32_t last_fetched_epoch;
    bool was_there; /* once, in this session */
    /* As the client was told last; -1: it was not. */
    int64_t high_watermark;
    int64_t log_start_offset;
    struct gate_fetch_partition *previous;
    struct gate_fetch_partition *next;
    size_t key_length;
    uint8_t key[];
};

struct gate_fetch_session {
    int32_t id;    /* GATE_FETCH_NO_SESSION: not kept */
    int32_t epoch; /* that the next request must have */
    bool by_id;
    struct table by_key;
    struct gate_fetch_partition *first; /* in the order in which they are read */
    struct gate_fetch_partition *last;
};

/* limit: partitions at most. */
void gate_fetch_session_init(struct gate_fetch_session *s, size_t limit);
void gate_fetch_session_fini(struct gate_fetch_session *s);

size_t gate_fetch_session_count(const struct gate_fetch_session *s);
/* Adds a partition, or changes how it is read. ERR_FULL at the limit. */
enum err gate_fetch_session_want(struct gate_fetch_session *s,
    const struct gate_fetch_topic *topic, const struct fetch_partition *asked) MUST_CHECK;
/* OK also where it was not read. */
enum err gate_fetch_session_forget(struct gate_fetch_session *s,
    const struct gate_fetch_topic *topic, int32_t partition) MUST_CHECK;
/* Behind all others: who just got records is read last the next time. */
void gate_fetch_session_move_last(
    struct gate_fetch_session *s, struct gate_fetch_partition *p);
/* The epoch after that one: 1 follows the largest. */
int32_t gate_fetch_session_next_epoch(int32_t epoch);

#endif
