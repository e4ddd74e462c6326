/*
 * One input is several files: a line `%% NAME` begins another one. The first is the main
 * file.
 */
#include "policy_check.h"
#include "policy_compile.h"
#include "policy_lint.h"

#include <stdlib.h>
#include <string.h>

#define FILES_MAX 70

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* --- files --- */

struct files {
    struct policy_source sources[FILES_MAX];
    char names[FILES_MAX][32];
    size_t count;
};

/* A copy of exactly that length: a sanitizer guards its end. */
static void add_file(
    struct files *f, const char *name, const uint8_t *text, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    if (copy == NULL) {
        return;
    }
    memcpy(copy, text, length);
    memcpy(f->names[f->count], name, sizeof(f->names[0]));
    f->sources[f->count] = (struct policy_source){f->names[f->count], copy, length};
    f->count++;
}

static size_t line_length(const uint8_t *at, size_t left)
{
    const uint8_t *end = memchr(at, '\n', left);

    return end != NULL ? (size_t)(end - at) + 1 : left;
}

static void split(struct files *f, const uint8_t *data, size_t size)
{
    char name[32] = "main.policy";
    size_t start = 0;

    for (size_t at = 0; at < size && f->count < FILES_MAX - 1;) {
        size_t length = line_length(data + at, size - at);
        if (length > 4 && memcmp(data + at, "%% ", 3) == 0) {
            add_file(f, name, data + start, at - start);
            size_t take = length - 3 < sizeof(name) ? length - 3 : sizeof(name) - 1;
            memset(name, 0, sizeof(name));
            memcpy(name, data + at + 3, take);
            name[strcspn(name, "\n")] = '\0';
            start = at + length;
        }
        at += length;
    }
    add_file(f, name, data + start, size - start);
}

static void free_files(struct files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free((void *)(uintptr_t)f->sources[i].text);
    }
}

/* --- what every model must be like --- */

static void check_range(struct policy_range range, size_t count)
{
    check(range.first <= count && range.count <= count - range.first);
}

static bool is_inside(const struct files *f, const void *at, size_t length)
{
    const uint8_t *p = at;

    for (size_t i = 0; i < f->count; i++) {
        const struct policy_source *s = &f->sources[i];
        if (p >= s->text && p <= s->text + s->length &&
            length <= (size_t)(s->text + s->length - p)) {
            return true;
        }
    }
    return false;
}

static void check_place(const struct files *f, const struct report_place *place)
{
    check(place->line > 0 && is_inside(f, place->text, place->length));
    check(place->offset + place->span <= place->length);
}

static void check_condition(
    const struct policy_model *m, const struct policy_model_condition *c, bool is_good)
{
    check_range(c->nets, m->net_items_count);
    check_range(c->listeners, m->names_count);
    check_range(c->methods_written, m->names_count);
    check(!is_good || c->methods_written.count == 0 || c->methods != 0);
    check(c->age_ms >= 0 && c->after_ms >= 0 && c->until_ms >= 0);
    check(!is_good || c->until_ms == 0 || c->after_ms < c->until_ms);
    for (uint32_t i = 0; i < c->nets.count && is_good; i++) {
        const struct policy_model_net *n = &m->net_items[c->nets.first + i];
        check(n->is_list ? n->list < m->nets_count : n->list == POLICY_UNRESOLVED);
    }
}

static void check_rule(const struct files *f, const struct policy_model *m,
    const struct policy_model_rule *r, bool is_good)
{
    size_t length = strlen(r->id);

    check(r->file < m->files_count);
    check(length > 0 && length <= POLICY_ID_MAX);
    check_place(f, &r->place);
    check(r->text.len > 0 && is_inside(f, r->text.ptr, r->text.len));
    check_range(r->subjects, m->subjects_count);
    check_range(r->targets, m->targets_count);
    check_range(r->roles, m->role_refs_count);
    check(r->kind == POLICY_RULE_DELEGATE || r->subjects.count > 0);
    check(r->kind == POLICY_RULE_GRANT ? r->roles.count > 0 : r->targets.count > 0);
    check_condition(m, &r->condition, is_good);
    for (uint32_t i = 0; i < r->roles.count && is_good; i++) {
        check(m->role_refs[r->roles.first + i].role < m->roles_count);
    }
    for (uint32_t i = 0; i < r->subjects.count && is_good; i++) {
        const struct policy_model_subject *s = &m->subjects[r->subjects.first + i];
        check(s->kind != POLICY_SUBJECT_TEAM || s->team < m->teams_count);
    }
}

