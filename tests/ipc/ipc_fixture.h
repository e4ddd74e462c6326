/*
 * ipc_fixture - messages and packets as bytes, laid out by the tests themselves, and a
 * raw end of a channel to send them from.
 *
 * Ownership: ipc_lay() fills memory of the caller; raw ends are closed by the caller.
 */
#ifndef IPC_FIXTURE_H
#define IPC_FIXTURE_H

#include "ipc_channel.h"
#include "test.h"

/* How long texts and blobs are, and which numbers stand in the other fields. */
enum ipc_shape { IPC_SHAPE_EMPTY, IPC_SHAPE_SMALL, IPC_SHAPE_FULL };

#define IPC_LAY_MAX ((size_t)160 * 1024 * 1024)

/* IPC_LAY_MAX bytes of address space; only what is touched takes memory. */
uint8_t *ipc_space(void);

/*
 * Lays out one message; returns its length. odd: the field (by index) that is one byte
 * longer than its maximum; SIZE_MAX: none. The bytes of a full field are not touched.
 */
size_t ipc_lay(enum ipc_msg msg, enum ipc_shape shape, size_t odd, uint8_t *out);

/* A packet: header and body. Returns its length. */
size_t ipc_packet_of(
    enum ipc_msg msg, uint64_t request, enum ipc_shape shape, uint8_t *out);

/* Sends bytes as one packet with count descriptors (all of them standard input). */
void ipc_raw_send(int fd, const uint8_t *bytes, size_t length, size_t count);

/* The lowest role in a set. */
enum ipc_role ipc_first_role(unsigned roles);

/* A channel of self whose other end, raw, belongs to peer. */
int ipc_open(struct ipc_channel *c, enum ipc_form form, enum ipc_role self,
    enum ipc_role peer, size_t queue_max);

/* How many descriptors this process has open. */
size_t ipc_count_descriptors(void);

#endif
