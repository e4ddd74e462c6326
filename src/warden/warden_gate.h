/*
 * warden_gate - gates: a pool of warm spares, one number each, never used again.
 *
 * A gate is fully sandboxed and verified before any other process hears of it. Spares are
 * refilled a few at a time, so that a flood of connections does not become a storm of
 * processes. To start one costs ten times what its login costs, so that no more start at
 * once than there are processors: more would not be ready sooner, and those who are logged
 * in would wait behind all of them.
 */
#ifndef WARDEN_GATE_H
#define WARDEN_GATE_H

#include "warden.h"

/*
 * Starts as many as are missing, a few at once; also at the limit of connections, since only the
 * porter can refuse a client, and it needs a spare to look at one.
 */
void warden_gate_refill(struct warden *w);
/* The porter gave it a client. */
void warden_gate_taken(struct warden *w, uint64_t number);
/* Somebody saw it break a rule, or its right is gone. Harmless for an unknown number. */
void warden_gate_kill(
    struct warden *w, uint64_t number, enum ipc_role who, uint16_t reason);
/* Ends those that wait, so that new ones get the new certificate. */
void warden_gate_replace_spares(struct warden *w);
/* Ends all of them at once: broker or store died. */
void warden_gate_end_all(struct warden *w);
/* Asks all to finish what they have in hand. */
void warden_gate_stop_all(struct warden *w);

#endif
