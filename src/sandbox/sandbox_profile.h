/*
 * sandbox_profile - the tables: what each role may call, hold and use up.
 *
 * A profile is a list of named groups, the names being the unit of review. A call that no
 * rule of a role matches ends the process; a number newer than these tables answers
 * ENOSYS, so that a library may fall back. Rules of one role never overlap with different
 * answers (tested).
 *
 * Written for x86-64.
 */
#ifndef SANDBOX_PROFILE_H
#define SANDBOX_PROFILE_H

#include "sandbox.h"

#include <sys/resource.h>

/* The newest system call these tables were written against (Linux 6.1). */
#define SANDBOX_NEWEST_CALL  450
#define SANDBOX_COMPARES_MAX 3

/* (argument & mask) == value; all ones in mask is plain equality. */
struct sandbox_compare {
    unsigned arg;
    uint64_t mask;
    uint64_t value;
};

struct sandbox_rule {
    const char *call;
    int number;
    int error; /* 0: allowed (in the warden's list: ends the process) */
    unsigned compare_count;
    struct sandbox_compare compare[SANDBOX_COMPARES_MAX];
};

struct sandbox_group {
    const char *name;
    const struct sandbox_rule *rules;
    size_t count;
};

struct sandbox_limit {
    int resource;
    const char *name;
    rlim_t value;
};

enum sandbox_files {
    SANDBOX_FILES_ANY,     /* the warden */
    SANDBOX_FILES_NONE,    /* nothing can be opened */
    SANDBOX_FILES_BENEATH, /* read and write beneath given directories */
    SANDBOX_FILES_READ,    /* read given files, and beneath given directories */
};

#define SANDBOX_GROUPS_MAX 12
#define SANDBOX_LIMITS_MAX 10

struct sandbox_profile {
    const char *name;
    const char *program;
    bool deny_list; /* rules name what is refused; everything else is allowed */
    bool threads;   /* makes threads between Landlock and seccomp */
    bool network;   /* stays in the warden's network, to connect to given TCP ports */
    enum sandbox_files files;
    const struct sandbox_group *groups[SANDBOX_GROUPS_MAX]; /* ends with NULL */
    struct sandbox_limit limits[SANDBOX_LIMITS_MAX];        /* ends with a NULL name */
};

/* Never NULL; a number that is no role is our own fault. */
const struct sandbox_profile *sandbox_profile(enum sandbox_role role);
/* How many different system calls the role may make (those with an errno answer do not
 * count). */
size_t sandbox_profile_call_count(enum sandbox_role role);

#endif
