/*
 * broker_groups - FindCoordinator, and the four requests by which members live:
 * JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_coord.h"
#include "broker_coord_answer.h"
#include "broker_event.h"
#include "rand.h"
#include "wire_code.h"
#include "wire_find_coordinator.h"
#include "wire_heartbeat.h"
#include "wire_join_group.h"
#include "wire_leave_group.h"
#include "wire_sync_group.h"

#include <stdio.h>
#include <string.h>

/* A key of another kind (2: of a share group) has no coordinator. */
enum key_type { KEY_GROUP = 0, KEY_TRANSACTION = 1 };

static const struct wire_view null_view = {NULL, 0};

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static int16_t find_group(struct broker_session *s, struct wire_view group)
{
    struct broker *b = s->broker;

    if (!broker_may(s, POLICY_DESCRIBE, POLICY_GROUP, group)) {
        return WIRE_CODE_GROUP_AUTHORIZATION_FAILED;
    }
    int16_t error = broker_coord_write_error(b);
    if (error == WIRE_CODE_COORDINATOR_NOT_AVAILABLE) {
        broker_coord_make_topic(b); /* clients ask again until it is there */
    }
    return error == WIRE_CODE_NONE ? WIRE_CODE_NONE : WIRE_CODE_COORDINATOR_NOT_AVAILABLE;
}

/* The code for one key; with 0 it is this node that coordinates. */
static int16_t find_one(struct broker_session *s, int8_t key_type, struct wire_view key)
{
    switch (key_type) {
    case KEY_GROUP:
        return find_group(s, key);
    case KEY_TRANSACTION:
        return broker_may(s, POLICY_DESCRIBE, POLICY_TXN, key)
                   ? WIRE_CODE_COORDINATOR_NOT_AVAILABLE
                   : WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    default:
        return WIRE_CODE_INVALID_REQUEST;
    }
}

static void find_row(struct broker_session *s, int8_t key_type, struct wire_view key,
    struct find_coordinator_response_coordinator *row)
{
    const struct broker_listener *l = broker_session_listener(s);

    wire_set_defaults(&find_coordinator_response_coordinator_schema, row);
    row->key = key;
    row->error_message = null_view;
    row->error_code = find_one(s, key_type, key);
    bool found = row->error_code == WIRE_CODE_NONE;
    if (row->error_code == WIRE_CODE_GROUP_AUTHORIZATION_FAILED ||
        row->error_code == WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
        row->error_message = text_view(broker_denial_text(s, row->error_code));
    }
    row->node_id = found ? s->broker->config.node_id : -1;
    row->port = found ? (int32_t)l->port : -1;
    if (found) {
        row->host = text_view(l->host);
    }
}

