/*
 * policytool_prefix - many names as few patterns: where enough of them begin alike, up to a
 * '.', '-' or '_', a prefix stands for them.
 *
 * Trust: names are any bytes. Ownership: items borrow the names.
 */
#ifndef POLICYTOOL_PREFIX_H
#define POLICYTOOL_PREFIX_H

#include "policy.h"

/* A name, or a prefix that stands for some. */
struct policytool_item {
    struct policy_view text;
    size_t names; /* 0: exact */
};

struct policytool_items {
    struct policytool_item *items; /* room for as many as there are names */
    size_t count;
};

struct policytool_span {
    struct policy_view *names; /* sorted, each once */
    size_t count;
};

/* Exact. */
void policytool_items_add(struct policytool_items *out, struct policy_view name);
/* The narrowest prefixes that so many names have, and the names that none stands for. */
void policytool_prefix_find(
    struct policytool_span s, size_t enough, struct policytool_items *out);
/* Letters, digits and separators alone: in quotes a '*' would be none. */
bool policytool_prefix_is_plain(struct policy_view name);

#endif
