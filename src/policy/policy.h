/*
 * policy - who may do what: the compiled policy, read and asked.
 *
 * A decision: a deny rule that matches settles it; then an allow rule that matches does;
 * where none does it is no. Order of rules means nothing. A super user is exempt from the
 * last step only. The rules of implied operations (read, write, delete and alter give
 * describe; alter-configs gives describe-configs; for allow only) are Apache Kafka's and
 * are applied when it is loaded.
 *
 * A rule may hold only under a condition: where the session comes from, by which listener
 * and method, how long ago it logged in, and when it is. A time-limited allow holds only
 * while the clock is sure; a time-limited deny holds while the clock is not. An age that
 * the clock makes negative is not known: no such allow holds, and each such deny does.
 *
 * Two more effects say nothing about a request by themselves, but about the allow rules of
 * another policy beside this one (those that came over the network): DELEGATE names where
 * such rules count at all, NEVER where they never do. See policy_admits(). An allow rule
 * of this policy gives nothing either where a NEVER matches: whose policy is compiled has
 * none that could, but for groups and anonymous principals, which logins alone tell.
 *
 * Trust: the compiled bytes come from another process and are hostile: policy_load()
 * believes nothing, and what it accepts can not make a later question slow. Principals
 * and names in a question may be a peer's: look-ups are keyed against flooding.
 *
 * Ownership: struct policy owns a copy of everything. Decisions borrow from the policy.
 * Nothing but policy_load() allocates. One thread asks.
 */
#ifndef POLICY_H
#define POLICY_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Codes as on the wire. */
enum policy_operation {
    POLICY_READ = 3,
    POLICY_WRITE = 4,
    POLICY_CREATE = 5,
    POLICY_DELETE = 6,
    POLICY_ALTER = 7,
    POLICY_DESCRIBE = 8,
    POLICY_CLUSTER_ACTION = 9,
    POLICY_DESCRIBE_CONFIGS = 10,
    POLICY_ALTER_CONFIGS = 11,
    POLICY_IDEMPOTENT_WRITE = 12,
    POLICY_CREATE_TOKENS = 13,
    POLICY_DESCRIBE_TOKENS = 14,
    POLICY_TWO_PHASE_COMMIT = 15,
};

#define POLICY_BIT(operation) (UINT32_C(1) << (operation))
#define POLICY_BITS_ALL       UINT32_C(0xfff8) /* what `all` stands for: bits 3 to 15 */

enum policy_resource {
    POLICY_TOPIC = 2,
    POLICY_GROUP = 3,
    POLICY_CLUSTER = 4, /* its name does not matter in a question */
    POLICY_TXN = 5,
    POLICY_TOKEN = 6, /* the id of a delegation token */
    POLICY_USER = 7,  /* a principal, as text: "User:alice" */
};

#define POLICY_CLUSTER_NAME "kafka-cluster"

enum policy_effect {
    POLICY_ALLOW,
    POLICY_DENY,
    POLICY_DELEGATE,
    POLICY_NEVER,
    POLICY_EFFECTS,
};

/* How a session logged in. */
enum policy_method {
    POLICY_METHOD_NONE, /* it did not */
    POLICY_METHOD_MTLS,
    POLICY_METHOD_GSSAPI,
    POLICY_METHOD_OAUTH,
    POLICY_METHOD_SCRAM256,
    POLICY_METHOD_SCRAM512,
    POLICY_METHOD_PLAIN,
    POLICY_METHOD_TOKEN,
    POLICY_METHOD_PEER,  /* the administrator's socket */
    POLICY_METHOD_OTHER, /* a mechanism of somebody's own plugin */
    POLICY_METHODS,
};

/* Bytes somewhere else; not NUL-terminated. */
struct policy_view {
    const uint8_t *ptr;
    size_t len;
};

/* An IPv4 address stands as the IPv4-mapped IPv6 one, 96 bits longer. A network of fewer
 * than 96 bits has none of those inside: `::/0` is every IPv6 address. */
struct policy_net {
    uint8_t address[16];
    uint8_t bits; /* that count, 0 to 128; those behind are zero */
};

/* What an authority says about a principal: the name of a group. */
struct policy_group {
    struct policy_view source; /* "ldap" or "claim" */
    struct policy_view name;
};

struct policy_identity {
    struct policy_view principal; /* with its type: "User:alice" */
    bool is_super;
    bool is_anonymous; /* nobody logged in: the configuration gave it that name */
    const struct policy_group *groups;
    size_t group_count;
};

#define POLICY_TEAMS_MAX 64 /* of one principal */

/* An identity as one policy knows it; void with another policy. */
struct policy_who {
    bool is_super;
    bool
        is_excluded; /* in too many teams, or in two that exclude each other: no to all */
    uint32_t count;
    uint32_t subjects[POLICY_TEAMS_MAX + 3]; /* any, anonymous, itself, its teams */
};

