/*
 * porter_process - accepts connections, tells broker where each comes from, and hands it
 * to a gate that waits.
 *
 * Trust: addresses come from the kernel. The porter reads no byte of a client.
 */
#ifndef PORTER_PROCESS_H
#define PORTER_PROCESS_H

#include "role.h"

int porter_process(int argc, char **argv);

#endif
