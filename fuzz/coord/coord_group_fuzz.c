/*
 * A group under any sequence of events: each request is answered exactly once,
 * generations only grow, all bytes are given back.
 */
#include "coord_groups.h"
#include "coord_step.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOKENS_MAX 512
#define IDS_MAX    16

struct world {
    const uint8_t *data;
    size_t size;
    struct coord_group *group;
    struct coord_update update;
    int64_t now_ms;
    uint64_t tokens;
    uint8_t answered[TOKENS_MAX];
    char ids[IDS_MAX][64]; /* member ids that were told */
    size_t id_lengths[IDS_MAX];
    uint8_t next_id;
    int32_t generation;
};

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static uint8_t next(struct world *w)
{
    if (w->size == 0) {
        return 0;
    }
    w->size--;
    return *w->data++;
}

static struct wire_view text(const char *t)
{
    return (struct wire_view){(const uint8_t *)t, t == NULL ? 0 : strlen(t)};
}

static struct wire_view some_id(struct world *w)
{
    size_t i = next(w) % IDS_MAX;

    return (struct wire_view){(const uint8_t *)w->ids[i], w->id_lengths[i]};
}

static struct wire_view some_instance(struct world *w)
{
    static const char *const names[] = {NULL, NULL, "one", "two"};

    return text(names[next(w) % 4]);
}

static void remember(struct world *w, const struct coord_answer *a)
{
    check(a->token > 0 && a->token <= w->tokens);
    check(w->answered[a->token] == 0);
    w->answered[a->token] = 1;
    if (a->type != COORD_ANSWER_JOIN) {
        return;
    }
    if (a->error == COORD_ERROR_NONE) {
        check(a->generation >= w->generation && a->protocol.ptr != NULL);
        w->generation = a->generation;
    }
    if (a->member_id.len > 0 && a->member_id.len <= sizeof(w->ids[0])) {
        size_t i = w->next_id++ % IDS_MAX;
        char copy[sizeof(w->ids[0])];
        memcpy(copy, a->member_id.ptr, a->member_id.len);
        memcpy(w->ids[i], copy, a->member_id.len);
        w->id_lengths[i] = a->member_id.len;
    }
}

static void check_group(const struct coord_group *g)
{
    check((g->leader == NULL) == (g->member_count == 0));
    check(g->budget->used <= g->budget->limit);
    bool has_leader = g->member_count == 0;
    for (size_t i = 0; i < g->member_count; i++) {
        const struct coord_member *m = g->members[i];
        check(coord_group_find(g, coord_text_view(&m->id)) == m);
        check(!m->awaits_sync || g->state == COORD_COMPLETING);
        has_leader = has_leader || m == g->leader;
    }
    check(has_leader);
}

static void step(struct world *w, struct coord_event event)
{
    event.now_ms = w->now_ms;
    coord_step(w->group, &event, &w->update);
    check_group(w->group);
    for (size_t i = 0; i < w->update.answer_count; i++) {
        remember(w, &w->update.answers[i]);
    }
}

static void join(struct world *w)
{
    static const char *const names[] = {"range", "range", "range", "sticky"};
    const struct coord_protocol protocols[] = {
        {text(names[next(w) % 4]), {w->data, w->size > 0 ? 1 : 0}},
        {text("last"), text("m")}};
    uint8_t bits = next(w);
    struct coord_event event = {.type = COORD_JOIN, .token = ++w->tokens};

    event.join = (struct coord_join){.member_id = (bits & 1) != 0 ? some_id(w) : text(""),
        .instance_id = some_instance(w),
        .client_id = text("c"),
        .client_host = text("h"),
        .random = {{(uint8_t)w->tokens, (uint8_t)(w->tokens >> 8)}},
        .session_timeout_ms = 5000 + next(w) * 100,
        .rebalance_timeout_ms = next(w) * 100 - 100,
        .protocol_type = text((bits & 6) == 6 ? "other" : "consumer"),
        .protocols = protocols,
        .protocol_count = (bits & 8) != 0 ? 2 : 1,
        .requires_member_id = (bits & 16) != 0,
        .can_skip_assignment = (bits & 32) != 0};
    step(w, event);
}

static void sync(struct world *w)
{
    const struct coord_assignment assignments[] = {
        {some_id(w), text("assigned")}, {some_id(w), text("")}};
    struct coord_event event = {.type = COORD_SYNC, .token = ++w->tokens};

    event.sync = (struct coord_sync){.member_id = some_id(w),
        .generation = w->group->generation - (next(w) == 1 ? 1 : 0),
        .assignments = assignments,
        .assignment_count = 2};
    step(w, event);
}

static void leave(struct world *w)
{
    enum coord_error errors[2];
    const struct coord_leaver leavers[] = {{some_id(w), some_instance(w)},
        {next(w) % 2 == 0 ? text("") : some_id(w), some_instance(w)}};
    struct coord_event event = {.type = COORD_LEAVE, .token = ++w->tokens};

    event.leave =
        (struct coord_leave){.leavers = leavers, .count = next(w) % 3, .errors = errors};
    step(w, event);
}

static void one_event(struct world *w)
{
    struct coord_event event = {.type = COORD_TICK};

    switch (next(w) % 7) {
    case 0:
    case 1:
        join(w);
        break;
    case 2:
        sync(w);
        break;
    case 3:
        leave(w);
        break;
    case 4:
        event.type = COORD_HEARTBEAT;
        event.token = ++w->tokens;
        event.heartbeat = (struct coord_heartbeat){
            .member_id = some_id(w), .generation = w->group->generation};
        step(w, event);
        break;
    case 5:
        event.type = COORD_PERSISTED;
        event.persisted.ok = next(w) % 4 != 0;
        event.persisted.write = w->group->writes - next(w) % 2;
        step(w, event);
        break;
    default:
        w->now_ms += next(w) * 100;
        step(w, event);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct coord_limits limits = {.members_max = 3,
        .session_min_ms = 6000,
        .session_max_ms = 30000,
        .initial_delay_ms = 1000,
        .new_member_ms = 10000,
        .record_max = 2048,
        .groups_max = 1,
        .bytes_max = 8000,
        .offsets_max = 1,
        .offset_metadata_max = 1};
    struct world w = {.data = data, .size = size, .now_ms = 1};
    struct coord_groups groups;

    coord_groups_init(&groups, &limits);
    check(coord_groups_open(&groups, text("g"), &w.group) == COORD_ERROR_NONE);
    check(coord_update_init(&w.update, &limits) == OK);
    while (w.size > 0 && w.tokens + 2 < TOKENS_MAX) {
        one_event(&w);
    }
    step(&w, (struct coord_event){.type = COORD_CLOSE});
    for (uint64_t i = 1; i <= w.tokens; i++) {
        check(w.answered[i] == 1);
    }
    coord_update_fini(&w.update);
    coord_groups_fini(&groups);
    return 0;
}
