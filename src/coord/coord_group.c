#include "coord_group.h"

#include "mem.h"

#include <string.h>

#define TO(state) (1u << (state))

/* clang-format off */
static const struct {
    const char *text;
    unsigned successors;
} states[COORD_STATE_COUNT] = {
    [COORD_EMPTY]      = {"Empty", TO(COORD_PREPARING) | TO(COORD_DEAD)},
    [COORD_PREPARING]  = {"PreparingRebalance", TO(COORD_COMPLETING) | TO(COORD_EMPTY) | TO(COORD_DEAD)},
    [COORD_COMPLETING] = {"CompletingRebalance", TO(COORD_STABLE) | TO(COORD_PREPARING) | TO(COORD_DEAD)},
    [COORD_STABLE]     = {"Stable", TO(COORD_PREPARING) | TO(COORD_DEAD)},
    [COORD_DEAD]       = {"Dead", TO(COORD_DEAD)},
};
/* clang-format on */

const char *coord_state_text(enum coord_state state)
{
    return states[state].text;
}

int64_t coord_later(int64_t now_ms, int32_t delay_ms)
{
    INVARIANT(delay_ms >= 0);
    return now_ms > INT64_MAX - delay_ms ? INT64_MAX : now_ms + delay_ms;
}

void coord_group_set_state(
    struct coord_group *group, enum coord_state state, int64_t wall_ms)
{
    INVARIANT((states[group->state].successors & TO(state)) != 0);
    group->previous = group->state;
    group->state = state;
    group->state_since_ms = wall_ms;
}

struct coord_group *coord_group_new(
    struct wire_view id, const struct coord_limits *limits, struct coord_budget *budget)
{
    size_t charge = sizeof(struct coord_group) + id.len;

    if (!coord_budget_take(budget, charge)) {
        return NULL;
    }
    struct coord_group *group = mem_alloc(1, sizeof(*group));
    uint8_t *copy = group == NULL ? NULL : (uint8_t *)mem_copy_text(id.ptr, id.len);
    if (copy == NULL) {
        mem_free(group);
        coord_budget_give(budget, charge);
        return NULL;
    }
    *group = (struct coord_group){.id = copy,
        .id_length = id.len,
        .limits = limits,
        .budget = budget,
        .previous = COORD_DEAD,
        .join_due_ms = INT64_MAX,
        .initial_step_ms = -1,
        .sync_due_ms = INT64_MAX};
    table_init(&group->by_id, 2 * limits->members_max);
    table_init(&group->by_instance, 2 * limits->members_max);
    table_init(&group->pending, limits->members_max);
    coord_offsets_init(
        &group->offsets, limits->offsets_max, limits->offset_metadata_max, budget);
    return group;
}

static size_t pending_charge(const struct coord_pending *pending)
{
    return sizeof(*pending) + pending->length;
}

static void free_pending(struct coord_group *group, struct coord_pending *pending)
{
    coord_budget_give(group->budget, pending_charge(pending));
    mem_free(pending->id);
    mem_free(pending);
}

void coord_group_free(struct coord_group **group)
{
    struct coord_group *g = *group;
    size_t cursor = 0;

    if (g == NULL) {
        return;
    }
    for (size_t i = 0; i < g->member_count; i++) {
        coord_member_free(&g->members[i]);
    }
    for (struct coord_pending *p = table_next(&g->pending, &cursor); p != NULL;
         p = table_next(&g->pending, &cursor)) {
        free_pending(g, p);
    }
    coord_group_free_removed(g);
    mem_free(g->members);
    table_fini(&g->pending);
    table_fini(&g->by_id);
    table_fini(&g->by_instance);
    coord_offsets_fini(&g->offsets);
    coord_budget_give(g->budget, sizeof(*g) + g->id_length);
    mem_free(g->id);
    mem_free(g);
    *group = NULL;
}

struct wire_view coord_group_id(const struct coord_group *group)
{
    return (struct wire_view){group->id, group->id_length};
}

void coord_name_set(struct coord_name *name, struct wire_view value)
{
    INVARIANT(value.len <= sizeof(name->bytes));
    name->is_set = value.ptr != NULL;
    name->length = value.len;
    if (value.len > 0) {
        memmove(name->bytes, value.ptr, value.len);
    }
}

