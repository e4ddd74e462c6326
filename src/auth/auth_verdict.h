/*
 * auth_verdict - what a plugin answered, before it is believed.
 *
 * Trust: the plugin's code may be wrong or hostile. Only an answer that is whole and
 * plausible passes.
 *
 * Ownership: *out borrows the plugin's bytes.
 */
#ifndef AUTH_VERDICT_H
#define AUTH_VERDICT_H

#include "ipc_message.h"

#include <schloss/auth_plugin.h>

#define AUTH_ANSWER_MAX 16384

/* Fills verdict, reason, bytes and, where somebody is let in, who it is of *out. ERR_INVALID: not an
 * answer that the interface allows. */
enum err auth_verdict_check(
    const struct schloss_auth_result *result, struct ipc_auth_result *out) MUST_CHECK;

/* For logs and audit; a constant. */
const char *auth_reason_text(uint16_t reason);

#endif
