#include "policy_acl.h"

#include "policy_blob.h"

static struct policy_view text_view(const char *text, size_t length)
{
    return (struct policy_view){.ptr = (const uint8_t *)text, .len = length};
}

#define TEXT(text) text_view(text, sizeof(text) - 1)

/* What `all` gives is one rule, and what has no meaning on the resource is none. */
static uint32_t shown(uint32_t operations, uint32_t resource)
{
    if ((operations & POLICY_BITS_ALL) == POLICY_BITS_ALL) {
        return POLICY_BIT(POLICY_OPERATION_ALL);
    }
    return operations & policy_meaningful((enum policy_resource)resource);
}

/* Goes on until there is an operation to tell; false at the end. */
static bool find_next(const struct policy *p, struct policy_acl_cursor *c)
{
    while (c->left == 0) {
        if (c->began && c->allowing) {
            c->cell++;
            c->began = false;
        }
        if (c->cell >= p->counts[POLICY_CELLS]) {
            return false;
        }
        const struct policy_cell *cell = &p->cells[c->cell];
        c->allowing = c->began;
        c->began = true;
        c->left = shown(
            c->allowing ? cell->allow : cell->deny, p->patterns[cell->pattern].resource);
    }
    return true;
}

bool policy_next_acl(
    const struct policy *p, struct policy_acl_cursor *cursor, struct policy_acl *out)
{
    if (!find_next(p, cursor)) {
        return false;
    }
    const struct policy_cell *cell = &p->cells[cursor->cell];
    const struct policy_pattern *pattern = &p->patterns[cell->pattern];
    int operation = __builtin_ctz(cursor->left);

    cursor->left &= cursor->left - 1;
    *out = (struct policy_acl){.resource = (enum policy_resource)pattern->resource,
        .is_prefix = pattern->is_prefix == 1,
        .name = pattern->name,
        .principal =
            cell->principal == 0 ? TEXT("*") : p->principals[cell->principal - 1],
        .operation = (int8_t)operation,
        .deny = !cursor->allowing};
    if (out->resource == POLICY_CLUSTER) {
        out->name = TEXT(POLICY_CLUSTER_NAME);
        out->is_prefix = false;
    } else if (out->is_prefix && out->name.len == 0) {
        out->name = TEXT("*");
        out->is_prefix = false;
    }
    return true;
}
