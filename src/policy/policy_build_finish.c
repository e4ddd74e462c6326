#include "policy_build_parts.h"

#include "mem.h"

#include <stdlib.h>

struct writer {
    struct policy_build *build;
    struct policy_view *principals; /* ascending */
    size_t principal_count;
    struct buf sections[POLICY_SECTIONS];
    struct buf strings;
};

/* --- order ---------------------------------------------------------------------------------- */

static int compare_views(const void *a, const void *b)
{
    return policy_view_compare(
        *(const struct policy_view *)a, *(const struct policy_view *)b);
}

static enum err collect_principals(struct writer *w)
{
    const struct policy_build_item *items = w->build->items.items;
    const struct policy_build_member *members = w->build->members.items;
    size_t count = 0;

    w->principals = mem_alloc(
        w->build->items.count + w->build->members.count + 1, sizeof(*w->principals));
    if (w->principals == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < w->build->items.count; i++) {
        if (items[i].kind == POLICY_SUBJECT_PRINCIPAL) {
            w->principals[count++] = items[i].name;
        }
    }
    for (size_t i = 0; i < w->build->members.count; i++) {
        w->principals[count++] = members[i].name;
    }
    qsort(w->principals, count, sizeof(*w->principals), compare_views);
    for (size_t i = 0; i < count; i++) {
        size_t n = w->principal_count;
        if (n == 0 || !policy_view_equal(w->principals[n - 1], w->principals[i])) {
            w->principals[w->principal_count++] = w->principals[i];
        }
    }
    return OK;
}

static uint32_t principal_number(const struct writer *w, struct policy_view name)
{
    const struct policy_view *found = bsearch(
        &name, w->principals, w->principal_count, sizeof(*w->principals), compare_views);

    INVARIANT(found != NULL);
    return (uint32_t)(found - w->principals);
}

