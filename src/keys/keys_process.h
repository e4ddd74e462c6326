/*
 * keys_process - signs for gates, one signature each, and tells broker which.
 *
 * Trust: a gate may have been taken over. It may ask once, for a text with the shape of a
 * TLS handshake and a scheme of our key; anything else is a breach: its channel is
 * closed, the warden is asked to kill it, and the process goes on for the others.
 *
 * A signer that fails once ends the process: a session with a token that is gone does not
 * come back, and the next process begins a new one.
 *
 * Where a listener asks for client certificates, broker has the digest of a gate's
 * signature before the gate has the signature: so it
 * knows whether the handshake that a gate shows it was made here, for this very gate.
 *
 * Limits: KEYS_GATES_MAX gates; for each one packet (64 KiB) and KEYS_GATE_QUEUE bytes.
 *
 * Ownership: owns the key and the gates' channels.
 */
#ifndef KEYS_PROCESS_H
#define KEYS_PROCESS_H

#include "keys_expiry.h"
#include "keys_key.h"
#include "keys_signer.h"
#include "log.h"
#include "role.h"
#include "table.h"

#define KEYS_GATES_MAX  65536
#define KEYS_GATE_QUEUE 4096

struct keys {
    struct role role;
    const struct keys_signer *signer; /* borrowed; NULL: the key comes from a file */
    bool failed;                      /* the signer did: another process must come */
    struct algo algo;
    struct keys_key key;
    struct keys_expiry expiry;
    struct loop_timer expiry_timer;
    struct table gates; /* number -> struct keys_gate, owned */
    struct ipc_link audit;
    struct ipc_link broker;
    struct log_limit breach_lines;
    struct log_limit untold_lines;
    uint64_t signatures;
    uint64_t breaches;
    bool tls12; /* which shapes the listeners allow */
    bool tls13;
    unsigned policies; /* a bit for each enum tlspolicy_name that a listener has */
    bool tells_broker; /* client certificates are asked for, or TLS may be 1.2 or 1.3 */
};

/* For the warden's link (context: struct keys) and the gates' (their own). */
extern const struct ipc_handler keys_handlers[IPC_MSG_COUNT];

/* k->role is begun by the caller afterwards, with keys_handlers and k. */
void keys_init(struct keys *k);
/* Without the role. */
void keys_fini(struct keys *k);

/* Runs the whole process; returns its exit status. signer: borrowed; NULL: the key comes
 * from a file. */
int keys_process(int argc, char **argv, const struct keys_signer *signer);

#endif
