#include "gate_fetch_session.h"

#include "mem.h"
#include "wire_fetch.h"

#include <string.h>

void gate_fetch_session_init(struct gate_fetch_session *s, size_t limit)
{
    *s = (struct gate_fetch_session){.id = GATE_FETCH_NO_SESSION};
    table_init(&s->by_key, limit);
}

void gate_fetch_session_fini(struct gate_fetch_session *s)
{
    while (s->first != NULL) {
        struct gate_fetch_partition *p = s->first;
        s->first = p->next;
        mem_free(p);
    }
    table_fini(&s->by_key);
    *s = (struct gate_fetch_session){.id = GATE_FETCH_NO_SESSION};
}

size_t gate_fetch_session_count(const struct gate_fetch_session *s)
{
    return s->by_key.count;
}

static void link_last(struct gate_fetch_session *s, struct gate_fetch_partition *p)
{
    p->previous = s->last;
    p->next = NULL;
    if (s->last == NULL) {
        s->first = p;
    } else {
        s->last->next = p;
    }
    s->last = p;
}

static void unlink_partition(struct gate_fetch_session *s, struct gate_fetch_partition *p)
{
    if (p->previous == NULL) {
        s->first = p->next;
    } else {
        p->previous->next = p->next;
    }
    if (p->next == NULL) {
        s->last = p->previous;
    } else {
        p->next->previous = p->previous;
    }
}

/* With its key behind it: the partition, then the name or the id of the topic. */
static struct gate_fetch_partition *make_partition(
    const struct gate_fetch_topic *topic, int32_t partition)
{
    struct wire_view name =
        topic->name.ptr == NULL
            ? (struct wire_view){.ptr = topic->id.bytes, .len = sizeof(topic->id.bytes)}
            : topic->name;
    struct gate_fetch_partition *p =
        mem_alloc(1, sizeof(*p) + sizeof(partition) + name.len);

    if (p == NULL) {
        return NULL;
    }
    *p = (struct gate_fetch_partition){.topic = *topic,
        .partition = partition,
        .high_watermark = -1,
        .log_start_offset = -1,
        .key_length = sizeof(partition) + name.len};
    memcpy(p->key, &partition, sizeof(partition));
    memcpy(p->key + sizeof(partition), name.ptr, name.len);
    if (topic->name.ptr != NULL) {
        p->topic.name.ptr = p->key + sizeof(partition);
    }
    return p;
}

enum err gate_fetch_session_want(struct gate_fetch_session *s,
    const struct gate_fetch_topic *topic, const struct fetch_partition *asked)
{
    struct gate_fetch_partition *p = make_partition(topic, asked->partition);
    struct gate_fetch_partition *known =
        p == NULL ? NULL : table_get(&s->by_key, p->key, p->key_length);

    if (known != NULL) {
        mem_free(p);
        p = known;
    } else {
        enum err e =
            p == NULL ? ERR_NOMEM : table_put(&s->by_key, p->key, p->key_length, p);
        if (e != OK) {
            mem_free(p);
            return e;
        }
        link_last(s, p);
    }
    p->offset = asked->fetch_offset;
    p->max_bytes = asked->partition_max_bytes;
    p->leader_epoch = asked->current_leader_epoch;
    p->last_fetched_epoch = asked->last_fetched_epoch;
    return OK;
}

enum err gate_fetch_session_forget(
    struct gate_fetch_session *s, const struct gate_fetch_topic *topic, int32_t partition)
{
    struct gate_fetch_partition *like = make_partition(topic, partition);

    if (like == NULL) {
        return ERR_NOMEM;
    }
    struct gate_fetch_partition *p =
        table_remove(&s->by_key, like->key, like->key_length);
    if (p != NULL) {
        unlink_partition(s, p);
        mem_free(p);
    }
    mem_free(like);
    return OK;
}

void gate_fetch_session_move_last(
    struct gate_fetch_session *s, struct gate_fetch_partition *p)
{
    unlink_partition(s, p);
    link_last(s, p);
}

int32_t gate_fetch_session_next_epoch(int32_t epoch)
{
    return epoch == INT32_MAX ? 1 : epoch + 1;
}
