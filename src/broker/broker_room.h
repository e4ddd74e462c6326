/*
 * broker_room - memory for large requests, shared by all connections: a gate asks for room
 * when the first 64 KiB of one are there, and reads no further before it has some, so that
 * the client's bytes stay in the kernel. Small requests need none: each connection has
 * that much to itself.
 *
 * Nobody has more than a quarter of it, so that no principal keeps the others waiting; but
 * one request of any size fits where its principal has nothing else.
 *
 * Trust: a gate says how large the request is that it is going to read. It may lie, which
 * is why its own memory is bounded by the system as well.
 */
#ifndef BROKER_ROOM_H
#define BROKER_ROOM_H

#include "broker_session.h"

void broker_room_init(struct broker_room *room, uint64_t max);
void broker_room_fini(struct broker_room *room);

/*
 * ROOM: so many bytes are wanted, or, 0, no longer. The answer comes when there is room.
 * ERR_INVALID: it has some already, or waits; or has none to give back.
 */
enum err broker_room_on_room(
    struct broker_session *s, uint32_t bytes, uint64_t request) MUST_CHECK;
/* The session is gone, and what it had. */
void broker_room_leave(struct broker_session *s);

#endif