static struct wire_view name_view(const struct coord_name *name)
{
    return name->is_set ? (struct wire_view){name->bytes, name->length}
                        : (struct wire_view){NULL, 0};
}

struct wire_view coord_group_protocol_type(const struct coord_group *group)
{
    return name_view(&group->protocol_type);
}

struct wire_view coord_group_protocol(const struct coord_group *group)
{
    return name_view(&group->protocol);
}

struct coord_group_member coord_group_member(const struct coord_group *group, size_t i)
{
    INVARIANT(i < group->member_count);
    const struct coord_member *m = group->members[i];
    struct wire_view assignment = coord_text_view(&m->assignment);

    return (struct coord_group_member){.member_id = coord_text_view(&m->id),
        .instance_id = coord_text_view(&m->instance_id),
        .client_id = coord_text_view(&m->client_id),
        .client_host = coord_text_view(&m->client_host),
        .metadata = coord_member_metadata(m, coord_group_protocol(group)),
        .assignment = assignment.ptr == NULL ? (struct wire_view){(const uint8_t *)"", 0}
                                             : assignment};
}

struct coord_member *coord_group_find(
    const struct coord_group *group, struct wire_view id)
{
    return table_get(&group->by_id, id.ptr, id.len);
}

struct coord_member *coord_group_find_instance(
    const struct coord_group *group, struct wire_view instance_id)
{
    return table_get(&group->by_instance, instance_id.ptr, instance_id.len);
}

enum coord_error coord_group_check_member(const struct coord_group *group,
    struct wire_view member_id, struct wire_view instance_id)
{
    const struct coord_member *member = coord_group_find(group, member_id);

    if (instance_id.ptr != NULL) {
        const struct coord_member *owner = coord_group_find_instance(group, instance_id);
        if (owner == NULL) {
            return COORD_ERROR_MEMBER;
        }
        return owner == member ? COORD_ERROR_NONE : COORD_ERROR_FENCED;
    }
    return member == NULL ? COORD_ERROR_MEMBER : COORD_ERROR_NONE;
}

enum coord_error coord_group_check_commit(const struct coord_group *group,
    struct wire_view member_id, struct wire_view instance_id, int32_t generation)
{
    if (group->state == COORD_DEAD) {
        return COORD_ERROR_NOT_AVAILABLE;
    }
    if (generation < 0 && group->state == COORD_EMPTY) {
        return COORD_ERROR_NONE; /* a consumer that manages its partitions itself */
    }
    if (generation < 0 && member_id.len == 0 && instance_id.ptr == NULL) {
        return COORD_ERROR_MEMBER;
    }
    enum coord_error error = coord_group_check_member(group, member_id, instance_id);
    if (error != COORD_ERROR_NONE) {
        return error;
    }
    if (generation != group->generation) {
        return COORD_ERROR_GENERATION;
    }
    return group->state == COORD_COMPLETING ? COORD_ERROR_REBALANCING : COORD_ERROR_NONE;
}

static enum err make_room(struct coord_group *group)
{
    if (group->member_count < group->member_capacity) {
        return OK;
    }
    size_t capacity = group->member_capacity == 0 ? 4 : group->member_capacity * 2;
    struct coord_member **members =
        mem_resize(group->members, capacity, sizeof(struct coord_member *));
    if (members == NULL) {
        return ERR_NOMEM;
    }
    group->members = members;
    group->member_capacity = capacity;
    return OK;
}

static enum err put_tables(struct coord_group *group, struct coord_member *member)
{
    enum err e = table_put(&group->by_id, member->id.bytes, member->id.length, member);

    if (e == OK && member->instance_id.bytes != NULL) {
        e = table_put(&group->by_instance, member->instance_id.bytes,
            member->instance_id.length, member);
        if (e != OK) {
            table_remove(&group->by_id, member->id.bytes, member->id.length);
        }
    }
    return e;
}

enum err coord_group_add(struct coord_group *group, struct coord_member *member)
{
    enum err e = make_room(group);

    if (e == OK) {
        e = put_tables(group, member);
    }
    if (e != OK) {
        return e;
    }
    if (group->member_count == 0) {
        coord_name_set(&group->protocol_type, coord_text_view(&member->protocol_type));
    }
    group->members[group->member_count++] = member;
    if (group->leader == NULL) {
        group->leader = member;
    }
    return OK;
}

