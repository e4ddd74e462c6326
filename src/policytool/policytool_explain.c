#include "policytool_explain.h"

#include "mem.h"
#include "policytool_look.h"
#include "policytool_text.h"
#include "text.h"

#include <string.h>

struct explain {
    const struct policytool_set *set;
    const struct policytool_question *q;
    struct policytool_person person;
    struct policy_decision decision;
    const struct policy_model_rule *rule; /* that decided; NULL: none */
    struct buf *out;
    struct buf reason; /* of the near miss at hand */
    size_t near_misses;
};

/* --- the decision --- */

static void add_typed(struct buf *b, struct policy_view name)
{
    buf_add_text(b, "User:");
    buf_add(b, name.ptr, name.len);
}

static void ask(struct explain *x, struct policy_view principal, struct policy_view name)
{
    const struct policytool_question *q = x->q;
    const struct policy_identity identity = {.principal = principal,
        .is_anonymous = q->is_anonymous,
        .groups = q->groups,
        .group_count = q->group_count};
    struct policy_who who;

    policy_resolve(x->set->policy, &identity, &who);
    const struct policy_query query = {.who = &who,
        .context = &q->context,
        .operation = q->operation,
        .resource = q->resource,
        .name = name};
    x->decision = policy_decide(x->set->policy, &query);
}

static enum err decide(struct explain *x)
{
    const struct policytool_question *q = x->q;
    struct buf principal;
    struct buf user;

    buf_init(&principal, 65536);
    buf_init(&user, 65536);
    add_typed(&principal, q->principal);
    add_typed(&user, q->name);
    enum err e = buf_error(&principal);
    e = e == OK ? buf_error(&user) : e;
    if (e == OK) {
        ask(x, (struct policy_view){principal.bytes, principal.length},
            q->resource == POLICY_USER ? (struct policy_view){user.bytes, user.length}
                                       : q->name);
    }
    buf_fini(&principal);
    buf_fini(&user);
    return e;
}

/* The statement that a decision names by file, line and id. */
static void find_rule(struct explain *x)
{
    const struct policy_model *m = &x->set->model;

    for (size_t i = 0; i < m->rules_count && x->decision.rule != POLICY_NO_RULE; i++) {
        const struct policy_model_rule *r = &m->rules[i];
        if (r->place.line == x->decision.line && strcmp(r->id, x->decision.id) == 0 &&
            strcmp(r->place.file, x->decision.file) == 0) {
            x->rule = r;
            return;
        }
    }
}

/* --- near misses --- */

/* The operations that the rule gives the person on that resource; 0: not about it. */
static uint32_t given(
    const struct explain *x, const struct policy_model_rule *r, uint32_t *written_out)
{
    struct policytool_targets targets = policytool_targets_of(&x->set->model, r);
    const struct policy_model_target *t = NULL;
    uint32_t bits = 0;

    *written_out = 0;
    while ((t = policytool_targets_next(&targets)) != NULL) {
        if (policytool_target_has(t, x->q->resource, x->q->name)) {
            *written_out |= t->operations & policy_meaningful(t->resource);
            bits |= policytool_effective(r, t);
        }
    }
    return bits;
}

/* Whether it is one; the reason why it did not match is then in x->reason. */
static bool is_near(struct explain *x, const struct policy_model_rule *r)
{
    uint32_t written = 0;

    buf_reset(&x->reason);
    if (!policytool_is_allow(r) || policytool_person_in(&x->person, r) == NULL) {
        return false;
    }
    const uint32_t bits = given(x, r, &written);
    if (bits == 0) {
        return false;
    }
    if ((bits & POLICY_BIT(x->q->operation)) == 0) {
        buf_add_text(&x->reason, "grants ");
        policytool_add_operations(&x->reason, written, x->q->resource);
        buf_add_format(&x->reason, ", not %s", policy_operation_name(x->q->operation));
        return true;
    }
    return !policytool_condition_holds(
        &x->set->model, &r->condition, &x->q->context, &x->reason);
}

/* --- as text --- */

/* "10.20.4.7"; what stands for none if none was named. */
static void add_address(struct buf *b, const char *before, const struct policy_context *c,
    const char *after, const char *none)
{
    struct policy_net net = {.bits = 128};
    char text[POLICY_NET_TEXT_MAX];

    if (!policytool_has_address(c)) {
        buf_add_text(b, none);
        return;
    }
    memcpy(net.address, c->address, sizeof(net.address));
    policy_net_text(&net, text);
    text[strcspn(text, "/")] = '\0';
    buf_add_format(b, "%s%s%s", before, text, after);
}

