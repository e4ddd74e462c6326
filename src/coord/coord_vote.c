#include "coord_vote.h"

/* A set of protocols, and how many members speak each, or vote for it. */
struct ballot {
    struct {
        struct wire_view name;
        uint64_t hash;
        size_t members;
    } rows[COORD_PROTOCOLS_MAX];
    size_t count;
};

static void ballot_add(struct ballot *ballot, struct wire_view name, uint64_t hash)
{
    INVARIANT(ballot->count < COORD_PROTOCOLS_MAX);
    ballot->rows[ballot->count].name = name;
    ballot->rows[ballot->count].hash = hash;
    ballot->rows[ballot->count].members = 0;
    ballot->count++;
}

/* count: it is not on the ballot. */
static size_t ballot_find(
    const struct ballot *ballot, const struct coord_member_protocol *protocol)
{
    struct wire_view name = coord_text_view(&protocol->name);
    size_t i = 0;

    while (i < ballot->count && (ballot->rows[i].hash != protocol->name_hash ||
                                    !coord_view_equal(ballot->rows[i].name, name))) {
        i++;
    }
    return i;
}

/* No member has a name twice, so none is counted twice. */
static void count_speakers(const struct coord_group *group, struct ballot *ballot)
{
    for (size_t i = 0; i < group->member_count; i++) {
        const struct coord_member *m = group->members[i];
        for (size_t j = 0; j < m->protocol_count; j++) {
            size_t row = ballot_find(ballot, &m->protocols[j]);
            if (row < ballot->count) {
                ballot->rows[row].members++;
            }
        }
    }
}

/* A member votes once, for what it likes best. */
static void count_votes(const struct coord_group *group, struct ballot *ballot)
{
    for (size_t i = 0; i < group->member_count; i++) {
        const struct coord_member *m = group->members[i];
        size_t row = ballot->count;
        for (size_t j = 0; j < m->protocol_count && row == ballot->count; j++) {
            row = ballot_find(ballot, &m->protocols[j]);
        }
        if (row < ballot->count) {
            ballot->rows[row].members++;
        }
    }
}

bool coord_vote_supports(const struct coord_group *group, const struct coord_join *join)
{
    struct ballot ballot = {.count = 0};

    if (group->state == COORD_EMPTY) {
        return join->protocol_type.len > 0 && join->protocol_count > 0;
    }
    if (!coord_view_equal(coord_group_protocol_type(group), join->protocol_type)) {
        return false;
    }
    for (size_t i = 0; i < join->protocol_count; i++) {
        struct wire_view name = join->protocols[i].name;
        ballot_add(&ballot, name, table_hash(name.ptr, name.len));
    }
    count_speakers(group, &ballot);
    for (size_t i = 0; i < ballot.count; i++) {
        if (ballot.rows[i].members == group->member_count) {
            return true;
        }
    }
    return false;
}

struct wire_view coord_vote_select(const struct coord_group *group)
{
    struct ballot spoken = {.count = 0};
    struct ballot common = {.count = 0}; /* what all speak */
    struct wire_view best = {(const uint8_t *)"", 0};
    size_t most = 0;

    INVARIANT(group->member_count > 0);
    const struct coord_member *first = group->members[0];
    for (size_t i = 0; i < first->protocol_count; i++) {
        ballot_add(&spoken, coord_text_view(&first->protocols[i].name),
            first->protocols[i].name_hash);
    }
    count_speakers(group, &spoken);
    for (size_t i = 0; i < spoken.count; i++) {
        if (spoken.rows[i].members == group->member_count) {
            ballot_add(&common, spoken.rows[i].name, spoken.rows[i].hash);
        }
    }
    count_votes(group, &common);
    for (size_t i = 0; i < common.count; i++) {
        if (common.rows[i].members > most) {
            most = common.rows[i].members;
            best = common.rows[i].name;
        }
    }
    return best;
}
