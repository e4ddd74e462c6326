/*
 * warden_signed - has the signatures of the policy checked in a process of its own, and
 * keeps which one was in force last.
 *
 * The state file is written anew and renamed. Its directory is made where it is missing.
 */
#ifndef WARDEN_SIGNED_H
#define WARDEN_SIGNED_H

#include "policy_collect.h"
#include "warden.h"

/* ERR_INVALID: what is wrong was said. */
enum err warden_signed_check(struct warden *w, const char *path,
    const struct policy_collected *files, struct warden_state *state_out) MUST_CHECK;
/* The policy in force is the one that is kept from now on. */
void warden_signed_keep(struct warden *w);

#endif
