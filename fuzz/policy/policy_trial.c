#include "policy_trial.h"

#include "policy_reference.h"

#include <stdio.h>
#include <string.h>

enum { RULES = 32, LIST = 3, TEAMS = 5, PAIRS = 2 };

struct rule_parts { /* what a rule of the trial points to */
    struct policy_build_subject subjects[LIST];
    struct policy_build_target targets[LIST];
    struct policy_net nets[LIST];
    struct policy_view listeners[LIST];
    char id[16];
};

struct trial {
    struct trial_source *source;
    struct policy_build_rule rules[RULES];
    struct rule_parts parts[RULES];
    struct reference_team teams[TEAMS];
    struct policy_view members[TEAMS][LIST];
    uint32_t exclusives[PAIRS][2];
    size_t team_count;
    struct reference reference;
    struct policy *policy;
};

/* --- chance ----------------------------------------------------------------------------- */

/* From 0 to n - 1; 0 when the bytes are at their end. */
static uint32_t draw(struct trial *t, uint32_t n)
{
    struct trial_source *s = t->source;

    if (s->bytes != NULL) {
        if (s->left == 0) {
            return 0;
        }
        s->left--;
        return *s->bytes++ % n;
    }
    s->state ^= s->state << 13;
    s->state ^= s->state >> 7;
    s->state ^= s->state << 17;
    return (uint32_t)(s->state >> 33) % n;
}

static struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static struct policy_view draw_text(
    struct trial *t, const char *const *texts, uint32_t count)
{
    return view_of(texts[draw(t, count)]);
}

#define DRAW(t, texts) draw_text(t, texts, sizeof(texts) / sizeof((texts)[0]))

static const char *const names[] = {"a", "b", "aa", "ab", "ba", "bb", "aaa", "aab", "aba",
    "abb", "baa", "abab", "hardcode", "h"};
static const char *const people[] = {"User:a", "User:b", "User:ab", "Group:a"};
static const char *const listeners[] = {"IN", "OUT", "in", "IN[", "in{"};
static const char *const issuers[] = {"", "", "I", "J"};
static const char *const sources[] = {"", "", "ldap", "claim"};
static const char *const outside_sources[] = {"ldap", "claim"};
static const char *const groups[] = {"g", "h"};
static const char *const nets[] = {"10.0.0.0/8", "10.0.0.0/30", "10.0.0.1", "0.0.0.0/0",
    "::/0", "2001:db8::/33", "2001:db8::1"};
static const char *const addresses[] = {
    "10.0.0.1", "10.0.0.2", "10.0.0.9", "127.0.0.1", "2001:db8::1", "2001:db8:8000::1"};
static const enum policy_resource resources[] = {POLICY_TOPIC, POLICY_TOPIC, POLICY_TOPIC,
    POLICY_TOPIC, POLICY_TOPIC, POLICY_TOPIC, POLICY_GROUP, POLICY_GROUP, POLICY_CLUSTER,
    POLICY_TXN, POLICY_TOKEN, POLICY_USER};

#define DRAW_RESOURCE(t) resources[draw(t, sizeof(resources) / sizeof(resources[0]))]

/* --- a policy ----------------------------------------------------------------------------- */

static struct policy_build_subject draw_subject(struct trial *t)
{
    uint32_t kind = draw(t, 6);

    if (kind == 0) {
        return (struct policy_build_subject){.kind = POLICY_SUBJECT_ANY};
    }
    if (kind == 1) {
        return (struct policy_build_subject){.kind = POLICY_SUBJECT_ANONYMOUS};
    }
    if (kind <= 3 && t->team_count > 0) {
        return (struct policy_build_subject){
            .kind = POLICY_SUBJECT_TEAM, .team = draw(t, (uint32_t)t->team_count)};
    }
    return (struct policy_build_subject){
        .kind = POLICY_SUBJECT_PRINCIPAL, .name = DRAW(t, people)};
}

static uint32_t draw_operations(struct trial *t)
{
    uint32_t bits = 0;

    if (draw(t, 4) == 0) {
        return POLICY_BITS_ALL;
    }
    for (uint32_t n = 1 + draw(t, 5); n > 0; n--) {
        bits |= POLICY_BIT(3 + draw(t, 13));
    }
    return bits;
}

static struct policy_build_target draw_target(struct trial *t)
{
    struct policy_build_target target = {.resource = DRAW_RESOURCE(t),
        .is_prefix = draw(t, 2) == 0,
        .name = DRAW(t, names),
        .operations = draw_operations(t)};

    if (target.is_prefix && draw(t, 5) == 0) {
        target.name.len = 0;
    }
    return target;
}

