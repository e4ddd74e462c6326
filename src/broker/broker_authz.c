#include "broker_authz.h"

#include "broker_acl.h"
#include "broker_event.h"
#include "broker_proof.h"
#include "broker_review.h"
#include "clock.h"
#include "log.h"
#include "text.h"

#include <string.h>

#define GROUPS_MAX     64
#define CLOCK_ASKED_MS 1000

/* --- who asks, and from where ------------------------------------------------------------ */

static enum policy_method method_of(const struct broker_session *s)
{
    static const struct {
        const char *mechanism;
        enum policy_method method;
    } methods[] = {
        {"", POLICY_METHOD_NONE},
        {BROKER_PROOF_MECHANISM, POLICY_METHOD_MTLS},
        {"GSSAPI", POLICY_METHOD_GSSAPI},
        {"OAUTHBEARER", POLICY_METHOD_OAUTH},
        {"SCRAM-SHA-256", POLICY_METHOD_SCRAM256},
        {"SCRAM-SHA-512", POLICY_METHOD_SCRAM512},
        {"PLAIN", POLICY_METHOD_PLAIN},
        {"PEERCRED", POLICY_METHOD_PEER},
    };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].mechanism, s->mechanism) == 0) {
            return methods[i].method;
        }
    }
    return POLICY_METHOD_OTHER;
}

/* The policies are asked anew who it is. */
static void forget_who(struct broker_session *s)
{
    s->authz.file.generation = 0;
    s->authz.clients.generation = 0;
    s->authz.permissive.generation = 0;
}

void broker_authz_trust(struct broker_session *s, bool is_anonymous)
{
    struct policy_net net = {0};

    (void)policy_net_parse(
        (struct policy_view){(const uint8_t *)s->address, strlen(s->address)}, &net);
    s->authz.is_anonymous = is_anonymous;
    forget_who(s);
    s->authz.context = (struct policy_context){.listener = {NULL, 0}};
    memcpy(s->authz.context.address, net.address, sizeof(net.address));
    s->authz.context.method = is_anonymous ? POLICY_METHOD_NONE : method_of(s);
}

static bool are_groups(struct ipc_view groups)
{
    return groups.len == 0 || groups.ptr[groups.len - 1] == '\0';
}

static bool is_issuer(struct ipc_view issuer)
{
    for (size_t i = 0; i < issuer.len; i++) {
        if (issuer.ptr[i] < 0x20 || issuer.ptr[i] == 0x7f) {
            return false;
        }
    }
    return text_is_utf8(issuer.ptr, issuer.len);
}

static enum err keep(struct buf *out, struct ipc_view bytes, size_t most)
{
    buf_init(out, most);
    buf_add(out, bytes.ptr, bytes.len);
    return buf_error(out);
}

enum err broker_authz_set_facts(
    struct broker_session *s, const struct ipc_auth_result *told)
{
    broker_authz_forget(s);
    if (!are_groups(told->groups) || !is_issuer(told->issuer)) {
        return ERR_INVALID;
    }
    enum err e = keep(&s->authz.groups, told->groups, IPC_GROUPS_MAX);
    if (e == OK) {
        e = keep(&s->authz.issuer, told->issuer, IPC_ISSUER_MAX);
    }
    if (e != OK) {
        broker_authz_forget(s);
    }
    return e;
}

void broker_authz_forget(struct broker_session *s)
{
    buf_fini(&s->authz.groups);
    buf_fini(&s->authz.issuer);
    forget_who(s);
}

/* What the language calls the source of a group: its authority has no say in that. */
static struct policy_view source_of(const struct broker_session *s)
{
    static const char claim[] = "claim";
    static const char ldap[] = "ldap";

    return s->authz.context.method == POLICY_METHOD_OAUTH
               ? (struct policy_view){(const uint8_t *)claim, strlen(claim)}
               : (struct policy_view){(const uint8_t *)ldap, strlen(ldap)};
}

/* At most GROUPS_MAX are there: auth lets no more through. One more is kept to be seen. */
static size_t groups_of(
    const struct broker_session *s, struct policy_group out[GROUPS_MAX + 1])
{
    const struct buf *names = &s->authz.groups;
    size_t count = 0;

    for (size_t at = 0; at < names->length && count <= GROUPS_MAX; count++) {
        const size_t length = strlen((const char *)names->bytes + at);
        out[count] = (struct policy_group){
            .source = source_of(s), .name = {names->bytes + at, length}};
        at += length + 1;
    }
    return count;
}

