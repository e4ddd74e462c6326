/*
 * policy - who may do what: the compiled policy, read and asked.
 *
 * A decision: a deny rule that matches settles it; then an allow rule that matches does;
 * where none does it is no. Order of rules means nothing. A super user is exempt from the
 * last step only. The rules of implied operations (read, write, delete and alter give
 * describe; alter-configs gives describe-configs; for allow only) are Apache Kafka's and
 * are applied by the compiler.
 *
 * Trust: the compiled bytes come from another process and are hostile: policy_load()
 * believes nothing, and what it accepts can not make a later question slow. Principals
 * and names in a question may be a peer's: look-ups are by binary search, so there is no
 * hash to flood.
 *
 * Ownership: struct policy owns a copy of everything. Decisions borrow from the policy.
 * Nothing but policy_load() allocates.
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
};

#define POLICY_CLUSTER_NAME "kafka-cluster"

/* Bytes somewhere else; not NUL-terminated. */
struct policy_view {
    const uint8_t *ptr;
    size_t len;
};

struct policy_principal {
    struct policy_view name; /* without `User:` */
    bool is_super;
};

struct policy_query {
    struct policy_principal principal;
    enum policy_operation operation;
    enum policy_resource resource;
    struct policy_view name;
};

#define POLICY_NO_RULE UINT32_MAX

struct policy_decision {
    bool allowed;
    uint32_t rule;    /* from 0; POLICY_NO_RULE: none matched */
    uint32_t line;    /* of the rule; 0 without one */
    const char *id;   /* label, or r-xxxxxxxx; "default" or "super-user" without a rule */
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

/* ERR_INVALID for anything but what policy_compile_text() could have written. */
enum err policy_load(const uint8_t *bytes, size_t length, struct policy **out) MUST_CHECK;
void policy_free(struct policy **p);
struct policy_header policy_header(const struct policy *p);

/* Among the rules that decide, the first of the file is named. */
struct policy_decision policy_decide(
    const struct policy *p, const struct policy_query *q);
/* Bit n: the operation of code n, where it has a meaning on that kind of resource, is
 * allowed. */
uint32_t policy_operations(const struct policy *p, const struct policy_principal *who,
    enum policy_resource resource, struct policy_view name);
/* The operations that Apache Kafka lists for a kind of resource, as bits. */
uint32_t policy_meaningful(enum policy_resource resource);
/* May write some topic, whichever: what an idempotent producer needs to have. */
bool policy_allows_any_topic_write(
    const struct policy *p, const struct policy_principal *who);

#endif