static uint32_t subject_number(
    const struct writer *w, const struct policy_build_item *item)
{
    switch (item->kind) {
    case POLICY_SUBJECT_ANY:
        return POLICY_NUMBER_ANY;
    case POLICY_SUBJECT_ANONYMOUS:
        return POLICY_NUMBER_ANONYMOUS;
    case POLICY_SUBJECT_PRINCIPAL:
        return POLICY_NUMBER_FIRST + principal_number(w, item->name);
    case POLICY_SUBJECT_TEAM:
        break;
    }
    return POLICY_NUMBER_FIRST + (uint32_t)w->principal_count + item->team;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_items(const void *a, const void *b)
{
    const struct policy_build_item *x = a;
    const struct policy_build_item *y = b;
    int c = policy_key_compare(&x->key, &y->key);

    c = c != 0 ? c : compare_numbers(x->subject, y->subject);
    c = c != 0 ? c : compare_numbers(x->conditional, y->conditional);
    return c != 0 ? c : compare_numbers(x->rule, y->rule);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct policy_pair *x = a;
    const struct policy_pair *y = b;
    int c = compare_numbers(x->first, y->first);

    return c != 0 ? c : compare_numbers(x->second, y->second);
}

static void put_in_order(struct writer *w)
{
    struct policy_build_array *items = &w->build->items;
    const struct policy_build_row *rules = w->build->rules.items;

    for (size_t i = 0; i < items->count; i++) {
        struct policy_build_item *item = (struct policy_build_item *)items->items + i;
        item->subject = subject_number(w, item);
        item->conditional = rules[item->rule].condition != 0 ? 1 : 0;
    }
    if (items->count > 0) {
        qsort(items->items, items->count, items->size, compare_items);
    }
}

/* --- bytes ---------------------------------------------------------------------------------- */

static void add_word(struct buf *b, uint32_t word)
{
    const uint8_t bytes[4] = {(uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
        (uint8_t)(word >> 24)};

    buf_add(b, bytes, sizeof(bytes));
}

static void add_i64(struct buf *b, int64_t number)
{
    add_word(b, (uint32_t)((uint64_t)number & UINT32_MAX));
    add_word(b, (uint32_t)((uint64_t)number >> 32));
}

/* The string goes to the strings, where it is to the section. */
static void add_string(struct writer *w, struct buf *section, struct policy_view text)
{
    add_word(section, (uint32_t)w->strings.length);
    add_word(section, (uint32_t)text.len);
    buf_add(&w->strings, text.ptr, text.len);
    buf_add(&w->strings, "", 1);
}

static uint32_t emit_entry(
    struct writer *w, const struct policy_build_item *item, uint32_t operations)
{
    if (operations == 0) {
        return 0;
    }
    add_word(&w->sections[POLICY_ENTRIES], item->rule);
    add_word(&w->sections[POLICY_ENTRIES], operations);
    return 1;
}

/* The earliest rule decides: what it names is left out of later ones without condition. */
static void emit_cell(
    struct writer *w, const struct policy_build_item *items, size_t count)
{
    const struct policy_build_row *rules = w->build->rules.items;
    uint32_t seen[POLICY_EFFECTS] = {0};
    uint32_t emitted[2] = {0, 0};

    for (size_t i = 0; i < count;) {
        const struct policy_build_item *first = &items[i];
        uint32_t effect = rules[first->rule].effect;
        uint32_t operations = 0;
        for (; i < count && items[i].rule == first->rule; i++) {
            operations |= items[i].operations;
        }
        if (first->conditional == 0) {
            operations &= ~seen[effect];
            seen[effect] |= operations;
        }
        emitted[first->conditional] += emit_entry(w, first, operations);
    }
    add_word(&w->sections[POLICY_CELLS], items[0].subject);
    add_word(&w->sections[POLICY_CELLS], emitted[0]);
    add_word(&w->sections[POLICY_CELLS], emitted[1]);
}

static uint32_t emit_cells(
    struct writer *w, const struct policy_build_item *items, size_t count)
{
    uint32_t cells = 0;

    for (size_t i = 0; i < count; cells++) {
        size_t end = i;
        while (end < count && items[end].subject == items[i].subject) {
            end++;
        }
        emit_cell(w, &items[i], end - i);
        i = end;
    }
    return cells;
}

static void emit_patterns(struct writer *w)
{
    const struct policy_build_item *items = w->build->items.items;
    struct buf *section = &w->sections[POLICY_PATTERNS];

    for (size_t i = 0; i < w->build->items.count;) {
        const struct policy_key *key = &items[i].key;
        size_t end = i;
        while (end < w->build->items.count &&
               policy_key_compare(key, &items[end].key) == 0) {
            end++;
        }
        add_word(section, key->resource);
        add_word(section, key->is_prefix);
        add_string(w, section, key->name);
        add_word(section, emit_cells(w, &items[i], end - i));
        i = end;
    }
}

static void emit_rules(struct writer *w)
{
    const struct policy_view *files = w->build->files.items;
    const struct policy_build_row *rules = w->build->rules.items;
    struct buf *section = &w->sections[POLICY_RULES];

    for (size_t i = 0; i < w->build->files.count; i++) {
        add_string(w, &w->sections[POLICY_FILES], files[i]);
    }
    for (size_t i = 0; i < w->build->rules.count; i++) {
        add_word(section, rules[i].effect);
        add_word(section, rules[i].file);
        add_word(section, rules[i].line);
        add_string(w, section, rules[i].id);
        add_word(section, rules[i].condition);
    }
}

static void emit_pairs(struct buf *section, struct policy_pair *pairs, size_t count)
{
    if (count > 0) {
        qsort(pairs, count, sizeof(*pairs), compare_pairs);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_pairs(&pairs[i - 1], &pairs[i]) != 0) {
            add_word(section, pairs[i].first);
            add_word(section, pairs[i].second);
        }
    }
}

static enum err emit_who(struct writer *w)
{
    const struct policy_team *teams = w->build->teams.items;
    const struct policy_build_member *members = w->build->members.items;
    size_t count = w->build->members.count;
    struct policy_pair *pairs = mem_alloc(count + 1, sizeof(*pairs));

    if (pairs == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < w->principal_count; i++) {
        add_string(w, &w->sections[POLICY_PRINCIPALS], w->principals[i]);
    }
    for (size_t i = 0; i < w->build->teams.count; i++) {
        add_string(w, &w->sections[POLICY_TEAMS], teams[i].name);
        add_string(w, &w->sections[POLICY_TEAMS], teams[i].source);
        add_string(w, &w->sections[POLICY_TEAMS], teams[i].group);
    }
    for (size_t i = 0; i < count; i++) {
        pairs[i] =
            (struct policy_pair){principal_number(w, members[i].name), members[i].team};
    }
    emit_pairs(&w->sections[POLICY_MEMBERS], pairs, count);
    emit_pairs(&w->sections[POLICY_EXCLUSIVES], w->build->exclusives.items,
        w->build->exclusives.count);
    mem_free(pairs);
    return OK;
}

static void emit_net(struct buf *section, const struct policy_net *net)
{
    for (size_t word = 0; word < 4; word++) {
        const uint8_t *a = &net->address[4 * word];
        add_word(section, (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 |
                              (uint32_t)a[2] << 8 | (uint32_t)a[3]);
    }
    add_word(section, net->bits);
}

static void emit_conditions(struct writer *w)
{
    const struct policy_condition *c = w->build->conditions.items;
    const struct policy_net *nets = w->build->nets.items;
    const struct policy_view *listeners = w->build->listeners.items;
    struct buf *section = &w->sections[POLICY_CONDITIONS];

    for (size_t i = 0; i < w->build->conditions.count; i++, c++) {
        add_word(section, c->nets);
        add_word(section, c->is_outside);
        add_word(section, c->listeners);
        add_word(section, c->methods);
        add_word(section, c->tls_min);
        add_i64(section, c->age_ms);
        add_string(w, section, c->issuer);
        add_i64(section, c->after_ms);
        add_i64(section, c->until_ms);
    }
    for (size_t i = 0; i < w->build->nets.count; i++) {
        emit_net(&w->sections[POLICY_NETS], &nets[i]);
    }
    for (size_t i = 0; i < w->build->listeners.count; i++) {
        add_string(w, &w->sections[POLICY_LISTENERS], listeners[i]);
    }
}

static enum err assemble(struct writer *w, struct buf *out)
{
    struct buf header;
    enum err e = OK;

    buf_init(&header, POLICY_BLOB_WORDS * 4);
    uint32_t cluster = (uint32_t)w->strings.length;
    buf_add(&w->strings, w->build->cluster.ptr, w->build->cluster.len);
    buf_add(&w->strings, "", 1);
    add_word(&header, POLICY_BLOB_MAGIC);
    add_word(&header, POLICY_BLOB_VERSION);
    add_word(&header, (uint32_t)w->strings.length);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        e = e == OK ? buf_error(&w->sections[i]) : e;
        add_word(&header,
            (uint32_t)(w->sections[i].length / policy_blob_words[i] / sizeof(uint32_t)));
    }
    add_word(&header, cluster);
    add_word(&header, (uint32_t)w->build->cluster.len);
    add_i64(&header, (int64_t)w->build->serial);
    add_word(&header, w->build->signatures);
    e = e == OK ? buf_error(&header) : e;
    buf_add(out, header.bytes, header.length);
    buf_fini(&header);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        buf_add(out, w->sections[i].bytes, w->sections[i].length);
    }
    e = e == OK ? buf_error(&w->strings) : e;
    buf_add(out, w->strings.bytes, w->strings.length);
    return e == OK ? buf_error(out) : e;
}

