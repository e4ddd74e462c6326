/*
 * meta_acl - the rules of Apache Kafka that were set over the network: who may or may not
 * do what to which resource, from where.
 *
 * A rule is seven values, and there is none of the same seven twice. It has an id of its
 * own, by which it is removed: what is left of a resource's rules stays as it is.
 *
 * Trust: rules come from the disk, or from a peer that may alter them. What a host says is
 * not looked at here.
 *
 * Ownership: struct meta_acls owns its rows; a row is good until the next change.
 *
 * Limits: META_ACLS_MAX of them.
 */
#ifndef META_ACL_H
#define META_ACL_H

#include "err.h"
#include "table.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define META_ACLS_MAX          10000
#define META_ACL_NAME_MAX      512
#define META_ACL_PRINCIPAL_MAX 260 /* "User:" and 255 bytes */
#define META_ACL_HOST_MAX      64
#define META_ACL_CLUSTER       "kafka-cluster"

/* Codes as the protocol has them. */
enum {
    META_ACL_TOPIC = 2,
    META_ACL_OF_CLUSTER = 4,
    META_ACL_USER = 7,
    META_ACL_LITERAL = 3,
    META_ACL_PREFIXED = 4,
    META_ACL_ALL = 2,
    META_ACL_TWO_PHASE_COMMIT = 15,
    META_ACL_DENY = 2,
    META_ACL_ALLOW = 3,
};

struct meta_acl {
    struct wire_uuid id;
    int8_t resource;            /* META_ACL_TOPIC to META_ACL_USER */
    int8_t pattern;             /* META_ACL_LITERAL or _PREFIXED */
    int8_t operation;           /* META_ACL_ALL to _TWO_PHASE_COMMIT */
    int8_t permission;          /* META_ACL_DENY or _ALLOW */
    struct wire_view name;      /* a literal "*": every one; its own, as the next two */
    struct wire_view principal; /* "User:alice"; "User:*": everybody */
    struct wire_view host;
};

struct meta_acls {
    struct table by_values; /* the seven of them */
    struct table by_id;
};

/* NULL, or what is wrong with its values; the id is not looked at. */
const char *meta_acl_error(const struct meta_acl *acl);
/* By resource, name, pattern, principal, host, operation, permission. */
int meta_acl_compare(const struct meta_acl *a, const struct meta_acl *b);

void meta_acls_init(struct meta_acls *all);
void meta_acls_fini(struct meta_acls *all);

/* The rule of the same seven values; NULL: there is none. */
const struct meta_acl *meta_acl_find(
    const struct meta_acls *all, const struct meta_acl *like);
const struct meta_acl *meta_acl_by_id(const struct meta_acls *all, struct wire_uuid id);
/* ERR_CORRUPT: it is not good, or there already. ERR_FULL: the limit. */
enum err meta_acl_add(struct meta_acls *all, const struct meta_acl *acl) MUST_CHECK;
/* ERR_CORRUPT: there is none of that id. */
enum err meta_acl_remove(struct meta_acls *all, struct wire_uuid id) MUST_CHECK;
/* Each row once, in no order; *cursor starts at 0; NULL at the end. */
const struct meta_acl *meta_acl_next(const struct meta_acls *all, size_t *cursor);

#endif