static const char *method_text(enum policy_method method)
{
    return method == POLICY_METHOD_NONE ? "no login" : policy_method_name(method);
}

static void write_context(struct explain *x)
{
    const struct policy_context *c = &x->q->context;

    add_address(x->out, "  (from ", c, "", "  (no address");
    if (c->listener.len > 0) {
        buf_add_text(x->out, ", via ");
        policytool_add_view(x->out, c->listener);
    }
    buf_add_format(x->out, ", %s, ", method_text(c->method));
    buf_add_text(x->out, c->tls == 0 ? "" : "TLS ");
    policytool_add_tls(x->out, c->tls);
    buf_add_text(x->out, c->tls == 0 ? " TLS" : "");
    if (c->authenticated_ms < c->now_ms) {
        buf_add_text(x->out, ", logged in ");
        policytool_add_duration(x->out, c->now_ms - c->authenticated_ms);
        buf_add_text(x->out, " ago");
    }
    if (c->issuer.len > 0) {
        buf_add_text(x->out, ", issuer ");
        policytool_add_name(x->out, c->issuer);
    }
    buf_add_text(x->out, ", at ");
    policytool_add_time(x->out, c->now_ms);
    buf_add_text(x->out, ")\n");
}

static void write_question(struct explain *x)
{
    const struct policytool_question *q = x->q;

    buf_add_text(x->out, x->decision.allowed ? "ALLOWED  User:" : "DENIED  User:");
    policytool_add_view(x->out, q->principal);
    buf_add_format(x->out, " %s %s", policy_operation_name(q->operation),
        policy_resource_name(q->resource));
    if (q->resource != POLICY_CLUSTER) {
        buf_add_text(x->out, " ");
        policytool_add_name(x->out, q->name);
    }
    write_context(x);
}

static void write_teams(struct explain *x)
{
    const struct policy_model *m = &x->set->model;
    const char *between = "";

    buf_add_text(x->out, "  teams      ");
    for (size_t i = 0; i < m->teams_count; i++) {
        if (x->person.teams[i]) {
            buf_add_text(x->out, between);
            buf_add_text(x->out, "@");
            policytool_add_view(x->out, m->teams[i].name.text);
            between = ", ";
        }
    }
    buf_add_text(x->out, between[0] == '\0' ? "none\n" : "\n");
}

/* What a decision without a rule is called. */
static const char *default_text(const struct policy_decision *d)
{
    if (strcmp(d->id, "super-user") == 0) {
        return "super user: no rule denies it";
    }
    if (strcmp(d->id, "excluded") == 0) {
        return "excluded: in teams that exclude each other, or in too many";
    }
    return "default deny: no rule matches";
}

static void write_decision(struct explain *x)
{
    buf_add_text(x->out, "  decided by ");
    if (x->decision.rule == POLICY_NO_RULE) {
        buf_add_text(x->out, default_text(&x->decision));
        buf_add_text(x->out, "\n");
        return;
    }
    text_add_safe(x->out, x->decision.id, strlen(x->decision.id), false);
    buf_add_text(x->out, "  ");
    text_add_safe(x->out, x->decision.file, strlen(x->decision.file), false);
    buf_add_format(x->out, ":%u\n", x->decision.line);
    if (x->rule != NULL) {
        buf_add_text(x->out, "             ");
        policytool_add_view(x->out, x->rule->text);
        buf_add_text(x->out, "\n");
    }
}

static void write_near(struct explain *x, const struct policy_model_rule *r)
{
    buf_add_text(x->out, "  near miss  ");
    text_add_safe(x->out, r->id, strlen(r->id), false);
    buf_add_text(x->out, "  ");
    policytool_add_place(x->out, &r->place);
    buf_add_text(x->out, ": ");
    buf_add(x->out, x->reason.bytes, x->reason.length);
    buf_add_text(x->out, "\n");
}

/* --- as JSON --- */

static void add_member(struct buf *b, const char *key, const void *text, size_t length)
{
    buf_add_format(b, "\"%s\": ", key);
    text_add_json(b, text, length);
}

static void add_text(struct buf *b, const char *key, const char *text)
{
    add_member(b, key, text, strlen(text));
}

