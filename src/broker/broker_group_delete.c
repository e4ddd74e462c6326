/*
 * broker_group_delete - DeleteGroups and OffsetDelete: what somebody wants forgotten.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_forget.h"
#include "broker_job.h"
#include "coord_subscription.h"
#include "wire_code.h"
#include "wire_delete_groups.h"
#include "wire_offset_delete.h"

#include <string.h>

static const char consumers[] = "consumer";

static void on_forgotten(struct broker *b, void *context, int16_t error)
{
    broker_item_end(b, context, error, NULL);
}

/* Groups. */

static void answer_groups(struct broker *b, struct broker_job *job)
{
    const struct broker_item *items = job->items;
    struct delete_groups_response_deletable_group_result *rows =
        arena_alloc(&job->arena, job->count, sizeof(*rows));
    struct delete_groups_response response = {
        .results = {.items = rows, .count = rows == NULL ? 0 : (int32_t)job->count}};

    for (size_t i = 0; rows != NULL && i < job->count; i++) {
        rows[i].group_id = items[i].name;
        rows[i].error_code = items[i].error;
    }
    broker_respond(b, &job->call, &response);
}

/* Somebody may join while it goes: then what is left stays. */
static bool is_of_nobody(
    const void *context, const struct coord_group *group, const struct coord_offset *o)
{
    (void)context;
    (void)o;
    return group->member_count == 0;
}

static void start(struct broker *b, struct broker_item *item)
{
    const struct coord_group *group =
        coord_groups_find(broker_coord_groups(b), item->name);
    int16_t error = 0;

    if (group == NULL || coord_group_is_over(group)) {
        error = WIRE_CODE_GROUP_ID_NOT_FOUND;
    } else if (group->state != COORD_EMPTY && group->state != COORD_DEAD) {
        error = WIRE_CODE_NON_EMPTY_GROUP;
    }
    if (error != 0) {
        broker_item_end(b, item, error, NULL);
    } else {
        broker_forget(b, item->name, true, is_of_nobody, on_forgotten, item);
    }
}

static void judge_group(struct broker_session *s, struct broker_item *item)
{
    if (!broker_may(s, POLICY_DELETE, POLICY_GROUP, item->name)) {
        broker_item_refuse(item, WIRE_CODE_GROUP_AUTHORIZATION_FAILED, NULL);
    } else if (broker_coord_error(s->broker) != 0) {
        broker_item_refuse(item, broker_coord_error(s->broker), NULL);
    } else if (broker_coord_change_error(s->broker) != 0) {
        broker_item_refuse(item, broker_coord_change_error(s->broker), NULL);
    }
}

void broker_on_delete_groups(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct delete_groups_request *r = request;
    const struct wire_view *names = r->groups_names.items;
    size_t count = r->groups_names.count > 0 ? (size_t)r->groups_names.count : 0;
    struct broker_job *job =
        broker_job_new(call, count, sizeof(struct broker_item), answer_groups);
    bool ok = job != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        struct broker_item *item = (struct broker_item *)job->items + i;
        struct wire_view name = broker_job_copy(job, names[i]);
        *item = (struct broker_item){
            .job = job, .verb = "delete", .noun = "group", .name = name, .key = name};
        ok = name.ptr != NULL;
    }
    if (!ok || broker_job_name_once(job, NULL) != OK) {
        broker_job_drop(job);
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    for (size_t i = 0; i < job->count; i++) {
        judge_group(s, (struct broker_item *)job->items + i);
    }
    broker_job_run(s->broker, job, start);
    broker_job_release(s->broker, job);
}

/* Offsets. */

struct deletion {
    struct broker_item base; /* the group */
    struct offset_delete_response_topic *topics;
    size_t topic_count;
    struct table wanted;  /* partition and name of those to forget -> this */
    struct table members; /* names of the topics that members may want -> this */
    bool members_want_all;
};

#define SUBSCRIPTIONS_MAX ((size_t)4 * 1024 * 1024)
#define KEY_MAX           (sizeof(int32_t) + META_NAME_MAX)

