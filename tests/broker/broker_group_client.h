/* A consumer as the tests need it: one session, one group, and the requests of both. */
#ifndef BROKER_GROUP_CLIENT_H
#define BROKER_GROUP_CLIENT_H

#include "broker_coord.h"
#include "broker_fixture.h"
#include "test.h"
#include "wire_api.h"
#include "wire_code.h"
#include "wire_find_coordinator.h"
#include "wire_heartbeat.h"
#include "wire_join_group.h"
#include "wire_leave_group.h"
#include "wire_offset_commit.h"
#include "wire_offset_fetch.h"
#include "wire_sync_group.h"

#include <stdio.h>
#include <string.h>

#define JOIN_VERSION      9
#define SYNC_VERSION      5
#define HEARTBEAT_VERSION 4
#define LEAVE_VERSION     5

#define CONSUMER_RULES                                                                   \
    "allow alice to read group g*\n"                                                     \
    "allow alice to read topic t*\n"                                                     \
    "allow bob to describe group g*\n"

struct client {
    struct fixture *f;
    uint64_t gate;
    const char *group;
    char member[320];
    int32_t generation;
    int32_t session_timeout_ms;
};

static inline int16_t find_group(struct fixture *f, uint64_t gate, const char *group)
{
    struct find_coordinator_request r;

    wire_set_defaults(&find_coordinator_request_schema, &r);
    r.key = fixture_view(group);
    const struct find_coordinator_response *a =
        fixture_call(f, gate, WIRE_API_FIND_COORDINATOR, 3, &r);
    return a->error_code;
}

/* A session that found its coordinator. */
static inline struct client client_new(
    struct fixture *f, const char *user, const char *group)
{
    struct client c = {.f = f,
        .gate = fixture_gate(f, user),
        .group = group,
        .generation = -1,
        .session_timeout_ms = 30000};

    if (find_group(f, c.gate, group) == WIRE_CODE_COORDINATOR_NOT_AVAILABLE) {
        fixture_pump(f);
        assert_int_equal(find_group(f, c.gate, group), WIRE_CODE_NONE);
    }
    return c;
}

static inline struct join_group_request client_join_request(const struct client *c)
{
    static struct join_group_request_protocol protocol;
    struct join_group_request r;

    wire_set_defaults(&join_group_request_schema, &r);
    protocol = (struct join_group_request_protocol){
        .name = fixture_view("range"), .metadata = fixture_view("topics")};
    r.group_id = fixture_view(c->group);
    r.session_timeout_ms = c->session_timeout_ms;
    r.rebalance_timeout_ms = 30000;
    r.member_id = fixture_view(c->member);
    r.protocol_type = fixture_view("consumer");
    r.protocols = (struct wire_array){.items = &protocol, .count = 1};
    return r;
}

static inline void client_send_join(struct client *c)
{
    struct join_group_request r = client_join_request(c);

    fixture_send(c->f, c->gate, WIRE_API_JOIN_GROUP, JOIN_VERSION, &r);
}

static inline const struct join_group_response *client_joined(struct client *c)
{
    const struct join_group_response *a =
        fixture_answer(c->f, c->gate, WIRE_API_JOIN_GROUP);

    assert_true(a->member_id.len < sizeof(c->member));
    memcpy(c->member, a->member_id.ptr, a->member_id.len);
    c->member[a->member_id.len] = '\0';
    c->generation = a->generation_id;
    return a;
}

/* Gets a member id, then asks for membership; the answer may have to wait. */
static inline void client_begin_join(struct client *c)
{
    client_send_join(c);
    assert_int_equal(client_joined(c)->error_code, COORD_ERROR_MEMBER_ID_REQUIRED);
    assert_true(strlen(c->member) > 0);
    client_send_join(c);
}

static inline struct sync_group_request client_sync_request(const struct client *c,
    const char *const members[], const char *const assignments[], size_t count)
{
    static struct sync_group_request_assignment rows[8];
    struct sync_group_request r;

    wire_set_defaults(&sync_group_request_schema, &r);
    for (size_t i = 0; i < count; i++) {
        rows[i] =
            (struct sync_group_request_assignment){.member_id = fixture_view(members[i]),
                .assignment = fixture_view(assignments[i])};
    }
    r.group_id = fixture_view(c->group);
    r.generation_id = c->generation;
    r.member_id = fixture_view(c->member);
    r.protocol_type = fixture_view("consumer");
    r.protocol_name = fixture_view("range");
    r.assignments = (struct wire_array){.items = rows, .count = (int32_t)count};
    return r;
}

static inline void client_send_sync(struct client *c, const char *const members[],
    const char *const assignments[], size_t count)
{
    struct sync_group_request r = client_sync_request(c, members, assignments, count);

    fixture_send(c->f, c->gate, WIRE_API_SYNC_GROUP, SYNC_VERSION, &r);
}

static inline const struct sync_group_response *client_synced(struct client *c)
{
    return fixture_answer(c->f, c->gate, WIRE_API_SYNC_GROUP);
}

/* Joins an empty group and assigns everything to itself. */
static inline void client_become_stable(struct client *c)
{
    const char *members[] = {c->member};
    const char *assignments[] = {"all"};

    client_begin_join(c);
    assert_int_equal(client_joined(c)->error_code, WIRE_CODE_NONE);
    client_send_sync(c, members, assignments, 1);
    assert_int_equal(client_synced(c)->error_code, WIRE_CODE_NONE);
}

