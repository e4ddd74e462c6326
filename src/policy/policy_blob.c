#include "policy_blob.h"

#include "mem.h"

#include <string.h>

const uint8_t policy_blob_words[POLICY_SECTIONS] = {
    [POLICY_FILES] = 2,
    [POLICY_RULES] = 6,
    [POLICY_PRINCIPALS] = 2,
    [POLICY_TEAMS] = 6,
    [POLICY_MEMBERS] = 2,
    [POLICY_EXCLUSIVES] = 2,
    [POLICY_CONDITIONS] = 13,
    [POLICY_NETS] = 5,
    [POLICY_LISTENERS] = 2,
    [POLICY_PATTERNS] = 5,
    [POLICY_CELLS] = 3,
    [POLICY_ENTRIES] = 2,
};

static const struct {
    uint32_t max;
    const char *what;
} limits[POLICY_SECTIONS] = {
    [POLICY_FILES] = {POLICY_FILES_MAX, "files"},
    [POLICY_RULES] = {POLICY_RULES_MAX, "rules"},
    [POLICY_PRINCIPALS] = {POLICY_ENTRIES_MAX, "principals"},
    [POLICY_TEAMS] = {POLICY_TEAM_COUNT_MAX, "teams"},
    [POLICY_MEMBERS] = {POLICY_ENTRIES_MAX, "members of teams"},
    [POLICY_EXCLUSIVES] = {POLICY_EXCLUSIVES_MAX, "pairs of exclusive teams"},
    [POLICY_CONDITIONS] = {POLICY_RULES_MAX, "conditions"},
    [POLICY_NETS] = {POLICY_ENTRIES_MAX, "networks of conditions"},
    [POLICY_LISTENERS] = {POLICY_LISTENERS_MAX, "listeners of conditions"},
    [POLICY_PATTERNS] = {POLICY_ENTRIES_MAX, "names"},
    [POLICY_CELLS] = {POLICY_ENTRIES_MAX, "pairs of a principal and a name"},
    [POLICY_ENTRIES] = {POLICY_ENTRIES_MAX, "pairs of a principal and a name"},
};