static size_t make_key(
    struct wire_view topic, int32_t partition, uint8_t key_out[KEY_MAX])
{
    memcpy(key_out, &partition, sizeof(partition));
    memcpy(key_out + sizeof(partition), topic.ptr, topic.len);
    return sizeof(partition) + topic.len;
}

static bool is_wanted(
    const void *context, const struct coord_group *group, const struct coord_offset *o)
{
    const struct deletion *d = context;
    struct wire_view topic = {.ptr = o->topic, .len = o->topic_length};
    uint8_t key[KEY_MAX];

    (void)group;
    return topic.len <= META_NAME_MAX &&
           table_get(&d->wanted, key, make_key(topic, o->partition, key)) != NULL;
}

static bool has_forgotten(const struct offset_delete_response_topic *topic)
{
    const struct offset_delete_response_partition *rows = topic->partitions.items;

    for (int32_t i = 0; i < topic->partitions.count; i++) {
        if (rows[i].error_code == 0) {
            return true;
        }
    }
    return false;
}

/* It took a right on each topic, too: the event of the group does not name them. */
static void tell_topics(struct broker *b, const struct deletion *d)
{
    const struct broker_job *job = d->base.job;
    struct broker_session *s = broker_session_find(b, job->call.gate);

    for (size_t i = 0; i < d->topic_count; i++) {
        if (!has_forgotten(&d->topics[i])) {
            continue;
        }
        if (s != NULL) {
            broker_event_admin(b, s, d->base.verb, "topic", d->topics[i].name,
                IPC_OUTCOME_SUCCESS, NULL);
        } else {
            broker_event_admin_by(b, &job->author, d->base.verb, "topic",
                d->topics[i].name, IPC_OUTCOME_SUCCESS, NULL);
        }
    }
}

static void answer_offsets(struct broker *b, struct broker_job *job)
{
    struct deletion *d = job->items;
    struct offset_delete_response response = {.error_code = d->base.error};

    if (d->base.error == 0) {
        tell_topics(b, d);
        response.topics =
            (struct wire_array){.items = d->topics, .count = (int32_t)d->topic_count};
    }
    broker_respond(b, &job->call, &response);
    table_fini(&d->wanted);
    table_fini(&d->members);
}

static bool note_wanted(void *context, struct wire_view topic)
{
    struct deletion *d = context;

    return topic.len > META_NAME_MAX ||
           table_get(&d->members, topic.ptr, topic.len) != NULL ||
           table_put(&d->members, topic.ptr, topic.len, d) == OK;
}

/* Once a request, and not of more than that: who subscribes to so much wants all. */
static void note_members(struct deletion *d, const struct coord_group *group)
{
    size_t bytes = 0;

    for (size_t i = 0; i < group->member_count && !d->members_want_all; i++) {
        struct wire_view metadata = coord_group_member(group, i).metadata;
        bytes += metadata.len;
        d->members_want_all = bytes > SUBSCRIPTIONS_MAX ||
                              !coord_subscription_each(metadata, note_wanted, d);
    }
}

/* The code for all partitions of the topic that exist. */
static int16_t check_topic(
    struct broker_session *s, const struct deletion *d, struct wire_view name)
{
    if (!broker_may(s, POLICY_READ, POLICY_TOPIC, name)) {
        return WIRE_CODE_TOPIC_AUTHORIZATION_FAILED;
    }
    return d->members_want_all || table_get(&d->members, name.ptr, name.len) != NULL
               ? WIRE_CODE_GROUP_SUBSCRIBED_TO_TOPIC
               : WIRE_CODE_NONE;
}

static bool take_topic(struct broker_session *s, struct deletion *d,
    const struct offset_delete_request_topic *asked,
    struct offset_delete_response_topic *out)
{
    struct broker_job *job = d->base.job;
    const struct offset_delete_request_partition *parts = asked->partitions.items;
    size_t count = asked->partitions.count > 0 ? (size_t)asked->partitions.count : 0;
    struct offset_delete_response_partition *rows =
        arena_alloc(&job->arena, count, sizeof(*rows));
    int16_t error = check_topic(s, d, asked->name);
    const struct meta_topic *topic = meta_image_topic(&s->broker->image, asked->name);
    bool ok = rows != NULL;