static void draw_condition(
    struct trial *t, struct policy_build_condition *c, struct rule_parts *parts)
{
    *c = (struct policy_build_condition){
        .nets = parts->nets, .listeners = parts->listeners, .issuer = view_of("")};
    if (draw(t, 3) != 1) {
        return;
    }
    uint32_t which = draw(t, 256);
    c->net_count = (which & 1) != 0 ? 1 + draw(t, LIST) : 0;
    c->is_outside = draw(t, 3) == 0 && c->net_count > 0;
    for (size_t i = 0; i < c->net_count; i++) {
        (void)policy_net_parse(DRAW(t, nets), &parts->nets[i]);
    }
    c->listener_count = (which & 2) != 0 ? 1 + draw(t, 2) : 0;
    for (size_t i = 0; i < c->listener_count; i++) {
        parts->listeners[i] = DRAW(t, listeners);
    }
    c->methods = (which & 4) != 0 ? 1 + draw(t, (1u << POLICY_METHODS) - 1) : 0;
    c->tls_min = (which & 24) == 8 ? (uint16_t)(0x0303 + draw(t, 2)) : 0;
    c->age_ms = (which & 96) == 32 ? 1 + draw(t, 100) : 0;
    c->issuer = (which & 24) == 16 ? DRAW(t, issuers) : view_of("");
    c->after_ms = (which & 96) == 64 ? draw(t, 200) : 0;
    c->until_ms = (which & 128) != 0 ? draw(t, 250) : 0;
}

static void draw_rule(struct trial *t, size_t i)
{
    static const enum policy_effect effects[16] = {[5] = POLICY_DENY,
        POLICY_DENY,
        POLICY_DENY,
        POLICY_DENY,
        POLICY_DENY,
        POLICY_DENY,
        POLICY_DENY,
        POLICY_DENY,
        POLICY_DELEGATE,
        POLICY_DELEGATE,
        POLICY_NEVER};
    struct rule_parts *parts = &t->parts[i];
    struct policy_build_rule *rule = &t->rules[i];

    (void)snprintf(parts->id, sizeof(parts->id), "rule-%zu", i);
    *rule = (struct policy_build_rule){.effect = effects[draw(t, 16)],
        .line = (uint32_t)(i + 1),
        .id = view_of(parts->id),
        .subjects = parts->subjects,
        .subject_count = 1 + draw(t, LIST),
        .targets = parts->targets,
        .target_count = 1 + draw(t, LIST)};
    for (size_t k = 0; k < rule->subject_count; k++) {
        parts->subjects[k] = draw_subject(t);
    }
    for (size_t k = 0; k < rule->target_count; k++) {
        parts->targets[k] = draw_target(t);
    }
    draw_condition(t, &rule->condition, parts);
}

static void draw_policy(struct trial *t)
{
    t->team_count = draw(t, TEAMS + 1);
    for (size_t i = 0; i < t->team_count; i++) {
        t->teams[i] = (struct reference_team){.members = t->members[i],
            .count = draw(t, LIST + 1),
            .source = DRAW(t, sources),
            .group = DRAW(t, groups)};
        for (size_t k = 0; k < t->teams[i].count; k++) {
            t->members[i][k] = DRAW(t, people);
        }
    }
    t->reference = (struct reference){.rules = t->rules,
        .rule_count = draw(t, 4) == 1 ? draw(t, RULES + 1) : RULES - draw(t, 4),
        .teams = t->teams,
        .exclusives = (const uint32_t(*)[2])t->exclusives,
        .flags = draw(t, 4)};
    for (size_t i = 0; i < PAIRS && t->team_count > 1 && draw(t, 4) == 0; i++) {
        t->exclusives[i][0] = draw(t, (uint32_t)t->team_count);
        t->exclusives[i][1] =
            (t->exclusives[i][0] + 1 + draw(t, (uint32_t)t->team_count - 1)) %
            (uint32_t)t->team_count;
        t->reference.exclusive_count++;
    }
    for (size_t i = 0; i < t->reference.rule_count; i++) {
        draw_rule(t, i);
    }
}

