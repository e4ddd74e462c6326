/*
 * porter - accepts connections and hands each to a gate of its own.
 *
 * Sees:       addresses of clients; none of their bytes.
 * Holds:      the listening sockets, counts, rates and penalties by address.
 * Talks to:   warden, broker (where a session comes from; rates), gates (the client's
 *             socket).
 * May call:   profile `porter`: accept, two socket options, its event loop; no files,
 *             no new sockets.
 * If taken:   connections can be refused or misrouted and addresses be false; no
 *             identity, no data, no key.
 */
#include "porter_process.h"

#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return porter_process(argc, argv);
}
