#include "coord_sync.h"

static const struct wire_view none = {(const uint8_t *)"", 0};

static bool contradicts(struct wire_view said, struct wire_view ours)
{
    return said.ptr != NULL && !coord_view_equal(said, ours);
}

static enum coord_error check_sync(const struct coord_context *c)
{
    const struct coord_sync *sync = &c->event->sync;
    const struct coord_group *g = c->group;

    if (g->state == COORD_DEAD) {
        return COORD_ERROR_NOT_AVAILABLE;
    }
    enum coord_error error =
        coord_group_check_member(g, sync->member_id, sync->instance_id);
    if (error != COORD_ERROR_NONE) {
        return error;
    }
    if (sync->generation != g->generation) {
        return COORD_ERROR_GENERATION;
    }
    if (contradicts(sync->protocol_type, coord_group_protocol_type(g)) ||
        contradicts(sync->protocol, coord_group_protocol(g))) {
        return COORD_ERROR_PROTOCOL;
    }
    return g->state == COORD_PREPARING ? COORD_ERROR_REBALANCING : COORD_ERROR_NONE;
}

/* What the leader assigned; members that it forgot get nothing. False: no memory for it.
 */
static bool take_assignments(struct coord_context *c)
{
    const struct coord_sync *sync = &c->event->sync;
    struct coord_group *g = c->group;
    bool ok = true;

    for (size_t i = 0; ok && i < g->member_count; i++) {
        ok = coord_member_set(g->members[i], &g->members[i]->next_assignment, none) == OK;
    }
    for (size_t i = 0; ok && i < sync->assignment_count; i++) {
        struct coord_member *m = coord_group_find(g, sync->assignments[i].member_id);
        struct wire_view bytes = sync->assignments[i].bytes;
        ok = m == NULL || coord_member_set(m, &m->next_assignment,
                              bytes.ptr == NULL ? none : bytes) == OK;
    }
    return ok;
}

static void give_up_assignments(struct coord_context *c, enum coord_error error)
{
    coord_rebalance_fail_syncs(c, error);
    coord_rebalance_prepare(c);
}

static void on_leader_sync(struct coord_context *c)
{
    uint64_t write = take_assignments(c) ? coord_persist(c, true) : 0;

    if (write == 0) {
        give_up_assignments(c, COORD_ERROR_SERVER);
    } else {
        c->group->sync_write = write;
    }
}

void coord_on_sync(struct coord_context *c)
{
    enum coord_error error = check_sync(c);

    if (error != COORD_ERROR_NONE) {
        coord_answer_sync_error(c, c->event->token, error);
        return;
    }
    struct coord_member *member = coord_group_find(c->group, c->event->sync.member_id);
    coord_end_sync(
        c, member, COORD_ERROR_REBALANCING); /* an older request of the same member */
    member->awaits_sync = true;
    member->sync_token = c->event->token;
    member->owes_sync = false;
    if (c->group->state == COORD_STABLE) {
        coord_end_sync(c, member, COORD_ERROR_NONE);
        coord_touch(c, member);
    } else if (c->group->leader == member) {
        on_leader_sync(c);
    }
}

static void hand_out_assignments(struct coord_context *c)
{
    struct coord_group *g = c->group;

    g->sync_write = 0;
    coord_group_set_state(g, COORD_STABLE, c->event->wall_ms);
    for (size_t i = 0; i < g->member_count; i++) {
        struct coord_member *m = g->members[i];
        /* A move, not a copy: it cannot fail. */
        struct coord_text old = m->assignment;
        m->assignment = m->next_assignment;
        m->next_assignment = old;
        enum err e =
            coord_member_set(m, &m->next_assignment, (struct wire_view){NULL, 0});
        INVARIANT(e == OK);
        if (m->awaits_sync) {
            coord_end_sync(c, m, COORD_ERROR_NONE);
            coord_touch(c, m);
        }
    }
}

static void end_static_joins(struct coord_context *c, uint64_t write, bool ok)
{
    for (size_t i = 0; i < c->group->member_count; i++) {
        struct coord_member *m = c->group->members[i];
        if (m->awaits_join && m->join_write == write) {
            coord_end_join(c, m, ok ? COORD_ERROR_NONE : COORD_ERROR_NOT_AVAILABLE, none);
            coord_touch(c, m);
        }
    }
}

/* From here on the log does not know the group, unless it went on since. */
static void end_tombstone(struct coord_group *g, uint64_t write, bool ok)
{
    if (write == g->tombstone) {
        g->tombstone = 0;
        g->has_record = !ok || g->writes != write;
    }
}

void coord_on_persisted(struct coord_context *c)
{
    const struct coord_persisted *persisted = &c->event->persisted;
    struct coord_group *g = c->group;

    if (persisted->write == 0) {
        return; /* no record has this number: zero means that nothing is awaited */
    }
    end_tombstone(g, persisted->write, persisted->ok);
    end_static_joins(c, persisted->write, persisted->ok);
    if (persisted->write != g->sync_write) {
        return; /* the group went on since */
    }
    if (persisted->ok) {
        hand_out_assignments(c);
    } else {
        give_up_assignments(c, COORD_ERROR_NOT_AVAILABLE);
    }
}
