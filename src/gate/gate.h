/*
 * gate - the state of one process that serves one client connection.
 *
 * The gate is a sequential program: one request is read, answered and written before the
 * next one is looked at, as Apache Kafka does it for a connection. So nothing here has to
 * be locked, queued or reordered, and a client that does not read only stops itself.
 *
 * Trust: every byte of the client is hostile; broker, keys and store are trusted for
 * their answers only as far as their formats go. Nothing of lasting value is in here.
 */
#ifndef GATE_H
#define GATE_H

#include "arena.h"
#include "gate_connection.h"
#include "gate_fetch_session.h"
#include "gate_grant.h"
#include "role.h"
#include "wire_header.h"

#define GATE_LISTENERS_MAX IPC_LISTENERS_MAX

struct gate_listener {
    bool present;
    uint8_t protocol;    /* enum ipc_protocol */
    uint8_t tls_policy;  /* enum tlspolicy_name */
    uint8_t client_auth; /* enum ipc_client_auth */
    char name[65];
};

struct gate_config {
    uint64_t gate;
    uint32_t handshake_timeout_ms;
    uint32_t auth_timeout_ms;
    uint32_t idle_timeout_ms;
    uint32_t auth_rounds_max;
    uint32_t preauth_frame_max;
    uint32_t frame_max;
    uint32_t message_max_bytes;
};

/* Where the SASL exchange stands (RFC 4422 by way of KIP-43 and KIP-152). */
enum gate_auth {
    GATE_AUTH_NONE,      /* ApiVersions or SaslHandshake may come */
    GATE_AUTH_VERSIONS,  /* after ApiVersions: SaslHandshake only */
    GATE_AUTH_HANDSHAKE, /* after any SaslHandshake v1: SaslAuthenticate only */
    GATE_AUTH_RAW,       /* after SaslHandshake v0: frames are bare SASL tokens */
    GATE_AUTH_DONE,
};

struct gate {
    struct role role;
    struct gate_config config;
    struct gate_listener listeners[GATE_LISTENERS_MAX];
    const struct gate_listener *listener; /* of this connection */
    struct ipc_channel porter;
    struct ipc_channel broker;
    struct ipc_channel keys;
    struct ipc_channel store;
    struct tls_context *tls; /* NULL where no listener has TLS */
    struct gate_connection connection;
    struct gate_grants grants;
    struct gate_fetch_session fetch_session;
    bool is_admin; /* its client came by the administrator's socket */
    enum gate_auth auth;
    int64_t auth_deadline_ms;
    uint32_t auth_rounds;
    struct arena arena; /* of the request in hand */
    struct buf frame;   /* the request, without its length */
    struct buf fixed;   /* what goes to broker */
    struct buf out;     /* the response, with its length */
    struct gate_batch_scratch batch;
    bool has_room; /* broker gave memory for the request in hand */
    struct gate_client_id {
        size_t length;
        uint8_t bytes[255]; /* what is longer is cut */
    } client_id;            /* of the request in hand */
    int32_t throttle_ms; /* how long the client has to wait after the request in hand */
    uint64_t request;    /* ids of our messages */
    unsigned log_budget; /* lines this connection may still cause */
    int exit_status;     /* what the process ends with; IPC_GATE_EXIT_... */
};

/* One line for the log of broker, which puts the session before it. text may be NULL. */
void gate_log(struct gate *g, enum ipc_log_code code, uint32_t detail, const void *text,
    size_t length);

/*
 * Waits for one answer: flushes c, then receives until a message with the id `request` is
 * there. Anything else that arrives, and a deadline (monotonic ms, negative: none) that
 * passes, is an error. Ends the process when the warden is gone.
 */
enum err gate_await(struct gate *g, struct ipc_channel *c, enum ipc_msg msg,
    uint64_t request, int64_t deadline_ms, struct ipc_received *out) MUST_CHECK;

/*
 * Waits for fd, and hears the warden meanwhile. OK: fd is ready. fd -1: only for the time
 * to pass (ERR_TIMEOUT); what a client sent before it left is still heard then.
 */
enum err gate_wait(struct gate *g, int fd, bool to_write, int64_t deadline_ms) MUST_CHECK;
/* A neighbour says that the client has to wait; of several the longest time counts. */
void gate_throttle(struct gate *g, int32_t ms);

#endif
