#include "policy_index.h"

#include "mem.h"
#include "table.h"

enum err policy_index_init(struct policy_index *index, size_t entries)
{
    size_t capacity = 2;

    while (capacity < 2 * entries + 1) {
        capacity *= 2;
    }
    table_seed();
    index->slots = mem_alloc(capacity, sizeof(*index->slots));
    index->mask = capacity - 1;
    return index->slots != NULL ? OK : ERR_NOMEM;
}

void policy_index_fini(struct policy_index *index)
{
    mem_free(index->slots);
    index->slots = NULL;
}

void policy_index_add(struct policy_index *index, uint64_t hash, uint32_t number)
{
    size_t slot = hash & index->mask;

    while (index->slots[slot] != 0) {
        slot = (slot + 1) & index->mask;
    }
    index->slots[slot] = number + 1;
}

uint32_t policy_index_next(const struct policy_index *index, uint64_t *slot)
{
    uint32_t found = index->slots[*slot & index->mask];

    (*slot)++;
    return found != 0 ? found - 1 : UINT32_MAX;
}