    out->name = broker_job_copy(job, asked->name);
    for (size_t i = 0; ok && i < count; i++) {
        int32_t partition = parts[i].partition_index;
        bool exists =
            topic != NULL && partition >= 0 && partition < topic->partition_count;
        uint8_t key[KEY_MAX];
        rows[i].partition_index = partition;
        rows[i].error_code =
            error != 0 || exists ? error : WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
        if (rows[i].error_code == 0) {
            ok = table_put(&d->wanted, key, make_key(asked->name, partition, key), d) ==
                 OK;
        }
    }
    out->partitions =
        (struct wire_array){.items = rows, .count = ok ? (int32_t)count : 0};
    return ok && out->name.ptr != NULL;
}

static int16_t check_group(
    struct broker_session *s, struct wire_view id, const struct coord_group **out)
{
    struct broker *b = s->broker;

    if (!broker_may(s, POLICY_DELETE, POLICY_GROUP, id)) {
        return WIRE_CODE_GROUP_AUTHORIZATION_FAILED;
    }
    if (broker_coord_error(b) != 0) {
        return broker_coord_error(b);
    }
    if (broker_coord_change_error(b) != 0) {
        return broker_coord_change_error(b);
    }
    *out = coord_groups_find(broker_coord_groups(b), id);
    if (*out == NULL || coord_group_is_over(*out)) {
        return WIRE_CODE_GROUP_ID_NOT_FOUND;
    }
    bool of_consumers =
        meta_view_equal(coord_group_protocol_type(*out), meta_view(consumers));
    return (*out)->member_count > 0 && !of_consumers ? WIRE_CODE_NON_EMPTY_GROUP
                                                     : WIRE_CODE_NONE;
}

static void delete_offsets(
    struct broker_session *s, struct deletion *d, const struct offset_delete_request *r)
{
    const struct offset_delete_request_topic *topics = r->topics.items;
    const struct coord_group *group = NULL;
    int16_t error = check_group(s, r->group_id, &group);

    d->topic_count = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    d->topics = arena_alloc(&d->base.job->arena, d->topic_count, sizeof(*d->topics));
    if (d->topics == NULL) {
        error = WIRE_CODE_UNKNOWN_SERVER_ERROR;
    }
    if (error == 0) {
        note_members(d, group);
    }
    for (size_t i = 0; error == 0 && i < d->topic_count; i++) {
        if (!take_topic(s, d, &topics[i], &d->topics[i])) {
            error = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        }
    }
    if (error != 0) {
        broker_item_refuse(&d->base, error, NULL);
    } else if (d->wanted.count > 0) {
        broker_job_note_author(s->broker, d->base.job);
        broker_item_begin(&d->base);
        broker_forget(s->broker, d->base.name, false, is_wanted, on_forgotten, &d->base);
    }
}

static bool is_too_much(const struct offset_delete_request *r)
{
    const struct offset_delete_request_topic *topics = r->topics.items;
    int64_t count = r->topics.count;

    for (int32_t i = 0; i < r->topics.count; i++) {
        count += topics[i].partitions.count;
    }
    return count > BROKER_TOPICS_A_REQUEST;
}

void broker_on_offset_delete(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct offset_delete_request *r = request;
    struct broker_job *job =
        is_too_much(r) ? NULL
                       : broker_job_new(call, 1, sizeof(struct deletion), answer_offsets);

    if (job == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    struct deletion *d = job->items;
    d->base = (struct broker_item){.job = job,
        .verb = "delete-offsets",
        .noun = "group",
        .name = broker_job_copy(job, r->group_id)};
    table_init(&d->wanted, SIZE_MAX);
    table_init(&d->members, SIZE_MAX);
    if (d->base.name.ptr == NULL) {
        broker_item_refuse(&d->base, WIRE_CODE_UNKNOWN_SERVER_ERROR, NULL);
    } else if (d->base.name.len == 0) {
        broker_item_refuse(&d->base, WIRE_CODE_INVALID_GROUP_ID, NULL);
    } else {
        delete_offsets(s, d, r);
    }
    broker_job_release(s->broker, job);
}