void broker_on_find_coordinator(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct find_coordinator_request *r = request;
    const struct wire_view *keys = r->coordinator_keys.items;
    bool batched = call->version >= 4;
    size_t count =
        batched && r->coordinator_keys.count > 0 ? (size_t)r->coordinator_keys.count : 0;
    struct find_coordinator_response_coordinator *rows =
        count <= BROKER_TOPICS_A_REQUEST
            ? arena_alloc(&s->broker->arena, count, sizeof(*rows))
            : NULL;
    struct find_coordinator_response response;

    if (rows == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    wire_set_defaults(&find_coordinator_response_schema, &response);
    response.error_message = null_view;
    for (size_t i = 0; i < count; i++) {
        find_row(s, r->key_type, keys[i], &rows[i]);
    }
    response.coordinators = (struct wire_array){.items = rows, .count = (int32_t)count};
    if (!batched) {
        struct find_coordinator_response_coordinator one;
        find_row(s, r->key_type, r->key, &one);
        response.error_code = one.error_code;
        response.error_message = one.error_message;
        response.node_id = one.node_id;
        response.host = one.host;
        response.port = one.port;
    }
    broker_respond(s->broker, call, &response);
}

/* What every request of a member is asked first; 0: go on. */
static int16_t check_group(
    struct broker_session *s, struct wire_view group, bool writes, bool changes)
{
    if (!broker_may(s, POLICY_READ, POLICY_GROUP, group)) {
        return WIRE_CODE_GROUP_AUTHORIZATION_FAILED;
    }
    int16_t error =
        writes ? broker_coord_write_error(s->broker) : broker_coord_error(s->broker);
    if (error != WIRE_CODE_NONE) {
        return error;
    }
    if (changes && broker_coord_change_error(s->broker) != WIRE_CODE_NONE) {
        return broker_coord_change_error(s->broker);
    }
    return group.len == 0 ? WIRE_CODE_INVALID_GROUP_ID : WIRE_CODE_NONE;
}

/* A member that knows its id must have it from a group that we know. */
static int16_t open_for_join(
    struct broker *b, const struct join_group_request *r, struct coord_group **out)
{
    struct coord_groups *groups = broker_coord_groups(b);

    if (r->member_id.len == 0) {
        return (int16_t)coord_groups_open(groups, r->group_id, out);
    }
    *out = coord_groups_find(groups, r->group_id);
    return *out == NULL ? COORD_ERROR_MEMBER : COORD_ERROR_NONE;
}

static void fill_join(struct broker_session *s, const struct broker_call *call,
    const struct join_group_request *r, const struct coord_protocol *protocols,
    struct coord_join *out)
{
    *out = (struct coord_join){.member_id = r->member_id,
        .instance_id = r->group_instance_id,
        .client_id = text_view(s->client_id),
        .session_timeout_ms = r->session_timeout_ms,
        .rebalance_timeout_ms = r->rebalance_timeout_ms,
        .protocol_type = r->protocol_type,
        .protocols = protocols,
        .protocol_count = r->protocols.count > 0 ? (size_t)r->protocols.count : 0,
        .requires_member_id = call->version >= 4,
        .can_skip_assignment = call->version >= 9};
    rand_bytes(out->random.bytes, sizeof(out->random.bytes));
}

static struct coord_protocol *read_protocols(
    struct broker *b, const struct join_group_request *r)
{
    const struct join_group_request_protocol *given = r->protocols.items;
    size_t count = r->protocols.count > 0 ? (size_t)r->protocols.count : 0;
    struct coord_protocol *rows = arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] =
            (struct coord_protocol){.name = given[i].name, .metadata = given[i].metadata};
    }
    return rows;
}

void broker_on_join_group(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct join_group_request *r = request;
    struct broker *b = s->broker;
    struct coord_protocol *protocols = read_protocols(b, r);
    struct coord_event event = {.type = COORD_JOIN};
    struct coord_group *group = NULL;
    char host[IPC_ADDRESS_MAX + 2];

    if (protocols == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    int16_t error = check_group(s, r->group_id, true, true);
    if (error == WIRE_CODE_NONE) {
        error = open_for_join(b, r, &group);
    }
    if (error == WIRE_CODE_NONE) {
        event.token = broker_coord_park(b, call);
        error = event.token == 0 ? WIRE_CODE_COORDINATOR_NOT_AVAILABLE : WIRE_CODE_NONE;
    }
    if (error != WIRE_CODE_NONE) {
        if (group != NULL) {
            broker_coord_release(b, group);
        }
        broker_coord_refuse(b, call, COORD_ANSWER_JOIN, error, r->member_id);
        return;
    }
    fill_join(s, call, r, protocols, &event.join);
    (void)snprintf(host, sizeof(host), "/%s", s->address); /* as Kafka shows it */
    event.join.client_host = text_view(host);
    broker_coord_step(b, group, &event);
}

/* Finds the group of a member's request and parks the call; 0: all set. */
static int16_t prepare(struct broker_session *s, const struct broker_call *call,
    struct wire_view group_id, struct coord_group **group, uint64_t *token)
{
    struct broker *b = s->broker;
    bool changes = call->key == WIRE_API_SYNC_GROUP;
    int16_t error = check_group(s, group_id, false, changes);

    if (error != WIRE_CODE_NONE) {
        return error;
    }
    *group = coord_groups_find(broker_coord_groups(b), group_id);
    if (*group == NULL) {
        return COORD_ERROR_MEMBER;
    }
    *token = broker_coord_park(b, call);
    return *token == 0 ? WIRE_CODE_COORDINATOR_NOT_AVAILABLE : WIRE_CODE_NONE;
}

static struct coord_assignment *read_assignments(
    struct broker *b, const struct sync_group_request *r, size_t count)
{
    const struct sync_group_request_assignment *given = r->assignments.items;
    struct coord_assignment *rows = arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] = (struct coord_assignment){
            .member_id = given[i].member_id, .bytes = given[i].assignment};
    }
    return rows;
}

