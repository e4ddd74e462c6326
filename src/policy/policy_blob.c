#include "policy_blob.h"

#include "mem.h"
#include "table.h"
#include "text.h"

#include <string.h>

const uint8_t policy_blob_words[POLICY_SECTIONS] = {
    [POLICY_FILES] = 2,
    [POLICY_RULES] = 5,
    [POLICY_PRINCIPALS] = 2,
    [POLICY_PATTERNS] = 5,
    [POLICY_CELLS] = 2,
    [POLICY_ENTRIES] = 2,
};

static const uint32_t count_max[POLICY_SECTIONS] = {
    [POLICY_FILES] = POLICY_FILES_MAX,
    [POLICY_RULES] = POLICY_RULES_MAX,
    [POLICY_PRINCIPALS] = POLICY_ENTRIES_MAX,
    [POLICY_PATTERNS] = POLICY_ENTRIES_MAX,
    [POLICY_CELLS] = POLICY_ENTRIES_MAX,
    [POLICY_ENTRIES] = POLICY_ENTRIES_MAX,
};

int policy_view_compare(struct policy_view a, struct policy_view b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int c = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

bool policy_view_starts(struct policy_view name, struct policy_view prefix)
{
    return prefix.len <= name.len &&
           (prefix.len == 0 || memcmp(name.ptr, prefix.ptr, prefix.len) == 0);
}

/* Resource 0 for principals. */
uint64_t policy_name_hash(struct policy_view name, uint32_t resource)
{
    return table_hash(name.ptr, name.len) + resource;
}

/* What is being read. Nothing reads past `end`, and the first fault sticks. */
struct blob {
    const uint8_t *at;
    const uint8_t *end;
    uint32_t string_bytes;
    size_t
        strings_left; /* strings may overlap, but not so that reading them takes long */
    bool bad;
};

static void expect(struct blob *b, bool condition)
{
    b->bad = b->bad || !condition;
}

static uint32_t take(struct blob *b)
{
    if (b->bad || b->end - b->at < 4) {
        b->bad = true;
        return 0;
    }
    const uint8_t *p = b->at;
    b->at += 4;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* Control characters would reach logs, a NUL would end a name early. */
static bool is_clean(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return text_is_utf8(text, length);
}

static struct policy_view check_string(
    struct blob *b, const struct policy *p, uint32_t offset, uint32_t length)
{
    if (b->bad || offset >= b->string_bytes || length >= b->string_bytes - offset ||
        length > b->strings_left || p->strings[offset + length] != '\0' ||
        !is_clean(p->strings + offset, length)) {
        b->bad = true;
        return (struct policy_view){(const uint8_t *)"", 0};
    }
    b->strings_left -= length;
    return (struct policy_view){(const uint8_t *)p->strings + offset, length};
}

static struct policy_view take_string(struct blob *b, const struct policy *p)
{
    uint32_t offset = take(b);
    uint32_t length = take(b);

    return check_string(b, p, offset, length);
}

static enum err read_header(struct blob *b, struct policy *p, uint32_t cluster[2])
{
    uint64_t total = POLICY_BLOB_WORDS * 4;
    size_t length = (size_t)(b->end - b->at);

    expect(b, length <= POLICY_BLOB_MAX);
    expect(b, take(b) == POLICY_BLOB_MAGIC);
    expect(b, take(b) == POLICY_BLOB_VERSION);
    b->string_bytes = take(b);
    total += b->string_bytes;
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        p->counts[i] = take(b);
        expect(b, p->counts[i] <= count_max[i]);
        total += (uint64_t)p->counts[i] * policy_blob_words[i] * 4;
    }
    cluster[0] = take(b);
    cluster[1] = take(b);
    p->header.serial = take(b);
    p->header.serial |= (uint64_t)take(b) << 32;
    p->header.signatures = take(b);
    p->header.rules = p->counts[POLICY_RULES];
    expect(b, total == length);
    return b->bad ? ERR_INVALID : OK;
}

static enum err allocate(struct policy *p, const struct blob *b)
{
    const uint32_t *n = p->counts;

    p->files = mem_alloc((size_t)n[POLICY_FILES] + 1, sizeof(*p->files));
    p->rules = mem_alloc((size_t)n[POLICY_RULES] + 1, sizeof(*p->rules));
    p->principals = mem_alloc((size_t)n[POLICY_PRINCIPALS] + 1, sizeof(*p->principals));
    p->patterns = mem_alloc((size_t)n[POLICY_PATTERNS] + 1, sizeof(*p->patterns));
    p->cells = mem_alloc((size_t)n[POLICY_CELLS] + 1, sizeof(*p->cells));
    p->entries = mem_alloc((size_t)n[POLICY_ENTRIES] + 1, sizeof(*p->entries));
    p->by_principal = mem_alloc((size_t)n[POLICY_CELLS] + 1, sizeof(*p->by_principal));
    p->first_of = mem_alloc((size_t)n[POLICY_PRINCIPALS] + 2, sizeof(*p->first_of));
    p->strings = mem_copy_text(b->end - b->string_bytes, b->string_bytes);
    if (p->files == NULL || p->rules == NULL || p->principals == NULL ||
        p->patterns == NULL || p->cells == NULL || p->entries == NULL ||
        p->by_principal == NULL || p->first_of == NULL || p->strings == NULL) {
        return ERR_NOMEM;
    }
    enum err e = policy_index_init(&p->principal_index, n[POLICY_PRINCIPALS]);
    return e != OK ? e : policy_index_init(&p->exact_index, n[POLICY_PATTERNS]);
}

static void read_rules(struct blob *b, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_FILES] && !b->bad; i++) {
        p->files[i] = (const char *)take_string(b, p).ptr;
    }
    for (uint32_t i = 0; i < p->counts[POLICY_RULES] && !b->bad; i++) {
        struct policy_rule *rule = &p->rules[i];
        uint32_t deny = take(b);
        uint32_t file = take(b);
        rule->deny = deny == 1;
        rule->line = take(b);
        struct policy_view id = take_string(b, p);
        rule->id = (const char *)id.ptr;
        expect(b, deny <= 1 && file < p->counts[POLICY_FILES]);
        expect(b, id.len >= 1 && id.len <= POLICY_ID_MAX);
        rule->file = b->bad ? "" : p->files[file];
    }
}

