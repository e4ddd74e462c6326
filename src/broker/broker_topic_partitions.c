/*
 * broker_topic_partitions - DescribeTopicPartitions: topics in the order of their names, so
 * many partitions at a time, and where the next answer begins.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "wire_code.h"
#include "wire_describe_topic_partitions.h"

#include <stdlib.h>
#include <string.h>

#define PARTITIONS_AN_ANSWER 2000 /* max.request.partition.size.limit of Apache Kafka */

struct listing {
    struct broker_session *session;
    struct describe_topic_partitions_response_topic *rows;
    int32_t count;
    int32_t left; /* partitions */
    struct describe_topic_partitions_response_cursor next;
    bool has_next;
};

static int by_name(const void *a, const void *b)
{
    const struct describe_topic_partitions_request_topic_request *x = a;
    const struct describe_topic_partitions_request_topic_request *y = b;

    return meta_view_compare(x->name, y->name);
}

static struct wire_view name_of(const struct meta_topic *topic)
{
    return (struct wire_view){
        .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
}

static bool fill_partition(struct broker *b, const struct meta_partition *p,
    int32_t index, struct describe_topic_partitions_response_partition *out)
{
    int32_t *nodes = arena_alloc(&b->arena, p->replicas.count, sizeof(*nodes));

    if (nodes == NULL) {
        return false;
    }
    memcpy(nodes, p->replicas.ids, p->replicas.count * sizeof(*nodes));
    out->partition_index = index;
    out->leader_id = p->leader;
    out->leader_epoch = p->leader_epoch;
    out->replica_nodes =
        (struct wire_array){.items = nodes, .count = (int32_t)p->replicas.count};
    out->isr_nodes = out->replica_nodes; /* one node: all are in sync */
    return true;
}

/* As many of its partitions as still fit, from first on. */
static void add_topic(struct listing *l, const struct meta_topic *topic, int32_t first)
{
    struct broker *b = l->session->broker;
    struct describe_topic_partitions_response_topic *row = &l->rows[l->count++];
    int32_t all = first < topic->partition_count ? topic->partition_count - first : 0;
    int32_t count = all < l->left ? all : l->left;
    struct describe_topic_partitions_response_partition *rows =
        arena_alloc(&b->arena, (size_t)count, sizeof(*rows));
    bool ok = rows != NULL;

    row->name = name_of(topic);
    row->topic_id = topic->id;
    row->is_internal = meta_name_is_internal(row->name);
    row->topic_authorized_operations =
        broker_operations(l->session, POLICY_TOPIC, row->name);
    for (int32_t i = 0; ok && i < count; i++) {
        ok = fill_partition(b, &topic->partitions[first + i], first + i, &rows[i]);
    }
    if (!ok) {
        row->error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        return;
    }
    row->partitions = (struct wire_array){.items = rows, .count = count};
    l->left -= count;
    if (count < all) {
        l->has_next = true;
        l->next.topic_name = row->name;
        l->next.partition_index = first + count;
    }
}

static void add_error(struct listing *l, struct wire_view name, int16_t error)
{
    l->rows[l->count++] = (struct describe_topic_partitions_response_topic){
        .name = name, .error_code = error, .topic_authorized_operations = INT32_MIN};
}

/* False: the answer is full, and the next one begins here. */
static bool has_room(struct listing *l, struct wire_view name)
{
    if (!l->has_next && l->left == 0) {
        l->has_next = true;
        l->next.topic_name = name;
        l->next.partition_index = 0;
    }
    return !l->has_next;
}

static int32_t first_partition(
    const struct describe_topic_partitions_request_cursor *cursor, struct wire_view name)
{
    return cursor != NULL && meta_view_compare(cursor->topic_name, name) == 0
               ? cursor->partition_index
               : 0;
}

static bool is_before(
    struct wire_view name, const struct describe_topic_partitions_request_cursor *cursor)
{
    return cursor != NULL && meta_view_compare(name, cursor->topic_name) < 0;
}

static void list_all(
    struct listing *l, const struct describe_topic_partitions_request_cursor *cursor)
{
    const struct meta_image *image = &l->session->broker->image;

    for (size_t i = 0; i < image->topic_count; i++) {
        const struct meta_topic *topic = image->topics[i];
        struct wire_view name = name_of(topic);
        if (is_before(name, cursor) ||
            !broker_may_list(l->session, 0, POLICY_TOPIC, name)) {
            continue;
        }
        if (!has_room(l, name)) {
            return;
        }
        add_topic(l, topic, first_partition(cursor, name));
    }
}

static void list_named(struct listing *l,
    const struct describe_topic_partitions_request_topic_request *asked, size_t count,
    const struct describe_topic_partitions_request_cursor *cursor)
{
    const struct meta_image *image = &l->session->broker->image;

    for (size_t i = 0; i < count; i++) {
        struct wire_view name = asked[i].name;
        const struct meta_topic *topic = meta_image_topic(image, name);
        bool again = i > 0 && meta_view_compare(asked[i - 1].name, name) == 0;
        if (again || is_before(name, cursor)) {
            continue;
        }
        if (!has_room(l, name)) {
            return;
        }
        if (!broker_may(l->session, POLICY_DESCRIBE, POLICY_TOPIC, name)) {
            add_error(l, name, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
        } else if (topic == NULL) {
            add_error(l, name,
                meta_name_error(name) != NULL ? WIRE_CODE_INVALID_TOPIC_EXCEPTION
                                              : WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
            l->rows[l->count - 1].topic_authorized_operations =
                broker_operations(l->session, POLICY_TOPIC, name);
        } else {
            add_topic(l, topic, first_partition(cursor, name));
        }
    }
}

/* A cursor stands at a partition of a topic, which is among those that are asked for. */
static bool is_cursor(const struct describe_topic_partitions_request_cursor *cursor,
    const struct describe_topic_partitions_request_topic_request *asked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (meta_view_compare(asked[i].name, cursor->topic_name) == 0) {
            return cursor->partition_index >= 0;
        }
    }
    return count == 0 && cursor->partition_index >= 0;
}

void broker_on_describe_topic_partitions(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_topic_partitions_request *r = request;
    struct broker *b = s->broker;
    size_t asked = r->topics.count > 0 ? (size_t)r->topics.count : 0;
    size_t rows = asked == 0 ? b->image.topic_count : asked;
    int32_t limit = r->response_partition_limit < 1 ? 1 : r->response_partition_limit;
    struct describe_topic_partitions_request_topic_request *names =
        arena_alloc(&b->arena, asked, sizeof(*names));
    struct listing l = {.session = s,
        .rows = arena_alloc(&b->arena, rows, sizeof(*l.rows)),
        .left = limit < PARTITIONS_AN_ANSWER ? limit : PARTITIONS_AN_ANSWER};

    if (names == NULL || l.rows == NULL || rows > BROKER_TOPICS_A_REQUEST) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    if (asked > 0) {
        memcpy(names, r->topics.items, asked * sizeof(*names));
        qsort(names, asked, sizeof(*names), by_name);
    }
    if (r->cursor != NULL && !is_cursor(r->cursor, names, asked)) {
        for (size_t i = 0; i < asked; i++) {
            add_error(&l, names[i].name, WIRE_CODE_INVALID_REQUEST);
        }
    } else if (asked > 0) {
        list_named(&l, names, asked, r->cursor);
    } else {
        list_all(&l, r->cursor);
    }
    struct describe_topic_partitions_response response = {
        .topics = {.items = l.rows, .count = l.count},
        .next_cursor = l.has_next ? &l.next : NULL};
    broker_respond(b, call, &response);
}
