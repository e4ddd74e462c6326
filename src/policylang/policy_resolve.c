#include "policy_resolve.h"

#include "policy_registry.h"
#include "policy_value.h"
#include "policy_words.h"
#include "text.h"

#include <stdio.h>

/* A comparison takes about a microsecond. */
#define OFFERS_MAX 200000
#define HELP_MAX   400

struct resolver {
    struct policy_model *model;
    struct report *report;
    struct policy_registry teams;
    struct policy_registry nets;
    struct policy_registry auths;
    struct policy_registry roles;
    struct policy_registry labels;
    size_t offers_left;
};

/* --- definitions --- */

static enum err define_lists(struct resolver *r)
{
    const struct policy_model *m = r->model;
    enum err e = OK;

    for (size_t i = 0; e == OK && i < m->teams_count; i++) {
        e = policy_registry_add(&r->teams, r->report, &m->teams[i].name);
    }
    for (size_t i = 0; e == OK && i < m->nets_count; i++) {
        e = policy_registry_add(&r->nets, r->report, &m->nets[i].name);
    }
    for (size_t i = 0; e == OK && i < m->auths_count; i++) {
        e = policy_registry_add(&r->auths, r->report, &m->auths[i].name);
    }
    for (size_t i = 0; e == OK && i < m->roles_count; i++) {
        e = policy_registry_add(&r->roles, r->report, &m->roles[i].name);
    }
    return e;
}

static enum err define_labels(struct resolver *r)
{
    const struct policy_model *m = r->model;
    enum err e = OK;

    for (size_t i = 0; e == OK && i < m->rules_count; i++) {
        if (m->rules[i].label.len > 0) {
            const struct policy_model_name label = {m->rules[i].place, m->rules[i].label};
            e = policy_registry_add(&r->labels, r->report, &label);
        }
    }
    return e;
}

/* --- uses --- */

struct use {
    const char *what;
    const char *prefix; /* in the text that uses it */
    const char *code;
    const char *keyword; /* that defines it */
    const char *body;
    uint32_t (*file_of)(const struct policy_model *m, uint32_t number); /* or NULL */
};

static uint32_t file_of_team(const struct policy_model *m, uint32_t number)
{
    return m->teams[number].file;
}

static uint32_t file_of_net(const struct policy_model *m, uint32_t number)
{
    return m->nets[number].file;
}

static uint32_t file_of_auth(const struct policy_model *m, uint32_t number)
{
    return m->auths[number].file;
}

/* A role says nothing beyond the scope of its file: whoever likes may grant it. */
static const struct use use_team = {
    "team", "@", "POL032", "team", "= { ... }", file_of_team};
static const struct use use_net = {
    "network", "@", "POL031", "net", "= { ... }", file_of_net};
static const struct use use_auth = {"auth", "", "", "auth", "", file_of_auth};
static const struct use use_role = {"role", "", "POL033", "role", "{", NULL};

/* Returns false: the name leads nowhere. */
static bool fail_use(struct resolver *r, const struct use *use,
    const struct policy_registry *names, const struct policy_model_name *name)
{
    char word[64];
    char define[128];
    char help[HELP_MAX];

    (void)text_escape(word, sizeof(word), name->text.ptr, name->text.len);
    (void)snprintf(define, sizeof(define), "define it with: %s %s %s", use->keyword, word,
        use->body);
    policy_registry_help(names, name->text, use->prefix, define, help, sizeof(help));
    report_error(r->report, &name->place, use->code, help, "%s '%s%s' is not defined",
        use->what, use->prefix, word);
    return false;
}

/* The file, or the nearest one that includes it, that has a scope; POLICY_UNRESOLVED:
 * none. */
static uint32_t scoped_file(const struct policy_model *m, uint32_t file)
{
    while (!m->files[file].has_scope) {
        if (file == 0) {
            return POLICY_UNRESOLVED;
        }
        file = m->files[file].parent;
    }
    return file;
}

/*
 * What a file with a scope defines counts there and below: else it could slip members,
 * networks or methods into rules about names that are none of its business.
 */
static bool check_reach(struct resolver *r, const struct use *use,
    const struct policy_model_name *name, uint32_t number, uint32_t used_in)
{
    const struct policy_model *m = r->model;
    uint32_t scoped = scoped_file(m, use->file_of(m, number));
    char word[64];

    if (scoped == POLICY_UNRESOLVED) {
        return true;
    }
    while (used_in != scoped && used_in != 0) {
        used_in = m->files[used_in].parent;
    }
    if (used_in == scoped) {
        return true;
    }
    (void)text_escape(word, sizeof(word), name->text.ptr, name->text.len);
    report_error(r->report, &name->place, "POL052",
        "define it in a file without a scope; what this one defines counts there and "
        "below",
        "%s '%s%s' is defined below the scope of %.200s", use->what, use->prefix, word,
        m->files[scoped].name);
    return false;
}

static bool find(struct resolver *r, const struct use *use,
    const struct policy_registry *names, const struct policy_model_name *name,
    uint32_t used_in, uint32_t *out)
{
    *out = policy_registry_find(names, name->text);
    if (*out == POLICY_UNRESOLVED) {
        return fail_use(r, use, names, name);
    }
    return use->file_of == NULL || check_reach(r, use, name, *out, used_in);
}

