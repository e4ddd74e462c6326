#include "coord_rebalance.h"

#include "coord_record.h"
#include "coord_vote.h"
#include "mem.h"

#define NO_GENERATION   (-1)
#define POSTPONE_MIN_MS 1000

static const struct wire_view none = {(const uint8_t *)"", 0};

void coord_answer(struct coord_context *c, const struct coord_answer *answer)
{
    INVARIANT(c->update->answer_count < c->update->answers_max);
    c->update->answers[c->update->answer_count++] = *answer;
}

void coord_answer_join_error(struct coord_context *c, uint64_t token,
    enum coord_error error, struct wire_view member_id)
{
    coord_answer(c, &(struct coord_answer){.type = COORD_ANSWER_JOIN,
                        .error = error,
                        .token = token,
                        .generation = NO_GENERATION,
                        .leader = none,
                        .member_id = member_id});
}

void coord_answer_sync_error(
    struct coord_context *c, uint64_t token, enum coord_error error)
{
    coord_answer(c, &(struct coord_answer){.type = COORD_ANSWER_SYNC,
                        .error = error,
                        .token = token,
                        .generation = NO_GENERATION,
                        .assignment = none});
}

void coord_answer_generation(
    struct coord_context *c, struct coord_member *member, uint64_t token)
{
    const struct coord_group *g = c->group;
    struct coord_answer answer = {.type = COORD_ANSWER_JOIN,
        .token = token,
        .generation = g->generation,
        .protocol_type = coord_group_protocol_type(g),
        .protocol = coord_group_protocol(g),
        .leader = g->leader == NULL ? none : coord_text_view(&g->leader->id),
        .member_id = coord_text_view(&member->id),
        .with_members = g->leader == member};

    if (member->join_write != 0 && g->leader == member) {
        /*
         * A static leader came back and keeps its assignment. A client that can skip the
         * assignment is told so; an older one must not take itself for the leader.
         */
        answer.skip_assignment = member->skip_assignment;
        answer.with_members = member->skip_assignment;
        answer.leader =
            member->skip_assignment ? answer.leader : coord_text_view(&member->old_id);
    }
    coord_answer(c, &answer);
}

void coord_end_join(struct coord_context *c, struct coord_member *member,
    enum coord_error error, struct wire_view member_id)
{
    if (!member->awaits_join) {
        return;
    }
    if (error != COORD_ERROR_NONE) {
        coord_answer_join_error(c, member->join_token, error, member_id);
    } else {
        coord_answer_generation(c, member, member->join_token);
    }
    member->awaits_join = false;
    member->join_write = 0;
}

void coord_end_sync(
    struct coord_context *c, struct coord_member *member, enum coord_error error)
{
    if (!member->awaits_sync) {
        return;
    }
    if (error != COORD_ERROR_NONE) {
        coord_answer_sync_error(c, member->sync_token, error);
    } else {
        struct wire_view assignment = coord_text_view(&member->assignment);
        coord_answer(c, &(struct coord_answer){.type = COORD_ANSWER_SYNC,
                            .token = member->sync_token,
                            .generation = c->group->generation,
                            .protocol_type = coord_group_protocol_type(c->group),
                            .protocol = coord_group_protocol(c->group),
                            .assignment = assignment.ptr == NULL ? none : assignment});
    }
    member->awaits_sync = false;
}

void coord_touch(struct coord_context *c, struct coord_member *member)
{
    member->expires_ms = coord_later(c->event->now_ms, member->session_timeout_ms);
}

void coord_drop(
    struct coord_context *c, struct coord_member *member, enum coord_error error)
{
    coord_end_join(c, member, error, none);
    coord_end_sync(c, member, error);
    coord_group_remove(c->group, member);
}

static struct coord_record_member describe(
    const struct coord_group *g, const struct coord_member *m, bool with_next_assignments)
{
    return (struct coord_record_member){.member_id = coord_text_view(&m->id),
        .instance_id = coord_text_view(&m->instance_id),
        .client_id = coord_text_view(&m->client_id),
        .client_host = coord_text_view(&m->client_host),
        .rebalance_timeout_ms = m->rebalance_timeout_ms,
        .session_timeout_ms = m->session_timeout_ms,
        .subscription = coord_member_metadata(m, coord_group_protocol(g)),
        .assignment = coord_text_view(
            with_next_assignments ? &m->next_assignment : &m->assignment)};
}

