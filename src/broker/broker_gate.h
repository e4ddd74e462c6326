/*
 * broker_gate - what a gate may say to broker, and when.
 *
 * Who a session is and where it comes from is heard before each message of its gate. A message
 * that does not fit the state of its session is a breach, and ends the gate.
 *
 * Trust: none. What a request holds is decoded by its table, bounded, before it is looked at.
 *
 * Limits: one request in hand; GATE_LOG_MAX lines of the log in the life of a gate.
 */
#ifndef BROKER_GATE_H
#define BROKER_GATE_H

#include "broker_session.h"

/* Their context is the struct broker_session. */
extern const struct ipc_handler broker_gate_handlers[IPC_MSG_COUNT];

#endif
