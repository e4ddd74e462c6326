/*
 * sandbox_landlock - which files, ports and signals a process may still reach.
 *
 * The structures are our own, as distributions ship older kernel headers than kernels. A
 * right that the kernel does not know is left out, and named by
 * sandbox_landlock_missing(). At least ABI 2 is needed where namespaces are in force too;
 * at least ABI 4, with its network rules, where they are not.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "sandbox.h"

/* 0 and *error_out set where the kernel has no Landlock. */
int sandbox_landlock_abi(int *error_out);
int sandbox_landlock_abi_min(enum sandbox_mode mode);
/* Names of the rights that this ABI lacks, separated by blanks; empty when it has all. */
void sandbox_landlock_missing(int abi, char *out, size_t size);
/* Whether a process can be kept to some ports of TCP: Linux 6.7 and newer. */
bool sandbox_landlock_has_ports(int abi);
/* Whether from signals and abstract sockets beyond itself: Linux 6.12 and newer. */
bool sandbox_landlock_has_scopes(int abi);
/* The rights beneath the directories of the store, for printing. */
void sandbox_landlock_beneath(char *out, size_t size);

/*
 * Denies every file, TCP bind and connect, and (where known) signals and abstract sockets
 * beyond the process; reading, writing, making and removing files and directories stays
 * possible beneath `directories`. Returns 0 or an errno. Needs no_new_privs.
 */
int sandbox_landlock_close(const int *directories, size_t count) MUST_CHECK;
/* The same without any directory, but TCP may connect to these ports (which an ABI below 4
 * does not know apart from others). */
int sandbox_landlock_close_but_ports(const uint16_t *ports, size_t count) MUST_CHECK;
/* The same with no port, but these files, and what is beneath these directories, can be
 * read. */
int sandbox_landlock_close_but_reading(const int *paths, size_t count) MUST_CHECK;

#endif
