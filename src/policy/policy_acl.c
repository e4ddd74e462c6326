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

/* Conditions of allow rules are left out, and so are deny rules with one: Kafka's rules
 * know no such thing, and what is told may be more than is allowed, not less. */
static uint32_t told(
    const struct policy *p, const struct policy_cell *cell, enum policy_effect effect)
{
    uint32_t operations = cell->masks[effect];

    for (uint32_t i = 0; effect == POLICY_ALLOW && i < cell->conditionals; i++) {
        const struct policy_entry *entry =
            &p->entries[cell->first_entry + cell->entries + i];
        operations |= entry->effect == POLICY_ALLOW ? entry->operations : 0;
    }
    return operations;
}

static struct policy_view subject_name(const struct policy *p, uint32_t subject)
{
    uint32_t principals = p->counts[POLICY_PRINCIPALS];

    if (subject == POLICY_NUMBER_ANY) {
        return TEXT("User:*");
    }
    if (subject == POLICY_NUMBER_ANONYMOUS) {
        return TEXT("User:ANONYMOUS");
    }
    subject -= POLICY_NUMBER_FIRST;
    return subject < principals ? p->principals[subject]
                                : p->teams[subject - principals].name;
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
        c->left = shown(told(p, cell, c->allowing ? POLICY_ALLOW : POLICY_DENY),
            p->patterns[cell->pattern].key.resource);
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
    *out = (struct policy_acl){.resource = (enum policy_resource)pattern->key.resource,
        .is_prefix = pattern->key.is_prefix == 1,
        .name = pattern->key.name,
        .principal = subject_name(p, cell->subject),
        .is_team = cell->subject >= POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS],
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
