/* What a policy says, told to OpenSSL for one connection: the names are in tlspolicy.c. */
#include "tls_context.h"

#include "tls_context_private.h"

#include <openssl/err.h>
#include <stdio.h>

static uint16_t larger(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

static uint16_t smaller(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

enum err tls_context_policy(
    struct tls_context *c, const struct tlspolicy *policy, struct tls_problem *problem)
{
    char schemes[TLSPOLICY_TEXT_MAX];

    if (larger(c->version_min, policy->version_min) >
        smaller(c->version_max, policy->version_max)) {
        tls_problem_set(problem,
            "schloss.tls.policy=%s and ssl.enabled.protocols have no version in "
            "common",
            policy->name);
        return ERR_UNSUPPORTED;
    }
    if (!tlspolicy_choose(policy, c->schemes, schemes)) {
        tls_problem_set(problem,
            "schloss.tls.policy=%s has no signature for the server's kind of key",
            policy->name);
        return ERR_UNSUPPORTED;
    }
    c->policy = policy;
    return OK;
}

enum err tls_policy_apply(const struct tls_context *c, SSL *ssl)
{
    const struct tlspolicy *p = c->policy;
    uint16_t min = larger(c->version_min, p->version_min);
    uint16_t max = smaller(c->version_max, p->version_max);
    char groups[TLSPOLICY_TEXT_MAX]; /* OpenSSL's macros cast const away */
    char schemes[TLSPOLICY_TEXT_MAX];

    (void)snprintf(groups, sizeof(groups), "%s", p->groups);
    if (!tlspolicy_choose(p, c->schemes, schemes)) {
        return ERR_UNSUPPORTED;
    }
    ERR_clear_error();
    return SSL_set_min_proto_version(ssl, min) == 1 &&
                   SSL_set_max_proto_version(ssl, max) == 1 &&
                   (min > TLSPOLICY_1_2 || SSL_set_cipher_list(ssl, p->ciphers) == 1) &&
                   SSL_set_ciphersuites(ssl, p->suites) == 1 &&
                   SSL_set1_groups_list(ssl, groups) == 1 &&
                   SSL_set1_sigalgs_list(ssl, schemes) == 1
               ? OK
               : ERR_NOMEM;
}

enum err tls_policy_check(const struct tls_context *c, SSL *ssl)
{
    if (c->policy->extended_master_secret && SSL_version(ssl) == TLSPOLICY_1_2 &&
        SSL_get_extms_support(ssl) != 1) {
        ERR_raise(ERR_LIB_SSL, SSL_R_INCONSISTENT_EXTMS);
        return ERR_INVALID;
    }
    return OK;
}
