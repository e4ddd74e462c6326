/*
 * keys-pkcs11 - stands in for keys where the private key is in a PKCS#11 token.
 *
 * Sees:       texts that gates want signed; the token's PIN, once, at its start.
 * Holds:      a session with the token. The key itself, if the token is software: SoftHSM
 *             works in this process.
 * Talks to:   gates (one signature each), broker (the digest of each of TLS 1.3), warden,
 *             audit (breaches).
 * May call:   profile `keys-pkcs11`: as keys, and reads the paths of the configuration; no
 *             thread, no process, no network, and nothing is written.
 * If taken:   as keys; where the token is hardware the attacker can sign for as long as he
 *             stays, and has no copy of the key afterwards.
 */
#include "keys_process.h"

#include "sandbox_libraries.h"
#include "token.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    static struct token token; /* the process's root struct, beside that of keys */

    sandbox_print_libraries(argc, argv, token_print_files);
    const struct keys_signer signer = token_signer(&token);
    /* Without the module's own farewell, which its sandbox may have no calls for. */
    _exit(keys_process(argc, argv, &signer));
}
