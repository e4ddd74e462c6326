/*
 * audit_process - takes events from the other processes and appends them to one file.
 *
 * Trust: senders may have been taken over; the socket, not the message, says who wrote an
 * event. A sender that breaks a rule loses its channel; the process goes on.
 */
#ifndef AUDIT_PROCESS_H
#define AUDIT_PROCESS_H

#include "role.h"

/* Runs the whole process; returns its exit status. */
int audit_process(int argc, char **argv);

#endif
