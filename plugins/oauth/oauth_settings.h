/*
 * oauth_settings - what the administrator says about tokens, read from the settings.
 *
 * Trust: values are the administrator's; a mistake is refused with a sentence, and an
 * empty value is no value.
 *
 * Ownership: copies everything. Large: not for a stack.
 *
 * Limits: texts of OAUTH_TEXT_MAX bytes, OAUTH_AUDIENCES_MAX audiences.
 */
#ifndef OAUTH_SETTINGS_H
#define OAUTH_SETTINGS_H

#include "oauth_key.h"

#include <schloss/auth_plugin.h>

#define OAUTH_TEXT_MAX       512
#define OAUTH_AUDIENCES_MAX  16
#define OAUTH_SKEW_MAX_S     300
#define OAUTH_LIFETIME_MAX_S 31536000 /* a year */

#define OAUTH_SET_AUDIENCE   "sasl.oauthbearer.expected.audience"
#define OAUTH_SET_ISSUER     "sasl.oauthbearer.expected.issuer"
#define OAUTH_SET_SUB        "sasl.oauthbearer.sub.claim.name"
#define OAUTH_SET_SCOPE      "sasl.oauthbearer.scope.claim.name"
#define OAUTH_SET_GROUPS     "schloss.oauthbearer.groups.claim.name"
#define OAUTH_SET_SKEW       "sasl.oauthbearer.clock.skew.seconds"
#define OAUTH_SET_ALGORITHMS "schloss.oauthbearer.algorithms"
#define OAUTH_SET_LIFETIME   "schloss.oauthbearer.lifetime.max.seconds"
/* The keys come from there. It is not read here, only whether it is set. */
#define OAUTH_SET_URL "sasl.oauthbearer.jwks.endpoint.url"

struct oauth_settings {
    char audiences[OAUTH_AUDIENCES_MAX][OAUTH_TEXT_MAX + 1];
    size_t audience_count;
    char issuer[OAUTH_TEXT_MAX + 1];
    char sub_claim[OAUTH_TEXT_MAX + 1];
    char scope_claim[OAUTH_TEXT_MAX + 1];
    char groups_claim[OAUTH_TEXT_MAX + 1];
    unsigned algorithms; /* a set: the allow-list */
    int64_t skew_ms;
    int64_t lifetime_max_ms;
};

/* ERR_INVALID: *key_out is the setting and *why_out half a sentence about it; both are
 * constants. */
enum err oauth_settings_read(struct oauth_settings *out,
    const struct schloss_auth_setting *settings, size_t count, const char **key_out,
    const char **why_out) MUST_CHECK;

#endif
