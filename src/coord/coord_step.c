#include "coord_step.h"

#include "coord_join.h"
#include "coord_rebalance.h"
#include "coord_record.h"
#include "coord_sync.h"
#include "mem.h"

#define STRANGERS_MAX      1000 /* in one LeaveGroup */
#define TOMBSTONE_RETRY_MS 10000

enum err coord_update_init(struct coord_update *update, const struct coord_limits *limits)
{
    /*
     * While a rebalance runs, a group has at most twice as many members as it may have;
     * each has at most one join and one sync parked, and one request may be new.
     */
    *update = (struct coord_update){.answers_max = 4 * limits->members_max + 4};
    buf_init(&update->key, limits->record_max);
    buf_init(&update->value, limits->record_max);
    update->answers = mem_alloc(update->answers_max, sizeof(*update->answers));
    return update->answers == NULL ? ERR_NOMEM : OK;
}

void coord_update_fini(struct coord_update *update)
{
    mem_free(update->answers);
    update->answers = NULL;
    buf_fini(&update->key);
    buf_fini(&update->value);
}

static void on_heartbeat(struct coord_context *c)
{
    const struct coord_heartbeat *beat = &c->event->heartbeat;
    const struct coord_group *g = c->group;
    enum coord_error error = COORD_ERROR_NOT_AVAILABLE;

    if (g->state != COORD_DEAD) {
        error = coord_group_check_member(g, beat->member_id, beat->instance_id);
        if (error == COORD_ERROR_NONE && beat->generation != g->generation) {
            error = COORD_ERROR_GENERATION;
        }
    }
    if (error == COORD_ERROR_NONE) {
        coord_touch(c, coord_group_find(g, beat->member_id));
        error = g->state == COORD_PREPARING ? COORD_ERROR_REBALANCING : COORD_ERROR_NONE;
    }
    coord_answer(c, &(struct coord_answer){.type = COORD_ANSWER_HEARTBEAT,
                        .error = error,
                        .token = c->event->token,
                        .generation = g->generation});
}

static enum coord_error leave_one(
    struct coord_context *c, const struct coord_leaver *leaver)
{
    struct coord_group *g = c->group;
    struct coord_member *member;

    if (leaver->member_id.len == 0) {
        /* An operator removes a static member by its instance id. */
        member = leaver->instance_id.ptr == NULL
                     ? NULL
                     : coord_group_find_instance(g, leaver->instance_id);
    } else {
        if (coord_group_remove_pending(g, leaver->member_id)) {
            return COORD_ERROR_NONE;
        }
        enum coord_error error =
            coord_group_check_member(g, leaver->member_id, leaver->instance_id);
        if (error != COORD_ERROR_NONE) {
            return error;
        }
        member = coord_group_find(g, leaver->member_id);
    }
    if (member == NULL) {
        return COORD_ERROR_MEMBER;
    }
    coord_drop(c, member, COORD_ERROR_MEMBER);
    return COORD_ERROR_NONE;
}

/* Those who are no members are told so, but not without end. */
static enum coord_error check_leave(const struct coord_group *g, size_t count)
{
    if (g->state == COORD_DEAD) {
        return COORD_ERROR_NOT_AVAILABLE;
    }
    return count > g->member_count + g->pending.count + STRANGERS_MAX
               ? COORD_ERROR_REQUEST
               : COORD_ERROR_NONE;
}

static void on_leave(struct coord_context *c)
{
    const struct coord_leave *leave = &c->event->leave;
    enum coord_error error = check_leave(c->group, leave->count);
    bool left = false;

    for (size_t i = 0; i < leave->count; i++) {
        leave->errors[i] =
            error != COORD_ERROR_NONE ? error : leave_one(c, &leave->leavers[i]);
        left = left || leave->errors[i] == COORD_ERROR_NONE;
    }
    coord_answer(c, &(struct coord_answer){.type = COORD_ANSWER_LEAVE,
                        .error = error,
                        .token = c->event->token,
                        .generation = c->group->generation});
    if (left && c->group->state != COORD_EMPTY) {
        coord_rebalance_or_complete(c);
    }
}

/* True: somebody is gone. A member that waits for us needs no heartbeat, except a new
 * one. */
static bool expire_member(struct coord_context *c, struct coord_member *member)
{
    member->expires_ms = INT64_MAX;
    if (!member->is_new && (member->awaits_join || member->awaits_sync)) {
        return false;
    }
    coord_drop(c, member, COORD_ERROR_MEMBER);
    return true;
}

