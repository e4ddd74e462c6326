/*
 * broker - decides: who a session is, what it may do, which topics and groups there are.
 *
 * Sees:       requests in fixed form from gates, identities from auth, origins from
 *             porter (of administrators who they are, too), digests of handshake
 *             signatures from keys, the end of each certificate from the warden; the
 *             handshakes of clients with certificates, which it does not look into.
 * Holds:      sessions, the compiled policy, metadata, quotas, groups and offsets, when
 *             users last logged in; no data, of credentials only sealed ones.
 * Talks to:   warden, porter, gates, keys, auth, store, audit.
 * May call:   profile `broker`: its event loop, messages, memory, whether the clock is
 *             right; no file calls, no new sockets.
 * If taken:   the attacker can give grants, hence reach all data through store's
 *             interface, and record what it likes under any name from then on; no raw
 *             disk, no TLS key, no stored password, no past audit record.
 */
#include "broker_process.h"

#include "sandbox_libraries.h"

int main(int argc, char **argv)
{
    sandbox_print_libraries(argc, argv, NULL);
    return broker_process(argc, argv);
}