void broker_on_sync_group(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct sync_group_request *r = request;
    size_t count = r->assignments.count > 0 ? (size_t)r->assignments.count : 0;
    struct coord_assignment *assignments = read_assignments(s->broker, r, count);
    struct coord_event event = {.type = COORD_SYNC};
    struct coord_group *group = NULL;
    int16_t error;

    if (assignments == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    if (call->version >= 5 &&
        (r->protocol_type.ptr == NULL || r->protocol_name.ptr == NULL)) {
        error = COORD_ERROR_PROTOCOL;
    } else {
        error = prepare(s, call, r->group_id, &group, &event.token);
    }
    if (error != WIRE_CODE_NONE) {
        broker_coord_refuse(s->broker, call, COORD_ANSWER_SYNC, error, null_view);
        return;
    }
    event.sync = (struct coord_sync){.member_id = r->member_id,
        .instance_id = r->group_instance_id,
        .generation = r->generation_id,
        .protocol_type = r->protocol_type,
        .protocol = r->protocol_name,
        .assignments = assignments,
        .assignment_count = count};
    broker_coord_step(s->broker, group, &event);
}

void broker_on_heartbeat(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct heartbeat_request *r = request;
    struct coord_event event = {.type = COORD_HEARTBEAT,
        .heartbeat = {.member_id = r->member_id,
            .instance_id = r->group_instance_id,
            .generation = r->generation_id}};
    struct coord_group *group = NULL;
    int16_t error = prepare(s, call, r->group_id, &group, &event.token);

    if (error != WIRE_CODE_NONE) {
        broker_coord_refuse(s->broker, call, COORD_ANSWER_HEARTBEAT, error, null_view);
        return;
    }
    broker_coord_step(s->broker, group, &event);
}

/* Before version 3 one member leaves, named in the request itself. */
static const struct leave_group_request_member_identity *leavers_of(
    const struct broker_call *call, const struct leave_group_request *r,
    struct leave_group_request_member_identity *one, size_t *count)
{
    if (call->version >= 3) {
        *count = r->members.count > 0 ? (size_t)r->members.count : 0;
        return r->members.items;
    }
    *one = (struct leave_group_request_member_identity){.member_id = r->member_id};
    *count = 1;
    return one;
}

static void step_leave(struct broker *b, struct wire_view group_id,
    const struct coord_leaver *leavers, size_t count, enum coord_error *errors)
{
    struct coord_group *group = coord_groups_find(broker_coord_groups(b), group_id);
    struct coord_event event = {.type = COORD_LEAVE,
        .leave = {.leavers = leavers, .count = count, .errors = errors}};

    for (size_t i = 0; i < count; i++) {
        errors[i] = COORD_ERROR_MEMBER;
    }
    if (group != NULL) {
        broker_coord_step(b, group, &event);
    }
}

void broker_on_leave_group(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct leave_group_request *r = request;
    struct broker *b = s->broker;
    struct leave_group_request_member_identity one;
    struct leave_group_response response;
    size_t count;
    const struct leave_group_request_member_identity *asked =
        leavers_of(call, r, &one, &count);
    struct coord_leaver *leavers = arena_alloc(&b->arena, count, sizeof(*leavers));
    enum coord_error *errors = arena_alloc(&b->arena, count, sizeof(*errors));
    struct leave_group_response_member_response *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    if (leavers == NULL || errors == NULL || rows == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    wire_set_defaults(&leave_group_response_schema, &response);
    response.error_code = check_group(s, r->group_id, false, true);
    if (response.error_code != WIRE_CODE_NONE) {
        broker_respond(b, call, &response);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        leavers[i] = (struct coord_leaver){
            .member_id = asked[i].member_id, .instance_id = asked[i].group_instance_id};
    }
    step_leave(b, r->group_id, leavers, count, errors);
    uint32_t left = 0;
    for (size_t i = 0; i < count; i++) {
        left += errors[i] == COORD_ERROR_NONE ? 1 : 0;
        rows[i] =
            (struct leave_group_response_member_response){.member_id = asked[i].member_id,
                .group_instance_id = asked[i].group_instance_id,
                .error_code = (int16_t)errors[i]};
    }
    if (call->version >= 3) {
        response.members = (struct wire_array){.items = rows, .count = (int32_t)count};
    } else {
        response.error_code = (int16_t)errors[0];
    }
    if (left > 0) {
        broker_event_group(s, "leave", r->group_id, IPC_OUTCOME_SUCCESS, left);
    }
    broker_respond(b, call, &response);
}
