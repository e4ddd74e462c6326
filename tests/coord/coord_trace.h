/*
 * coord_trace - runs a group through events, remembers every answer and every record, and
 * checks after each step what must always hold.
 */
#ifndef COORD_TRACE_H
#define COORD_TRACE_H

#include "coord_groups.h"
#include "coord_step.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX  8192
#define RECORDS_MAX 4096
#define PROTOCOL_A                                                                       \
    {                                                                                    \
        {(const uint8_t *)"range", 5},                                                   \
        {                                                                                \
            (const uint8_t *)"meta", 4                                                   \
        }                                                                                \
    }

struct told { /* what a token was told */
    int times;
    enum coord_error error;
    int32_t generation;
    char member_id[128];
    char leader[128];
    char protocol[32];
    char assignment[64];
    size_t members;
    bool skip_assignment;
};

struct trace {
    struct coord_limits limits;
    struct coord_groups groups;
    struct coord_group *group;
    struct coord_update update;
    int64_t now_ms;
    uint64_t tokens; /* given out */
    struct told told[TOKENS_MAX];
    struct told *last;
    bool hold_writes; /* do not report records as written */
    uint8_t next_random;
    int32_t generation; /* the highest seen */
    struct {
        uint8_t *key;
        size_t key_length;
        uint8_t *value;
        size_t value_length;
    } records[RECORDS_MAX];
    size_t record_count;
};