struct policy_context {
    uint8_t address[16];         /* as in struct policy_net */
    struct policy_view listener; /* large and small letters are the same */
    enum policy_method method;
    uint16_t tls;      /* 0x0304 is TLS 1.3; 0: none */
    bool tls_is_least; /* it may be a later one: a rule that denies counts with it */
    struct policy_view issuer; /* of the credential; empty: not known */
    int64_t authenticated_ms;  /* wall time; 0: never */
    int64_t now_ms;            /* wall time */
    bool clock_is_sure;
};

struct policy_query {
    const struct policy_who *who;
    const struct policy_context *context;
    enum policy_operation operation;
    enum policy_resource resource;
    struct policy_view name;
};

#define POLICY_NO_RULE UINT32_MAX

struct policy_decision {
    bool allowed;
    uint32_t rule; /* from 0; POLICY_NO_RULE: none matched */
    uint32_t line; /* of the rule; 0 without one */
    /* Label, or r-xxxxxxxx; without a rule "default", "super-user", "excluded" (see
     * struct policy_who) or "everyone" (POLICY_ALLOW_EVERYONE). */
    const char *id;
    const char *file; /* of the rule; "" without one */
};

struct policy_header {
    const char *cluster; /* "" where the file names none */
    uint64_t serial;
    uint32_t signatures; /* how many the file asks for */
    uint32_t rules;
    const char *file; /* the first; "" where there is none */
};

struct policy;

enum {
    POLICY_COMPAT = 1, /* Apache Kafka's: a super user is exempt from denies too */
    POLICY_ALLOW_EVERYONE = 2, /* where no rule at all names the resource */
};

/* ERR_INVALID for anything but what policy_build_finish() could have written. */
enum err policy_load(
    const uint8_t *bytes, size_t length, uint32_t flags, struct policy **out) MUST_CHECK;
void policy_free(struct policy **p);
struct policy_header policy_header(const struct policy *p);

/* Once for each session and policy. */
void policy_resolve(const struct policy *p, const struct policy_identity *identity,
    struct policy_who *out);
/* Among the rules that decide, the first of the file is named. */
struct policy_decision policy_decide(
    const struct policy *p, const struct policy_query *q);
/* The rule of that number as in a decision; `allowed` says nothing. */
struct policy_decision policy_describe(const struct policy *p, uint32_t rule);
/*
 * Whether an allow rule of another policy counts for this question: a DELEGATE rule of
 * this one matches, and no NEVER rule does. *rule_out: the NEVER rule, or POLICY_NO_RULE.
 */
bool policy_admits(
    const struct policy *p, const struct policy_query *q, uint32_t *rule_out);
/* Bit n: the operation of code n, where it has a meaning on that kind of resource, is
 * allowed. */
uint32_t policy_operations(const struct policy *p, const struct policy_who *who,
    const struct policy_context *context, enum policy_resource resource,
    struct policy_view name);
/* The operations that Apache Kafka lists for a kind of resource, as bits. */
uint32_t policy_meaningful(enum policy_resource resource);
/*
 * May do that to some resource of the kind, whichever (Apache Kafka's
 * authorizeByResourceType). Looks once at each right of that principal: for a question now
 * and then.
 */
bool policy_allows_any(const struct policy *p, const struct policy_who *who,
    const struct policy_context *context, enum policy_operation operation,
    enum policy_resource resource);
/* A policy beside which another one counts only where this one admits it. */
struct policy_above {
    const struct policy *policy;
    const struct policy_who *who; /* in it */
};
/* The same, where some right has to be left by the policy above: of that name, or of all
 * that begins so, neither denied nor NEVER, and below a DELEGATE. */
bool policy_allows_any_below(const struct policy *p, const struct policy_who *who,
    const struct policy_above *above, const struct policy_context *context,
    enum policy_operation operation, enum policy_resource resource);
/* The earliest moment behind now_ms at which a rule begins or ends; 0: none. */
int64_t policy_next_change_ms(const struct policy *p, int64_t now_ms);
/* Whether the answers may change with time alone (an age, or a rule that begins or ends),
 * so that what was decided once has to be asked again. */
bool policy_has_ages(const struct policy *p);

/* "read", "two-phase-commit", "topic", "scram256"... */
const char *policy_operation_name(enum policy_operation operation);
const char *policy_resource_name(enum policy_resource resource);
const char *policy_method_name(enum policy_method method);
/* Text of an address, or of a network in CIDR form, as policy files write it. */
bool policy_net_parse(struct policy_view text, struct policy_net *out);
#define POLICY_NET_TEXT_MAX 50
void policy_net_text(const struct policy_net *net, char out[POLICY_NET_TEXT_MAX]);

#endif
