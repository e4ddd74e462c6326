/*
 * policy_trie - the longest of many prefixes that a name begins with.
 *
 * A radix trie: each node stands for the bytes that all names below it share, and its
 * children lie side by side, found by their first byte. A look-up reads the name once.
 *
 * Trust: the prefixes may hold any bytes. Building takes no more steps than they have
 * bytes, looking up no more than the name has, times 256 for the first bytes.
 *
 * Ownership: owns its nodes; borrows the names.
 */
#ifndef POLICY_TRIE_H
#define POLICY_TRIE_H

#include "policy.h"

struct policy_trie_node {
    const uint8_t *text; /* some name below it */
    uint32_t end;        /* so many of its bytes are shared */
    uint32_t number;     /* of the prefix that ends here, or UINT32_MAX */
    uint32_t first_child;
    uint32_t children;
};

struct policy_trie {
    struct policy_trie_node *nodes; /* the root is the first; none: empty */
    uint8_t *bytes;                 /* of each node the one that leads to it */
    uint32_t count;
};

/* names are ascending, each once. */
enum err policy_trie_init(
    struct policy_trie *t, const struct policy_view *names, uint32_t count) MUST_CHECK;
void policy_trie_fini(struct policy_trie *t);
/* Its number among the names, or UINT32_MAX. */
uint32_t policy_trie_find(const struct policy_trie *t, struct policy_view name);

#endif
