#include "policy_check.h"
#include "policy_text.h"

#include <stdio.h>

static bool is_inside(const struct policy_model *m, const struct policy_model_file *file,
    const struct policy_model_target *target)
{
    for (uint32_t i = 0; i < file->scope.count; i++) {
        if (policy_overlap_covers(&m->targets[file->scope.first + i], target)) {
            return true;
        }
    }
    return false;
}

/* The file, or the nearest that includes it, whose scope the target is not in. */
static const struct policy_model_file *forbidding(
    const struct policy_model *m, uint32_t file, const struct policy_model_target *target)
{
    for (;; file = m->files[file].parent) {
        const struct policy_model_file *f = &m->files[file];
        if (f->has_scope && !is_inside(m, f, target)) {
            return f;
        }
        if (f->parent == file) {
            return NULL;
        }
    }
}

static bool has_scope(const struct policy_model *m, uint32_t file)
{
    for (; !m->files[file].has_scope; file = m->files[file].parent) {
        if (m->files[file].parent == file) {
            return false;
        }
    }
    return true;
}

static void put_help(const struct policy_model *m, const struct policy_model_file *file,
    char *out, size_t size)
{
    char scope[256];

    policy_text_targets(m, file->scope, scope, sizeof(scope));
    (void)snprintf(out, size,
        "it was included with scope %s; ask an owner of the parent file", scope);
}

/* False: the first target that the file may not decide about is reported. */
static bool check_targets(const struct policy_model *m, struct report *report,
    uint32_t file, struct policy_range targets, const struct report_place *place)
{
    for (uint32_t i = 0; i < targets.count; i++) {
        const struct policy_model_target *t = &m->targets[targets.first + i];
        const struct policy_model_file *by = forbidding(m, file, t);
        if (by != NULL) {
            char what[POLICY_SHOWN_MAX];
            char help[400];
            policy_text_target(t, what, sizeof(what));
            put_help(m, by, help, sizeof(help));
            report_error(report, place != NULL ? place : &t->place, "POL050", help,
                "this file may not decide about %s", what);
            return false;
        }
    }
    return true;
}

/* A role from another file gives rights here: it is the grant that goes too far. */
static void check_roles(const struct policy_model *m, struct report *report,
    const struct policy_model_rule *r)
{
    for (uint32_t i = 0; i < r->roles.count; i++) {
        const struct policy_model_role_ref *ref = &m->role_refs[r->roles.first + i];
        if (ref->role == POLICY_UNRESOLVED) {
            continue; /* reported */
        }
        const struct policy_model_role *role = &m->roles[ref->role];
        if (role->file != r->file &&
            !check_targets(m, report, r->file, role->targets, &ref->name.place)) {
            return;
        }
    }
}

static void check_exclusives(const struct policy_model *m, struct report *report)
{
    for (size_t i = 0; i < m->exclusives_count; i++) {
        const struct policy_model_exclusive *x = &m->exclusives[i];
        if (has_scope(m, x->file)) {
            report_error(report, &x->place, "POL051",
                "who is in two such teams loses all rights: ask an owner of the parent "
                "file",
                "a file that was included with a scope may not make teams exclusive");
        }
    }
}

/* A test elsewhere would keep the owners of those names from changing them. */
static void check_test(const struct policy_model *m, struct report *report,
    const struct policy_model_test *t)
{
    for (uint32_t i = 0; i < t->cases.count; i++) {
        const struct policy_model_case *c = &m->cases[t->cases.first + i];
        (void)check_targets(m, report, t->file, c->targets, NULL);
    }
}

void policy_check_scopes(const struct policy_model *m, struct report *report)
{
    for (size_t i = 0; i < m->roles_count; i++) {
        (void)check_targets(m, report, m->roles[i].file, m->roles[i].targets, NULL);
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        const struct policy_model_rule *r = &m->rules[i];
        if (check_targets(m, report, r->file, r->targets, NULL)) {
            check_roles(m, report, r);
        }
    }
    for (size_t i = 0; i < m->tests_count; i++) {
        check_test(m, report, &m->tests[i]);
    }
    check_exclusives(m, report);
}