int policy_view_compare(struct policy_view a, struct policy_view b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int c = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

bool policy_view_equal(struct policy_view a, struct policy_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool policy_view_starts(struct policy_view name, struct policy_view prefix)
{
    return prefix.len <= name.len &&
           (prefix.len == 0 || memcmp(name.ptr, prefix.ptr, prefix.len) == 0);
}

int policy_key_compare(const struct policy_key *a, const struct policy_key *b)
{
    if (a->resource != b->resource) {
        return a->resource < b->resource ? -1 : 1;
    }
    if (a->is_prefix != b->is_prefix) {
        return a->is_prefix < b->is_prefix ? -1 : 1;
    }
    return policy_view_compare(a->name, b->name);
}

struct policy_view policy_cluster_name(void)
{
    static const uint8_t name[] = POLICY_CLUSTER_NAME;

    return (struct policy_view){name, sizeof(name) - 1};
}

static uint32_t read_header(struct policy_reader *r, struct policy *p)
{
    uint64_t total = POLICY_BLOB_WORDS * 4;
    size_t length = (size_t)(r->end - r->at);

    policy_expect_limit(r, length <= POLICY_BLOB_MAX, "bytes");
    policy_expect(r, policy_take(r) == POLICY_BLOB_MAGIC);
    policy_expect(r, policy_take(r) == POLICY_BLOB_VERSION);
    r->string_bytes = policy_take(r);
    total += r->string_bytes;
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        p->counts[i] = policy_take(r);
        policy_expect_limit(r, p->counts[i] <= limits[i].max, limits[i].what);
        total += (uint64_t)p->counts[i] * policy_blob_words[i] * 4;
    }
    policy_expect(r, total == length);
    p->subjects = POLICY_NUMBER_FIRST + p->counts[POLICY_PRINCIPALS];
    p->subjects += p->counts[POLICY_TEAMS];
    return r->bad ? 0 : r->string_bytes;
}

static void read_names(struct policy_reader *r, struct policy *p)
{
    p->header.cluster = (const char *)policy_take_text(r).ptr;
    p->header.serial = policy_take(r);
    p->header.serial |= (uint64_t)policy_take(r) << 32;
    p->header.signatures = policy_take(r);
    p->header.rules = p->counts[POLICY_RULES];
}

#define ALLOCATE(field, count)                                                           \
    (((field) = mem_alloc((size_t)(count) + 1, sizeof(*(field)))) != NULL)

static bool allocate(struct policy *p)
{
    const uint32_t *n = p->counts;

    return ALLOCATE(p->files, n[POLICY_FILES]) && ALLOCATE(p->rules, n[POLICY_RULES]) &&
           ALLOCATE(p->principals, n[POLICY_PRINCIPALS]) &&
           ALLOCATE(p->teams, n[POLICY_TEAMS]) &&
           ALLOCATE(p->members, n[POLICY_MEMBERS]) &&
           ALLOCATE(p->exclusives, n[POLICY_EXCLUSIVES]) &&
           ALLOCATE(p->conditions, n[POLICY_CONDITIONS]) &&
           ALLOCATE(p->nets, n[POLICY_NETS]) &&
           ALLOCATE(p->listeners, n[POLICY_LISTENERS]) &&
           ALLOCATE(p->patterns, n[POLICY_PATTERNS]) &&
           ALLOCATE(p->cells, n[POLICY_CELLS]) &&
           ALLOCATE(p->entries, n[POLICY_ENTRIES]) &&
           ALLOCATE(p->by_subject, n[POLICY_CELLS]) &&
           ALLOCATE(p->first_of, p->subjects) &&
           ALLOCATE(p->by_team, n[POLICY_MEMBERS]) &&
           ALLOCATE(p->first_in, n[POLICY_TEAMS]) &&
           ALLOCATE(p->nevers, n[POLICY_PATTERNS]) &&
           ALLOCATE(p->marks, n[POLICY_PATTERNS]) &&
           ALLOCATE(p->answers, n[POLICY_RULES]) &&
           policy_index_init(&p->principal_index, n[POLICY_PRINCIPALS]) == OK &&
           policy_index_init(&p->group_index, n[POLICY_TEAMS]) == OK &&
           policy_index_init(&p->exact_index, n[POLICY_PATTERNS]) == OK;
}

static enum err read_blob(struct policy_reader *r, struct policy *p)
{
    uint32_t strings = read_header(r, p);

    if (r->bad) {
        return ERR_INVALID;
    }
    p->strings = mem_copy_text(r->end - strings, strings);
    if (p->strings == NULL || !allocate(p)) {
        return ERR_NOMEM;
    }
    r->strings = p->strings;
    read_names(r, p);
    policy_read_rules(r, p);
    policy_read_patterns(r, p);
    if (r->bad) {
        return ERR_INVALID;
    }
    enum err e = policy_index_all(r, p);
    return e == OK && r->bad ? ERR_INVALID : e;
}

enum err policy_read(const uint8_t *bytes, size_t length, uint32_t flags,
    struct policy **out, const char **too_many)
{
    struct policy_reader r = {
        .at = bytes, .end = bytes + length, .strings_left = POLICY_BLOB_MAX};
    struct policy *p = mem_alloc(1, sizeof(*p));

    *too_many = NULL;
    if (p == NULL) {
        return ERR_NOMEM;
    }
    p->flags = flags;
    enum err e = read_blob(&r, p);
    if (e != OK) {
        *too_many = r.too_many;
        policy_free(&p);
        return e;
    }
    *out = p;
    return OK;
}

enum err policy_load(
    const uint8_t *bytes, size_t length, uint32_t flags, struct policy **out)
{
    const char *too_many;

    return policy_read(bytes, length, flags, out, &too_many);
}

void policy_free(struct policy **pointer)
{
    struct policy *p = *pointer;

    if (p == NULL) {
        return;
    }
    mem_free(p->files);
    mem_free(p->rules);
    mem_free(p->principals);
    mem_free(p->teams);
    mem_free(p->members);
    mem_free(p->exclusives);
    mem_free(p->conditions);
    mem_free(p->nets);
    mem_free(p->listeners);
    mem_free(p->patterns);
    mem_free(p->cells);
    mem_free(p->entries);
    mem_free(p->by_subject);
    mem_free(p->first_of);
    mem_free(p->by_team);
    mem_free(p->first_in);
    mem_free(p->nevers);
    mem_free(p->marks);
    mem_free(p->answers);
    for (size_t i = 0; i < POLICY_RESOURCES; i++) {
        policy_trie_fini(&p->prefixes[i]);
    }
    policy_index_fini(&p->principal_index);
    policy_index_fini(&p->group_index);
    policy_index_fini(&p->exact_index);
    mem_free(p->strings);
    mem_free(p);
    *pointer = NULL;
}

struct policy_header policy_header(const struct policy *p)
{
    struct policy_header header = p->header;

    header.file = p->counts[POLICY_FILES] > 0 ? p->files[0] : "";
    return header;
}