static bool resolve_subjects(struct resolver *r, struct policy_range range, uint32_t file)
{
    for (uint32_t i = 0; i < range.count; i++) {
        struct policy_model_subject *s = &r->model->subjects[range.first + i];
        if (s->kind == POLICY_SUBJECT_TEAM &&
            !find(r, &use_team, &r->teams, &s->name, file, &s->team)) {
            return false;
        }
    }
    return true;
}

static bool resolve_roles(struct resolver *r, struct policy_range range, uint32_t file)
{
    for (uint32_t i = 0; i < range.count; i++) {
        struct policy_model_role_ref *ref = &r->model->role_refs[range.first + i];
        if (!find(r, &use_role, &r->roles, &ref->name, file, &ref->role)) {
            return false;
        }
    }
    return true;
}

static bool resolve_nets(struct resolver *r, struct policy_range range, uint32_t file)
{
    for (uint32_t i = 0; i < range.count; i++) {
        struct policy_model_net *item = &r->model->net_items[range.first + i];
        if (item->is_list &&
            !find(r, &use_net, &r->nets, &item->name, file, &item->list)) {
            return false;
        }
    }
    return true;
}

/* --- methods --- */

#define METHODS_ALL (POLICY_BIT(POLICY_METHODS) - 1)

static bool fail_condition(struct resolver *r, const struct policy_model_name *name)
{
    static const char conditions[] = "conditions: mtls gssapi oauth scram256 scram512 "
                                     "plain token peer tls age issuer, "
                                     "and the name of an auth";
    char word[64];
    char help[HELP_MAX];

    (void)text_escape(word, sizeof(word), name->text.ptr, name->text.len);
    policy_registry_help(&r->auths, name->text, "", conditions, help, sizeof(help));
    report_error(r->report, &name->place, "POL042", help, "unknown condition '%s'", word);
    return false;
}

/* A list whose definition is wrong has none: that has been said already. */
static bool methods_of(struct resolver *r, const struct policy_model_name *name,
    uint32_t used_in, uint32_t *out)
{
    enum policy_method method = POLICY_METHOD_NONE;

    if (policy_value_method(name->text, &method)) {
        *out = POLICY_BIT(method);
        return true;
    }
    uint32_t auth = policy_registry_find(&r->auths, name->text);
    if (auth == POLICY_UNRESOLVED) {
        return fail_condition(r, name);
    }
    uint32_t methods = r->model->auths[auth].methods;
    *out = methods != 0 ? methods : METHODS_ALL;
    return check_reach(r, &use_auth, name, auth, used_in);
}

static bool resolve_methods(
    struct resolver *r, struct policy_model_condition *condition, uint32_t file)
{
    struct policy_range range = condition->methods_written;
    uint32_t methods = METHODS_ALL;

    for (uint32_t i = 0; i < range.count; i++) {
        const struct policy_model_name *name = &r->model->names[range.first + i];
        uint32_t more = 0;
        if (!methods_of(r, name, file, &more)) {
            return false;
        }
        methods &= more;
        if (methods == 0) {
            report_error(r->report, &name->place, "POL049",
                "for one of several methods define: auth NAME = { ... }",
                "no session has all of these methods");
            return false;
        }
    }
    condition->methods = range.count > 0 ? methods : 0;
    return true;
}

/* --- all --- */

/* At most one error of each statement. */
static void resolve_rule(struct resolver *r, struct policy_model_rule *rule)
{
    (void)(resolve_roles(r, rule->roles, rule->file) &&
           resolve_subjects(r, rule->subjects, rule->file) &&
           resolve_nets(r, rule->condition.nets, rule->file) &&
           resolve_methods(r, &rule->condition, rule->file));
}

static void resolve_exclusive(struct resolver *r, const struct policy_model_exclusive *x)
{
    for (uint32_t i = 0; i < x->teams.count; i++) {
        struct policy_model_team_ref *ref = &r->model->team_refs[x->teams.first + i];
        if (!find(r, &use_team, &r->teams, &ref->name, x->file, &ref->team)) {
            return;
        }
    }
}

static enum err init(struct resolver *r)
{
    const struct policy_model *m = r->model;
    size_t *left = &r->offers_left;
    enum err e = policy_registry_init(&r->teams, "team", m->teams_count, left);

    e = e == OK ? policy_registry_init(&r->nets, "network", m->nets_count, left) : e;
    e = e == OK ? policy_registry_init(&r->auths, "auth", m->auths_count, left) : e;
    e = e == OK ? policy_registry_init(&r->roles, "role", m->roles_count, left) : e;
    e = e == OK ? policy_registry_init(&r->labels, "label", m->rules_count, left) : e;
    e = e == OK ? define_lists(r) : e;
    return e == OK ? define_labels(r) : e;
}

static void fini(struct resolver *r)
{
    policy_registry_fini(&r->teams);
    policy_registry_fini(&r->nets);
    policy_registry_fini(&r->auths);
    policy_registry_fini(&r->roles);
    policy_registry_fini(&r->labels);
}

enum err policy_resolve_names(struct policy_model *m, struct report *report)
{
    struct resolver r = {.model = m, .report = report, .offers_left = OFFERS_MAX};
    enum err e = init(&r);

    for (size_t i = 0; e == OK && i < m->rules_count; i++) {
        resolve_rule(&r, &m->rules[i]);
    }
    for (size_t i = 0; e == OK && i < m->exclusives_count; i++) {
        resolve_exclusive(&r, &m->exclusives[i]);
    }
    fini(&r);
    return e;
}
