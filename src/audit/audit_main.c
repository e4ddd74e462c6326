/*
 * audit - writes down who was let in, who was refused, and what was changed.
 *
 * Sees:       fixed events from the sockets of warden, keys and broker.
 * Holds:      the append-only descriptor of the audit file; the key that signs the trail,
 *             of this epoch and the next, and the file that it is in; the files and the
 *             socket of the anchors; at its start the end of the trail, to read.
 * Talks to:   those; it answers broker alone, when asked what is on disk.
 * May call:   profile `audit`: write and sync those descriptors, ask how full their file
 *             system is, its event loop, memory.
 * If taken:   the attacker can write false lines or none from now on, and sign them; what
 *             was signed under the keys of past epochs he can not change unseen. He reads
 *             no data, no other key, no credential, and reaches no network.
 */
#include "audit_process.h"

#include "algo.h"
#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, algo_print_files);
    return audit_process(argc, argv);
}
