/* The arrays of a compiled policy up to the listeners: who, and under which condition. */
#include "policy_blob.h"

static void read_rules(struct policy_reader *r, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_FILES] && !r->bad; i++) {
        p->files[i] = (const char *)policy_take_text(r).ptr;
    }
    for (uint32_t i = 0; i < p->counts[POLICY_RULES] && !r->bad; i++) {
        struct policy_rule *rule = &p->rules[i];
        rule->effect = policy_take(r);
        uint32_t file = policy_take(r);
        rule->line = policy_take(r);
        struct policy_view id = policy_take_text(r);
        rule->id = (const char *)id.ptr;
        rule->condition = policy_take(r);
        policy_expect(r, rule->effect < POLICY_EFFECTS && file < p->counts[POLICY_FILES]);
        policy_expect(r, id.len >= 1 && id.len <= POLICY_ID_MAX);
        policy_expect(r, rule->condition <= p->counts[POLICY_CONDITIONS]);
        rule->file = r->bad ? "" : p->files[file];
    }
}

static void read_principals(struct policy_reader *r, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PRINCIPALS] && !r->bad; i++) {
        struct policy_view name = policy_take_name(r);
        p->principals[i] = name;
        policy_expect(r, name.len >= 1);
        policy_expect(r, i == 0 || policy_view_compare(p->principals[i - 1], name) < 0);
    }
}

static void read_teams(struct policy_reader *r, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_TEAMS] && !r->bad; i++) {
        struct policy_team *team = &p->teams[i];
        team->name = policy_take_name(r);
        team->source = policy_take_name(r);
        team->group = policy_take_name(r);
    }
}

static bool is_ascending(const struct policy_pair *pairs, uint32_t i)
{
    if (i == 0 || pairs[i - 1].first < pairs[i].first) {
        return true;
    }
    return pairs[i - 1].first == pairs[i].first && pairs[i - 1].second < pairs[i].second;
}

static void read_members(struct policy_reader *r, struct policy *p)
{
    uint32_t of_one = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_MEMBERS] && !r->bad; i++) {
        struct policy_pair *member = &p->members[i];
        member->first = policy_take(r);
        member->second = policy_take(r);
        policy_expect(r, member->first < p->counts[POLICY_PRINCIPALS]);
        policy_expect(r, member->second < p->counts[POLICY_TEAMS]);
        policy_expect(r, is_ascending(p->members, i));
        of_one = i > 0 && p->members[i - 1].first == member->first ? of_one + 1 : 1;
        policy_expect_limit(r, of_one <= POLICY_TEAMS_MAX, "teams of one principal");
    }
    for (uint32_t i = 0; i < p->counts[POLICY_EXCLUSIVES] && !r->bad; i++) {
        struct policy_pair *teams = &p->exclusives[i];
        teams->first = policy_take(r);
        teams->second = policy_take(r);
        policy_expect(r, teams->first < teams->second);
        policy_expect(r, teams->second < p->counts[POLICY_TEAMS]);
        policy_expect(r, is_ascending(p->exclusives, i));
    }
}

static void read_condition(struct policy_reader *r, struct policy_condition *c)
{
    c->nets = policy_take(r);
    c->is_outside = policy_take(r);
    c->listeners = policy_take(r);
    c->methods = policy_take(r);
    c->tls_min = policy_take(r);
    c->age_ms = policy_take_i64(r);
    c->issuer = policy_take_name(r);
    c->after_ms = policy_take_i64(r);
    c->until_ms = policy_take_i64(r);
    policy_expect(r, c->is_outside <= 1 && (c->is_outside == 0 || c->nets > 0));
    policy_expect(r, c->methods < UINT32_C(1) << POLICY_METHODS);
    policy_expect(r, c->tls_min <= UINT16_MAX);
}

static void read_conditions(struct policy_reader *r, struct policy *p)
{
    uint64_t nets = 0;
    uint64_t listeners = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_CONDITIONS] && !r->bad; i++) {
        struct policy_condition *c = &p->conditions[i];
        read_condition(r, c);
        c->first_net = (uint32_t)nets;
        c->first_listener = (uint32_t)listeners;
        nets += c->nets;
        listeners += c->listeners;
        policy_expect(r, nets <= p->counts[POLICY_NETS]);
        policy_expect(r, listeners <= p->counts[POLICY_LISTENERS]);
    }
    policy_expect(r, nets == p->counts[POLICY_NETS]);
    policy_expect(r, listeners == p->counts[POLICY_LISTENERS]);
}

static void read_nets(struct policy_reader *r, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_NETS] && !r->bad; i++) {
        struct policy_net *net = &p->nets[i];
        for (size_t word = 0; word < 4; word++) {
            uint32_t v = policy_take(r);
            for (size_t byte = 0; byte < 4; byte++) {
                net->address[word * 4 + byte] = (uint8_t)(v >> (24 - 8 * byte));
            }
        }
        uint32_t bits = policy_take(r);
        policy_expect(r, bits <= 128);
        net->bits = (uint8_t)bits;
        policy_expect(r, r->bad || policy_net_is_sound(net));
    }
    for (uint32_t i = 0; i < p->counts[POLICY_LISTENERS] && !r->bad; i++) {
        p->listeners[i] = policy_take_name(r);
    }
}

void policy_read_rules(struct policy_reader *r, struct policy *p)
{
    read_rules(r, p);
    read_principals(r, p);
    read_teams(r, p);
    read_members(r, p);
    read_conditions(r, p);
    read_nets(r, p);
}
