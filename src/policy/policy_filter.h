/*
 * policy_filter - a rule of Apache Kafka as seven values, and which of them a filter finds.
 *
 * All parts of a filter have to fit. Names, principals and hosts are compared as text: a
 * filter for one principal does not find what holds for everybody. Only the pattern MATCH
 * looks for the rules that bear upon a name.
 *
 * Trust: filters are a peer's. What is no code of the protocol finds nothing.
 *
 * Ownership: borrows all texts.
 */
#ifndef POLICY_FILTER_H
#define POLICY_FILTER_H

#include "policy.h"

/* Codes of the protocol. Resources and operations: policy.h. */
enum {
    POLICY_CODE_ANY = 1,          /* of each part of a filter */
    POLICY_CODE_MATCH = 2,        /* pattern, of a filter only */
    POLICY_CODE_LITERAL = 3,      /* pattern */
    POLICY_CODE_PREFIXED = 4,     /* pattern */
    POLICY_CODE_ALL = 2,          /* operation */
    POLICY_CODE_DENY = 2,         /* permission */
    POLICY_CODE_ALLOW = 3,        /* permission */
    POLICY_CODE_RESOURCE_MAX = 7, /* a user */
    POLICY_CODE_OPERATION_MAX = 15,
};

struct policy_binding {
    int8_t resource;
    int8_t pattern;
    int8_t operation;
    int8_t permission;
    struct policy_view name;
    struct policy_view principal; /* with its type */
    struct policy_view host;
};

struct policy_filter {
    int8_t resource;
    int8_t pattern;
    int8_t operation;
    int8_t permission;
    struct policy_view name; /* ptr NULL: any; as the next two */
    struct policy_view principal;
    struct policy_view host;
};

/* Whether each part is a code of the protocol, UNKNOWN (0) not among them. */
bool policy_filter_is_good(const struct policy_filter *f);
bool policy_filter_finds(
    const struct policy_filter *f, const struct policy_binding *binding);

#endif