static bool build(struct trial *t)
{
    struct policy_build *b = policy_build_new();
    const char *too_many = NULL;
    struct buf blob;

    if (b == NULL) {
        return false;
    }
    buf_init(&blob, (size_t)1 << 20);
    (void)policy_build_file(b, "trial.policy");
    for (size_t i = 0; i < t->team_count; i++) {
        (void)policy_build_team(b, view_of("team"), t->teams[i].members,
            t->teams[i].count, t->teams[i].source, t->teams[i].group);
    }
    for (size_t i = 0; i < t->reference.exclusive_count; i++) {
        policy_build_exclusive(b, t->exclusives[i][0], t->exclusives[i][1]);
    }
    for (size_t i = 0; i < t->reference.rule_count; i++) {
        policy_build_rule(b, &t->rules[i]);
    }
    policy_build_header(b, view_of("cluster"), 1, 0);
    bool ok = policy_build_finish(b, &blob, &too_many) == OK &&
              policy_load(blob.bytes, blob.length, t->reference.flags, &t->policy) == OK;
    policy_build_free(&b);
    buf_fini(&blob);
    return ok;
}

/* --- questions ------------------------------------------------------------------------------ */

static struct policy_context draw_context(struct trial *t)
{
    struct policy_net net = {0};

    (void)policy_net_parse(DRAW(t, addresses), &net);
    struct policy_context c = {.listener = DRAW(t, listeners),
        .method = (enum policy_method)draw(t, POLICY_METHODS),
        .tls = draw(t, 3) == 0 ? 0 : (uint16_t)(0x0303 + draw(t, 2)),
        .issuer = DRAW(t, issuers),
        .authenticated_ms = draw(t, 4) == 0 ? 0 : 1 + draw(t, 150),
        .now_ms = 1 + draw(t, 250),
        .clock_is_sure = draw(t, 4) != 0};
    memcpy(c.address, net.address, sizeof(c.address));
    return c;
}

/* As Apache Kafka's authorizeByResourceType: `rule` as a rule for every name. */
static bool applies(const struct trial *t, const struct policy_build_rule *rule,
    const struct reference_question *q)
{
    const struct policy_build_target every = {
        q->resource, true, view_of(""), POLICY_BIT(q->operation)};
    struct policy_build_rule alone = *rule;
    struct reference_answer answer;
    struct reference r = {.rules = &alone, .rule_count = 1, .teams = t->teams};

    alone.targets = &every;
    alone.target_count = 1;
    reference_decide(&r, q, &answer);
    return answer.first[rule->effect] == 0;
}

static bool is_void(const struct trial *t, const struct policy_build_target *given,
    const struct reference_question *q, const bool *applying)
{
    for (size_t i = 0; i < t->reference.rule_count; i++) {
        const struct policy_build_rule *rule = &t->rules[i];
        bool takes = rule->effect == POLICY_DENY ||
                     (rule->effect == POLICY_NEVER && !q->who->is_super);
        for (size_t k = 0; takes && k < rule->target_count; k++) {
            const struct policy_build_target *taken = &rule->targets[k];
            bool covers =
                q->resource == POLICY_CLUSTER ||
                (taken->name.len <= given->name.len &&
                    memcmp(taken->name.ptr, given->name.ptr, taken->name.len) == 0 &&
                    (taken->is_prefix ||
                        (!given->is_prefix && taken->name.len == given->name.len)));
            if (taken->resource == q->resource && covers &&
                (taken->operations & POLICY_BIT(q->operation)) != 0 && applying[i]) {
                return true;
            }
        }
    }
    return false;
}

static bool allows_any(const struct trial *t, struct reference_question q)
{
    struct reference_answer answer;
    bool applying[RULES] = {false};
    const struct policy_build_target every = {q.resource, true, view_of(""), 0};

    q.name = view_of("hardcode");
    reference_decide(&t->reference, &q, &answer);
    if (answer.allowed || answer.is_excluded) {
        return answer.allowed;
    }
    for (size_t i = 0; i < t->reference.rule_count; i++) {
        applying[i] = applies(t, &t->rules[i], &q);
    }
    if (q.who->is_super) {
        return q.resource != POLICY_CLUSTER && !is_void(t, &every, &q, applying);
    }
    for (size_t i = 0; i < t->reference.rule_count; i++) {
        const struct policy_build_rule *rule = &t->rules[i];
        for (size_t k = 0; rule->effect == POLICY_ALLOW && k < rule->target_count; k++) {
            const struct policy_build_target *given = &rule->targets[k];
            if (given->resource == q.resource &&
                (given->operations & POLICY_BIT(q.operation)) != 0 && applying[i] &&
                !is_void(t, given, &q, applying)) {
                return true;
            }
        }
    }
    return false;
}

static bool differs(
    const char *what, const struct reference_question *q, uint64_t got, uint64_t expected)
{
    if (got == expected) {
        return false;
    }
    (void)fprintf(stderr,
        "%s: %llu, expected %llu: %.*s, operation %u, resource %d, '%.*s'\n", what,
        (unsigned long long)got, (unsigned long long)expected, (int)q->who->principal.len,
        (const char *)q->who->principal.ptr, q->operation, (int)q->resource,
        (int)q->name.len, (const char *)q->name.ptr);
    return true;
}

