/*
 * broker_authn - the SASL exchange between a session and the authority for its mechanism.
 * Broker relays bytes that it does not understand; only an auth process says who somebody
 * is, on its own socket, and only whom the configuration lets it name on that listener.
 */
#ifndef BROKER_AUTHN_H
#define BROKER_AUTHN_H

#include "broker_session.h"

/* From the warden, before the start. */
enum err broker_authn_on_authority(
    struct broker *b, const struct ipc_authority *told) MUST_CHECK;
enum err broker_authn_on_scope(struct broker *b, const struct ipc_scope *told) MUST_CHECK;

/*
 * A new process of that authority. The one before stays until its attempts are over; one
 * older than that is let go. The new one is asked about every session of this authority,
 * and those that it does not know are ended. Takes fd.
 */
enum err broker_authn_add(struct broker *b, uint8_t authority, int fd) MUST_CHECK;
/* A new attempt of this session with the authority for that mechanism. ERR_NOT_FOUND:
 * there is none. */
enum err broker_authn_begin(struct broker_session *s, const char *mechanism) MUST_CHECK;
/* One more message of that attempt. */
enum err broker_authn_step(struct broker_session *s, struct ipc_view bytes) MUST_CHECK;
/* Whether the authority at work on it may name that principal on its listener; a line in
 * the log when it may not. */
bool broker_authn_is_in_scope(const struct broker_session *s, struct ipc_view principal);
/* The attempt under way, if there is one, is not waited for any more. */
void broker_authn_cancel(struct broker_session *s);
/* Whether the process at work on it is not the present one of its authority any more. */
bool broker_authn_is_replaced(const struct broker_session *s);
/* It was let in: by a process that was replaced meanwhile, the present one is asked. */
void broker_authn_ask_again(struct broker_session *s);
/* Whether it is the authority for that mechanism. */
bool broker_authn_has(const struct broker_authority *a, struct ipc_view mechanism);
/* The process that is asked about logins by that mechanism now; NULL: nobody is. */
struct broker_auth *broker_authn_present(struct broker *b, struct ipc_view mechanism);
/* What that user may log in by has changed: may its sessions by that authority stay? */
void broker_authn_ask_about(
    struct broker *b, struct ipc_view mechanism, struct wire_view user);
/* Whether auth named somebody that logs and the policy can show. */
bool broker_authn_is_principal(struct ipc_view p);
/* The plugin's reason, for the audit; `otherwise` for a number that says nothing. */
const char *broker_authn_reason(uint16_t reason, const char *otherwise);

#endif
