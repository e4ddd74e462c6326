/*
 * broker_group_admin - DescribeGroups and ListGroups: what there is, as far as the caller
 * may see it.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_coord.h"
#include "wire_code.h"
#include "wire_describe_groups.h"
#include "wire_list_groups.h"

#include <string.h>
#include <strings.h>

#define NOT_FOUND_SINCE 6 /* of DescribeGroups: a missing group is an error */
#define GROUP_TYPE      "classic"

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static struct wire_view not_null(struct wire_view view)
{
    return view.ptr == NULL ? text_view("") : view;
}

/* Subscriptions are shown of a stable group only. */
static bool fill_members(struct broker *b, const struct coord_group *group,
    struct describe_groups_response_described_group *row)
{
    struct describe_groups_response_described_group_member *rows =
        arena_alloc(&b->arena, group->member_count, sizeof(*rows));
    bool stable = group->state == COORD_STABLE;

    for (size_t i = 0; rows != NULL && i < group->member_count; i++) {
        struct coord_group_member m = coord_group_member(group, i);
        rows[i] = (struct describe_groups_response_described_group_member){
            .member_id = m.member_id,
            .group_instance_id = m.instance_id,
            .client_id = not_null(m.client_id),
            .client_host = not_null(m.client_host),
            .member_metadata = stable ? not_null(m.metadata) : text_view(""),
            .member_assignment = not_null(m.assignment)};
    }
    row->members = (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)group->member_count};
    return rows != NULL;
}

static bool fill_group(struct broker *b, const struct coord_group *group,
    struct describe_groups_response_described_group *row)
{
    row->group_state = text_view(coord_state_text(group->state));
    row->protocol_type = not_null(coord_group_protocol_type(group));
    if (group->state == COORD_STABLE) {
        row->protocol_data = not_null(coord_group_protocol(group));
    }
    return fill_members(b, group, row);
}

/* False: no memory. */
static bool describe_one(struct broker_session *s, int16_t version, struct wire_view id,
    bool with_operations, struct describe_groups_response_described_group *row)
{
    struct broker *b = s->broker;
    bool ok = true;

    wire_set_defaults(&describe_groups_response_described_group_schema, row);
    row->group_id = id;
    if (!broker_may(s, POLICY_DESCRIBE, POLICY_GROUP, id)) {
        row->error_code = WIRE_CODE_GROUP_AUTHORIZATION_FAILED;
        return true;
    }
    row->error_code = broker_coord_error(b);
    if (row->error_code != WIRE_CODE_NONE) {
        return true;
    }
    const struct coord_group *group = coord_groups_find(broker_coord_groups(b), id);
    if (group != NULL && !coord_group_is_over(group)) {
        ok = fill_group(b, group, row);
    } else {
        row->group_state = text_view(coord_state_text(COORD_DEAD));
        if (version >= NOT_FOUND_SINCE) {
            row->error_code = WIRE_CODE_GROUP_ID_NOT_FOUND;
            row->error_message = text_view("There is no such group.");
        }
    }
    if (with_operations && row->error_code == WIRE_CODE_NONE) {
        row->authorized_operations = broker_operations(s, POLICY_GROUP, id);
    }
    return ok;
}

void broker_on_describe_groups(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_groups_request *r = request;
    const struct wire_view *ids = r->groups.items;
    size_t count = r->groups.count > 0 ? (size_t)r->groups.count : 0;
    struct describe_groups_response_described_group *rows =
        count <= BROKER_TOPICS_A_REQUEST
            ? arena_alloc(&s->broker->arena, count, sizeof(*rows))
            : NULL;
    struct describe_groups_response response;
    bool ok = rows != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        ok = describe_one(
            s, call->version, ids[i], r->include_authorized_operations, &rows[i]);
    }
    if (!ok) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    wire_set_defaults(&describe_groups_response_schema, &response);
    response.groups = (struct wire_array){.items = rows, .count = (int32_t)count};
    broker_respond(s->broker, call, &response);
}

/* Whether one of the names is wanted; an empty filter wants everything. */
static bool passes(const struct wire_array *filter, const char *name)
{
    const struct wire_view *wanted = filter->items;
    size_t length = strlen(name);

    for (int32_t i = 0; i < filter->count; i++) {
        if (wanted[i].len == length &&
            strncasecmp((const char *)wanted[i].ptr, name, length) == 0) {
            return true;
        }
    }
    return filter->count <= 0;
}

static int32_t list_all(struct broker_session *s, const struct list_groups_request *r,
    struct list_groups_response_listed_group *rows)
{
    const struct coord_groups *groups = broker_coord_groups(s->broker);
    int32_t count = 0;
    size_t cursor = 0;

    for (const struct coord_group *g = coord_groups_next(groups, &cursor); g != NULL;
         g = coord_groups_next(groups, &cursor)) {
        struct wire_view id = coord_group_id(g);
        if (coord_group_is_over(g) ||
            !passes(&r->states_filter, coord_state_text(g->state)) ||
            !broker_may_list(s, POLICY_DESCRIBE, POLICY_GROUP, id)) {
            continue;
        }
        rows[count++] = (struct list_groups_response_listed_group){.group_id = id,
            .protocol_type = not_null(coord_group_protocol_type(g)),
            .group_state = text_view(coord_state_text(g->state)),
            .group_type = text_view(GROUP_TYPE)};
    }
    return count;
}

void broker_on_list_groups(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct list_groups_request *r = request;
    struct broker *b = s->broker;
    struct list_groups_response response;
    size_t most = broker_coord_groups(b)->by_id.count;
    struct list_groups_response_listed_group *rows =
        arena_alloc(&b->arena, most, sizeof(*rows));

    if (rows == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    wire_set_defaults(&list_groups_response_schema, &response);
    response.error_code = broker_coord_error(b);
    response.groups.items = rows;
    if (response.error_code == WIRE_CODE_NONE && passes(&r->types_filter, GROUP_TYPE)) {
        response.groups.count = list_all(s, r, rows);
    }
    broker_respond(b, call, &response);
}
