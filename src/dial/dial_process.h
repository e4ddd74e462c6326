/*
 * dial_process - the whole of schloss-dial but its main(); see dial_main.c for the card.
 *
 * Trust: the plugin's process may have been taken over. It says one thing, "a connection,
 * please", and how long it waits; where to is not its to say. A message that it may not
 * send ends its channel.
 *
 * Limits: DIAL_LINES_MAX channels (a plugin has two processes during a reload), one
 * attempt at a time for each, and the rate of dial_attempt.h for all.
 */
#ifndef DIAL_PROCESS_H
#define DIAL_PROCESS_H

#include "dial_attempt.h"
#include "log.h"
#include "role.h"

#define DIAL_LINES_MAX 4

struct dial_line {
    struct dial *dial;
    struct ipc_link link;
    struct dial_attempt attempt;
    uint64_t request; /* that the attempt is for */
};

struct dial {
    struct role role;
    struct dial_addresses addresses;
    struct dial_rate rate;
    struct log_limit limit;
    struct dial_line lines[DIAL_LINES_MAX];
};

/* A channel to a process of the plugin. Takes fd. ERR_FULL, ERR_NOMEM, ERR_IO. */
enum err dial_process_add(struct dial *d, int fd) MUST_CHECK;
void dial_process_fini(struct dial *d);

int dial_process(int argc, char **argv);

#endif
