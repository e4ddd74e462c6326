/*
 * x509_rules - ssl.principal.mapping.rules: what a certificate's name becomes.
 *
 *     rules := rule ( "," rule )*        blanks around are nothing, so are empty rules
 *     rule  := "DEFAULT" | "RULE:" pattern "/" replacement "/" [ "L" | "U" ]
 *
 * The grammar and the meaning are Apache Kafka's: the first rule whose pattern is the
 * whole name applies; the result is the name with every place that the pattern finds
 * replaced; $1 is what a group holds, and a number above the groups is text. The regular
 * expressions are PCRE's, which are Java's but for rare forms; L and U change ASCII
 * letters only.
 *
 * Trust: the rules are the administrator's, the names a peer's that a CA has signed. An
 * expression that takes too long refuses; it is not passed over, since a rule behind it
 * may be wider.
 *
 * Ownership: owns what it compiled.
 *
 * Limits: the names below.
 */
#ifndef X509_RULES_H
#define X509_RULES_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X509_RULES_TEXT_MAX 16384
#define X509_RULES_MAX      64
#define X509_PARTS_MAX      32   /* of one replacement: texts and groups */
#define X509_FINDS_MAX      256  /* places that are replaced in one name */
#define X509_SUBJECT_MAX    4096 /* bytes of a name, before and after */

struct x509_rules {
    struct x509_rule *items;
    size_t count;
    struct pcre2_real_general_context_8 *memory;
    struct pcre2_real_match_context_8 *limits;
};

/* Why a text was refused. */
struct x509_rules_problem {
    size_t column; /* in bytes, from 1 */
    char message[160];
};

/* ERR_INVALID fills problem_out. On every error r is empty. */
enum err x509_rules_init(struct x509_rules *r, const char *text, size_t length,
    struct x509_rules_problem *problem_out) MUST_CHECK;
void x509_rules_fini(struct x509_rules *r);

/* Appends what the name, which is UTF-8, becomes. ERR_NOT_FOUND: no rule applies;
 * ERR_FULL: a limit. On an error out may hold a part. */
enum err x509_rules_apply(const struct x509_rules *r, const void *name, size_t length,
    struct buf *out) MUST_CHECK;

#endif
