/*
 * keys - signs TLS handshakes with the server's private key.
 *
 * Sees:       texts that gates want signed; the key file, once, at its start.
 * Holds:      the TLS private key.
 * Talks to:   gates (one signature each), broker (the digest of each of TLS 1.3), warden,
 *             audit (breaches).
 * May call:   profile `keys`: its event loop, its sockets, memory; no file, no network.
 * If taken:   the attacker can sign as this server until the certificate is revoked, but
 *             reads no data and no credential, and reaches no network. With a gate that is
 *             taken too, an old proof of a client certificate can be shown again.
 */
#include "keys_process.h"

#include "algo.h"
#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, algo_print_files);
    return keys_process(argc, argv, NULL);
}
