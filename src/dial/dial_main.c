/*
 * dial - makes the connections of one plugin, which can make none.
 *
 * Sees:       "a connection, please" of its plugin's process; no byte that comes over the
 *             network.
 * Holds:      the addresses that the administrator wrote for that plugin, as numbers; a
 *             connection for the moment between making it and handing it on.
 * Talks to:   its plugin's process; the warden.
 * May call:   profile `dial`: socket and connect for TCP, its event loop, memory; no file.
 *             It is in the network of the host. Landlock lets it connect to the ports of
 *             its addresses alone (Linux 6.7 and newer).
 * If taken:   attacker can connect to those ports of any host that this one reaches (to
 *             any port, before Linux 6.7) and be a false server to its plugin; holds no
 *             credential and nothing that a client sent.
 */
#include "dial_process.h"

#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return dial_process(argc, argv);
}
