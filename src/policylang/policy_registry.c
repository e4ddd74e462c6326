#include "policy_registry.h"

#include "mem.h"
#include "policy_array.h"
#include "policy_nearest.h"
#include "text.h"

#include <stdio.h>

enum err policy_registry_init(
    struct policy_registry *n, const char *what, size_t max, size_t *offers_left)
{
    *n = (struct policy_registry){.what = what, .offers_left = offers_left};
    table_init(&n->table, POLICY_ITEMS_MAX);
    n->list = mem_alloc(max + 1, sizeof(*n->list));
    return n->list != NULL ? OK : ERR_NOMEM;
}

void policy_registry_fini(struct policy_registry *n)
{
    table_fini(&n->table);
    mem_free(n->list);
    *n = (struct policy_registry){.count = 0};
}

/* Numbers stand in the table as pointers, from 1: NULL is none. */
uint32_t policy_registry_find(const struct policy_registry *n, struct policy_view name)
{
    const void *found = table_get(&n->table, name.ptr, name.len);

    return found != NULL ? (uint32_t)((uintptr_t)found - 1) : POLICY_UNRESOLVED;
}

static void fail_again(const struct policy_registry *n, struct report *report,
    const struct policy_model_name *first, const struct policy_model_name *again)
{
    char word[64];

    (void)text_escape(word, sizeof(word), again->text.ptr, again->text.len);
    report_error(report, &again->place, "POL030", "rename one of them, or join them",
        "%s '%s' is already defined at %.200s:%u", n->what, word, first->place.file,
        first->place.line);
}

enum err policy_registry_add(struct policy_registry *n, struct report *report,
    const struct policy_model_name *name)
{
    uint32_t there = policy_registry_find(n, name->text);

    n->list[n->count++] = *name;
    if (there != POLICY_UNRESOLVED) {
        fail_again(n, report, &n->list[there], name);
        return OK;
    }
    return table_put(
        &n->table, name->text.ptr, name->text.len, (void *)(uintptr_t)n->count);
}

void policy_registry_help(const struct policy_registry *n, struct policy_view name,
    const char *prefix, const char *otherwise, char *out, size_t size)
{
    struct policy_nearest near;

    policy_nearest_init(&near, name);
    for (size_t i = 0; i<n->count && * n->offers_left> 0; i++) {
        policy_nearest_offer(&near, n->list[i].text);
        --*n->offers_left;
    }
    policy_nearest_help(&near, prefix, otherwise, out, size);
}
