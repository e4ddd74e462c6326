/*
 * password_sasl - Cyrus SASL's server side of PLAIN, with nothing of the system in it.
 *
 * The mechanism is linked, not searched for: no folder is read, no configuration file, no
 * host name is resolved, nothing goes to syslog, and of all mechanisms only PLAIN is
 * there. Who is right is asked of the caller.
 *
 * Trust: the message is a peer's, but has passed password_message_parse(). A name that
 * Cyrus reads differently than we did is refused.
 *
 * Ownership: nothing outlives a call. Cyrus has state for the whole process: start once,
 * stop once.
 */
#ifndef PASSWORD_SASL_H
#define PASSWORD_SASL_H

#include "password_check.h"
#include "password_message.h"

struct password_sasl_login {
    const void *message;
    size_t length;
    const struct password_message *parsed; /* of the same bytes */
    /* Asked once at most. */
    enum password_answer (*verify)(void *context, const struct password_proof *asked);
    void *context;
};

enum err password_sasl_start(void) MUST_CHECK;
void password_sasl_stop(void);

/* ERR_DENIED: *answer_out is what verify() said. ERR_INVALID: the two parsers disagree,
 * or Cyrus refused before it asked. OK: Cyrus and verify() both say yes. */
enum err password_sasl_run(
    const struct password_sasl_login *login, enum password_answer *answer_out) MUST_CHECK;

#endif
