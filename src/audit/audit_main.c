/*
 * audit - writes down who was let in, who was refused, and what was changed.
 *
 * Sees:       fixed events from the sockets of warden, keys and broker.
 * Holds:      the append-only descriptor of the audit file.
 * Talks to:   those; it answers nobody.
 * May call:   profile `audit`: write and sync that descriptor, its event loop, memory.
 * If taken:   the attacker can write false lines or none from now on; reads no data, no
 *             key, no credential, and reaches no network.
 */
#include "audit_process.h"

#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return audit_process(argc, argv);
}
