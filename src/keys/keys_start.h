/*
 * keys_start - takes what the warden gives at the start: the pair, once all of it is fit.
 *
 * What is not ends the process with a sentence; then the pair that is in force stays.
 */
#ifndef KEYS_START_H
#define KEYS_START_H

#include "keys_process.h"

/* Takes fd. */
enum err keys_start(
    struct keys *k, const struct ipc_keys_start *start, int fd) MUST_CHECK;

#endif
