/*
 * x509_judge - one proof in, a principal or a reason out.
 *
 * The order: form, session, signatures, chain, name. Nothing of a certificate is trusted
 * before its chain is, and no name is made before that.
 *
 * Trust: see x509_proof.h for the message.
 *
 * Ownership: owns the anchors, lists and rules; x509_judge_init() makes it empty.
 */
#ifndef X509_JUDGE_H
#define X509_JUDGE_H

#include "x509_chain.h"
#include "x509_name.h"
#include "x509_rules.h"

#include <schloss/auth_plugin.h>

#define X509_PRINCIPAL_MAX 255 /* bytes of the name */

struct x509_judge {
    struct x509_chain chain;
    struct x509_rules rules;
    enum x509_source source;
    bool first_of_several;
};

struct x509_verdict {
    char name[X509_PRINCIPAL_MAX];
    size_t name_length;
    int64_t expires_ms;
    char issuer[SCHLOSS_AUTH_ISSUER_MAX];
    size_t issuer_length;
};

/* Without rules: x509_rules_init() is the caller's. */
enum err x509_judge_init(struct x509_judge *j) MUST_CHECK;
void x509_judge_fini(struct x509_judge *j);

/* NONE: *out is who it is. now_ms: wall time. */
enum schloss_auth_reason x509_judge_message(struct x509_judge *j, const void *bytes,
    size_t length, int64_t now_ms, struct x509_verdict *out) MUST_CHECK;
/* Everything once before a sandbox closes. The chain has its anchors. */
enum err x509_judge_warm(struct x509_judge *j) MUST_CHECK;

#endif
