#include "gate_proof.h"

#include "gate_session.h"
#include "ipc_words.h"
#include "tls_server.h"
#include "tls_transcript.h"

#include <string.h>

_Static_assert((int)TLS_ASK_NOTHING == (int)IPC_CLIENT_AUTH_NONE &&
                   (int)TLS_ASK_REQUESTED == (int)IPC_CLIENT_AUTH_REQUESTED &&
                   (int)TLS_ASK_REQUIRED == (int)IPC_CLIENT_AUTH_REQUIRED,
    "the same numbers");
_Static_assert(TLS_TRANSCRIPT_MAX <= IPC_PROOF_MAX, "each transcript fits a PROOF");

void gate_proof_prepare(struct gate *g)
{
    uint8_t most = IPC_CLIENT_AUTH_NONE;
    struct tls_problem problem;

    for (size_t i = 0; i < GATE_LISTENERS_MAX; i++) {
        uint8_t its = g->listeners[i].client_auth;
        most = its > most ? its : most;
    }
    if (g->tls != NULL && tls_context_ask(g->tls, (enum tls_ask)most, &problem) != OK) {
        role_refuse("clients can not be asked for certificates: %s", problem.text);
    }
}

enum err gate_proof_ask(struct gate *g)
{
    struct tls_problem problem;

    return tls_context_ask(g->tls, (enum tls_ask)g->listener->client_auth, &problem);
}

static enum err end_with(struct gate *g, int status)
{
    g->exit_status = status;
    return ERR_CLOSED;
}

enum err gate_proof_show(struct gate *g, int64_t deadline_ms)
{
    static const char too_long[] = "the client's certificates are too long";
    struct ipc_proof proof = {.transcript = {0}};
    struct ipc_received answer;
    uint64_t id = ++g->request;

    if (g->listener->client_auth == IPC_CLIENT_AUTH_NONE) {
        return OK;
    }
    enum err e = tls_get_transcript(
        g->connection.tls, &proof.transcript.ptr, &proof.transcript.len);
    if (e == ERR_FULL) {
        gate_log(g, IPC_LOG_TLS_FAILED, 0, too_long, strlen(too_long));
        return end_with(g, IPC_GATE_EXIT_PEER_FAULT);
    }
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    e = ipc_channel_send(&g->broker, IPC_MSG_PROOF, id, &proof, -1);
    tls_forget_transcript(g->connection.tls);
    if (e == OK) {
        e = gate_await(g, &g->broker, IPC_MSG_PROVEN, id, deadline_ms, &answer);
    }
    if (e != OK) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    return answer.body.proven.ok != 0 ? OK : end_with(g, IPC_GATE_EXIT_AUTH_FAIL);
}
