#include "coord_join.h"

#include "coord_vote.h"

#include <stdio.h>
#include <string.h>

#define CLIENT_TEXT_MAX 32767 /* what a record can hold */
#define MEMBER_PREFIX_MAX                                                                \
    255 /* of the client or instance id, in front of a member id                         \
         */
#define MEMBER_ID_SIZE_MAX                                                               \
    (MEMBER_PREFIX_MAX + sizeof("-00112233-4455-6677-8899-aabbccddeeff"))

static const struct wire_view none = {(const uint8_t *)"", 0};

static const struct coord_join *join_of(const struct coord_context *c)
{
    return &c->event->join;
}

static void refuse(
    struct coord_context *c, enum coord_error error, struct wire_view member_id)
{
    coord_answer_join_error(c, c->event->token, error, member_id);
}

/* A name that comes twice would count twice in a vote. */
static enum coord_error check_protocols(const struct coord_join *join)
{
    for (size_t i = 0; i < join->protocol_count; i++) {
        if (join->protocols[i].name.len > COORD_PROTOCOL_NAME_MAX) {
            return COORD_ERROR_REQUEST;
        }
        for (size_t j = 0; j < i; j++) {
            if (coord_view_equal(join->protocols[i].name, join->protocols[j].name)) {
                return COORD_ERROR_PROTOCOL;
            }
        }
    }
    return COORD_ERROR_NONE;
}

static enum coord_error check_form(const struct coord_context *c)
{
    const struct coord_join *join = join_of(c);
    const struct coord_limits *limits = c->group->limits;

    if (join->session_timeout_ms < limits->session_min_ms ||
        join->session_timeout_ms > limits->session_max_ms) {
        return COORD_ERROR_SESSION_TIMEOUT;
    }
    if (join->protocol_count > COORD_PROTOCOLS_MAX ||
        join->protocol_type.len > COORD_PROTOCOL_NAME_MAX ||
        join->client_id.len > CLIENT_TEXT_MAX ||
        join->client_host.len > CLIENT_TEXT_MAX ||
        join->instance_id.len > CLIENT_TEXT_MAX) {
        return COORD_ERROR_REQUEST;
    }
    return check_protocols(join);
}

/* group.max.size counts those who wait while a rebalance runs, and all others else. */
static bool is_accepted(const struct coord_context *c)
{
    const struct coord_group *g = c->group;
    const struct coord_member *member = coord_group_find(g, join_of(c)->member_id);

    switch (g->state) {
    case COORD_PREPARING:
        return (member != NULL && member->awaits_join) ||
               coord_group_awaiting_join(g) < g->limits->members_max;
    case COORD_COMPLETING:
    case COORD_STABLE:
        return member != NULL || g->member_count < g->limits->members_max;
    default:
        return true;
    }
}