static void json_rule(struct buf *b, const char *id, const char *file, uint32_t line)
{
    add_text(b, "id", id);
    buf_add_text(b, ", ");
    add_text(b, "file", file);
    buf_add_format(b, ", \"line\": %u", line);
}

static void json_context(struct explain *x)
{
    const struct policy_context *c = &x->q->context;

    buf_add_text(x->out, ", \"context\": {\"from\": ");
    add_address(x->out, "\"", c, "\"", "null");
    buf_add_text(x->out, ", ");
    add_member(x->out, "via", c->listener.ptr, c->listener.len);
    buf_add_format(
        x->out, ", \"with\": \"%s\", \"tls\": \"", policy_method_name(c->method));
    policytool_add_tls(x->out, c->tls);
    buf_add_text(x->out, "\", \"at\": \"");
    policytool_add_time(x->out, c->now_ms);
    buf_add_format(
        x->out, "\", \"age_ms\": %lld, ", (long long)(c->now_ms - c->authenticated_ms));
    add_member(x->out, "issuer", c->issuer.ptr, c->issuer.len);
    buf_add_text(x->out, "}, \"teams\": [");
}

static void json_begin(struct explain *x)
{
    const struct policy_model *m = &x->set->model;
    const struct policytool_question *q = x->q;
    const char *between = "";

    buf_add_format(x->out, "{\"allowed\": %s, ", x->decision.allowed ? "true" : "false");
    add_member(x->out, "principal", q->principal.ptr, q->principal.len);
    buf_add_format(x->out, ", \"operation\": \"%s\", \"resource\": \"%s\", ",
        policy_operation_name(q->operation), policy_resource_name(q->resource));
    add_member(x->out, "name", q->name.ptr, q->name.len);
    json_context(x);
    for (size_t i = 0; i < m->teams_count; i++) {
        if (x->person.teams[i]) {
            buf_add_text(x->out, between);
            text_add_json(x->out, m->teams[i].name.text.ptr, m->teams[i].name.text.len);
            between = ", ";
        }
    }
    buf_add_text(x->out, "], \"decided_by\": {");
    json_rule(x->out, x->decision.id, x->decision.file, x->decision.line);
    if (x->rule != NULL) {
        buf_add_text(x->out, ", ");
        add_member(x->out, "text", x->rule->text.ptr, x->rule->text.len);
    }
    buf_add_text(x->out, "}, \"near_misses\": [");
}

static void json_near(struct explain *x, const struct policy_model_rule *r)
{
    buf_add_text(x->out, x->near_misses == 0 ? "{" : ", {");
    json_rule(x->out, r->id, r->place.file, r->place.line);
    buf_add_text(x->out, ", ");
    add_member(x->out, "reason", x->reason.bytes, x->reason.length);
    buf_add_text(x->out, "}");
}

/* --- all of it --- */

static void write_misses(struct explain *x, bool as_json)
{
    const struct policy_model *m = &x->set->model;
    const bool is_default = !x->decision.allowed && x->decision.rule == POLICY_NO_RULE;

    for (size_t i = 0; i < m->rules_count && is_default; i++) {
        const struct policy_model_rule *r = &m->rules[i];
        if (!is_near(x, r)) {
            continue;
        }
        if (as_json) {
            json_near(x, r);
        } else if (x->near_misses < POLICYTOOL_NEAR_MAX) {
            write_near(x, r);
        }
        x->near_misses++;
    }
    if (!as_json && x->near_misses > POLICYTOOL_NEAR_MAX) {
        buf_add_format(x->out, "  and %zu more\n", x->near_misses - POLICYTOOL_NEAR_MAX);
    }
}

enum err policytool_explain(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out, bool *allowed_out)
{
    struct explain x = {.set = set, .q = q, .out = out};

    buf_init(&x.reason, 65536);
    enum err e = policytool_person_init(&x.person, &set->model, q);
    if (e == OK) {
        e = decide(&x);
    }
    if (e == OK) {
        find_rule(&x);
        if (as_json) {
            json_begin(&x);
        } else {
            write_question(&x);
            write_teams(&x);
            write_decision(&x);
        }
        write_misses(&x, as_json);
        buf_add_text(out, as_json ? "]}\n" : "");
        e = buf_error(out);
    }
    buf_fini(&x.reason);
    policytool_person_fini(&x.person);
    if (e == OK) {
        *allowed_out = x.decision.allowed;
    }
    return e;
}
