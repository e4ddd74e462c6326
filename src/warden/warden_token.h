/*
 * warden_token - what keys is given where the private key is in a PKCS#11 token: a program
 * and a root of its own, and the module's name, paths and environment.
 *
 * The warden itself never loads the module, but for the list of its libraries another
 * process does, once, at the start.
 */
#ifndef WARDEN_TOKEN_H
#define WARDEN_TOKEN_H

#include "warden.h"

bool warden_token_is_wanted(const struct warden *w);
/* The program and the module are there; ERR_INVALID after a line in the log. */
enum err warden_token_open(struct warden *w) MUST_CHECK;
/* Its root, if it is wanted. ERR_INVALID after a line in the log, ERR_DENIED with
 * *failure_out. */
enum err warden_token_root(
    struct warden *w, struct sandbox_failure *failure_out) MUST_CHECK;
/* What comes before KEYS_START. */
enum err warden_token_send(struct warden_child *c) MUST_CHECK;

#endif