static inline struct wire_view view(const char *text)
{
    return (struct wire_view){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static inline void copy_view(char *out, size_t size, struct wire_view from)
{
    size_t n = from.len < size - 1 ? from.len : size - 1;
    if (n > 0) {
        memcpy(out, from.ptr, n);
    }
    out[n] = '\0';
}

static inline struct trace *trace_new(void)
{
    struct trace *t = calloc(1, sizeof(*t));
    t->limits = (struct coord_limits){.members_max = 10,
        .session_min_ms = 6000,
        .session_max_ms = 60000,
        .initial_delay_ms = 3000,
        .new_member_ms = 300000,
        .record_max = 65536,
        .groups_max = 4,
        .bytes_max = 1 << 20,
        .offsets_max = 100,
        .offset_metadata_max = 64};
    t->now_ms = 1000;
    return t;
}

static inline struct trace *trace_open(struct trace *t)
{
    coord_groups_init(&t->groups, &t->limits);
    assert_int_equal(coord_update_init(&t->update, &t->limits), OK);
    assert_int_equal(
        coord_groups_open(&t->groups, view("g"), &t->group), COORD_ERROR_NONE);
    return t;
}

static inline struct trace *trace_start(void)
{
    return trace_open(trace_new());
}

static inline void remember(struct trace *t, const struct coord_answer *a)
{
    assert_true(a->token > 0 && a->token <= t->tokens);
    struct told *told = &t->told[a->token];
    told->times++;
    assert_int_equal(told->times, 1);
    told->error = a->error;
    told->generation = a->generation;
    copy_view(told->member_id, sizeof(told->member_id), a->member_id);
    copy_view(told->leader, sizeof(told->leader), a->leader);
    copy_view(told->protocol, sizeof(told->protocol), a->protocol);
    copy_view(told->assignment, sizeof(told->assignment), a->assignment);
    told->members = a->with_members ? t->group->member_count : 0;
    told->skip_assignment = a->skip_assignment;
    if (a->type == COORD_ANSWER_JOIN && a->error == COORD_ERROR_NONE) {
        assert_true(a->generation >= t->generation);
        t->generation = a->generation;
    }
}

static inline void keep_record(struct trace *t)
{
    assert_true(t->record_count < RECORDS_MAX);
    size_t i = t->record_count++;
    t->records[i].key_length = t->update.key.length;
    t->records[i].key = malloc(t->update.key.length);
    memcpy(t->records[i].key, t->update.key.bytes, t->update.key.length);
    t->records[i].value_length = t->update.value.length;
    t->records[i].value = malloc(t->update.value.length);
    struct wire_view value = coord_update_value(&t->update);
    assert_int_equal(value.len, t->update.value.length);
    if (value.ptr != NULL) {
        memcpy(t->records[i].value, value.ptr, value.len);
    }
}

static inline bool awaits_write(const struct coord_group *g)
{
    for (size_t i = 0; i < g->member_count; i++) {
        if (g->members[i]->join_write != 0) {
            return true;
        }
    }
    return false;
}

static inline void check_always(const struct trace *t)
{
    const struct coord_group *g = t->group;
    assert_int_equal(g->leader == NULL, g->member_count == 0);
    assert_true(g->member_count <= 2 * t->limits.members_max);
    assert_true(g->pending.count <= t->limits.members_max);
    assert_true(g->budget->used <= g->budget->limit);
    if (g->state == COORD_EMPTY || g->state == COORD_DEAD) {
        assert_int_equal(g->member_count, 0);
    }
    if (g->state == COORD_STABLE || g->state == COORD_COMPLETING) {
        assert_true(g->member_count > 0 && g->generation > 0);
    }
    for (size_t i = 0; i < g->member_count; i++) {
        const struct coord_member *m = g->members[i];
        assert_true(m->awaits_join || m->awaits_sync || m->expires_ms < INT64_MAX);
        assert_false(m->awaits_sync && g->state != COORD_COMPLETING);
        assert_ptr_equal(coord_group_find(g, coord_text_view(&m->id)), m);
    }
    if (g->state == COORD_PREPARING) {
        assert_true(g->join_due_ms < INT64_MAX);
    }
    /* It waits for a time or for a record; never for a member alone. */
    if (g->state != COORD_EMPTY && g->state != COORD_DEAD && g->sync_write == 0) {
        assert_true(t->update.next_due_ms < INT64_MAX || awaits_write(g));
    }
}

static inline void trace_step(struct trace *t, struct coord_event event);

static inline void trace_written(struct trace *t, uint64_t write, bool ok)
{
    trace_step(t, (struct coord_event){
                      .type = COORD_PERSISTED, .persisted = {.write = write, .ok = ok}});
}

static inline void trace_step(struct trace *t, struct coord_event event)
{
    event.now_ms = t->now_ms;
    event.wall_ms = 1700000000000 + t->now_ms;
    coord_step(t->group, &event, &t->update);
    for (size_t i = 0; i < t->update.answer_count; i++) {
        remember(t, &t->update.answers[i]);
    }
    check_always(t);
    if (t->update.persist) {
        keep_record(t);
        if (!t->hold_writes) {
            trace_written(t, t->update.write, true);
        }
    }
}

static inline struct told *new_token(struct trace *t, struct coord_event *event)
{
    assert_true(t->tokens + 1 < TOKENS_MAX);
    event->token = ++t->tokens;
    t->last = &t->told[event->token];
    return t->last;
}

struct joiner {     /* what the tests vary; the rest has ordinary values */
    const char *id; /* NULL: a new member */
    const char *instance;
    const char *protocol; /* NULL: range */
    const char *metadata;
    int32_t session_ms;   /* 0: 10 s */
    int32_t rebalance_ms; /* 0: 30 s */
    bool by_id;           /* as version 4 and later */
    bool can_skip;
};

static inline struct told *trace_join(struct trace *t, struct joiner j)
{
    const struct coord_protocol protocol = {
        view(j.protocol == NULL ? "range" : j.protocol),
        view(j.metadata == NULL ? "m" : j.metadata)};
    struct coord_event event = {.type = COORD_JOIN};
    event.join = (struct coord_join){.member_id = view(j.id == NULL ? "" : j.id),
        .instance_id = view(j.instance),
        .client_id = view("c"),
        .client_host = view("/127.0.0.1"),
        .random = {{++t->next_random}},
        .session_timeout_ms = j.session_ms == 0 ? 10000 : j.session_ms,
        .rebalance_timeout_ms = j.rebalance_ms == 0 ? 30000 : j.rebalance_ms,
        .protocol_type = view("consumer"),
        .protocols = &protocol,
        .protocol_count = 1,
        .requires_member_id = j.by_id,
        .can_skip_assignment = j.can_skip};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    return told;
}

/* Joins as clients of today do: gets an id, comes back with it. */
static inline struct told *trace_enter(struct trace *t)
{
    struct told *first = trace_join(t, (struct joiner){.by_id = true});
    assert_int_equal(first->error, COORD_ERROR_MEMBER_ID_REQUIRED);
    return trace_join(t, (struct joiner){.id = first->member_id, .by_id = true});
}

static inline struct told *trace_sync(struct trace *t, const char *id, int32_t generation,
    const struct coord_assignment *assignments, size_t count)
{
    struct coord_event event = {.type = COORD_SYNC,
        .sync = {.member_id = view(id),
            .generation = generation,
            .assignments = assignments,
            .assignment_count = count}};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    return told;
}

static inline struct told *trace_beat(struct trace *t, const char *id, int32_t generation)
{
    struct coord_event event = {.type = COORD_HEARTBEAT,
        .heartbeat = {.member_id = view(id), .generation = generation}};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    return told;
}

static inline enum coord_error trace_leave(
    struct trace *t, const char *id, const char *instance)
{
    const struct coord_leaver leaver = {view(id), view(instance)};
    enum coord_error error = COORD_ERROR_SERVER;
    struct coord_event event = {
        .type = COORD_LEAVE, .leave = {.leavers = &leaver, .count = 1, .errors = &error}};
    struct told *told = new_token(t, &event);
    trace_step(t, event);
    assert_int_equal(told->times, 1);
    return error;
}

/* Time passes, with a tick whenever one is due. */
static inline void trace_pass(struct trace *t, int64_t ms)
{
    int64_t end = t->now_ms + ms;
    while (t->update.next_due_ms <= end) {
        t->now_ms = t->update.next_due_ms > t->now_ms ? t->update.next_due_ms : t->now_ms;
        trace_step(t, (struct coord_event){.type = COORD_TICK});
    }
    t->now_ms = end;
}

/* The broker ends and comes back: all that is left is in the records. */
static inline void trace_restart(struct trace *t)
{
    coord_groups_fini(&t->groups);
    coord_groups_init(&t->groups, &t->limits);
    for (size_t i = 0; i < t->record_count; i++) {
        assert_int_equal(
            coord_groups_replay(&t->groups,
                (struct wire_view){t->records[i].key, t->records[i].key_length},
                (struct wire_view){
                    t->records[i].value_length == 0 ? NULL : t->records[i].value,
                    t->records[i].value_length}),
            OK);
    }
    coord_groups_start(&t->groups, t->now_ms);
    t->group = coord_groups_find(&t->groups, view("g"));
    assert_non_null(t->group);
    trace_step(t, (struct coord_event){.type = COORD_TICK});
}

/* Closes the group: then every token must have been answered, once. */
static inline void trace_end(struct trace *t)
{
    trace_step(t, (struct coord_event){.type = COORD_CLOSE});
    for (uint64_t i = 1; i <= t->tokens; i++) {
        assert_int_equal(t->told[i].times, 1);
    }
    coord_groups_fini(&t->groups);
    coord_update_fini(&t->update);
    for (size_t i = 0; i < t->record_count; i++) {
        free(t->records[i].key);
        free(t->records[i].value);
    }
    free(t);
}

#endif
