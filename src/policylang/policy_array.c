#include "policy_array.h"

#include "mem.h"

/* Where the array is to be: where it was, or elsewhere with twice the room. */
static enum err make_room(
    void *items, size_t *capacity, size_t count, size_t size, void **out)
{
    *out = items;
    if (count < *capacity) {
        return OK;
    }
    if (count >= POLICY_ITEMS_MAX) {
        return ERR_FULL;
    }
    size_t bigger = *capacity > 0 ? *capacity * 2 : 16;
    void *moved = mem_resize(items, bigger, size);
    if (moved == NULL) {
        return ERR_NOMEM;
    }
    *capacity = bigger;
    *out = moved;
    return OK;
}

#define POLICY_ARRAY_DEFINE(array, type, name)                                           \
    enum err policy_array_add_##name(struct policy_model *m, type item)                  \
    {                                                                                    \
        void *room = NULL;                                                               \
        enum err e = make_room(                                                          \
            m->array, &m->array##_capacity, m->array##_count, sizeof(item), &room);      \
                                                                                         \
        m->array = room;                                                                 \
        if (e == OK) {                                                                   \
            m->array[m->array##_count++] = item;                                         \
        }                                                                                \
        return e;                                                                        \
    }
POLICY_ARRAYS(POLICY_ARRAY_DEFINE)
#undef POLICY_ARRAY_DEFINE

void policy_model_fini(struct policy_model *m)
{
#define POLICY_ARRAY_FREE(array, type, name) mem_free(m->array);
    POLICY_ARRAYS(POLICY_ARRAY_FREE)
#undef POLICY_ARRAY_FREE
    *m = (struct policy_model){.serial = 0};
}
