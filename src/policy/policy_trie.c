#include "policy_trie.h"

#include "mem.h"

#include <string.h>

#define NO_NUMBER UINT32_MAX

struct builder {
    struct policy_trie *trie;
    const struct policy_view *names;
    struct span { /* of each node: the names below it, until it has its children */
        uint32_t low;
        uint32_t high;
    } * spans;
};

/* Of ascending names the first and the last share what all of them do. */
static uint32_t shared(struct policy_view a, struct policy_view b, uint32_t from)
{
    uint32_t n = from;

    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n]) {
        n++;
    }
    return n;
}

static void add_child(struct builder *b, struct policy_trie_node *parent, uint32_t low,
    uint32_t high, uint8_t byte)
{
    uint32_t i = b->trie->count++;

    parent->children++;
    b->spans[i] = (struct span){low, high};
    b->trie->bytes[i] = byte;
    /* Until its own turn comes: where its shared bytes begin. */
    b->trie->nodes[i] = (struct policy_trie_node){.end = parent->end};
}

static void fill(struct builder *b, uint32_t i)
{
    struct policy_trie_node *node = &b->trie->nodes[i];
    uint32_t low = b->spans[i].low;
    uint32_t high = b->spans[i].high;

    node->text = b->names[low].ptr;
    node->end = shared(b->names[low], b->names[high - 1], node->end);
    node->number = NO_NUMBER;
    node->first_child = b->trie->count;
    if (b->names[low].len == node->end) {
        node->number = low++;
    }
    while (low < high) {
        uint8_t byte = b->names[low].ptr[node->end];
        uint32_t from = low;
        while (low < high && b->names[low].ptr[node->end] == byte) {
            low++;
        }
        add_child(b, node, from, low, byte);
    }
}

/* Each node has a name of its own or two children: there are less than twice the names. */
enum err policy_trie_init(
    struct policy_trie *t, const struct policy_view *names, uint32_t count)
{
    struct builder b = {.trie = t, .names = names};
    size_t nodes = 2 * (size_t)count;

    *t = (struct policy_trie){0};
    if (count == 0) {
        return OK;
    }
    t->nodes = mem_alloc(nodes, sizeof(*t->nodes));
    t->bytes = mem_alloc(nodes, 1);
    b.spans = mem_alloc(nodes, sizeof(*b.spans));
    if (t->nodes == NULL || t->bytes == NULL || b.spans == NULL) {
        mem_free(b.spans);
        return ERR_NOMEM;
    }
    b.spans[0].high = count;
    t->count = 1;
    for (uint32_t i = 0; i < t->count; i++) {
        fill(&b, i);
    }
    mem_free(b.spans);
    return OK;
}

void policy_trie_fini(struct policy_trie *t)
{
    mem_free(t->nodes);
    mem_free(t->bytes);
    *t = (struct policy_trie){0};
}

static uint32_t find_child(
    const struct policy_trie *t, const struct policy_trie_node *node, uint8_t byte)
{
    const uint8_t *bytes = t->bytes + node->first_child;

    for (uint32_t i = 0; i < node->children; i++) {
        if (bytes[i] == byte) {
            return node->first_child + i;
        }
    }
    return 0; /* nobody's child */
}

uint32_t policy_trie_find(const struct policy_trie *t, struct policy_view name)
{
    uint32_t best = NO_NUMBER;
    uint32_t seen = 0;
    uint32_t i = 0;

    if (t->count == 0) {
        return NO_NUMBER;
    }
    do {
        const struct policy_trie_node *node = &t->nodes[i];
        if (node->end > name.len ||
            (node->end > seen &&
                memcmp(node->text + seen, name.ptr + seen, node->end - seen) != 0)) {
            return best;
        }
        best = node->number != NO_NUMBER ? node->number : best;
        seen = node->end;
        i = seen < name.len ? find_child(t, node, name.ptr[seen]) : 0;
    } while (i != 0);
    return best;
}
