#include "coord_member.h"

#include "mem.h"
#include "table.h"

#include <string.h>

struct wire_view coord_text_view(const struct coord_text *text)
{
    return (struct wire_view){text->bytes, text->length};
}

bool coord_view_equal(struct wire_view a, struct wire_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static void drop_text(struct coord_member *member, struct coord_text *text)
{
    if (text->bytes != NULL) {
        mem_free(text->bytes);
        coord_budget_give(member->budget, text->length);
        member->charged -= text->length;
        *text = (struct coord_text){NULL, 0};
    }
}

static enum err copy_text(
    struct coord_member *member, struct coord_text *out, struct wire_view value)
{
    if (value.ptr == NULL) {
        *out = (struct coord_text){NULL, 0};
        return OK;
    }
    if (!coord_budget_take(member->budget, value.len)) {
        return ERR_FULL;
    }
    uint8_t *bytes = (uint8_t *)mem_copy_text(value.ptr, value.len);
    if (bytes == NULL) {
        coord_budget_give(member->budget, value.len);
        return ERR_NOMEM;
    }
    member->charged += value.len;
    *out = (struct coord_text){bytes, value.len};
    return OK;
}

enum err coord_member_set(
    struct coord_member *member, struct coord_text *text, struct wire_view value)
{
    struct coord_text copy;
    enum err e = copy_text(member, &copy, value);

    if (e == OK) {
        drop_text(member, text);
        *text = copy;
    }
    return e;
}

static void drop_protocols(
    struct coord_member *member, struct coord_member_protocol *protocols, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        drop_text(member, &protocols[i].name);
        drop_text(member, &protocols[i].metadata);
    }
    mem_free(protocols);
}

static enum err copy_protocols(struct coord_member *member, const struct coord_join *join,
    struct coord_member_protocol **out)
{
    struct coord_member_protocol *copy = mem_alloc(join->protocol_count, sizeof(*copy));
    enum err e = copy == NULL && join->protocol_count > 0 ? ERR_NOMEM : OK;

    for (size_t i = 0; e == OK && i < join->protocol_count; i++) {
        struct wire_view name = join->protocols[i].name;
        copy[i].name_hash = table_hash(name.ptr, name.len);
        e = copy_text(member, &copy[i].name, name);
        if (e == OK) {
            e = copy_text(member, &copy[i].metadata, join->protocols[i].metadata);
        }
    }
    if (e != OK) {
        drop_protocols(member, copy, copy == NULL ? 0 : join->protocol_count);
        return e;
    }
    *out = copy;
    return OK;
}

enum err coord_member_update(struct coord_member *member, const struct coord_join *join)
{
    struct coord_member_protocol *protocols = NULL;
    enum err e = copy_protocols(member, join, &protocols);

    if (e != OK) {
        return e;
    }
    drop_protocols(member, member->protocols, member->protocol_count);
    member->protocols = protocols;
    member->protocol_count = join->protocol_count;
    member->session_timeout_ms = join->session_timeout_ms;
    member->rebalance_timeout_ms = join->rebalance_timeout_ms < 0
                                       ? join->session_timeout_ms
                                       : join->rebalance_timeout_ms;
    return OK;
}

static enum err fill(
    struct coord_member *member, struct wire_view id, const struct coord_join *join)
{
    const struct {
        struct coord_text *text;
        struct wire_view value;
    } texts[] = {
        {&member->id, id},
        {&member->instance_id, join->instance_id},
        {&member->client_id, join->client_id},
        {&member->client_host, join->client_host},
        {&member->protocol_type, join->protocol_type},
    };
    enum err e = OK;

    for (size_t i = 0; e == OK && i < sizeof(texts) / sizeof(texts[0]); i++) {
        e = copy_text(member, texts[i].text, texts[i].value);
    }
    return e == OK ? coord_member_update(member, join) : e;
}

struct coord_member *coord_member_new(
    struct coord_budget *budget, struct wire_view id, const struct coord_join *join)
{
    if (!coord_budget_take(budget, sizeof(struct coord_member))) {
        return NULL;
    }
    struct coord_member *member = mem_alloc(1, sizeof(*member));
    if (member == NULL) {
        coord_budget_give(budget, sizeof(*member));
        return NULL;
    }
    member->budget = budget;
    member->expires_ms = INT64_MAX;
    if (fill(member, id, join) != OK) {
        coord_member_free(&member);
    }
    return member;
}

void coord_member_free(struct coord_member **member)
{
    struct coord_member *m = *member;

    if (m == NULL) {
        return;
    }
    drop_protocols(m, m->protocols, m->protocol_count);
    drop_text(m, &m->id);
    drop_text(m, &m->instance_id);
    drop_text(m, &m->client_id);
    drop_text(m, &m->client_host);
    drop_text(m, &m->protocol_type);
    drop_text(m, &m->assignment);
    drop_text(m, &m->next_assignment);
    drop_text(m, &m->old_id);
    INVARIANT(m->charged == 0);
    coord_budget_give(m->budget, sizeof(*m));
    mem_free(m);
    *member = NULL;
}

bool coord_member_matches(
    const struct coord_member *member, const struct coord_join *join)
{
    if (member->protocol_count != join->protocol_count) {
        return false;
    }
    for (size_t i = 0; i < join->protocol_count; i++) {
        const struct coord_member_protocol *ours = &member->protocols[i];
        if (!coord_view_equal(coord_text_view(&ours->name), join->protocols[i].name) ||
            !coord_view_equal(
                coord_text_view(&ours->metadata), join->protocols[i].metadata)) {
            return false;
        }
    }
    return true;
}

static const struct coord_member_protocol *find_protocol(
    const struct coord_member *member, struct wire_view protocol)
{
    for (size_t i = 0; i < member->protocol_count; i++) {
        if (coord_view_equal(coord_text_view(&member->protocols[i].name), protocol)) {
            return &member->protocols[i];
        }
    }
    return NULL;
}

struct wire_view coord_member_metadata(
    const struct coord_member *member, struct wire_view protocol)
{
    const struct coord_member_protocol *found = find_protocol(member, protocol);

    return found == NULL ? (struct wire_view){(const uint8_t *)"", 0}
                         : coord_text_view(&found->metadata);
}
