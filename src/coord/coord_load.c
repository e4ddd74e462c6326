#include "coord_load.h"

static void clear_members(struct coord_group *group)
{
    while (group->member_count > 0) {
        coord_group_remove(group, group->members[group->member_count - 1]);
    }
    coord_group_free_removed(group);
}

static int32_t clamp(int32_t value, int32_t min, int32_t max)
{
    if (value < min) {
        return min;
    }
    return value > max ? max : value;
}

static bool load_member(struct coord_group *group,
    const struct coord_record_group *record, const struct coord_record_member *m)
{
    const struct coord_protocol protocol = {record->protocol, m->subscription};
    const struct coord_join join = {.instance_id = m->instance_id,
        .client_id = m->client_id,
        .client_host = m->client_host,
        .session_timeout_ms = clamp(m->session_timeout_ms, group->limits->session_min_ms,
            group->limits->session_max_ms),
        .rebalance_timeout_ms = m->rebalance_timeout_ms,
        .protocol_type = record->protocol_type,
        .protocols = &protocol,
        .protocol_count = 1};

    if (m->member_id.len == 0 || coord_group_find(group, m->member_id) != NULL ||
        (m->instance_id.ptr != NULL &&
            coord_group_find_instance(group, m->instance_id) != NULL)) {
        return false;
    }
    struct coord_member *member = coord_member_new(group->budget, m->member_id, &join);
    if (member == NULL ||
        coord_member_set(member, &member->assignment, m->assignment) != OK ||
        coord_group_add(group, member) != OK) {
        coord_member_free(&member);
        return false;
    }
    return true;
}

static bool load_members(
    struct coord_group *group, const struct coord_record_group *record)
{
    if ((size_t)record->member_count > group->limits->members_max ||
        record->protocol.ptr == NULL || record->protocol.len > COORD_PROTOCOL_NAME_MAX ||
        record->protocol_type.len > COORD_PROTOCOL_NAME_MAX) {
        return record->member_count == 0;
    }
    for (int32_t i = 0; i < record->member_count; i++) {
        if (!load_member(group, record, &record->members[i])) {
            return false;
        }
    }
    return true;
}

void coord_load_group(struct coord_group *group, const struct coord_record_group *record)
{
    const struct wire_view null = {NULL, 0};

    clear_members(group);
    coord_name_set(&group->protocol, null);
    coord_name_set(&group->protocol_type, null);
    group->state = COORD_EMPTY;
    group->generation = 0;
    group->has_record = record != NULL;
    if (record == NULL) {
        return;
    }
    group->generation = record->generation < 0 ? 0 : record->generation;
    group->state_since_ms = record->state_since_ms;
    if (record->protocol_type.len <= COORD_PROTOCOL_NAME_MAX) {
        coord_name_set(&group->protocol_type, record->protocol_type);
    }
    if (!load_members(group, record)) {
        clear_members(group);
    }
    if (group->member_count > 0) {
        group->state = COORD_STABLE;
        coord_name_set(&group->protocol, record->protocol);
        struct coord_member *leader =
            record->leader.ptr == NULL ? NULL : coord_group_find(group, record->leader);
        group->leader = leader == NULL ? group->members[0] : leader;
    }
}

void coord_load_start(struct coord_group *group, int64_t now_ms)
{
    for (size_t i = 0; i < group->member_count; i++) {
        struct coord_member *m = group->members[i];
        m->expires_ms = coord_later(now_ms, m->session_timeout_ms);
    }
}
