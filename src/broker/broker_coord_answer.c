#include "broker_coord_answer.h"

#include "broker_authz.h"
#include "broker_event.h"
#include "wire_code.h"
#include "wire_heartbeat.h"
#include "wire_join_group.h"
#include "wire_sync_group.h"

#define MEMBERS_MEMORY      ((size_t)64 * 1024 * 1024)
#define NULL_PROTOCOL_SINCE 7 /* of JoinGroup */

static struct wire_view not_null(struct wire_view view)
{
    return view.ptr == NULL ? (struct wire_view){.ptr = (const uint8_t *)"", .len = 0}
                            : view;
}

/* Everybody and what they want, for the leader. */
static bool list_members(
    const struct coord_group *group, struct arena *arena, struct wire_array *out)
{
    struct join_group_response_member *rows =
        arena_alloc(arena, group->member_count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < group->member_count; i++) {
        struct coord_group_member m = coord_group_member(group, i);
        rows[i] = (struct join_group_response_member){.member_id = m.member_id,
            .group_instance_id = m.instance_id,
            .metadata = not_null(m.metadata)};
    }
    *out = (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)group->member_count};
    return rows != NULL;
}

static void respond_join(struct broker *b, const struct broker_call *call,
    const struct coord_group *group, const struct coord_answer *answer)
{
    struct join_group_response r;
    struct arena arena;

    wire_set_defaults(&join_group_response_schema, &r);
    arena_init(&arena, MEMBERS_MEMORY);
    if (answer->with_members && !list_members(group, &arena, &r.members)) {
        broker_coord_refuse(b, call, COORD_ANSWER_JOIN, WIRE_CODE_UNKNOWN_SERVER_ERROR,
            answer->member_id);
        arena_fini(&arena);
        return;
    }
    r.error_code = (int16_t)answer->error;
    r.generation_id = answer->generation;
    r.protocol_type = answer->protocol_type;
    r.protocol_name = call->version >= NULL_PROTOCOL_SINCE ? answer->protocol
                                                           : not_null(answer->protocol);
    r.leader = not_null(answer->leader);
    r.skip_assignment = answer->skip_assignment;
    r.member_id = not_null(answer->member_id);
    broker_respond(b, call, &r);
    arena_fini(&arena);
}

static void respond_sync(
    struct broker *b, const struct broker_call *call, const struct coord_answer *answer)
{
    struct sync_group_response r;

    wire_set_defaults(&sync_group_response_schema, &r);
    r.error_code = (int16_t)answer->error;
    r.protocol_type = answer->protocol_type;
    r.protocol_name = answer->protocol;
    r.assignment = not_null(answer->assignment);
    broker_respond(b, call, &r);
}

static void respond_heartbeat(
    struct broker *b, const struct broker_call *call, int16_t error)
{
    struct heartbeat_response r;

    wire_set_defaults(&heartbeat_response_schema, &r);
    r.error_code = error;
    broker_respond(b, call, &r);
}

void broker_coord_refuse(struct broker *b, const struct broker_call *call,
    enum coord_answer_type type, int16_t error, struct wire_view member_id)
{
    struct join_group_response join;
    struct sync_group_response sync;

    switch (type) {
    case COORD_ANSWER_JOIN:
        wire_set_defaults(&join_group_response_schema, &join);
        join.error_code = error;
        join.member_id = not_null(member_id);
        if (call->version >= NULL_PROTOCOL_SINCE) {
            join.protocol_name = (struct wire_view){0};
        }
        broker_respond(b, call, &join);
        break;
    case COORD_ANSWER_SYNC:
        wire_set_defaults(&sync_group_response_schema, &sync);
        sync.error_code = error;
        broker_respond(b, call, &sync);
        break;
    case COORD_ANSWER_HEARTBEAT:
        respond_heartbeat(b, call, error);
        break;
    case COORD_ANSWER_LEAVE:
        break; /* never parked: its handler answers */
    }
}

void broker_coord_answer(struct broker *b, const struct broker_call *call,
    const struct coord_group *group, const struct coord_answer *answer)
{
    struct broker_session *s = broker_session_find(b, call->gate);

    if (s == NULL) {
        return;
    }
    if (!broker_may(s, POLICY_READ, POLICY_GROUP, coord_group_id(group))) {
        broker_coord_refuse(b, call, answer->type, WIRE_CODE_GROUP_AUTHORIZATION_FAILED,
            (struct wire_view){0});
        return;
    }
    if (answer->error == COORD_ERROR_NONE && answer->type != COORD_ANSWER_HEARTBEAT) {
        broker_event_group(s, answer->type == COORD_ANSWER_JOIN ? "join" : "sync",
            coord_group_id(group), IPC_OUTCOME_SUCCESS, 1);
    }
    switch (answer->type) {
    case COORD_ANSWER_JOIN:
        respond_join(b, call, group, answer);
        break;
    case COORD_ANSWER_SYNC:
        respond_sync(b, call, answer);
        break;
    case COORD_ANSWER_HEARTBEAT:
        respond_heartbeat(b, call, (int16_t)answer->error);
        break;
    case COORD_ANSWER_LEAVE:
        break;
    }
}
