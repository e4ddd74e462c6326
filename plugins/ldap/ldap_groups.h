/*
 * ldap_groups - the groups that a directory says somebody is in, as a host takes them.
 *
 * All of them, or the login is refused: a rule of the policy that denies may be about any.
 * A value counts as it stands, byte by byte.
 *
 * Trust: the directory is believed in which they are; not in their number, their size and
 * their text. Ownership: values only.
 *
 * Limits: SCHLOSS_AUTH_GROUPS_MAX values, SCHLOSS_AUTH_GROUPS_BYTES_MAX bytes in all.
 */
#ifndef LDAP_GROUPS_H
#define LDAP_GROUPS_H

#include <schloss/auth_plugin.h>
#include <stdbool.h>

struct ldap_groups {                           /* zero: none */
    char names[SCHLOSS_AUTH_GROUPS_BYTES_MAX]; /* each with a NUL behind it */
    size_t length;
    size_t count;
};

/* False: that one can not be taken; *g is as it was. */
bool ldap_groups_add(struct ldap_groups *g, const char *name, size_t length);

/* Whether an attribute that a directory names is that one: in any case of letters, and
 * with options behind it (RFC 4512, 2.5) or without. */
bool ldap_groups_is_attribute(const char *said, const char *attribute);

#endif