static bool expire_all(struct coord_context *c)
{
    struct coord_group *g = c->group;
    int64_t now_ms = c->event->now_ms;
    size_t cursor = 0;
    bool gone = false;

    for (const struct coord_pending *p = coord_group_next_pending(g, &cursor); p != NULL;
         p = coord_group_next_pending(g, &cursor)) {
        if (p->expires_ms <= now_ms) {
            (void)coord_group_remove_pending(g, (struct wire_view){p->id, p->length});
            gone = true;
        }
    }
    for (size_t i = 0; i < g->member_count;) {
        if (g->members[i]->expires_ms <= now_ms && expire_member(c, g->members[i])) {
            gone = true;
        } else {
            i++;
        }
    }
    return gone;
}

static void on_tick(struct coord_context *c)
{
    size_t before = c->group->member_count;
    bool gone = expire_all(c);

    if (c->group->member_count < before && c->group->state != COORD_PREPARING) {
        coord_rebalance_prepare(c);
    } else if (gone) {
        coord_rebalance_check(c);
    }
    coord_rebalance_tick(c);
}

static void on_close(struct coord_context *c)
{
    struct coord_group *g = c->group;
    size_t cursor = 0;

    while (g->member_count > 0) {
        struct coord_member *m = g->members[g->member_count - 1];
        coord_drop(c, m, COORD_ERROR_NOT_AVAILABLE);
    }
    for (const struct coord_pending *p = coord_group_next_pending(g, &cursor); p != NULL;
         p = coord_group_next_pending(g, &cursor)) {
        (void)coord_group_remove_pending(g, (struct wire_view){p->id, p->length});
    }
    g->join_due_ms = INT64_MAX;
    g->sync_due_ms = INT64_MAX;
    g->sync_write = 0;
    coord_group_set_state(g, COORD_DEAD, c->event->wall_ms);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Nothing is left to remember of it, but the log still knows it and was not told. */
static bool is_over(const struct coord_group *g)
{
    return g->may_go && g->state == COORD_EMPTY && g->offsets.count == 0 &&
           g->has_record && g->tombstone == 0;
}

static void persist_tombstone(struct coord_context *c)
{
    struct coord_update *u = c->update;

    buf_reset(&u->key);
    buf_reset(&u->value);
    coord_record_encode_group_key(&u->key, coord_group_id(c->group));
    if (buf_error(&u->key) == OK) {
        u->persist = true;
        u->write = ++c->group->writes;
        c->group->tombstone = u->write;
    }
}

static int64_t next_due(const struct coord_group *g, int64_t now_ms)
{
    int64_t due = earlier(g->join_due_ms, g->sync_due_ms);
    size_t cursor = 0;

    for (size_t i = 0; i < g->member_count; i++) {
        due = earlier(due, g->members[i]->expires_ms);
    }
    for (const struct coord_pending *p = coord_group_next_pending(g, &cursor); p != NULL;
         p = coord_group_next_pending(g, &cursor)) {
        due = earlier(due, p->expires_ms);
    }
    if (is_over(g)) {
        due = earlier(due, coord_later(now_ms, TOMBSTONE_RETRY_MS));
    }
    return due;
}

void coord_step(struct coord_group *group, const struct coord_event *event,
    struct coord_update *update)
{
    struct coord_context c = {group, event, update};

    coord_group_free_removed(group);
    update->answer_count = 0;
    update->persist = false;
    update->write = 0;
    switch (event->type) {
    case COORD_JOIN:
        coord_on_join(&c);
        break;
    case COORD_SYNC:
        coord_on_sync(&c);
        break;
    case COORD_HEARTBEAT:
        on_heartbeat(&c);
        break;
    case COORD_LEAVE:
        on_leave(&c);
        break;
    case COORD_TICK:
        on_tick(&c);
        break;
    case COORD_PERSISTED:
        coord_on_persisted(&c);
        break;
    case COORD_FORGET:
        group->may_go = true;
        group->is_kept = false;
        break;
    case COORD_CLOSE:
        on_close(&c);
        break;
    }
    /* Who comes back, or commits, wants it to stay. */
    group->may_go = (group->may_go || event->is_crowded) && group->state == COORD_EMPTY &&
                    (group->offsets.count == 0 || group->tombstone != 0);
    bool failed = event->type == COORD_PERSISTED && !event->persisted.ok;
    if (is_over(group) && !update->persist && !failed) {
        persist_tombstone(&c); /* after a failure not at once */
    }
    update->next_due_ms = next_due(group, event->now_ms);
}

struct wire_view coord_update_value(const struct coord_update *update)
{
    return update->value.length == 0
               ? (struct wire_view){NULL, 0}
               : (struct wire_view){update->value.bytes, update->value.length};
}
