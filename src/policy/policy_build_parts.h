/*
 * policy_build_parts - what the two halves of the builder share: policy_build.c takes
 * rules, policy_build_finish.c puts them in order and writes the bytes.
 *
 * Ownership: views point into the arena.
 */
#ifndef POLICY_BUILD_PARTS_H
#define POLICY_BUILD_PARTS_H

#include "arena.h"
#include "policy_blob.h"
#include "policy_build.h"
#include "table.h"

struct policy_build_array {
    void *items;
    size_t count;
    size_t capacity;
    size_t size; /* of one */
};

struct policy_build_member {
    struct policy_view name;
    uint32_t team;
};

struct policy_build_row { /* a rule */
    uint32_t effect;
    uint32_t file;
    uint32_t line;
    uint32_t condition; /* + 1; 0: none */
    struct policy_view id;
};

/* One subject of one rule on one target. */
struct policy_build_item {
    struct policy_key key;
    enum policy_subject_kind kind;
    struct policy_view name;
    uint32_t team;
    uint32_t subject; /* as in policy_blob.h; known at the end */
    uint32_t rule;
    uint32_t conditional; /* 1: its rule has a condition */
    uint32_t operations;
};

struct policy_build {
    struct arena arena;
    struct policy_build_array files;      /* struct policy_view */
    struct policy_build_array teams;      /* struct policy_team */
    struct policy_build_array members;    /* struct policy_build_member */
    struct policy_build_array exclusives; /* struct policy_pair */
    struct policy_build_array rules;      /* struct policy_build_row */
    struct policy_build_array conditions; /* struct policy_condition */
    struct policy_build_array nets;       /* struct policy_net */
    struct policy_build_array listeners;  /* struct policy_view */
    struct policy_build_array items;      /* struct policy_build_item */
    struct table known;                   /* conditions: key -> number + 1 */
    struct buf key;
    struct policy_key *keys; /* of the targets of the rule at work */
    struct policy_view cluster;
    uint64_t serial;
    uint32_t signatures;
    enum err error; /* the first one */
    const char *too_many;
};

#endif