void coord_group_remove(struct coord_group *group, struct coord_member *member)
{
    size_t i = 0;

    table_remove(&group->by_id, member->id.bytes, member->id.length);
    if (member->instance_id.bytes != NULL) {
        table_remove(
            &group->by_instance, member->instance_id.bytes, member->instance_id.length);
    }
    while (group->members[i] != member) {
        i++;
        INVARIANT(i < group->member_count);
    }
    group->member_count--;
    memmove(group->members + i, group->members + i + 1,
        (group->member_count - i) * sizeof(group->members[0]));
    if (group->leader == member) {
        group->leader = group->member_count > 0 ? group->members[0] : NULL;
    }
    member->next_removed = group->removed;
    group->removed = member;
}

enum err coord_group_rename(
    struct coord_group *group, struct coord_member *member, struct wire_view id)
{
    enum err e = coord_member_set(member, &member->old_id, coord_text_view(&member->id));

    if (e == OK) {
        e = table_put(&group->by_id, id.ptr, id.len, member);
    }
    if (e != OK) {
        return e;
    }
    e = coord_member_set(member, &member->id, id);
    if (e != OK) {
        table_remove(&group->by_id, id.ptr, id.len);
        return e;
    }
    table_remove(&group->by_id, member->old_id.bytes, member->old_id.length);
    return OK;
}

void coord_group_free_removed(struct coord_group *group)
{
    while (group->removed != NULL) {
        struct coord_member *member = group->removed;
        group->removed = member->next_removed;
        coord_member_free(&member);
    }
}

bool coord_group_is_pending(const struct coord_group *group, struct wire_view id)
{
    return table_get(&group->pending, id.ptr, id.len) != NULL;
}

bool coord_group_remove_pending(struct coord_group *group, struct wire_view id)
{
    struct coord_pending *pending = table_remove(&group->pending, id.ptr, id.len);

    if (pending == NULL) {
        return false;
    }
    free_pending(group, pending);
    return true;
}

const struct coord_pending *coord_group_next_pending(
    const struct coord_group *group, size_t *cursor)
{
    return table_next(&group->pending, cursor);
}

/* NULL: no memory, or the budget is used up. */
static struct coord_pending *pending_new(
    struct coord_group *group, struct wire_view id, int64_t expires_ms)
{
    struct coord_pending pending = {.length = id.len, .expires_ms = expires_ms};

    if (!coord_budget_take(group->budget, pending_charge(&pending))) {
        return NULL;
    }
    struct coord_pending *p = mem_alloc(1, sizeof(*p));
    pending.id = p == NULL ? NULL : (uint8_t *)mem_copy_text(id.ptr, id.len);
    if (pending.id == NULL) {
        mem_free(p);
        coord_budget_give(group->budget, pending_charge(&pending));
        return NULL;
    }
    *p = pending;
    return p;
}

enum err coord_group_add_pending(struct coord_group *group, struct wire_view id,
    int64_t expires_ms, struct wire_view *out)
{
    if (group->pending.count >= group->limits->members_max) {
        return ERR_FULL;
    }
    struct coord_pending *pending = pending_new(group, id, expires_ms);
    if (pending == NULL) {
        return ERR_NOMEM;
    }
    enum err e = table_put(&group->pending, id.ptr, id.len, pending);
    if (e != OK) {
        free_pending(group, pending);
        return e;
    }
    *out = (struct wire_view){pending->id, pending->length};
    return OK;
}

size_t coord_group_awaiting_join(const struct coord_group *group)
{
    size_t count = 0;

    for (size_t i = 0; i < group->member_count; i++) {
        count += group->members[i]->awaits_join ? 1 : 0;
    }
    return count;
}

bool coord_group_all_joined(const struct coord_group *group)
{
    return group->pending.count == 0 &&
           coord_group_awaiting_join(group) == group->member_count;
}

int32_t coord_group_rebalance_timeout(const struct coord_group *group)
{
    int32_t longest = 0;

    for (size_t i = 0; i < group->member_count; i++) {
        if (group->members[i]->rebalance_timeout_ms > longest) {
            longest = group->members[i]->rebalance_timeout_ms;
        }
    }
    return longest;
}

bool coord_group_is_over(const struct coord_group *group)
{
    return group->state == COORD_EMPTY && group->tombstone != 0 &&
           group->offsets.count == 0 && group->pending.count == 0;
}