static void check_targets(const struct files *f, const struct policy_model *m)
{
    for (size_t i = 0; i < m->targets_count; i++) {
        const struct policy_model_target *t = &m->targets[i];
        check_place(f, &t->place);
        check(t->resource >= POLICY_TOPIC && t->resource <= POLICY_USER);
        check(t->is_prefix || t->name.len > 0);
        check((t->operations & ~POLICY_BITS_ALL) == 0);
    }
}

static void check_model(const struct files *f, const struct policy_model *m, bool is_good)
{
    check(m->files_count <= 64 && m->rules_count <= 10000);
    for (size_t i = 0; i < m->files_count; i++) {
        check(m->files[i].parent <= i);
        check_range(m->files[i].scope, m->targets_count);
        for (size_t k = 0; k < i; k++) {
            check(m->files[i].name != m->files[k].name);
        }
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        check_rule(f, m, &m->rules[i], is_good);
    }
    check_targets(f, m);
    for (size_t i = 0; i < m->teams_count; i++) {
        check_range(m->teams[i].members, m->names_count);
    }
    for (size_t i = 0; i < m->nets_count; i++) {
        check_range(m->nets[i].nets, m->net_items_count);
    }
    for (size_t i = 0; i < m->roles_count; i++) {
        check_range(m->roles[i].targets, m->targets_count);
    }
    for (size_t i = 0; i < m->tests_count; i++) {
        check_range(m->tests[i].cases, m->cases_count);
    }
    for (size_t i = 0; i < m->cases_count; i++) {
        check_range(m->cases[i].targets, m->targets_count);
        check_place(f, &m->cases[i].place);
    }
}

/* --- what comes of it --- */

static void ask(const struct policy *p, struct policy_view name)
{
    static const struct policy_context context = {.clock_is_sure = true};
    const struct policy_identity identity = {.principal = name};
    struct policy_who who;
    policy_resolve(p, &identity, &who);
    const struct policy_query q = {
        .who = &who,
        .context = &context,
        .operation = POLICY_READ,
        .resource = POLICY_TOPIC,
        .name = name,
    };
    struct policy_decision d = policy_decide(p, &q);
    uint32_t bits = policy_operations(p, &who, &context, POLICY_TOPIC, q.name);

    check(d.allowed == ((bits & POLICY_BIT(POLICY_READ)) != 0));
    (void)policy_allows_any(p, &who, &context, POLICY_WRITE, POLICY_TOPIC);
}

static void compile(const struct files *f, const struct policy_model *m,
    struct report *report, struct buf *blob)
{
    struct policy_test_results results;
    struct policy *p = NULL;
    enum err e = policy_compile_model(m, report, blob, &results);

    policy_test_results_fini(&results);
    check(e != ERR_INVALID || (report->errors > 0 && blob->length == 0));
    if (e != OK) {
        return;
    }
    check(report->errors == 0);
    e = policy_load(blob->bytes, blob->length, 0, &p);
    check(e != ERR_INVALID);
    if (p != NULL) {
        size_t length = f->sources[0].length < 64 ? f->sources[0].length : 64;
        ask(p, (struct policy_view){f->sources[0].text, length});
    }
    policy_free(&p);
    (void)!policy_model_lint(m, INT64_C(1800000000000), report);
}

/* Any files become something that loads, or words for a person. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct files f = {.count = 0};
    struct policy_model m;
    struct report report;
    struct buf errors;
    struct buf blob;

    split(&f, data, size);
    if (f.count == 0) {
        return 0;
    }
    buf_init(&errors, (size_t)4 << 20);
    buf_init(&blob, (size_t)64 << 20);
    report_init(&report, &errors);
    enum err e = policy_model_parse(f.sources, f.count, &report, &m);
    check(e == OK || e == ERR_NOMEM);
    check((report.errors > 0) == (errors.length > 0));
    if (e == OK) {
        check_model(&f, &m, report.errors == 0);
    }
    if (e == OK && report.errors > 0) {
        policy_check_scopes(&m, &report);
    } else if (e == OK) {
        compile(&f, &m, &report, &blob);
    }
    policy_model_fini(&m);
    buf_fini(&errors);
    buf_fini(&blob);
    free_files(&f);
    return 0;
}
