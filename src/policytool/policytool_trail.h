/*
 * policytool_trail - one line of the audit trail as the question that it answered: who was
 * allowed what, or was refused it.
 *
 * What a line does not say is taken as for `explain`: TLS 1.3, logged in just then, a sure
 * clock, no issuer and no group.
 *
 * Trust: the members are what somebody left in a file; any bytes. Ownership: a use borrows
 * the event.
 */
#ifndef POLICYTOOL_TRAIL_H
#define POLICYTOOL_TRAIL_H

#include "policy.h"

/* A line with its text decoded; empty: not there. */
struct policytool_event {
    struct policy_view event;
    struct policy_view outcome;
    struct policy_view principal; /* with User: */
    struct policy_view address;
    struct policy_view listener;
    struct policy_view mechanism;
    struct policy_view api;
    struct policy_view operation;
    struct policy_view resource;
    struct policy_view name;
    int64_t time_ms; /* 0: not there */
    int64_t first_ms;
    uint64_t count; /* 0: not there */
};

struct policytool_use {
    struct policy_view principal; /* with User: */
    bool is_anonymous;
    struct policy_context context;
    enum policy_operation operation;
    enum policy_resource resource;
    struct policy_view name;
    enum policy_operation on_cluster; /* is enough, too; 0: nothing is */
    bool was_allowed;
    int64_t first_ms;
    int64_t last_ms;
    uint64_t count;
};

enum policytool_trail {
    POLICYTOOL_TRAIL_USE,
    POLICYTOOL_TRAIL_OTHER, /* nothing that a policy was asked */
    POLICYTOOL_TRAIL_BAD,   /* should be one, and does not say who, what or when */
};

enum policytool_trail policytool_trail_read(
    const struct policytool_event *event, struct policytool_use *out);

#endif
