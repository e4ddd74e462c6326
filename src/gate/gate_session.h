/*
 * gate_session - one client from its first byte to its last.
 */
#ifndef GATE_SESSION_H
#define GATE_SESSION_H

#include "gate.h"

/* Serves the connection in g->connection until it ends; the status to exit with. */
int gate_session_run(struct gate *g);

/* Ends the process at once: for what can not be answered. */
_Noreturn void gate_session_end(struct gate *g, int status);

/* Encodes a response of the API in hand behind its header into g->out, with the frame's
 * length. The answer says how long the client has to wait (KIP-219). */
enum err gate_session_respond(
    struct gate *g, const struct wire_request_header *h, void *response) MUST_CHECK;
/* ... which then goes out. */
enum err gate_session_write(struct gate *g) MUST_CHECK;
/* A line in the log, and ERR_CLOSED: the connection ends without an answer. */
enum err gate_session_refuse(struct gate *g, const struct wire_request_header *h,
    enum ipc_log_code code, const char *text) MUST_CHECK;

#endif
