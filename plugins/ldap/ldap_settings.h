/*
 * ldap_settings - what the administrator says about the directory: the keys
 * schloss.plugin.ldap.* and two files.
 *
 * Trust: the administrator's, and checked all the same. Ownership: values only but the
 * password of the service account, which is wiped.
 */
#ifndef LDAP_SETTINGS_H
#define LDAP_SETTINGS_H

#include "err.h"
#include "mem.h"

#include <schloss/auth_plugin.h>
#include <stdbool.h>

#define LDAP_SETTINGS_PREFIX "schloss.plugin.ldap."
#define LDAP_SETTINGS_TEXT   512
#define LDAP_PASSWORD_MAX    256

struct ldap_settings {
    bool starttls; /* else TLS from the first byte */
    char server_name[LDAP_SETTINGS_TEXT + 1];
    /* Either the DN of a user is made of the name ... */
    char dn_template[LDAP_SETTINGS_TEXT + 1];
    /* ... or it is looked for, by an account for that. */
    char base[LDAP_SETTINGS_TEXT + 1];
    char filter[LDAP_SETTINGS_TEXT + 1];
    char bind_dn[LDAP_SETTINGS_TEXT + 1];
    char name_attribute[LDAP_SETTINGS_TEXT + 1];
    char group_attribute[LDAP_SETTINGS_TEXT + 1]; /* empty: nobody asks for groups */
    struct secret bind_password;
    uint32_t timeout_ms;
    int64_t cache_ms; /* 0: nothing is remembered */
};

/* Whether users are looked for. */
bool ldap_settings_searches(const struct ldap_settings *s);
/* ERR_INVALID: *why_out is a sentence about *key_out; both are constants. */
enum err ldap_settings_read(struct ldap_settings *out,
    const struct schloss_auth_config *config, const char **key_out,
    const char **why_out) MUST_CHECK;
void ldap_settings_fini(struct ldap_settings *s);

#endif