/* What is not asked for each name: all operations at once, and of some resource. */
static bool compare_lists(
    const struct trial *t, const struct policy_who *who, struct reference_question q)
{
    uint32_t meaningful = policy_meaningful(q.resource);
    uint32_t expected = 0;
    uint32_t got = policy_operations(t->policy, who, q.context, q.resource, q.name);
    bool any = policy_allows_any(
        t->policy, who, q.context, (enum policy_operation)q.operation, q.resource);

    if (differs("some resource", &q, any ? 1 : 0, allows_any(t, q) ? 1 : 0)) {
        return false;
    }
    for (q.operation = POLICY_READ; q.operation <= POLICY_TWO_PHASE_COMMIT;
         q.operation++) {
        struct reference_answer answer;
        reference_decide(&t->reference, &q, &answer);
        expected |= answer.allowed ? POLICY_BIT(q.operation) : 0;
    }
    return !differs("operations", &q, got, expected & meaningful);
}

static bool compare(const struct trial *t, const struct policy_who *who,
    const struct reference_question *q, struct trial_counts *counts)
{
    const struct policy_query query = {.who = who,
        .context = q->context,
        .operation = (enum policy_operation)q->operation,
        .resource = q->resource,
        .name = q->name};
    struct reference_answer expected;
    uint32_t never = 0;

    reference_decide(&t->reference, q, &expected);
    bool free_of_rules = expected.is_excluded || expected.is_exempt;
    uint32_t denying = free_of_rules ? POLICY_NO_RULE : expected.first[POLICY_DENY];
    uint32_t allowing = free_of_rules ? POLICY_NO_RULE : expected.first[POLICY_ALLOW];
    if (allowing != POLICY_NO_RULE && expected.first[POLICY_NEVER] != POLICY_NO_RULE) {
        allowing = q->who->is_super ? POLICY_NO_RULE : expected.first[POLICY_NEVER];
    }
    bool delegated = !expected.is_excluded &&
                     expected.first[POLICY_DELEGATE] != POLICY_NO_RULE &&
                     expected.first[POLICY_NEVER] == POLICY_NO_RULE;
    struct policy_decision d = policy_decide(t->policy, &query);
    bool admitted = policy_admits(t->policy, &query, &never);

    counts->asked++;
    counts->allowed += expected.allowed ? 1 : 0;
    counts->denied += denying != POLICY_NO_RULE ? 1 : 0;
    counts->by_default += !expected.allowed && denying == POLICY_NO_RULE ? 1 : 0;
    return !differs("allowed", q, d.allowed ? 1 : 0, expected.allowed ? 1 : 0) &&
           !differs("rule", q, d.rule, denying != POLICY_NO_RULE ? denying : allowing) &&
           !differs("line", q, d.line, d.rule == POLICY_NO_RULE ? 0 : d.rule + 1) &&
           !differs("admitted", q, admitted ? 1 : 0, delegated ? 1 : 0) &&
           !differs("never", q, never,
               expected.is_excluded ? POLICY_NO_RULE : expected.first[POLICY_NEVER]);
}

static bool ask(struct trial *t, unsigned number, struct trial_counts *counts)
{
    struct policy_context context = draw_context(t);
    const struct policy_group said[2] = {{DRAW(t, outside_sources), DRAW(t, groups)},
        {DRAW(t, outside_sources), DRAW(t, groups)}};
    const struct policy_identity who = {.principal = DRAW(t, people),
        .is_super = draw(t, 16) == 1,
        .is_anonymous = draw(t, 4) == 1,
        .groups = said,
        .group_count = draw(t, 3)};
    struct reference_question q = {.who = &who,
        .context = &context,
        .operation = POLICY_READ + draw(t, 13),
        .resource = DRAW_RESOURCE(t),
        .name = DRAW(t, names)};
    struct policy_who resolved;

    policy_resolve(t->policy, &who, &resolved);
    return compare(t, &resolved, &q, counts) &&
           (number % 8 != 0 || compare_lists(t, &resolved, q));
}

bool policy_trial_run(
    struct trial_source *source, unsigned questions, struct trial_counts *counts)
{
    static struct trial t; /* too large for the stack */
    bool same = true;

    memset(&t, 0, sizeof(t));
    t.source = source;
    draw_policy(&t);
    if (!build(&t)) {
        (void)fprintf(stderr, "the policy was not built\n");
        return false;
    }
    for (unsigned i = 0; i < questions && same; i++) {
        same = ask(&t, i, counts);
    }
    policy_free(&t.policy);
    return same;
}