static void read_principals(struct blob *b, struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PRINCIPALS] && !b->bad; i++) {
        struct policy_view name = take_string(b, p);
        p->principals[i] = name;
        expect(b, name.len >= 1);
        expect(b, i == 0 || policy_view_compare(p->principals[i - 1], name) < 0);
    }
}

int policy_pattern_compare(const struct policy_pattern *a, const struct policy_pattern *b)
{
    if (a->resource != b->resource) {
        return a->resource < b->resource ? -1 : 1;
    }
    if (a->is_prefix != b->is_prefix) {
        return a->is_prefix < b->is_prefix ? -1 : 1;
    }
    return policy_view_compare(a->name, b->name);
}

static bool pattern_is_sound(const struct policy_pattern *pattern)
{
    const struct policy_view cluster = {
        (const uint8_t *)POLICY_CLUSTER_NAME, sizeof(POLICY_CLUSTER_NAME) - 1};

    if (pattern->resource < POLICY_TOPIC || pattern->resource > POLICY_TXN ||
        pattern->is_prefix > 1 || pattern->cells == 0) {
        return false;
    }
    if (pattern->resource == POLICY_CLUSTER) {
        return pattern->is_prefix == 0 &&
               policy_view_compare(pattern->name, cluster) == 0;
    }
    return pattern->is_prefix == 1 || pattern->name.len > 0;
}

/* Sorted order puts each prefix before what begins with it: the candidates are a chain.
 */
static uint32_t find_parent(const struct policy *p, uint32_t i)
{
    const struct policy_pattern *pattern = &p->patterns[i];

    if (i == 0 || pattern->is_prefix == 0 ||
        p->patterns[i - 1].resource != pattern->resource ||
        p->patterns[i - 1].is_prefix == 0) {
        return POLICY_NONE;
    }
    uint32_t parent = i - 1;
    while (parent != POLICY_NONE &&
           !policy_view_starts(pattern->name, p->patterns[parent].name)) {
        parent = p->patterns[parent].parent;
    }
    return parent;
}

static void read_patterns(struct blob *b, struct policy *p)
{
    uint64_t cells = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS] && !b->bad; i++) {
        struct policy_pattern *pattern = &p->patterns[i];
        pattern->resource = take(b);
        pattern->is_prefix = take(b);
        pattern->name = take_string(b, p);
        pattern->cells = take(b);
        pattern->first_cell = (uint32_t)cells;
        cells += pattern->cells;
        expect(b, cells <= p->counts[POLICY_CELLS]);
        expect(b, pattern_is_sound(pattern));
        expect(b, i == 0 || policy_pattern_compare(pattern - 1, pattern) < 0);
        pattern->parent = b->bad ? POLICY_NONE : find_parent(p, i);
    }
    expect(b, cells == p->counts[POLICY_CELLS]);
}

