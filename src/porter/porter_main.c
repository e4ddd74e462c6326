/*
 * porter - accepts connections and hands each to a gate of its own.
 *
 * Sees:       addresses of clients; none of their bytes; who is at the administrator's
 *             socket.
 * Holds:      the listening sockets, counts, rates and penalties by address.
 * Talks to:   warden, broker (where a session comes from, and that it is an
 *             administrator's; rates), gates (the client's socket).
 * May call:   profile `porter`: accept, three socket options, its event loop; no files,
 *             no new sockets.
 * If taken:   connections can be refused or misrouted and addresses be false; where
 *             there is an administrator's socket, sessions can be seen and ended; no
 *             client's identity, no data, no key.
 */
#include "porter_process.h"

#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return porter_process(argc, argv);
}