/* False when the record would be longer than one may be. */
static bool fits(const struct coord_record_group *record, size_t record_max)
{
    size_t length = 1024; /* what stands before the members */

    for (int32_t i = 0; i < record->member_count; i++) {
        const struct coord_record_member *m = &record->members[i];
        length += m->member_id.len + m->instance_id.len + m->client_id.len +
                  m->client_host.len + m->subscription.len + m->assignment.len + 32;
    }
    return length <= record_max;
}

uint64_t coord_persist(struct coord_context *c, bool with_next_assignments)
{
    struct coord_group *g = c->group;
    struct coord_update *u = c->update;
    struct coord_record_group record = {.protocol_type = coord_group_protocol_type(g),
        .generation = g->generation,
        .protocol = coord_group_protocol(g),
        .leader = g->leader == NULL ? (struct wire_view){NULL, 0}
                                    : coord_text_view(&g->leader->id),
        .state_since_ms = g->state_since_ms,
        .member_count = (int32_t)g->member_count};

    record.members = mem_alloc(g->member_count + 1, sizeof(*record.members));
    if (record.members == NULL) {
        return 0;
    }
    for (size_t i = 0; i < g->member_count; i++) {
        record.members[i] = describe(g, g->members[i], with_next_assignments);
    }
    buf_reset(&u->key);
    buf_reset(&u->value);
    bool ok = fits(&record, g->limits->record_max);
    if (ok) {
        coord_record_encode_group_key(&u->key, coord_group_id(g));
        coord_record_encode_group(&u->value, &record);
        ok = buf_error(&u->key) == OK && buf_error(&u->value) == OK;
    }
    mem_free(record.members);
    if (!ok) {
        return 0;
    }
    u->persist = true;
    u->write = ++g->writes;
    g->has_record = true;
    return u->write;
}

void coord_rebalance_fail_syncs(struct coord_context *c, enum coord_error error)
{
    c->group->sync_write = 0;
    for (size_t i = 0; i < c->group->member_count; i++) {
        struct coord_member *m = c->group->members[i];
        /* Setting null needs no memory, so it cannot fail. */
        enum err e = coord_member_set(m, &m->assignment, (struct wire_view){NULL, 0});
        INVARIANT(e == OK);
        if (m->awaits_sync) {
            coord_end_sync(c, m, error);
            coord_touch(c, m);
        }
    }
}

static void forget_owed_syncs(struct coord_group *g)
{
    for (size_t i = 0; i < g->member_count; i++) {
        g->members[i]->owes_sync = false;
    }
    g->sync_due_ms = INT64_MAX;
}

/* Those who did not come back are out; a static member may come back until its session
 * ends. */
static void drop_absent(struct coord_context *c)
{
    for (size_t i = 0; i < c->group->member_count;) {
        struct coord_member *m = c->group->members[i];
        if (!m->awaits_join && m->instance_id.bytes == NULL) {
            coord_drop(c, m, COORD_ERROR_MEMBER);
        } else {
            i++;
        }
    }
}

/* A leader that joined. False: nobody did. */
static bool elect(struct coord_group *g)
{
    for (size_t i = 0; !g->leader->awaits_join && i < g->member_count; i++) {
        if (g->members[i]->awaits_join) {
            g->leader = g->members[i];
        }
    }
    return g->leader->awaits_join;
}

/* A peer chose the timeout: it must not make us try again without a pause. */
static int32_t postponement(const struct coord_group *g)
{
    int32_t timeout_ms = coord_group_rebalance_timeout(g);

    return timeout_ms < POSTPONE_MIN_MS ? POSTPONE_MIN_MS : timeout_ms;
}

static void begin_generation(struct coord_context *c)
{
    struct coord_group *g = c->group;

    coord_name_set(&g->protocol, coord_vote_select(g));
    coord_group_set_state(g, COORD_COMPLETING, c->event->wall_ms);
    for (size_t i = 0; i < g->member_count; i++) {
        struct coord_member *m = g->members[i];
        m->join_write = 0; /* this answer is about the new generation */
        coord_end_join(c, m, COORD_ERROR_NONE, none);
        coord_touch(c, m);
        m->is_new = false;
        m->owes_sync = true;
    }
    g->sync_due_ms = coord_later(c->event->now_ms, coord_group_rebalance_timeout(g));
}

