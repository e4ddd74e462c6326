#include "coord_vote.h"

static bool all_speak(const struct coord_group *group, struct wire_view protocol)
{
    for (size_t i = 0; i < group->member_count; i++) {
        if (!coord_member_speaks(group->members[i], protocol)) {
            return false;
        }
    }
    return true;
}

bool coord_vote_supports(const struct coord_group *group, const struct coord_join *join)
{
    if (group->state == COORD_EMPTY) {
        return join->protocol_type.len > 0 && join->protocol_count > 0;
    }
    if (!coord_view_equal(coord_group_protocol_type(group), join->protocol_type)) {
        return false;
    }
    for (size_t i = 0; i < join->protocol_count; i++) {
        if (all_speak(group, join->protocols[i].name)) {
            return true;
        }
    }
    return false;
}

/* How many members would take this one of the protocols that all speak. */
static size_t count_votes(
    const struct coord_group *group, const bool *is_candidate, struct wire_view protocol)
{
    const struct coord_member *first = group->members[0];
    size_t votes = 0;

    for (size_t i = 0; i < group->member_count; i++) {
        const struct coord_member *m = group->members[i];
        for (size_t j = 0; j < m->protocol_count; j++) {
            struct wire_view name = coord_text_view(&m->protocols[j].name);
            size_t k = 0;
            while (
                k < first->protocol_count &&
                !(is_candidate[k] &&
                    coord_view_equal(coord_text_view(&first->protocols[k].name), name))) {
                k++;
            }
            if (k < first->protocol_count) {
                votes += coord_view_equal(name, protocol) ? 1 : 0;
                break; /* a member votes once, for what it likes best */
            }
        }
    }
    return votes;
}

struct wire_view coord_vote_select(const struct coord_group *group)
{
    bool is_candidate[COORD_PROTOCOLS_MAX] = {false};
    struct wire_view best = {(const uint8_t *)"", 0};
    size_t most = 0;

    INVARIANT(group->member_count > 0);
    const struct coord_member *first = group->members[0];
    for (size_t i = 0; i < first->protocol_count; i++) {
        is_candidate[i] = all_speak(group, coord_text_view(&first->protocols[i].name));
    }
    for (size_t i = 0; i < first->protocol_count; i++) {
        struct wire_view name = coord_text_view(&first->protocols[i].name);
        size_t votes = is_candidate[i] ? count_votes(group, is_candidate, name) : 0;
        if (votes > most) {
            most = votes;
            best = name;
        }
    }
    return best;
}
