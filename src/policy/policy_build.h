/*
 * policy_build - rules in, the compiled policy as bytes out.
 *
 * The one way to make a policy: for the compiler of policy files, and for rules that came
 * over the network. Works out what is implied (policy.h), the order and the tables.
 *
 * Trust: names may hold any bytes. Numbers and indices are the caller's own: wrong ones
 * are our fault.
 *
 * Ownership: copies everything it is given.
 */
#ifndef POLICY_BUILD_H
#define POLICY_BUILD_H

#include "buf.h"
#include "policy.h"

enum policy_subject_kind {
    POLICY_SUBJECT_ANY,
    POLICY_SUBJECT_ANONYMOUS,
    POLICY_SUBJECT_PRINCIPAL, /* name: with its type, "User:alice" */
    POLICY_SUBJECT_TEAM,      /* team: of policy_build_team() */
};

struct policy_build_subject {
    enum policy_subject_kind kind;
    struct policy_view name;
    uint32_t team;
};

struct policy_build_target {
    enum policy_resource resource;
    bool is_prefix; /* with an empty name: every name */
    struct policy_view name;
    uint32_t operations; /* bits, as written: nothing implied */
};

/* All of it must hold; a member that is 0 or empty asks for nothing. */
struct policy_build_condition {
    const struct policy_net *nets; /* any of them */
    size_t net_count;
    bool is_outside; /* none of them instead */
    const struct policy_view *listeners;
    size_t listener_count;
    uint32_t methods; /* bit n: of enum policy_method */
    uint16_t tls_min;
    int64_t age_ms; /* less than that since it logged in */
    struct policy_view issuer;
    int64_t after_ms; /* wall time: from then on */
    int64_t until_ms; /* before then */
};

struct policy_build_rule {
    enum policy_effect effect;
    uint32_t file; /* of policy_build_file() */
    uint32_t line;
    struct policy_view id;
    const struct policy_build_subject *subjects;
    size_t subject_count;
    const struct policy_build_target *targets;
    size_t target_count;
    struct policy_build_condition condition;
};

struct policy_build;

/* NULL out of memory. What runs out of memory later is told by policy_build_finish(). */
struct policy_build *policy_build_new(void);
void policy_build_free(struct policy_build **b);
/* In the order in which they are to be numbered, from 0. */
uint32_t policy_build_file(struct policy_build *b, const char *name);
/* Members by name, with their type. source: empty, or "ldap" or "claim", whose group
 * `group` the members are that are not listed. */
uint32_t policy_build_team(struct policy_build *b, struct policy_view name,
    const struct policy_view *members, size_t count, struct policy_view source,
    struct policy_view group);
/* Nobody may be in both. */
void policy_build_exclusive(struct policy_build *b, uint32_t team, uint32_t other);
/* Rules are numbered from 0, as in struct policy_decision. */
void policy_build_rule(struct policy_build *b, const struct policy_build_rule *rule);
void policy_build_header(struct policy_build *b, struct policy_view cluster,
    uint64_t serial, uint32_t signatures);
/*
 * ERR_FULL: more than the limits of policy_blob.h allow; *too_many then names what
 * ("rules", "pairs of a principal and a name", "teams of one principal", ...). ERR_INVALID:
 * an empty principal, or an empty name that is no prefix; an id, a file or a cluster that
 * is not clean text, an id that is empty or too long. Only once.
 */
enum err policy_build_finish(
    struct policy_build *b, struct buf *out, const char **too_many) MUST_CHECK;

#endif
