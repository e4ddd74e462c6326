/*
 * broker_proof - client certificates: who a gate's client is by its handshake.
 *
 * A gate on a listener that asks for certificates shows the handshake (PROOF) before
 * anything else, or says that its client showed no certificate. The authority for the
 * mechanism X509 judges it, together with the digest of the signature that keys made for
 * this very gate (SIGNED): a handshake without that signature is an old one, or somebody
 * else's. Broker looks into none of it.
 *
 * keys signs once for a gate, and tells of it where the text was one of TLS 1.3, which is of
 * no use in a handshake of TLS 1.2; and no session of TLS is resumed. So a client that made
 * sure who its server is has TLS 1.3 there, whatever the gate became.
 *
 * On SSL the certificate says who the session is. On SASL_SSL, as with Apache Kafka, SASL
 * does; the certificate must be good as well.
 *
 * Trust: the gate is hostile: one PROOF, in its time, on such a listener, or it is ended.
 * keys is believed in which signature it gave to whom and for what version, the authority in whom it names.
 *
 * Limits: a proof is kept while it is judged, IPC_PROOF_MAX bytes a session. One that a
 * process let in which a reload has replaced by then is judged again, by the present one.
 */
#ifndef BROKER_PROOF_H
#define BROKER_PROOF_H

#include "broker_session.h"

/* Not a SASL mechanism: a client must not be able to name it (conf has no such word). */
#define BROKER_PROOF_MECHANISM "X509"

/* A new keys process. The one before stays until its handshakes are over; one older than
 * that is let go. Takes fd. */
enum err broker_proof_add_keys(struct broker *b, int fd) MUST_CHECK;

/* Its client is there: whether its listener asks for certificates. */
bool broker_proof_want(struct broker_session *s);
/* A proof has to come, or was refused: nothing else is taken. */
bool broker_proof_is_wanted(const struct broker_session *s);
/* The version of TLS that its client has at least: 0x0304 is TLS 1.3; 0: none. */
uint16_t broker_proof_tls(const struct broker_session *s);
/* Its first message is there: what keys said of it is heard before. It may be ended. */
void broker_proof_hear(struct broker_session *s);
/* PROOF. ERR_INVALID: a breach. */
enum err broker_proof_on_proof(
    struct broker_session *s, const struct ipc_received *m) MUST_CHECK;

/* The attempt under way is that of a proof, not of SASL. */
bool broker_proof_is_judged(const struct broker_session *s);
/* The authority's answer to it. */
void broker_proof_on_result(
    struct broker_session *s, const struct ipc_auth_result *result);
/* The session ends. Harmless where nothing is kept. */
void broker_proof_forget(struct broker_session *s);

#endif
