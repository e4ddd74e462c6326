/*
 * gssapi_rules - the short name of a Kerberos principal, by rules in the grammar of
 * Apache Kafka's sasl.kerberos.principal.to.local.rules.
 *
 *   rules := rule ( "," rule )*
 *   rule  := "DEFAULT" | "RULE:[" n ":" format "]" [ "(" filter ")" ]
 *            [ "s/" from "/" to "/" [ "g" ] ] [ "/" ] [ "L" | "U" ]
 *
 * The first rule that applies decides. filter and from are regular expressions of PCRE2,
 * run without its compiler to machine code; docs/kerberos.md says where they differ from
 * Java's.
 *
 * Trust: the rules are the administrator's, names are a peer's. Each match has a limit of
 * steps, depth and memory; at a limit the name is refused.
 *
 * Ownership: the rules own copies of their texts. Not for two threads.
 *
 * Limits: the numbers below.
 */
#ifndef GSSAPI_RULES_H
#define GSSAPI_RULES_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define GSSAPI_RULES_TEXT_MAX  ((size_t)16384)
#define GSSAPI_RULES_MAX       64u
#define GSSAPI_PATTERN_MAX     1024u /* bytes of a regular expression */
#define GSSAPI_PARENS_MAX      16u
#define GSSAPI_GROUPS_MAX      32u
#define GSSAPI_MATCH_STEPS_MAX 50000u
#define GSSAPI_MATCH_DEPTH_MAX 1000u
#define GSSAPI_MATCH_KIB_MAX   1024u
#define GSSAPI_PRINCIPAL_MAX   ((size_t)511) /* primary/instance@REALM */
#define GSSAPI_NAME_MAX        ((size_t)255) /* what it becomes */

struct gssapi_rules;

/* Why a text is no list of rules; message is a constant. */
struct gssapi_rules_problem {
    size_t at; /* byte, from 1 */
    const char *message;
};

enum gssapi_rules_answer {
    GSSAPI_RULES_NAMED = 0x35,
    GSSAPI_RULES_NONE = 0x59,    /* no rule applies */
    GSSAPI_RULES_REFUSED = 0x9c, /* not a name, not a simple result, or a limit */
};

struct gssapi_name {
    char bytes[GSSAPI_NAME_MAX];
    size_t length;
};

/* realm: the default realm, NUL-terminated. ERR_INVALID fills *problem_out. */
enum err gssapi_rules_new(struct gssapi_rules **out, const char *text, size_t length,
    const char *realm, struct gssapi_rules_problem *problem_out) MUST_CHECK;
void gssapi_rules_free(struct gssapi_rules **rules);

/* *out is set with GSSAPI_RULES_NAMED only: not empty, UTF-8, without '/' and '@',
 * not "*". A name without '@' is taken as it is. */
enum gssapi_rules_answer gssapi_rules_apply(struct gssapi_rules *rules,
    const char *principal, size_t length, struct gssapi_name *out) MUST_CHECK;

#endif
