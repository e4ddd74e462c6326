/*
 * tls_context - everything about TLS that does not belong to one connection.
 *
 * Versions, suites, groups and signatures are those of a policy (tlspolicy.h), which each
 * connection may have of its own. No session tickets, no
 * session cache, no early data, no renegotiation, no compression. Clients are asked for a
 * certificate where the caller says so (tls_transcript.h).
 * A library context of its own: no configuration file, no certificate directory, no other
 * provider than OpenSSL's default one and ours (tls_provider.h), which asks the signer.
 *
 * After tls_warm() a handshake needs memory, random bytes and the socket, and opens
 * nothing.
 *
 * Ownership: borrows what signer->context points to; the context must outlive its
 * connections.
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include "err.h"
#include "tls_provider.h"
#include "tlspolicy.h"

#include <stddef.h>
#include <stdint.h>

#define TLS_VERSION_1_2 0x0303
#define TLS_VERSION_1_3 0x0304

#define TLS_CHAIN_MAX 10 /* certificates */

struct tls_context;

/* What clients are asked for, in the middle of the handshake. */
enum tls_ask {
    TLS_ASK_NOTHING,
    TLS_ASK_REQUESTED, /* a certificate, if it has one */
    TLS_ASK_REQUIRED,  /* without one there is no connection */
};

/* Why something failed: one sentence without its full stop, no byte of a peer in it. */
struct tls_problem {
    char text[200];
};

struct tls_chain {
    const uint8_t
        *bytes; /* certificates in PEM, the server's own first; no private key */
    size_t length;
    uint16_t version_min;
    uint16_t version_max;
};

void tls_problem_set(struct tls_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * chain: certificates in PEM, the server's own first, and no private key. ERR_INVALID:
 * the chain, or the versions, with the problem said. ERR_NOMEM.
 */
enum err tls_context_new(const uint8_t *chain, size_t length, uint16_t version_min,
    uint16_t version_max, const struct tls_signer *signer, struct tls_context **out,
    struct tls_problem *problem) MUST_CHECK;
/*
 * The same with OpenSSL's FIPS provider, or ERR_UNSUPPORTED. Its policy is `fips` from the
 * beginning, that of the other `intermediate`.
 */
enum err tls_context_new_mode(enum algo_mode mode, const struct tls_chain *chain,
    const struct tls_signer *signer, struct tls_context **out,
    struct tls_problem *problem) MUST_CHECK;
void tls_context_free(struct tls_context **c);

/*
 * What the connections to come may use, of what the context allows. ERR_UNSUPPORTED, with
 * the problem said: no version is left, or no signature with this kind of key.
 */
enum err tls_context_policy(struct tls_context *c, const struct tlspolicy *policy,
    struct tls_problem *problem) MUST_CHECK;

/*
 * What the clients of the connections to come are asked for; at first: nothing. Such
 * connections speak TLS 1.3 only. ERR_UNSUPPORTED, with the problem said: TLS 1.3 is not
 * among the versions; or the key is Ed25519, whose signatures repeat: whoever once saw a
 * client's proof could show it again, as its freshness lies in the server's signature.
 */
enum err tls_context_ask(
    struct tls_context *c, enum tls_ask ask, struct tls_problem *problem) MUST_CHECK;

/*
 * Does whole handshakes in memory, with a throw-away key, so that whatever OpenSSL does
 * on first use is done; if certificates are asked for, one with a certificate too. Does
 * not call the signer.
 */
enum err tls_warm(struct tls_context *c, struct tls_problem *problem) MUST_CHECK;

#endif
