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
    if (subject == POLICY_NUMBER_ANY) {
        return TEXT("User:*");
    }
    return subject == POLICY_NUMBER_ANONYMOUS
               ? TEXT("User:ANONYMOUS")
               : p->principals[subject - POLICY_NUMBER_FIRST];
}

/* False: all that are listed were told. */
static bool next_member(const struct policy *p, struct policy_acl_cursor *c,
    uint32_t team, struct policy_view *out)
{
    uint32_t at = p->first_in[team] + c->member;

    if (at < p->first_in[team + 1]) {
        c->member++;
        *out = p->principals[p->by_team[at]];
        return true;
    }
    c->member = 0;
    return false;
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

/* Who the operation in hand is for; false: nobody more. */
static bool next_subject(
    const struct policy *p, struct policy_acl_cursor *c, struct policy_acl *out)
{
    uint32_t subject = p->cells[c->cell].subject;
    uint32_t first_team = POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS];

    if (subject < first_team) {
        out->principal = subject_name(p, subject);
        c->left &= c->left - 1;
        return true;
    }
    if (next_member(p, c, subject - first_team, &out->principal)) {
        return true;
    }
    const struct policy_team *team = &p->teams[subject - first_team];
    out->principal = team->name;
    out->is_team = true;
    c->left &= c->left - 1;
    return team->source.len > 0;
}

static void describe_pattern(const struct policy_pattern *pattern, struct policy_acl *out)
{
    out->resource = (enum policy_resource)pattern->key.resource;
    out->is_prefix = pattern->key.is_prefix == 1;
    out->name = pattern->key.name;
    if (out->resource == POLICY_CLUSTER) {
        out->name = TEXT(POLICY_CLUSTER_NAME);
        out->is_prefix = false;
    } else if (out->is_prefix && out->name.len == 0) {
        out->name = TEXT("*");
        out->is_prefix = false;
    }
}

bool policy_next_acl(
    const struct policy *p, struct policy_acl_cursor *cursor, struct policy_acl *out)
{
    while (find_next(p, cursor)) {
        const struct policy_cell *cell = &p->cells[cursor->cell];
        struct policy_acl acl = {
            .operation = (int8_t)__builtin_ctz(cursor->left), .deny = !cursor->allowing};
        if (next_subject(p, cursor, &acl)) {
            describe_pattern(&p->patterns[cell->pattern], &acl);
            *out = acl;
            return true;
        }
    }
    return false;
}

void policy_skip_acls(struct policy_acl_cursor *cursor)
{
    cursor->left = 0;
    cursor->member = 0;
    cursor->began = true;
    cursor->allowing = true;
}
