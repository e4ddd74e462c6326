/*
 * store - keeps the partitions on disk and serves exactly what a grant covers.
 *
 * Sees:       grants and quotas from broker, record batches and fetches from gates; of a
 *             batch it reads the header.
 * Holds:      the data directory; no key, no credential, no socket to the world.
 * Talks to:   warden, broker (what exists, who may; what gates wrote and were given),
 *             gates (bytes under a grant).
 * May call:   profile `store`: files beneath the data directory, its event loop, two
 * threads that only sync. No new sockets, no exec.
 * If taken:   the attacker has the data of this directory, and makes false or no records
 *             of its use, by the numbers of sessions; no network, no identity.
 */
#include "store.h"

#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return store_process(argc, argv);
}