static enum err write_all(struct writer *w, struct buf *out)
{
    enum err e = collect_principals(w);

    if (e != OK) {
        return e;
    }
    put_in_order(w);
    emit_rules(w);
    e = emit_who(w);
    if (e != OK) {
        return e;
    }
    emit_conditions(w);
    emit_patterns(w);
    return assemble(w, out);
}

/* What is written is what is read: its limits are looked at in one place. */
static enum err check(const struct buf *out, size_t from, const char **too_many)
{
    struct policy *p = NULL;
    enum err e = policy_read(out->bytes + from, out->length - from, 0, &p, too_many);

    policy_free(&p);
    return e == ERR_INVALID && *too_many != NULL ? ERR_FULL : e;
}

enum err policy_build_finish(
    struct policy_build *b, struct buf *out, const char **too_many)
{
    struct writer w = {.build = b};
    size_t before = out->length;

    *too_many = b->too_many;
    if (b->error != OK) {
        return b->error;
    }
    buf_init(&w.strings, POLICY_BLOB_MAX);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        buf_init(&w.sections[i], POLICY_BLOB_MAX);
    }
    enum err e = write_all(&w, out);
    if (e == OK) {
        e = check(out, before, too_many);
    } else if (e == ERR_FULL) {
        *too_many = "bytes";
    }
    out->length = e == OK ? out->length : before;
    mem_free(w.principals);
    buf_fini(&w.strings);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        buf_fini(&w.sections[i]);
    }
    return e;
}
