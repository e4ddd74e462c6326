/*
 * broker_offset_fetch - OffsetFetch: what a group committed.
 *
 * Requests before version 8 ask for one group in other structs; they are carried over to
 * the form of today, and their answers back.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_coord.h"
#include "wire_code.h"
#include "wire_offset_fetch.h"

#define TOPIC_IDS_SINCE   10
#define GROUPS_SINCE      8
#define GROUP_ERROR_SINCE 2 /* before it each partition gets the code */

static const struct wire_view empty = {(const uint8_t *)"", 0};

static size_t count_of(const struct wire_array *array)
{
    return array->count > 0 ? (size_t)array->count : 0;
}

static struct offset_fetch_response_partitions no_offset(int32_t partition, int16_t error)
{
    return (struct offset_fetch_response_partitions){.partition_index = partition,
        .committed_offset = -1,
        .committed_leader_epoch = -1,
        .metadata = empty,
        .error_code = error};
}

static struct offset_fetch_response_partitions show(const struct coord_offset *o)
{
    struct offset_fetch_response_partitions row = no_offset(o->partition, WIRE_CODE_NONE);

    row.committed_offset = o->offset;
    row.committed_leader_epoch = o->leader_epoch;
    if (o->metadata_length > 0) {
        row.metadata = (struct wire_view){.ptr = o->metadata, .len = o->metadata_length};
    }
    return row;
}

/* The code for a topic that was asked for, or 0; *name is what it is called. */
static int16_t check_topic(struct broker_session *s, int16_t version,
    const struct offset_fetch_request_topics *asked, struct wire_view *name)
{
    *name = asked->name;
    if (version >= TOPIC_IDS_SINCE) {
        const struct meta_topic *topic =
            meta_image_topic_by_id(&s->broker->image, asked->topic_id);
        if (topic == NULL) {
            return WIRE_CODE_UNKNOWN_TOPIC_ID;
        }
        *name = (struct wire_view){
            .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
    }
    return broker_may(s, POLICY_DESCRIBE, POLICY_TOPIC, *name)
               ? WIRE_CODE_NONE
               : WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
}

/* group: NULL where there is none. False: no memory. */
static bool fill_topic(struct broker_session *s, int16_t version,
    const struct coord_group *group, const struct offset_fetch_request_topics *asked,
    struct offset_fetch_response_topics *out)
{
    const int32_t *partitions = asked->partition_indexes.items;
    size_t count = count_of(&asked->partition_indexes);
    struct offset_fetch_response_partitions *rows =
        arena_alloc(&s->broker->arena, count, sizeof(*rows));
    struct wire_view name;

    if (rows == NULL) {
        return false;
    }
    int16_t error = check_topic(s, version, asked, &name);
    for (size_t i = 0; i < count; i++) {
        const struct coord_offset *o =
            error != WIRE_CODE_NONE || group == NULL
                ? NULL
                : coord_offsets_get(&group->offsets, name, partitions[i]);
        rows[i] = o == NULL ? no_offset(partitions[i], error) : show(o);
    }
    out->name = version >= TOPIC_IDS_SINCE ? empty : asked->name;
    out->topic_id = asked->topic_id;
    out->partitions = (struct wire_array){.items = rows, .count = (int32_t)count};
    return true;
}

static bool fill_asked(struct broker_session *s, int16_t version,
    const struct coord_group *group, const struct wire_array *asked,
    struct offset_fetch_response_group *out)
{
    const struct offset_fetch_request_topics *topics = asked->items;
    size_t count = count_of(asked);
    struct offset_fetch_response_topics *rows =
        arena_alloc(&s->broker->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        if (!fill_topic(s, version, group, &topics[i], &rows[i])) {
            return false;
        }
    }
    out->topics = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

/* Whether a topic belongs into an answer to "all": what may not be seen is left out. */
static bool may_list(struct broker_session *s, int16_t version, struct wire_view name,
    struct offset_fetch_response_topics *row)
{
    if (!broker_may_list(s, 0, POLICY_TOPIC, name)) {
        return false;
    }
    *row = (struct offset_fetch_response_topics){.name = name};
    if (version >= TOPIC_IDS_SINCE) {
        const struct meta_topic *topic = meta_image_topic(&s->broker->image, name);
        if (topic == NULL) {
            return false; /* deleted since: it has no id to be called by */
        }
        row->topic_id = topic->id;
        row->name = empty;
    }
    return true;
}

/* Everything that is committed stands sorted by topic. */
static bool fill_all(struct broker_session *s, int16_t version,
    const struct coord_group *group, struct offset_fetch_response_group *out)
{
    size_t most = group == NULL ? 0 : group->offsets.count;
    struct offset_fetch_response_topics *topics =
        arena_alloc(&s->broker->arena, most, sizeof(*topics));
    struct offset_fetch_response_partitions *rows =
        arena_alloc(&s->broker->arena, most, sizeof(*rows));
    struct wire_view name = {NULL, 0};
    bool listed = false;
    int32_t count = 0;
    size_t cursor = 0;

    if (topics == NULL || rows == NULL) {
        return false;
    }
    const struct coord_offset *o =
        group == NULL ? NULL : coord_offsets_next(&group->offsets, &cursor);
    for (; o != NULL; o = coord_offsets_next(&group->offsets, &cursor)) {
        struct wire_view topic = {.ptr = o->topic, .len = o->topic_length};
        if (name.ptr == NULL || !coord_view_equal(name, topic)) {
            name = topic;
            listed = may_list(s, version, topic, &topics[count]);
            topics[count].partitions = (struct wire_array){.items = rows, .count = 0};
            count += listed ? 1 : 0;
        }
        if (listed) {
            *rows++ = show(o);
            topics[count - 1].partitions.count++;
        }
    }
    out->topics = (struct wire_array){.items = topics, .count = count};
    return true;
}

/* False: no memory. */
static bool fetch_group(struct broker_session *s, int16_t version,
    const struct offset_fetch_request_group *asked,
    struct offset_fetch_response_group *out)
{
    struct broker *b = s->broker;

    wire_set_defaults(&offset_fetch_response_group_schema, out);
    out->group_id = asked->group_id;
    if (!broker_may(s, POLICY_DESCRIBE, POLICY_GROUP, asked->group_id)) {
        out->error_code = WIRE_CODE_GROUP_AUTHORIZATION_FAILED;
        return true;
    }
    out->error_code = broker_coord_error(b);
    if (out->error_code != WIRE_CODE_NONE) {
        return true;
    }
    const struct coord_group *group =
        coord_groups_find(broker_coord_groups(b), asked->group_id);
    return asked->topics.count < 0 ? fill_all(s, version, group, out)
                                   : fill_asked(s, version, group, &asked->topics, out);
}

static bool answer_groups(struct broker_session *s, const struct broker_call *call,
    const struct offset_fetch_request *r)
{
    const struct offset_fetch_request_group *asked = r->groups.items;
    size_t count = count_of(&r->groups);
    struct offset_fetch_response_group *rows =
        arena_alloc(&s->broker->arena, count, sizeof(*rows));
    struct offset_fetch_response response;

    for (size_t i = 0; rows != NULL && i < count; i++) {
        if (!fetch_group(s, call->version, &asked[i], &rows[i])) {
            return false;
        }
    }
    if (rows == NULL) {
        return false;
    }
    wire_set_defaults(&offset_fetch_response_schema, &response);
    response.groups = (struct wire_array){.items = rows, .count = (int32_t)count};
    broker_respond(s->broker, call, &response);
    return true;
}

static bool from_old_request(struct broker *b, const struct offset_fetch_request *r,
    struct offset_fetch_request_group *out)
{
    const struct offset_fetch_request_topic *old = r->topics.items;
    size_t count = count_of(&r->topics);
    struct offset_fetch_request_topics *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] = (struct offset_fetch_request_topics){
            .name = old[i].name, .partition_indexes = old[i].partition_indexes};
    }
    wire_set_defaults(&offset_fetch_request_group_schema, out);
    out->group_id = r->group_id;
    out->topics = (struct wire_array){.items = rows, .count = r->topics.count};
    return rows != NULL;
}

