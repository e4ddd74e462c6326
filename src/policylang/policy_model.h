/*
 * policy_model - policy files as they were written, with their names resolved.
 *
 * What the parser makes of the text, for the checks, the compiler and the verbs of the
 * tool. Everything keeps its place, so that any later error can show it.
 *
 * Ownership: struct policy_model owns its arrays and borrows names and texts from the
 * sources, which must outlive it.
 */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "policy.h"
#include "policy_blob.h"
#include "policy_build.h"
#include "policy_source.h"
#include "report.h"

#define POLICY_UNRESOLVED UINT32_MAX

/* `count` elements of one of the arrays below. */
struct policy_range {
    uint32_t first;
    uint32_t count;
};

struct policy_model_name { /* a word of the file */
    struct report_place place;
    struct policy_view text;
};

struct policy_model_file {
    const char *name; /* of its source */
    uint32_t parent;  /* the file that includes it; its own number for the main one */
    struct report_place
        included; /* the statement that does; of no meaning for the main one */
    bool has_scope;
    struct policy_range scope; /* targets without operations */
};

struct policy_model_subject {
    enum policy_subject_kind kind;
    struct policy_model_name
        name;      /* of a principal without `User:`; of a team without @ */
    uint32_t team; /* POLICY_UNRESOLVED: unknown, and reported */
};

struct policy_model_target {
    struct report_place place; /* its pattern, or the word `cluster` */
    enum policy_resource resource;
    bool is_prefix; /* with an empty name: every name */
    bool is_quoted;
    struct policy_view name; /* of a user without `User:` */
    uint32_t operations;     /* bits as written on that kind: nothing implied */
};

struct policy_model_net { /* of a list: a network, or the name of a list of them */
    struct policy_model_name name; /* as written, a list's without @ */
    bool is_list;
    struct policy_net net;
    uint32_t list; /* in nets; POLICY_UNRESOLVED: it is a network itself */
};

struct policy_model_condition {
    struct policy_range nets; /* in net_items: as written, names not expanded */
    bool is_outside;
    struct policy_range listeners; /* in names */
    uint32_t
        methods; /* bits; 0: any. Names of method lists are expanded, all `and` met */
    struct policy_range methods_written; /* in names: the methods and names of lists */
    uint16_t tls_min;
    int64_t age_ms;
    struct policy_view issuer;
    int64_t after_ms;
    int64_t until_ms;
    struct policy_view reason;
    struct policy_view ticket;
};

enum policy_rule_kind {
    POLICY_RULE_ALLOW,
    POLICY_RULE_DENY,
    POLICY_RULE_GRANT,    /* roles instead of targets */
    POLICY_RULE_NEVER,    /* no condition */
    POLICY_RULE_DELEGATE, /* no subjects, no operations, no condition */
};

struct policy_model_rule {
    enum policy_rule_kind kind;
    uint32_t file;
    struct report_place place;  /* its first word */
    struct policy_view label;   /* empty: none */
    struct policy_view text;    /* from its first token to its last */
    char id[POLICY_ID_MAX + 1]; /* the label, or r- and 8 digits */
    struct policy_range subjects;
    struct policy_range targets; /* a grant: none; see roles */
    struct policy_range roles;   /* in role_refs */
    struct policy_model_condition condition;
};

struct policy_model_role_ref {
    struct policy_model_name name;
    uint32_t role;
};

struct policy_model_role {
    struct policy_model_name name;
    uint32_t file;
    struct policy_range targets;
};

struct policy_model_team {
    struct policy_model_name name;
    uint32_t file;
    struct policy_range members; /* in names: principals without `User:` */
    struct policy_view source;   /* empty, "ldap" or "claim" */
    struct policy_view group;
};

struct policy_model_net_list {
    struct policy_model_name name;
    uint32_t file;
    struct policy_range nets; /* in net_items; networks alone */
};

struct policy_model_auth {
    struct policy_model_name name;
    uint32_t file;
    uint32_t methods;
};

struct policy_model_exclusive {
    struct report_place place;
    uint32_t file;
    struct policy_range teams; /* in team_refs */
};

struct policy_model_team_ref {
    struct policy_model_name name;
    uint32_t team;
};

struct policy_model_case {
    struct report_place place;
    struct policy_view text;            /* as written, for `test failed` */
    struct policy_model_name principal; /* without `User:`; `anonymous` too */
    bool is_anonymous;
    bool can; /* each target by each of its operations; `cannot`: none of them */
    struct policy_range targets; /* exact names */
    bool has_address;
    uint8_t address[16];
    enum policy_method method;   /* POLICY_METHODS: not said */
    uint16_t tls;                /* 0: not said */
    struct policy_view listener; /* empty: not said */
    int64_t at_ms;               /* 0: not said */
};

struct policy_model_test {
    struct report_place place;
    struct policy_view name;
    uint32_t file;
    struct policy_range cases;
};

#define POLICY_ARRAY(type, name)                                                         \
    type *name;                                                                          \
    size_t name##_count;                                                                 \
    size_t name##_capacity

struct policy_model {
    struct policy_view cluster;
    uint64_t serial;
    uint32_t signatures;
    bool has_header;
    POLICY_ARRAY(struct policy_model_file, files);
    POLICY_ARRAY(struct policy_model_rule, rules);
    POLICY_ARRAY(struct policy_model_subject, subjects);
    POLICY_ARRAY(struct policy_model_target, targets);
    POLICY_ARRAY(struct policy_model_name, names);
    POLICY_ARRAY(struct policy_model_net, net_items);
    POLICY_ARRAY(struct policy_model_net_list, nets);
    POLICY_ARRAY(struct policy_model_auth, auths);
    POLICY_ARRAY(struct policy_model_team, teams);
    POLICY_ARRAY(struct policy_model_team_ref, team_refs);
    POLICY_ARRAY(struct policy_model_role, roles);
    POLICY_ARRAY(struct policy_model_role_ref, role_refs);
    POLICY_ARRAY(struct policy_model_exclusive, exclusives);
    POLICY_ARRAY(struct policy_model_test, tests);
    POLICY_ARRAY(struct policy_model_case, cases);
};

/*
 * sources[0] is the main file; the others are those that it may include, found by name (a
 * glob of `include` matches names relative to the including file, in lexical order). Files
 * that nothing includes are not read. ERR_NOMEM only; what is wrong with the text is in
 * the report. *out is to be freed in any case.
 */
enum err policy_model_parse(const struct policy_source *sources, size_t count,
    struct report *report, struct policy_model *out) MUST_CHECK;
void policy_model_fini(struct policy_model *m);
/* Scopes, invariants, exclusive teams, limits: what no single statement shows. */
enum err policy_model_check(
    const struct policy_model *m, struct report *report) MUST_CHECK;
/* The compiled policy. Only for a model without an error. */
enum err policy_model_build(
    const struct policy_model *m, struct report *report, struct buf *out) MUST_CHECK;

#endif