static void complete(struct coord_context *c)
{
    struct coord_group *g = c->group;

    g->join_due_ms = INT64_MAX;
    g->initial_step_ms = -1;
    drop_absent(c);
    if (g->member_count > 0 && !elect(g)) {
        g->join_due_ms = coord_later(c->event->now_ms, postponement(g));
        return;
    }
    g->generation = g->generation == INT32_MAX ? 1 : g->generation + 1;
    if (g->member_count > 0) {
        begin_generation(c);
        return;
    }
    coord_name_set(&g->protocol, (struct wire_view){NULL, 0});
    coord_group_set_state(g, COORD_EMPTY, c->event->wall_ms);
    /* Nobody waits for this record: without it the old members come back and time out.
     * One that never got so far stays known by it, as long as others without members. */
    if (g->offsets.count > 0 || !g->has_record) {
        (void)coord_persist(c, false);
    }
}

static void begin_initial_delay(struct coord_context *c)
{
    struct coord_group *g = c->group;
    int32_t delay = g->limits->initial_delay_ms;
    int32_t longest = coord_group_rebalance_timeout(g);

    g->initial_step_ms = delay;
    g->initial_left_ms = longest > delay ? longest - delay : 0;
    g->new_member_came = false;
    g->join_due_ms = coord_later(c->event->now_ms, delay);
}

void coord_rebalance_prepare(struct coord_context *c)
{
    struct coord_group *g = c->group;
    bool is_first = g->state == COORD_EMPTY;

    if (g->state == COORD_COMPLETING) {
        coord_rebalance_fail_syncs(c, COORD_ERROR_REBALANCING);
    }
    forget_owed_syncs(g);
    if (is_first) {
        begin_initial_delay(c);
    }
    coord_group_set_state(g, COORD_PREPARING, c->event->wall_ms);
    if (is_first) {
        return;
    }
    if (coord_group_all_joined(g)) {
        complete(c);
    } else {
        g->join_due_ms = coord_later(c->event->now_ms, coord_group_rebalance_timeout(g));
    }
}

void coord_rebalance_check(struct coord_context *c)
{
    const struct coord_group *g = c->group;

    if (g->state == COORD_PREPARING && g->initial_step_ms < 0 &&
        coord_group_all_joined(g)) {
        complete(c);
    }
}

void coord_rebalance_or_complete(struct coord_context *c)
{
    switch (c->group->state) {
    case COORD_EMPTY:
    case COORD_COMPLETING:
    case COORD_STABLE:
        coord_rebalance_prepare(c);
        break;
    default:
        coord_rebalance_check(c);
        break;
    }
}

/* The first rebalance waits on while members keep coming, up to the longest rebalance
 * timeout. */
static void on_join_due(struct coord_context *c)
{
    struct coord_group *g = c->group;

    if (g->initial_step_ms < 0 || !g->new_member_came || g->initial_left_ms == 0) {
        complete(c);
        return;
    }
    int32_t step = g->limits->initial_delay_ms < g->initial_left_ms
                       ? g->limits->initial_delay_ms
                       : g->initial_left_ms;
    g->new_member_came = false;
    g->initial_left_ms = g->initial_left_ms > g->initial_step_ms
                             ? g->initial_left_ms - g->initial_step_ms
                             : 0;
    g->initial_step_ms = step;
    g->join_due_ms = coord_later(c->event->now_ms, step);
}

/* Members that took the generation but never asked for their assignment hold nothing up.
 */
static void on_sync_due(struct coord_context *c)
{
    struct coord_group *g = c->group;
    size_t dropped = 0;

    g->sync_due_ms = INT64_MAX;
    for (size_t i = 0; i < g->member_count;) {
        if (g->members[i]->owes_sync) {
            coord_drop(c, g->members[i], COORD_ERROR_MEMBER);
            dropped++;
        } else {
            i++;
        }
    }
    if (dropped > 0) {
        coord_rebalance_prepare(c);
    }
}

void coord_rebalance_tick(struct coord_context *c)
{
    struct coord_group *g = c->group;

    if (g->state == COORD_PREPARING && g->join_due_ms <= c->event->now_ms) {
        on_join_due(c);
    }
    if ((g->state == COORD_COMPLETING || g->state == COORD_STABLE) &&
        g->sync_due_ms <= c->event->now_ms) {
        on_sync_due(c);
    }
}
