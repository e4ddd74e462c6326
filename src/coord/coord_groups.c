#include "coord_groups.h"

#include "coord_load.h"
#include "coord_record.h"

#define MEMBERS_ARENA_MAX (64u * 1024 * 1024) /* decoded members of one record */

void coord_groups_init(struct coord_groups *groups, const struct coord_limits *limits)
{
    *groups = (struct coord_groups){
        .limits = *limits, .configured = *limits, .budget = {.limit = limits->bytes_max}};
    table_init(&groups->by_id, limits->groups_max);
}

void coord_groups_fini(struct coord_groups *groups)
{
    size_t cursor = 0;

    for (;;) {
        struct coord_group *group = table_next(&groups->by_id, &cursor);
        if (group == NULL) {
            break;
        }
        coord_group_free(&group);
    }
    table_fini(&groups->by_id);
    INVARIANT(groups->budget.used == 0);
}

struct coord_group *coord_groups_find(
    const struct coord_groups *groups, struct wire_view id)
{
    return table_get(&groups->by_id, id.ptr, id.len);
}

enum coord_error coord_groups_open(
    struct coord_groups *groups, struct wire_view id, struct coord_group **out)
{
    if (id.len > COORD_GROUP_ID_MAX) {
        return COORD_ERROR_GROUP_ID;
    }
    struct coord_group *group = coord_groups_find(groups, id);
    if (group == NULL) {
        group = coord_group_new(id, &groups->limits, &groups->budget);
        if (group == NULL || table_put(&groups->by_id, id.ptr, id.len, group) != OK) {
            coord_group_free(&group);
            return COORD_ERROR_GROUP_FULL;
        }
    }
    *out = group;
    return COORD_ERROR_NONE;
}

bool coord_groups_are_crowded(const struct coord_groups *groups)
{
    return groups->by_id.count > groups->by_id.limit / 2 ||
           groups->budget.used > groups->budget.limit / 2;
}

struct coord_group *coord_groups_next(const struct coord_groups *groups, size_t *cursor)
{
    return table_next(&groups->by_id, cursor);
}

bool coord_groups_release(struct coord_groups *groups, struct coord_group *group)
{
    bool idle = group->state == COORD_EMPTY || group->state == COORD_DEAD;
    bool kept = group->is_kept && !coord_groups_are_crowded(groups);

    if (!idle || kept || group->pending.count > 0 || group->has_record ||
        group->offsets.count > 0) {
        return false;
    }
    table_remove(&groups->by_id, group->id, group->id_length);
    coord_group_free(&group);
    return true;
}

static enum err from_wire(enum wire_err e)
{
    if (e == WIRE_OK) {
        return OK;
    }
    return e == WIRE_ERR_MEMORY ? ERR_NOMEM : ERR_CORRUPT;
}

/* Of a tombstone: nothing to do for a group that we do not know. */
static enum err open_for(struct coord_groups *groups, const struct coord_record_key *key,
    bool is_tombstone, struct coord_group **out)
{
    *out = coord_groups_find(groups, key->group);
    if (*out != NULL || is_tombstone) {
        return OK;
    }
    switch (coord_groups_open(groups, key->group, out)) {
    case COORD_ERROR_NONE:
        return OK;
    case COORD_ERROR_GROUP_ID:
        groups->skipped++; /* nobody could ask for it here */
        return OK;
    default:
        return ERR_NOMEM; /* no limit is in force now */
    }
}

/* The same while no limit is in force: what is left is the form, and memory. */
static enum err from_offsets(enum coord_error error)
{
    if (error == COORD_ERROR_NONE) {
        return OK;
    }
    return error == COORD_ERROR_OFFSET_METADATA ? ERR_CORRUPT : ERR_NOMEM;
}

