/*
 * ldap_cache - logins that the directory said yes to a moment ago, so that a storm of
 * reconnects does not reach it.
 *
 * What is kept is BLAKE2b over name and password under a key that is drawn when the process
 * starts and dies with it. Only what was right is remembered; a wrong password neither
 * finds nor makes an entry. Who is locked or removed in the directory is let in until the
 * entry's time is over, and no longer: being found does not renew it. The groups stay with
 * the verdict: who is remembered is in those of that answer.
 *
 * Ownership: the cache owns its memory and wipes it.
 *
 * Limits: LDAP_CACHE_SETS * LDAP_CACHE_WAYS entries, each with the bytes of its groups; the
 * oldest of a set makes room.
 */
#ifndef LDAP_CACHE_H
#define LDAP_CACHE_H

#include "err.h"
#include "ldap_groups.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LDAP_CACHE_SETS   512
#define LDAP_CACHE_WAYS   4
#define LDAP_CACHE_DIGEST 32

struct ldap_login {
    const char *name;
    size_t name_length;
    const char *password;
    size_t password_length;
};

struct ldap_cache {
    struct ldap_cache_entry *entries; /* owned; the sets one after the other */
    uint8_t key[LDAP_CACHE_DIGEST];
    int64_t keeps_ms;
};

/* keeps_ms 0: nothing is remembered. */
enum err ldap_cache_init(struct ldap_cache *c, int64_t keeps_ms) MUST_CHECK;
void ldap_cache_fini(struct ldap_cache *c);

/* True: *out are the groups. */
bool ldap_cache_has(const struct ldap_cache *c, const struct ldap_login *login,
    int64_t now_ms, struct ldap_groups *out);
/* Without memory nothing is remembered. */
void ldap_cache_add(struct ldap_cache *c, const struct ldap_login *login, int64_t now_ms,
    const struct ldap_groups *groups);

#endif
