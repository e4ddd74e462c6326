/*
 * gate - speaks TLS and the Kafka protocol with one client.
 *
 * Sees:       every byte of one client, before and after authentication.
 * Holds:      that connection's socket and TLS state; no key, no credential, no path,
 *             no data file.
 * Talks to:   porter (gets the client), keys (one signature), broker (requests in fixed
 *             form), store (bytes under grants).
 * May call:   profile `gate`: read, write, poll and memory; no files, no new sockets,
 *             no exec.
 * If taken:   the attacker has the one connection that it serves and, once its client
 *             has logged in, the rights of that principal; no connection, identity or
 *             data of others. That of an administrator's client has, while it is there,
 *             what the administrator's socket gives: sessions can be seen and ended, and
 *             a reload asked for. Who can reach a client on its way too can use the one
 *             signature to be this server to it, and that client to this server.
 */
#include "gate_process.h"

#include "algo.h"
#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, algo_print_files);
    return gate_process(argc, argv);
}