/* Asked of the kernel once a second, and only where some rule wants to know. */
static bool clock_is_sure(struct broker *b)
{
    int64_t now_ms = clock_mono_ms();

    if (b->authz.clock_until_ms <= now_ms) {
        b->authz.clock_until_ms = now_ms + CLOCK_ASKED_MS;
        b->authz.clock_is_sure = clock_is_synchronized();
    }
    return b->authz.clock_is_sure;
}

/* As the clock is now: when it is set, nobody grows younger or older. */
static int64_t logged_in_ms(const struct broker_session *s, int64_t now_ms)
{
    return s->authenticated_ms == 0
               ? 0
               : now_ms - (clock_mono_ms() - s->authenticated_mono_ms);
}

static const struct policy_context *context_of(struct broker_session *s)
{
    struct broker *b = s->broker;
    struct policy_context *context = &s->authz.context;
    const char *listener = broker_session_listener(s)->name;

    context->tls = broker_proof_tls(s);
    context->tls_is_least = true;
    context->listener = (struct policy_view){(const uint8_t *)listener, strlen(listener)};
    context->issuer = (struct policy_view){s->authz.issuer.bytes, s->authz.issuer.length};
    if (b->authz.has_ages || b->permissive.policy != NULL) {
        context->now_ms = clock_wall_ms();
        context->authenticated_ms = logged_in_ms(s, context->now_ms);
        context->clock_is_sure = clock_is_sure(b);
    }
    return context;
}

static const struct policy_who *who_of(struct broker_session *s, const struct policy *p,
    uint64_t generation, struct broker_session_known *known)
{
    if (known->generation != generation + 1) {
        struct policy_group groups[GROUPS_MAX + 1];
        const struct policy_identity identity = {
            .principal = {(const uint8_t *)s->principal, strlen(s->principal)},
            .is_super = s->is_super,
            .is_anonymous = s->authz.is_anonymous,
            .groups = groups,
            .group_count = groups_of(s, groups)};
        policy_resolve(p, &identity, &known->who);
        /* A rule that denies may be about one that was left out. */
        known->who.is_excluded |= identity.group_count > GROUPS_MAX;
        known->generation = generation + 1;
    }
    return &known->who;
}

static const struct policy_who *who_in_file(struct broker_session *s)
{
    const struct broker *b = s->broker;

    return who_of(s, b->policy, b->authz.generation, &s->authz.file);
}

static const struct policy_who *who_for_clients(struct broker_session *s)
{
    const struct broker *b = s->broker;

    return who_of(s, b->acls.policy, b->authz.clients_generation, &s->authz.clients);
}

/* --- the policies ---------------------------------------------------------------------- */

void broker_authz_set_policy(struct broker *b, struct policy *fresh)
{
    policy_free(&b->policy);
    b->policy = fresh;
    b->authz.generation++;
    b->authz.has_ages = policy_has_ages(fresh);
    broker_review_set_times(b);
}

void broker_authz_set_clients_policy(struct broker *b, struct policy *fresh)
{
    policy_free(&b->acls.policy);
    b->acls.policy = fresh;
    b->authz.clients_generation++;
}

uint32_t broker_authz_flags(const struct broker *b)
{
    return (b->config.policy_compat ? (uint32_t)POLICY_COMPAT : 0) |
           (b->config.policy_allow_everyone ? (uint32_t)POLICY_ALLOW_EVERYONE : 0);
}

/* --- questions --------------------------------------------------------------------------- */

/* Nobody is anybody yet, or there is nothing to go by yet. */
static bool is_too_early(const struct broker_session *s)
{
    const struct broker *b = s->broker;

    return !broker_session_is_trusted(s) || b->policy == NULL ||
           (broker_acl_counts(b) && b->acls.policy == NULL);
}

/* A policy that came from files, and who asks it. */
struct side {
    const struct policy *policy;
    const struct policy_who *who;
};

static struct side in_file(struct broker_session *s)
{
    return (struct side){s->broker->policy, who_in_file(s)};
}

static struct side in_permissive(struct broker_session *s)
{
    const struct broker_permissive *p = &s->broker->permissive;

    return (struct side){
        p->policy, who_of(s, p->policy, p->generation, &s->authz.permissive)};
}

static struct policy_decision ask_side(
    const struct side *side, const struct policy_query *asked)
{
    struct policy_query q = *asked;

    q.who = side->who;
    return policy_decide(side->policy, &q);
}

static struct policy_decision ask_clients(
    struct broker_session *s, const struct policy_query *asked)
{
    struct policy_query q = *asked;

    q.who = who_for_clients(s);
    return policy_decide(s->broker->acls.policy, &q);
}

static bool is_denied_by_rule(const struct policy_decision *d)
{
    return !d->allowed && d->rule != POLICY_NO_RULE;
}

