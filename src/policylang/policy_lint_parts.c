#include "policy_lint_parts.h"

#include "mem.h"
#include "policy_text.h"

#include <stdlib.h>
#include <string.h>

/* --- twice: an id is a hash of the words --- */

static int compare_ids(const void *a, const void *b)
{
    const struct policy_model_rule *x = *(const struct policy_model_rule *const *)a;
    const struct policy_model_rule *y = *(const struct policy_model_rule *const *)b;
    int c = strcmp(x->id, y->id);

    return c != 0 ? c : (x > y) - (x < y); /* they stand in one array */
}

enum err policy_lint_twice(const struct policy_model *m, struct report *report)
{
    const struct policy_model_rule **sorted = mem_alloc(m->rules_count, sizeof(*sorted));

    if (sorted == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        sorted[i] = &m->rules[i];
    }
    if (m->rules_count > 0) {
        qsort(sorted, m->rules_count, sizeof(*sorted), compare_ids);
    }
    for (size_t i = 1; i < m->rules_count; i++) {
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0) {
            char place[POLICY_SHOWN_MAX];
            policy_text_place(report, &sorted[i - 1]->place, place, sizeof(place));
            report_warning(report, &sorted[i]->place, "L10", "remove one of them",
                "the same statement stands at %s", place);
        }
    }
    mem_free(sorted);
    return OK;
}

/* --- unused --- */

/* By number, whether something uses it; of methods, the words that stand behind `with`. */
struct usage {
    const struct policy_model *m;
    uint8_t *teams;
    uint8_t *roles;
    uint8_t *nets;
    struct policy_view *words; /* ascending */
    size_t word_count;
};

static int compare_views(const void *a, const void *b)
{
    return policy_text_compare(
        *(const struct policy_view *)a, *(const struct policy_view *)b);
}

static void use_words(struct usage *u, struct policy_range range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        u->words[u->word_count++] = u->m->names[range.first + i].text;
    }
}

static void use(struct usage *u)
{
    const struct policy_model *m = u->m;

    for (size_t i = 0; i < m->subjects_count; i++) {
        if (m->subjects[i].kind == POLICY_SUBJECT_TEAM) {
            u->teams[m->subjects[i].team] = 1;
        }
    }
    for (size_t i = 0; i < m->team_refs_count; i++) {
        u->teams[m->team_refs[i].team] = 1;
    }
    for (size_t i = 0; i < m->role_refs_count; i++) {
        u->roles[m->role_refs[i].role] = 1;
    }
    for (size_t i = 0; i < m->net_items_count; i++) {
        if (m->net_items[i].list != POLICY_UNRESOLVED) {
            u->nets[m->net_items[i].list] = 1;
        }
    }
    for (size_t i = 0; i < m->rules_count; i++) {
        use_words(u, m->rules[i].condition.methods_written);
    }
    if (u->word_count > 0) {
        qsort(u->words, u->word_count, sizeof(*u->words), compare_views);
    }
}

static void say(struct report *report, const struct policy_model_name *name,
    const char *what, bool is_used)
{
    char shown[POLICY_SHOWN_MAX];

    if (is_used) {
        return;
    }
    policy_text_put(shown, sizeof(shown), "'", name->text, "'");
    report_warning(report, &name->place, "L05", "remove it, or use it",
        "nothing uses the %s %s", what, shown);
}

static void say_all(const struct usage *u, struct report *report)
{
    const struct policy_model *m = u->m;

    for (size_t i = 0; i < m->teams_count; i++) {
        say(report, &m->teams[i].name, "team", u->teams[i] != 0);
    }
    for (size_t i = 0; i < m->roles_count; i++) {
        say(report, &m->roles[i].name, "role", u->roles[i] != 0);
    }
    for (size_t i = 0; i < m->nets_count; i++) {
        say(report, &m->nets[i].name, "net", u->nets[i] != 0);
    }
    for (size_t i = 0; i < m->auths_count; i++) {
        say(report, &m->auths[i].name, "auth",
            bsearch(&m->auths[i].name.text, u->words, u->word_count, sizeof(*u->words),
                compare_views) != NULL);
    }
}

enum err policy_lint_unused(const struct policy_model *m, struct report *report)
{
    struct usage u = {.m = m};
    enum err e = ERR_NOMEM;

    u.teams = mem_alloc(m->teams_count, 1);
    u.roles = mem_alloc(m->roles_count, 1);
    u.nets = mem_alloc(m->nets_count, 1);
    u.words = mem_alloc(m->names_count, sizeof(*u.words));
    if (u.teams != NULL && u.roles != NULL && u.nets != NULL && u.words != NULL) {
        use(&u);
        say_all(&u, report);
        e = OK;
    }
    mem_free(u.teams);
    mem_free(u.roles);
    mem_free(u.nets);
    mem_free(u.words);
    return e;
}
