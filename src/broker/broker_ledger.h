/*
 * broker_ledger - who a session was, until store said its last word about it.
 *
 * Store counts what a gate wrote and was given, and says so by the gate's number; who that
 * is, only broker knows. A page is opened when a session gets a principal (an event: start)
 * and closed when the session is over and store has acknowledged that its grants are gone
 * (an event: end, with the time and the bytes). So store can name no principal, and every
 * batch that it tells of is that of somebody.
 *
 * Trust: numbers of store are its own to say. A gate's number that has no page is written
 * down without a principal. Ownership: pages are in b->ledger; at most one for each session,
 * and one for each that store still owes a word about.
 */
#ifndef BROKER_LEDGER_H
#define BROKER_LEDGER_H

#include "ipc_link.h"
#include "table.h"

struct broker;
struct broker_session;

struct broker_ledger {
    struct table pages; /* by gate */
};

void broker_ledger_init(struct broker *b);
/* Without a word. */
void broker_ledger_fini(struct broker *b);

/* It has a principal. Nothing the second time. */
void broker_ledger_open(struct broker_session *s);
/* It is over; is_owed: store was told to take back its grants, and will say so. */
void broker_ledger_close(struct broker_session *s, const char *why, bool is_owed);

/* Row for the dispatch table: USED. */
enum err broker_ledger_on_used(void *context, const struct ipc_received *m) MUST_CHECK;
void broker_ledger_on_revoked(struct broker *b, const struct ipc_revoked *told);

#endif