/* Up to max bytes of the text, not ending inside of a UTF-8 sequence. */
static size_t cut(struct wire_view text, size_t max)
{
    size_t length = text.len;

    if (length > max) {
        length = max;
        while (length > 0 && (text.ptr[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    return length;
}

/* Kafka's form: the instance or client id, a dash, a UUID. */
static struct wire_view make_member_id(
    const struct coord_join *join, uint8_t out[MEMBER_ID_SIZE_MAX])
{
    struct wire_view prefix =
        join->instance_id.ptr != NULL ? join->instance_id : join->client_id;
    size_t length = cut(prefix, MEMBER_PREFIX_MAX);

    if (length > 0) {
        memcpy(out, prefix.ptr, length);
    }
    for (size_t i = 0; i < sizeof(join->random.bytes); i++) {
        char hex[4];
        bool dash = i == 0 || i == 4 || i == 6 || i == 8 || i == 10;
        int n = snprintf(
            hex, sizeof(hex), dash ? "-%02x" : "%02x", (unsigned)join->random.bytes[i]);
        memcpy(out + length, hex, (size_t)n);
        length += (size_t)n;
    }
    return (struct wire_view){out, length};
}

static void park(struct coord_context *c, struct coord_member *member)
{
    /* An older request of the same member: its connection is gone, or it is confused. */
    coord_end_join(c, member, COORD_ERROR_REBALANCING, coord_text_view(&member->id));
    member->awaits_join = true;
    member->join_token = c->event->token;
}

static void add_member(struct coord_context *c, struct wire_view id)
{
    struct coord_group *g = c->group;
    struct coord_member *member = coord_member_new(g->budget, id, join_of(c));

    if (member == NULL || coord_group_add(g, member) != OK) {
        coord_member_free(&member);
        refuse(c, COORD_ERROR_GROUP_FULL, none);
        coord_rebalance_check(c); /* it may have been the last one that was waited for */
        return;
    }
    if (g->state == COORD_PREPARING && g->initial_step_ms >= 0) {
        g->new_member_came = true;
    }
    park(c, member);
    /* It has no member id yet and cannot send heartbeats: its request has a timeout of
     * its own. */
    member->is_new = true;
    member->expires_ms = coord_later(c->event->now_ms, g->limits->new_member_ms);
    coord_rebalance_or_complete(c);
}

static void hand_out_id(struct coord_context *c, struct wire_view id)
{
    struct wire_view kept;
    int64_t expires_ms = coord_later(c->event->now_ms, join_of(c)->session_timeout_ms);

    if (coord_group_add_pending(c->group, id, expires_ms, &kept) != OK) {
        refuse(c, COORD_ERROR_GROUP_FULL, none);
        return;
    }
    refuse(c, COORD_ERROR_MEMBER_ID_REQUIRED, kept);
}

static void update_member(struct coord_context *c, struct coord_member *member)
{
    if (coord_member_update(member, join_of(c)) != OK) {
        refuse(c, COORD_ERROR_GROUP_FULL, join_of(c)->member_id);
        return;
    }
    park(c, member);
    coord_rebalance_or_complete(c);
}

/* Stable, and the same protocol would win again: keep the assignment, just record the new
 * id. */
static void keep_generation(struct coord_context *c, struct coord_member *member)
{
    uint64_t write = coord_persist(c, false);

    if (write == 0) {
        coord_end_join(c, member, COORD_ERROR_SERVER, none);
        return;
    }
    member->join_write = write;
    member->skip_assignment = join_of(c)->can_skip_assignment;
}

/* A static member came back without its member id: whoever still has the old one is
 * fenced. */
static void replace_static(
    struct coord_context *c, struct coord_member *member, struct wire_view id)
{
    struct coord_group *g = c->group;

    if (coord_group_rename(g, member, id) != OK) {
        refuse(c, COORD_ERROR_SERVER, none);
        return;
    }
    coord_end_join(c, member, COORD_ERROR_FENCED, coord_text_view(&member->old_id));
    coord_end_sync(c, member, COORD_ERROR_FENCED);
    if (coord_member_update(member, join_of(c)) != OK) {
        refuse(c, COORD_ERROR_GROUP_FULL, none);
        return;
    }
    park(c, member);
    member->is_new = false; /* it has a member id from before */
    coord_touch(c, member);
    switch (g->state) {
    case COORD_STABLE:
        if (coord_view_equal(coord_vote_select(g), coord_group_protocol(g))) {
            keep_generation(c, member);
        } else {
            coord_rebalance_prepare(c);
        }
        break;
    case COORD_COMPLETING:
        /* The leader's assignment may be on its way, and would name the old id. */
        coord_rebalance_prepare(c);
        break;
    default:
        coord_rebalance_check(c);
        break;
    }
}

static void join_new(struct coord_context *c)
{
    const struct coord_join *join = join_of(c);
    uint8_t buffer[MEMBER_ID_SIZE_MAX];
    struct wire_view id = make_member_id(join, buffer);

    if (coord_group_find(c->group, id) != NULL || coord_group_is_pending(c->group, id)) {
        refuse(c, COORD_ERROR_SERVER, none); /* the same random bytes twice */
        return;
    }
    if (join->instance_id.ptr == NULL) {
        if (join->requires_member_id) {
            hand_out_id(c, id);
        } else {
            add_member(c, id);
        }
        return;
    }
    struct coord_member *member = coord_group_find_instance(c->group, join->instance_id);
    if (member != NULL) {
        replace_static(c, member, id);
    } else {
        add_member(c, id);
    }
}

static void join_known(struct coord_context *c, struct coord_member *member)
{
    bool changed = !coord_member_matches(member, join_of(c));

    switch (c->group->state) {
    case COORD_PREPARING:
        update_member(c, member);
        break;
    case COORD_COMPLETING:
    case COORD_STABLE:
        /* A leader that joins again wants a new assignment; it may know of new
         * partitions. */
        if (changed || (c->group->state == COORD_STABLE && c->group->leader == member)) {
            update_member(c, member);
        } else {
            coord_touch(c, member);
            coord_answer_generation(c, member, c->event->token);
        }
        break;
    default:
        refuse(c, COORD_ERROR_MEMBER, join_of(c)->member_id);
        break;
    }
}

static void join_existing(struct coord_context *c)
{
    const struct coord_join *join = join_of(c);

    if (join->instance_id.ptr == NULL &&
        coord_group_remove_pending(c->group, join->member_id)) {
        add_member(c, join->member_id);
        return;
    }
    enum coord_error error =
        coord_group_check_member(c->group, join->member_id, join->instance_id);
    if (error != COORD_ERROR_NONE) {
        refuse(c, error, join->member_id);
        return;
    }
    join_known(c, coord_group_find(c->group, join->member_id));
}

/* A known member that came too late is out. */
static void turn_away(struct coord_context *c)
{
    struct coord_member *member = coord_group_find(c->group, join_of(c)->member_id);

    if (member != NULL) {
        coord_drop(c, member, COORD_ERROR_GROUP_FULL);
    } else {
        (void)coord_group_remove_pending(c->group, join_of(c)->member_id);
    }
    refuse(c, COORD_ERROR_GROUP_FULL, none);
    coord_rebalance_check(c);
}

void coord_on_join(struct coord_context *c)
{
    const struct coord_join *join = join_of(c);
    enum coord_error error = check_form(c);

    if (c->group->state == COORD_DEAD) {
        error = COORD_ERROR_NOT_AVAILABLE;
    }
    if (error != COORD_ERROR_NONE) {
        refuse(c, error, join->member_id);
    } else if (!is_accepted(c)) {
        turn_away(c);
    } else if (!coord_vote_supports(c->group, join)) {
        refuse(c, COORD_ERROR_PROTOCOL, join->member_id);
    } else if (join->member_id.len == 0) {
        join_new(c);
    } else {
        join_existing(c);
    }
}
