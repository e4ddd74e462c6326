/*
 * warden_signed - what the check of a policy's signatures is given and says, and which
 * policy was in force last.
 *
 * The state file is written anew and renamed. Its directory is made where it is missing.
 */
#ifndef WARDEN_SIGNED_H
#define WARDEN_SIGNED_H

#include "policy_collect.h"
#include "warden.h"

/* Appends what the check of signatures reads. An error: what is wrong was said. */
enum err warden_signed_order(struct warden *w, const char *path,
    const struct policy_collected *files, struct buf *out) MUST_CHECK;
/* What it wrote. ERR_INVALID: that is nothing of use, which was said. */
enum err warden_signed_read(
    const char *path, int fd, struct warden_state *out) MUST_CHECK;
/* The policy in force is the one that is kept from now on. */
void warden_signed_keep(struct warden *w);

#endif