static inline int16_t client_heartbeat(struct client *c)
{
    struct heartbeat_request r;

    wire_set_defaults(&heartbeat_request_schema, &r);
    r.group_id = fixture_view(c->group);
    r.generation_id = c->generation;
    r.member_id = fixture_view(c->member);
    const struct heartbeat_response *a =
        fixture_call(c->f, c->gate, WIRE_API_HEARTBEAT, HEARTBEAT_VERSION, &r);
    return a->error_code;
}

static inline const struct leave_group_response *client_leave(struct client *c)
{
    static struct leave_group_request_member_identity one;
    struct leave_group_request r;

    wire_set_defaults(&leave_group_request_schema, &r);
    wire_set_defaults(&leave_group_request_member_identity_schema, &one);
    one.member_id = fixture_view(c->member);
    r.group_id = fixture_view(c->group);
    r.members = (struct wire_array){.items = &one, .count = 1};
    return fixture_call(c->f, c->gate, WIRE_API_LEAVE_GROUP, LEAVE_VERSION, &r);
}

struct commit { /* of one partition */
    int16_t version;
    const char *topic; /* up to version 9 */
    struct wire_uuid topic_id;
    int32_t partition;
    int64_t offset;
    const char *metadata;
};

static inline struct offset_commit_request client_commit_request(
    const struct client *c, const struct commit *commit)
{
    static struct offset_commit_request_partition partition;
    static struct offset_commit_request_topic topic;
    struct offset_commit_request r;

    wire_set_defaults(&offset_commit_request_partition_schema, &partition);
    wire_set_defaults(&offset_commit_request_topic_schema, &topic);
    wire_set_defaults(&offset_commit_request_schema, &r);
    partition.partition_index = commit->partition;
    partition.committed_offset = commit->offset;
    partition.committed_leader_epoch = 3;
    partition.committed_metadata =
        commit->metadata == NULL ? (struct wire_view){0} : fixture_view(commit->metadata);
    topic.name = fixture_view(commit->topic == NULL ? "" : commit->topic);
    topic.topic_id = commit->topic_id;
    topic.partitions = (struct wire_array){.items = &partition, .count = 1};
    r.group_id = fixture_view(c->group);
    r.generation_id_or_member_epoch = c->generation;
    r.member_id = fixture_view(c->member);
    r.topics = (struct wire_array){.items = &topic, .count = 1};
    return r;
}

static inline void client_send_commit(struct client *c, const struct commit *commit)
{
    struct offset_commit_request r = client_commit_request(c, commit);

    fixture_send(c->f, c->gate, WIRE_API_OFFSET_COMMIT,
        commit->version == 0 ? 9 : commit->version, &r);
}

/* The code of the one partition. */
static inline int16_t client_committed(struct client *c)
{
    const struct offset_commit_response *a =
        fixture_answer(c->f, c->gate, WIRE_API_OFFSET_COMMIT);

    assert_int_equal(a->topics.count, 1);
    const struct offset_commit_response_topic *topic = a->topics.items;
    assert_int_equal(topic->partitions.count, 1);
    const struct offset_commit_response_partition *partition = topic->partitions.items;
    return partition->error_code;
}

static inline int16_t client_commit(struct client *c, const struct commit *commit)
{
    client_send_commit(c, commit);
    return client_committed(c);
}

/* v8 and later; topic NULL: all. */
static inline const struct offset_fetch_response_group *client_fetch(
    struct client *c, int16_t version, const char *topic, struct wire_uuid topic_id)
{
    int32_t partitions[2] = {0, 1};
    struct offset_fetch_request_topics one;
    struct offset_fetch_request_group group;
    struct offset_fetch_request r;

    wire_set_defaults(&offset_fetch_request_topics_schema, &one);
    wire_set_defaults(&offset_fetch_request_group_schema, &group);
    wire_set_defaults(&offset_fetch_request_schema, &r);
    if (topic != NULL) {
        one.name = version < 10 ? fixture_view(topic) : fixture_view("");
        one.topic_id = topic_id;
        one.partition_indexes = (struct wire_array){.items = partitions, .count = 2};
    }
    group.group_id = fixture_view(c->group);
    group.topics = (struct wire_array){
        .items = topic == NULL ? NULL : &one, .count = topic == NULL ? -1 : 1};
    r.groups = (struct wire_array){.items = &group, .count = 1};
    const struct offset_fetch_response *a =
        fixture_call(c->f, c->gate, WIRE_API_OFFSET_FETCH, version, &r);
    assert_int_equal(a->groups.count, 1);
    return a->groups.items;
}

static inline const struct offset_fetch_response_partitions *fetched_partition(
    const struct offset_fetch_response_group *group, int32_t topic, int32_t partition)
{
    assert_true(topic < group->topics.count);
    const struct offset_fetch_response_topics *topics = group->topics.items;
    assert_true(partition < topics[topic].partitions.count);
    const struct offset_fetch_response_partitions *partitions =
        topics[topic].partitions.items;
    return &partitions[partition];
}

/* The offset of partition 0 of the topic. */
static inline int64_t client_offset(struct client *c, const char *topic)
{
    static const struct wire_uuid no_id;

    return fetched_partition(client_fetch(c, 9, topic, no_id), 0, 0)->committed_offset;
}

#endif
