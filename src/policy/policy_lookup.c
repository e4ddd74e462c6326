/* How names, groups and cells of a loaded policy are found. */
#include "mem.h"
#include "policy_blob.h"
#include "table.h"

/* Resource 0 for principals. */
static uint64_t name_hash(struct policy_view name, uint32_t resource)
{
    return table_hash(name.ptr, name.len) + resource;
}

uint32_t policy_find_principal(const struct policy *p, struct policy_view name)
{
    uint64_t slot = name_hash(name, 0);
    uint32_t i = policy_index_next(&p->principal_index, &slot);

    while (i != POLICY_NONE && !policy_view_equal(p->principals[i], name)) {
        i = policy_index_next(&p->principal_index, &slot);
    }
    return i;
}

uint32_t policy_find_exact(
    const struct policy *p, uint32_t resource, struct policy_view name)
{
    uint64_t slot = name_hash(name, resource);
    uint32_t i = policy_index_next(&p->exact_index, &slot);

    while (i != POLICY_NONE && (p->patterns[i].key.resource != resource ||
                                   !policy_view_equal(p->patterns[i].key.name, name))) {
        i = policy_index_next(&p->exact_index, &slot);
    }
    return i;
}

uint32_t policy_find_prefix(
    const struct policy *p, uint32_t resource, struct policy_view name)
{
    uint32_t found = policy_trie_find(&p->prefixes[resource], name);

    return found == UINT32_MAX ? POLICY_NONE : p->prefixes_from[resource] + found;
}

const struct policy_cell *policy_find_cell(
    const struct policy *p, const struct policy_pattern *pattern, uint32_t subject)
{
    uint32_t low = p->first_of[subject];
    uint32_t end = p->first_of[subject + 1];
    uint32_t high = end;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->by_subject[middle] < pattern->first_cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == end || p->by_subject[low] - pattern->first_cell >= pattern->cells) {
        return NULL;
    }
    return &p->cells[p->by_subject[low]];
}

/* Counting sort. first_of[n] is where the cells of subject n begin. */
static void index_subjects(struct policy *p)
{
    uint32_t cells = p->counts[POLICY_CELLS];
    uint32_t end = 0;

    for (uint32_t i = 0; i < cells; i++) {
        p->first_of[p->cells[i].subject]++;
    }
    for (uint32_t i = 0; i < p->subjects; i++) {
        end += p->first_of[i];
        p->first_of[i] = end;
    }
    p->first_of[p->subjects] = end;
    for (uint32_t i = cells; i > 0; i--) {
        p->by_subject[--p->first_of[p->cells[i - 1].subject]] = i - 1;
    }
}

/* Counting sort. first_in[n] is where the members of team n begin. */
static void index_members(struct policy *p)
{
    uint32_t members = p->counts[POLICY_MEMBERS];
    uint32_t end = 0;

    for (uint32_t i = 0; i < members; i++) {
        p->first_in[p->members[i].second]++;
    }
    for (uint32_t i = 0; i < p->counts[POLICY_TEAMS]; i++) {
        end += p->first_in[i];
        p->first_in[i] = end;
    }
    p->first_in[p->counts[POLICY_TEAMS]] = end;
    for (uint32_t i = members; i > 0; i--) {
        p->by_team[--p->first_in[p->members[i - 1].second]] = p->members[i - 1].first;
    }
}

static void index_nevers(struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS]; i++) {
        if (p->patterns[i].is_never) {
            p->nevers[p->never_count++] = i;
        }
    }
}

static void index_names(struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PRINCIPALS]; i++) {
        policy_index_add(&p->principal_index, name_hash(p->principals[i], 0), i);
    }
    for (uint32_t i = 0; i < p->counts[POLICY_TEAMS]; i++) {
        if (p->teams[i].source.len > 0) {
            policy_index_add(&p->group_index, name_hash(p->teams[i].group, 0), i);
        }
    }
}

static enum err index_prefixes(struct policy *p)
{
    struct policy_view *names =
        mem_alloc((size_t)p->counts[POLICY_PATTERNS] + 1, sizeof(*names));
    enum err e = names != NULL ? OK : ERR_NOMEM;

    for (uint32_t r = 0; r < POLICY_RESOURCES && e == OK; r++) {
        uint32_t count = p->prefixes_end[r] - p->prefixes_from[r];
        for (uint32_t i = 0; i < count; i++) {
            names[i] = p->patterns[p->prefixes_from[r] + i].key.name;
        }
        e = policy_trie_init(&p->prefixes[r], names, count);
    }
    mem_free(names);
    return e;
}

static enum err index_patterns(struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS]; i++) {
        const struct policy_key *key = &p->patterns[i].key;
        if (key->is_prefix == 0) {
            policy_index_add(&p->exact_index, name_hash(key->name, key->resource), i);
            continue;
        }
        if (p->prefixes_end[key->resource] == 0) {
            p->prefixes_from[key->resource] = i;
        }
        p->prefixes_end[key->resource] = i + 1;
    }
    enum err e = index_prefixes(p);
    if (e != OK) {
        return e;
    }
    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS]; i++) {
        struct policy_pattern *pattern = &p->patterns[i];
        if (pattern->key.is_prefix == 0) {
            pattern->parent =
                policy_find_prefix(p, pattern->key.resource, pattern->key.name);
        }
    }
    return OK;
}

static uint64_t conditional_work(const struct policy *p, const struct policy_cell *cell)
{
    uint64_t work = 0;

    for (uint32_t i = 0; i < cell->conditionals; i++) {
        const struct policy_entry *entry =
            &p->entries[cell->first_entry + cell->entries + i];
        const struct policy_condition *c =
            &p->conditions[p->rules[entry->rule].condition - 1];
        work += 1 + (uint64_t)c->nets + c->listeners;
    }
    return work;
}

/*
 * One session is asked about the cells of any, anonymous, one principal and its teams: a
 * look-up for each, and the conditional entries in those that are there. All teams that
 * the pattern has are counted, and the dearest principal.
 */
static uint64_t pattern_work(const struct policy *p, const struct policy_pattern *pattern)
{
    uint64_t work = POLICY_NUMBER_FIRST + 1;
    uint64_t dearest = 0;

    work += pattern->team_cells > 0 ? POLICY_TEAMS_MAX : 0;
    for (uint32_t i = 0; i < pattern->cells; i++) {
        const struct policy_cell *cell = &p->cells[pattern->first_cell + i];
        uint64_t here = conditional_work(p, cell);
        bool is_principal = cell->subject >= POLICY_NUMBER_FIRST &&
                            i < pattern->cells - pattern->team_cells;
        if (!is_principal) {
            work += here;
        } else if (here > dearest) {
            dearest = here;
        }
    }
    return work + dearest;
}

/* `work` of an exact name is its own; that of a prefix has all its parents' in it. */
static void index_work(struct policy_reader *r, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS] && !r->bad; i++) {
        struct policy_pattern *pattern = &p->patterns[i];
        uint64_t work = pattern_work(p, pattern);
        if (pattern->key.is_prefix == 1 && pattern->parent != POLICY_NONE) {
            work += p->patterns[pattern->parent].work;
        }
        policy_expect_limit(
            r, work <= POLICY_WORK_MAX, "rules with conditions for one name");
        pattern->work = r->bad ? 0 : (uint32_t)work;
    }
}

enum err policy_index_all(struct policy_reader *r, struct policy *p)
{
    index_subjects(p);
    index_members(p);
    index_nevers(p);
    index_names(p);
    enum err e = index_patterns(p);
    if (e == OK) {
        index_work(r, p);
    }
    return e;
}
