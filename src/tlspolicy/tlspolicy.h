/*
 * tlspolicy - what TLS may use, under three names: versions, cipher suites, groups and
 * signature schemes, each written in one table.
 *
 * Trust: none of its input is a peer's. No OpenSSL here: names are passed on as text, so
 * that the configuration knows them too.
 *
 * Ownership: everything is constant.
 */
#ifndef TLSPOLICY_H
#define TLSPOLICY_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLSPOLICY_1_2 0x0303
#define TLSPOLICY_1_3 0x0304

#define TLSPOLICY_TEXT_MAX 400 /* of any list, with its NUL */

/* The order of the words of schloss.tls.policy. */
enum tlspolicy_name { TLSPOLICY_MODERN, TLSPOLICY_INTERMEDIATE, TLSPOLICY_FIPS };

#define TLSPOLICY_COUNT 3u

/* Lists are as OpenSSL reads them, parted by colons, the best first. */
struct tlspolicy {
    const char *name;
    const char *meant; /* for people */
    uint16_t version_min;
    uint16_t version_max;
    const char *suites;  /* of TLS 1.3 */
    const char *ciphers; /* of TLS 1.2; "": it is not spoken */
    const char *groups;
    const char *schemes;         /* that a server signs with */
    bool extended_master_secret; /* TLS 1.2 without it (RFC 7627) is refused */
};

/* NULL: there is none of that number. */
const struct tlspolicy *tlspolicy_get(unsigned number);

/* Is that number of a TLS SignatureScheme (RFC 8446, 4.2.3) among its schemes? */
bool tlspolicy_signs(const struct tlspolicy *p, uint16_t scheme);

/*
 * Those of the schemes, parted by colons, that the policy has, in their order; out holds
 * TLSPOLICY_TEXT_MAX bytes. False: none.
 */
bool tlspolicy_choose(const struct tlspolicy *p, const char *schemes, char *out);

/* All of them, for people. */
void tlspolicy_print(struct buf *out);

#endif