static void read_cells(struct blob *b, struct policy *p)
{
    uint32_t pattern = 0;
    uint64_t entries = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_CELLS] && !b->bad; i++) {
        struct policy_cell *cell = &p->cells[i];
        if (i == p->patterns[pattern].first_cell + p->patterns[pattern].cells) {
            pattern++;
        }
        cell->pattern = pattern;
        cell->principal = take(b);
        cell->entries = take(b);
        cell->first_entry = (uint32_t)entries;
        entries += cell->entries;
        expect(b, entries <= p->counts[POLICY_ENTRIES] && cell->entries >= 1);
        expect(b, cell->principal <= p->counts[POLICY_PRINCIPALS]);
        expect(b, i == p->patterns[pattern].first_cell ||
                      p->cells[i - 1].principal < cell->principal);
    }
    expect(b, entries == p->counts[POLICY_ENTRIES]);
}

static void read_entries(struct blob *b, struct policy *p)
{
    uint32_t cell = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_ENTRIES] && !b->bad; i++) {
        struct policy_entry *entry = &p->entries[i];
        if (i == p->cells[cell].first_entry + p->cells[cell].entries) {
            cell++;
        }
        entry->rule = take(b);
        entry->operations = take(b);
        expect(b, entry->rule < p->counts[POLICY_RULES]);
        expect(
            b, i == p->cells[cell].first_entry || p->entries[i - 1].rule < entry->rule);
        expect(b, entry->operations != 0 && (entry->operations & ~POLICY_BITS_ALL) == 0);
        if (b->bad) {
            return;
        }
        bool deny = p->rules[entry->rule].deny;
        uint32_t *seen = deny ? &p->cells[cell].deny : &p->cells[cell].allow;
        expect(b, (*seen & entry->operations) == 0);
        *seen |= entry->operations;
    }
}

/* Counting sort. first_of[n] is where the cells of principal n (0: any) begin. */
static void index_by_principal(struct policy *p)
{
    uint32_t cells = p->counts[POLICY_CELLS];
    uint32_t principals = p->counts[POLICY_PRINCIPALS];

    for (uint32_t i = 0; i < cells; i++) {
        p->first_of[p->cells[i].principal]++;
    }
    uint32_t end = 0;
    for (uint32_t i = 0; i <= principals; i++) {
        end += p->first_of[i];
        p->first_of[i] = end;
    }
    p->first_of[principals + 1] = end;
    for (uint32_t i = cells; i > 0; i--) {
        p->by_principal[--p->first_of[p->cells[i - 1].principal]] = i - 1;
    }
}

static void index_names(struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_PRINCIPALS]; i++) {
        policy_index_add(&p->principal_index, policy_name_hash(p->principals[i], 0), i);
    }
    for (uint32_t i = 0; i < p->counts[POLICY_PATTERNS]; i++) {
        const struct policy_pattern *pattern = &p->patterns[i];
        if (pattern->is_prefix == 0) {
            policy_index_add(
                &p->exact_index, policy_name_hash(pattern->name, pattern->resource), i);
        }
    }
}

static enum err read_blob(struct blob *b, struct policy *p)
{
    uint32_t cluster[2] = {0, 0};
    enum err e = read_header(b, p, cluster);

    if (e == OK) {
        e = allocate(p, b);
    }
    if (e != OK) {
        return e;
    }
    read_rules(b, p);
    read_principals(b, p);
    read_patterns(b, p);
    read_cells(b, p);
    read_entries(b, p);
    p->header.cluster = (const char *)check_string(b, p, cluster[0], cluster[1]).ptr;
    if (b->bad) {
        return ERR_INVALID;
    }
    index_by_principal(p);
    index_names(p);
    return OK;
}

enum err policy_load(const uint8_t *bytes, size_t length, struct policy **out)
{
    struct blob b = {.at = bytes, .end = bytes + length, .strings_left = POLICY_BLOB_MAX};
    struct policy *p = mem_alloc(1, sizeof(*p));

    if (p == NULL) {
        return ERR_NOMEM;
    }
    enum err e = read_blob(&b, p);
    if (e != OK) {
        policy_free(&p);
        return e;
    }
    *out = p;
    return OK;
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
    mem_free(p->patterns);
    mem_free(p->cells);
    mem_free(p->entries);
    mem_free(p->by_principal);
    mem_free(p->first_of);
    policy_index_fini(&p->principal_index);
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