static enum err replay_offset(struct coord_groups *groups,
    const struct coord_record_key *key, struct wire_view bytes)
{
    struct coord_record_offset value = {.offset = -1};
    struct coord_group *group = NULL;
    enum err e =
        bytes.ptr == NULL ? OK : from_wire(coord_record_decode_offset(bytes, &value));

    if (e == OK) {
        e = open_for(groups, key, bytes.ptr == NULL, &group);
    }
    if (e != OK || group == NULL) {
        return e;
    }
    if (bytes.ptr == NULL) {
        coord_offsets_remove(&group->offsets, key->topic, key->partition);
        (void)coord_groups_release(groups, group);
        return OK;
    }
    const struct coord_commit commit = {.topic = key->topic,
        .partition = key->partition,
        .offset = value.offset,
        .leader_epoch = value.leader_epoch,
        .metadata = value.metadata,
        .commit_ms = value.commit_ms};
    enum coord_error error = coord_offsets_begin(&group->offsets, &commit);
    if (error == COORD_ERROR_NONE) {
        coord_offsets_commit(&group->offsets, &commit);
    }
    (void)coord_groups_release(groups, group);
    return from_offsets(error);
}

static enum err replay_group(struct coord_groups *groups,
    const struct coord_record_key *key, struct wire_view bytes)
{
    struct coord_record_group value = {.member_count = 0};
    struct coord_group *group = NULL;
    struct arena arena;

    arena_init(&arena, MEMBERS_ARENA_MAX);
    enum err e = bytes.ptr == NULL
                     ? OK
                     : from_wire(coord_record_decode_group(bytes, &arena, &value));
    if (e == OK) {
        e = open_for(groups, key, bytes.ptr == NULL, &group);
    }
    if (e == OK && group != NULL) {
        coord_load_group(group, bytes.ptr == NULL ? NULL : &value);
        (void)coord_groups_release(groups, group);
    }
    arena_fini(&arena);
    return e;
}

static void put_in_force(struct coord_groups *groups, const struct coord_limits *limits)
{
    size_t cursor = 0;

    groups->limits = *limits;
    groups->budget.limit = limits->bytes_max;
    groups->by_id.limit = limits->groups_max;
    for (struct coord_group *g = coord_groups_next(groups, &cursor); g != NULL;
         g = coord_groups_next(groups, &cursor)) {
        g->offsets.limit = limits->offsets_max;
        g->offsets.metadata_max = limits->offset_metadata_max;
    }
}

static void lift_limits(struct coord_groups *groups)
{
    struct coord_limits none = groups->configured;

    none.groups_max = SIZE_MAX;
    none.bytes_max = SIZE_MAX;
    none.offsets_max = SIZE_MAX;
    none.offset_metadata_max = SIZE_MAX;
    put_in_force(groups, &none);
    groups->is_loading = true;
}

enum err coord_groups_replay(
    struct coord_groups *groups, struct wire_view key, struct wire_view value)
{
    struct coord_record_key decoded;
    enum err e = from_wire(coord_record_decode_key(key, &decoded));

    if (!groups->is_loading) {
        lift_limits(groups);
    }
    if (e != OK) {
        return e;
    }
    switch (decoded.type) {
    case COORD_RECORD_OFFSET:
        return replay_offset(groups, &decoded, value);
    case COORD_RECORD_GROUP:
        return replay_group(groups, &decoded, value);
    case COORD_RECORD_OTHER:
        groups->skipped++;
        return OK;
    }
    return ERR_CORRUPT;
}

void coord_groups_start(struct coord_groups *groups, int64_t now_ms)
{
    size_t cursor = 0;

    put_in_force(groups, &groups->configured);
    groups->is_loading = false;
    groups->is_above = groups->by_id.count > groups->by_id.limit ||
                       groups->budget.used > groups->budget.limit;
    for (struct coord_group *g = coord_groups_next(groups, &cursor); g != NULL;
         g = coord_groups_next(groups, &cursor)) {
        coord_load_start(g, now_ms);
        groups->is_above = groups->is_above || coord_offsets_are_above(&g->offsets);
    }
}
