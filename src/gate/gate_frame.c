#include "gate_frame.h"

#include "clock.h"
#include "gate_session.h"

#define SMALL_REQUEST 65536 /* what a connection has to itself */

static int64_t idle_deadline(const struct gate *g)
{
    int64_t idle = clock_mono_ms() + g->config.idle_timeout_ms;

    if (g->auth != GATE_AUTH_DONE && g->auth_deadline_ms < idle) {
        return g->auth_deadline_ms;
    }
    return idle;
}

/* The client was told to wait; whether it does or not, nothing of it is read meanwhile. */
static enum err wait_muted(struct gate *g)
{
    int64_t until_ms = clock_mono_ms() + g->throttle_ms;

    if (g->throttle_ms == 0) {
        return OK;
    }
    g->throttle_ms = 0;
    enum err e = gate_wait(g, -1, false, until_ms);
    return e == ERR_TIMEOUT ? OK : e;
}

/* A large request stays in the kernel until there is memory for it (broker_room.h). */
static enum err await_room(struct gate *g, uint32_t bytes)
{
    struct ipc_room room = {.bytes = bytes};
    uint64_t id = ++g->request;
    struct ipc_received given;
    enum err e = ipc_channel_send(&g->broker, IPC_MSG_ROOM, id, &room, -1);

    if (e == OK) {
        e = gate_await(g, &g->broker, IPC_MSG_ROOM_GIVEN, id, -1, &given);
    }
    if (e == ERR_TIMEOUT) {
        return ERR_CLOSED; /* the client hung up */
    }
    if (e != OK) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    g->has_room = true;
    return OK;
}

void gate_frame_end(struct gate *g)
{
    struct ipc_room none = {.bytes = 0};

    if (g->has_room &&
        ipc_channel_send(&g->broker, IPC_MSG_ROOM, ++g->request, &none, -1) != OK) {
        gate_session_end(g, IPC_GATE_EXIT_NEIGHBOUR);
    }
    g->has_room = false;
}

/* Who announces much and sends little has no room of others. */
static enum err read_body(struct gate *g, size_t length, int64_t deadline_ms)
{
    size_t first = length < SMALL_REQUEST ? length : SMALL_REQUEST;

    buf_reset(&g->frame);
    enum err e = gate_connection_read_body(&g->connection, first, deadline_ms, &g->frame);
    if (e == OK && first < length) {
        e = await_room(g, (uint32_t)length);
    }
    return e == OK
               ? gate_connection_read_body(&g->connection, length, deadline_ms, &g->frame)
               : e;
}

enum err gate_frame_read(struct gate *g)
{
    enum err e = wait_muted(g);
    bool trusted = g->auth == GATE_AUTH_DONE;
    bool large = trusted && !g->is_admin;
    uint32_t max = large ? g->config.frame_max : g->config.preauth_frame_max;
    int64_t deadline = idle_deadline(g);
    int32_t length = 0;

    if (e == OK && !gate_connection_pending(&g->connection)) {
        e = gate_wait(g, g->connection.fd, false, deadline);
    }
    if (e == OK) {
        e = gate_connection_read_length(&g->connection, deadline, &length);
    }
    if (e != OK) {
        return e;
    }
    if (length <= 0 || (uint32_t)length > max) {
        g->exit_status = IPC_GATE_EXIT_PEER_FAULT;
        gate_log(g, IPC_LOG_FRAME_SIZE, (uint32_t)length, NULL, 0);
        return ERR_CLOSED;
    }
    return read_body(g, (size_t)length, trusted ? INT64_MAX : g->auth_deadline_ms);
}