/* By POLICY_ALLOW_EVERYONE: no rule of that policy is about the resource. */
static bool is_for_everyone(const struct policy_decision *d)
{
    return d->allowed && d->rule == POLICY_NO_RULE && strcmp(d->id, "everyone") == 0;
}

/* A client's rule allows it: whether the file lets that be. */
static struct policy_decision admit(const struct side *side,
    const struct policy_query *asked, const struct policy_decision *by_file,
    const struct policy_decision *by_clients)
{
    struct policy_query q = *asked;
    uint32_t never = POLICY_NO_RULE;

    q.who = side->who;
    if (policy_admits(side->policy, &q, &never)) {
        return *by_clients;
    }
    return never == POLICY_NO_RULE ? *by_file : policy_describe(side->policy, never);
}

static struct policy_decision ask_both(
    struct broker_session *s, const struct side *side, const struct policy_query *q)
{
    struct policy_decision by_file = ask_side(side, q);

    if (is_denied_by_rule(&by_file) || side->who->is_excluded) {
        return by_file;
    }
    struct policy_decision by_clients = ask_clients(s, q);
    if (is_denied_by_rule(&by_clients)) {
        return by_clients;
    }
    if (is_for_everyone(&by_file) && !is_for_everyone(&by_clients)) {
        by_file = policy_describe(side->policy, POLICY_NO_RULE); /* a client has a rule */
    }
    return by_file.allowed || by_clients.rule == POLICY_NO_RULE
               ? by_file
               : admit(side, q, &by_file, &by_clients);
}

static struct policy_decision ask(struct broker_session *s, const struct policy_query *q)
{
    const struct broker *b = s->broker;

    if (broker_acl_counts(b) && broker_acl_counts_alone(b)) {
        return ask_clients(s, q);
    }
    const struct side side = in_file(s);
    return broker_acl_counts(b) ? ask_both(s, &side, q) : ask_side(&side, q);
}

/* The policy in force, or the permissive one. */
typedef struct policy_decision (*asker)(
    struct broker_session *s, const struct policy_query *q);

/* With policy.mode=api it stands for the files that would take the place of the rules. */
static struct policy_decision ask_permissive(
    struct broker_session *s, const struct policy_query *q)
{
    const struct broker *b = s->broker;
    const bool is_mixed = broker_acl_counts(b) && !broker_acl_counts_alone(b);
    const struct side side = in_permissive(s);

    return is_mixed ? ask_both(s, &side, q) : ask_side(&side, q);
}

struct question {
    struct policy_query query;
    enum policy_operation on_cluster; /* a right there is enough; 0: it is not */
    bool is_first;                    /* a refusal is not the last word */
    bool is_listed;                   /* a refusal is left out of a list without a word */
};

static struct policy_view cluster_name(void)
{
    return (struct policy_view){
        (const uint8_t *)POLICY_CLUSTER_NAME, strlen(POLICY_CLUSTER_NAME)};
}

static struct policy_decision ask_either(
    struct broker_session *s, const struct question *q, asker whom)
{
    if (q->on_cluster != 0) {
        struct policy_query cluster = q->query;
        cluster.operation = q->on_cluster;
        cluster.resource = POLICY_CLUSTER;
        cluster.name = cluster_name();
        const struct policy_decision d = whom(s, &cluster);
        if (d.allowed) {
            return d;
        }
    }
    return whom(s, &q->query);
}

/* The answer is what was decided, whatever the permissive policy says. */
static void compare(struct broker_session *s, const struct question *q,
    const struct policy_decision *decided)
{
    if (s->broker->permissive.policy == NULL || q->is_first) {
        return;
    }
    const struct policy_decision would = ask_either(s, q, ask_permissive);
    if (would.allowed != decided->allowed) {
        const struct broker_permissive_difference difference = {.asked = &q->query,
            .decided = decided,
            .would = &would,
            .is_listed = q->is_listed};
        broker_permissive_add(s, &difference);
    }
}

void broker_authz_compare(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name)
{
    if (is_too_early(s)) {
        return;
    }
    const struct question q = {.query = {.context = context_of(s),
                                   .operation = operation,
                                   .resource = resource,
                                   .name = {.ptr = name.ptr, .len = name.len}}};
    const struct policy_decision d = ask(s, &q.query);
    compare(s, &q, &d);
}

static bool decide(struct broker_session *s, struct question q, struct wire_view name)
{
    if (is_too_early(s)) {
        return false;
    }
    q.query.context = context_of(s);
    q.query.name = (struct policy_view){.ptr = name.ptr, .len = name.len};
    const struct policy_decision d = ask_either(s, &q, ask);
    compare(s, &q, &d);
    if (!d.allowed && !q.is_first && !q.is_listed) {
        broker_event_denied(s, policy_operation_name(q.query.operation),
            policy_resource_name(q.query.resource), name, d.id);
    }
    return d.allowed;
}

