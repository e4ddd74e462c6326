/*
 * warden_policy - has the policy compiled in a process of its own, and keeps the result.
 */
#ifndef WARDEN_POLICY_H
#define WARDEN_POLICY_H

#include "warden.h"

/*
 * Compiles the file; on success *fd_out is a sealed memfd. Otherwise says on stderr what
 * is wrong, in the compiler's words, and returns ERR_INVALID.
 */
enum err warden_policy_compile(
    struct warden *w, const char *path, int *fd_out) MUST_CHECK;
/* Sends the policy in force to broker. */
enum err warden_policy_send(struct warden *w, struct ipc_link *broker) MUST_CHECK;

#endif