static bool to_old_partitions(
    struct broker *b, const struct wire_array *from, struct wire_array *out)
{
    const struct offset_fetch_response_partitions *found = from->items;
    size_t count = count_of(from);
    struct offset_fetch_response_partition *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] = (struct offset_fetch_response_partition){
            .partition_index = found[i].partition_index,
            .committed_offset = found[i].committed_offset,
            .committed_leader_epoch = found[i].committed_leader_epoch,
            .metadata = found[i].metadata,
            .error_code = found[i].error_code};
    }
    *out = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

static bool to_old_response(struct broker *b,
    const struct offset_fetch_response_group *group, struct offset_fetch_response *out)
{
    const struct offset_fetch_response_topics *found = group->topics.items;
    size_t count = count_of(&group->topics);
    struct offset_fetch_response_topic *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i].name = found[i].name;
        if (!to_old_partitions(b, &found[i].partitions, &rows[i].partitions)) {
            return false;
        }
    }
    out->error_code = group->error_code;
    out->topics = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

/* Version 1 has no place for a code of the group: each partition gets it. */
static bool spread_error(struct broker *b, const struct offset_fetch_request_group *asked,
    struct offset_fetch_response_group *group)
{
    const struct offset_fetch_request_topics *topics = asked->topics.items;
    size_t count = count_of(&asked->topics);
    struct offset_fetch_response_topics *rows =
        arena_alloc(&b->arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        const int32_t *partitions = topics[i].partition_indexes.items;
        size_t n = count_of(&topics[i].partition_indexes);
        struct offset_fetch_response_partitions *parts =
            arena_alloc(&b->arena, n, sizeof(*parts));
        if (parts == NULL) {
            return false;
        }
        for (size_t k = 0; k < n; k++) {
            parts[k] = no_offset(partitions[k], group->error_code);
        }
        rows[i] = (struct offset_fetch_response_topics){
            .name = topics[i].name, .partitions = {.items = parts, .count = (int32_t)n}};
    }
    group->topics = (struct wire_array){.items = rows, .count = (int32_t)count};
    return rows != NULL;
}

static bool answer_old(struct broker_session *s, const struct broker_call *call,
    const struct offset_fetch_request *r)
{
    struct broker *b = s->broker;
    struct offset_fetch_request_group asked;
    struct offset_fetch_response_group group;
    struct offset_fetch_response response;

    if (!from_old_request(b, r, &asked) ||
        !fetch_group(s, call->version, &asked, &group)) {
        return false;
    }
    if (group.error_code != WIRE_CODE_NONE && call->version < GROUP_ERROR_SINCE &&
        !spread_error(b, &asked, &group)) {
        return false;
    }
    wire_set_defaults(&offset_fetch_response_schema, &response);
    if (!to_old_response(b, &group, &response)) {
        return false;
    }
    broker_respond(b, call, &response);
    return true;
}

void broker_on_offset_fetch(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct offset_fetch_request *r = request;
    bool ok = call->version >= GROUPS_SINCE ? answer_groups(s, call, r)
                                            : answer_old(s, call, r);

    if (!ok) {
        broker_session_kill(s, IPC_KILL_QUEUE);
    }
}