bool broker_may(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name)
{
    const struct question q = {.query = {.operation = operation, .resource = resource}};

    return decide(s, q, name);
}

bool broker_may_quietly(struct broker_session *s, enum policy_operation operation,
    enum policy_resource resource, struct wire_view name)
{
    const struct question q = {
        .query = {.operation = operation, .resource = resource}, .is_first = true};

    return decide(s, q, name);
}

bool broker_may_list(struct broker_session *s, enum policy_operation on_cluster,
    enum policy_resource resource, struct wire_view name)
{
    const struct question q = {
        .query = {.operation = POLICY_DESCRIBE, .resource = resource},
        .on_cluster = on_cluster,
        .is_listed = true};

    return decide(s, q, name);
}

bool broker_may_topic_or_cluster(struct broker_session *s,
    enum policy_operation on_cluster, enum policy_operation operation,
    struct wire_view name)
{
    const struct question q = {
        .query = {.operation = operation, .resource = POLICY_TOPIC},
        .on_cluster = on_cluster};

    return decide(s, q, name);
}

bool broker_may_cluster(
    struct broker_session *s, enum policy_operation operation, bool quietly)
{
    const struct policy_view name = cluster_name();
    const struct question q = {
        .query = {.operation = operation, .resource = POLICY_CLUSTER},
        .is_first = quietly};

    return decide(s, q, (struct wire_view){.ptr = name.ptr, .len = name.len});
}

/* A right to write something, wherever: what is written is asked about by its topic. */
static bool may_write_anything(struct broker_session *s)
{
    const struct broker *b = s->broker;

    if (is_too_early(s)) {
        return false;
    }
    if (broker_acl_counts_alone(b)) {
        return policy_allows_any(b->acls.policy, who_for_clients(s), context_of(s),
            POLICY_WRITE, POLICY_TOPIC);
    }
    if (policy_allows_any(
            b->policy, who_in_file(s), context_of(s), POLICY_WRITE, POLICY_TOPIC)) {
        return true;
    }
    const struct policy_above file = {b->policy, who_in_file(s)};
    return broker_acl_counts(b) &&
           policy_allows_any_below(b->acls.policy, who_for_clients(s), &file,
               context_of(s), POLICY_WRITE, POLICY_TOPIC);
}

bool broker_may_write_idempotent(struct broker_session *s)
{
    return broker_may_cluster(s, POLICY_IDEMPOTENT_WRITE, true) ||
           may_write_anything(s) || broker_may_cluster(s, POLICY_IDEMPOTENT_WRITE, false);
}

/* One by one. */
static uint32_t operations_of_both(
    struct broker_session *s, enum policy_resource resource, struct policy_view name)
{
    const struct broker *b = s->broker;
    struct policy_query q = {
        .context = context_of(s), .resource = resource, .name = name};
    const struct side side = in_file(s);
    uint32_t allowed = 0;

    /* What neither allows, nobody does. */
    uint32_t left =
        policy_operations(b->policy, who_in_file(s), q.context, resource, name) |
        policy_operations(b->acls.policy, who_for_clients(s), q.context, resource, name);
    for (; left != 0; left &= left - 1) {
        q.operation = (enum policy_operation)__builtin_ctz(left);
        allowed |= ask_both(s, &side, &q).allowed ? POLICY_BIT((unsigned)q.operation) : 0;
    }
    return allowed;
}

int32_t broker_operations(
    struct broker_session *s, enum policy_resource resource, struct wire_view name)
{
    const struct broker *b = s->broker;
    struct policy_view view = {.ptr = name.ptr, .len = name.len};

    if (is_too_early(s)) {
        return 0;
    }
    if (!broker_acl_counts(b)) {
        return (int32_t)policy_operations(
            b->policy, who_in_file(s), context_of(s), resource, view);
    }
    return (int32_t)(broker_acl_counts_alone(b)
                         ? policy_operations(b->acls.policy, who_for_clients(s),
                               context_of(s), resource, view)
                         : operations_of_both(s, resource, view));
}

bool broker_is_super(const struct broker *b, const char *principal)
{
    size_t length = strlen(principal);
    const char *at = b->config.super_users;

    while (at != NULL && *at != '\0' && length > 0) {
        size_t n = strcspn(at, ";");
        if (n == length && memcmp(at, principal, n) == 0) {
            return true;
        }
        at += n + (at[n] == ';' ? 1 : 0);
    }
    return false;
}
