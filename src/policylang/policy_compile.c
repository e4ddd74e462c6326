#include "policy_compile.h"

#include "mem.h"
#include "policy_blob.h"
#include "policy_parser.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One subject of one rule on one target. */
struct item {
    struct policy_pattern pattern; /* resource, is_prefix and name only */
    uint32_t principal;            /* index + 1; 0: any */
    uint32_t rule;
    uint32_t operations;
    bool deny;
};

struct compiler {
    const struct policy_source *files;
    size_t file_count;
    struct report *report;
    struct policy_parsed parsed;
    struct policy_view *principals;
    size_t principal_count;
    struct item *items;
    size_t item_count;
    struct buf sections[POLICY_SECTIONS];
    struct buf strings;
};

/* --- checks over all statements --- */

static int compare_labels(const void *a, const void *b)
{
    const struct policy_statement *x = *(const struct policy_statement *const *)a;
    const struct policy_statement *y = *(const struct policy_statement *const *)b;
    int c = policy_view_compare(x->label, y->label);

    return c != 0 ? c : (x > y) - (x < y); /* they stand in one array */
}

static void refuse_label(struct compiler *c, const struct policy_statement *first,
    const struct policy_statement *again)
{
    char help[64];

    (void)snprintf(help, sizeof(help), "it is the label of line %u%s", first->place.line,
        first->file != again->file ? " of another file" : "");
    report_error(c->report, &again->place, "POL030", help, "the label is used twice");
}

static enum err check_labels(struct compiler *c)
{
    size_t count = c->parsed.statement_count;
    const struct policy_statement **sorted = mem_alloc(count, sizeof(*sorted));

    if (sorted == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &c->parsed.statements[i];
    }
    qsort(sorted, count, sizeof(*sorted), compare_labels);
    for (size_t i = 1; i < count; i++) {
        if (sorted[i]->label.len > 0 &&
            policy_view_compare(sorted[i - 1]->label, sorted[i]->label) == 0) {
            refuse_label(c, sorted[i - 1], sorted[i]);
        }
    }
    mem_free(sorted);
    return OK;
}

static void check_expansion(struct compiler *c)
{
    uint64_t total = 0;

    for (size_t i = 0; i < c->parsed.statement_count; i++) {
        const struct policy_statement *s = &c->parsed.statements[i];
        total += (uint64_t)s->subjects * s->targets;
        if (total > POLICY_ENTRIES_MAX) {
            report_error(c->report, &s->place, "POL092", "use prefixes, or shorter lists",
                "more than %d pairs of a principal and a name", POLICY_ENTRIES_MAX);
            return;
        }
    }
    c->item_count = (size_t)total;
}

/* --- rules times subjects times targets --- */

static int compare_views(const void *a, const void *b)
{
    return policy_view_compare(
        *(const struct policy_view *)a, *(const struct policy_view *)b);
}

static enum err collect_principals(struct compiler *c)
{
    size_t count = 0;

    c->principals = mem_alloc(c->parsed.subject_count, sizeof(*c->principals));
    if (c->principals == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < c->parsed.subject_count; i++) {
        if (!c->parsed.subjects[i].any) {
            c->principals[count++] = c->parsed.subjects[i].name;
        }
    }
    qsort(c->principals, count, sizeof(*c->principals), compare_views);
    for (size_t i = 0; i < count; i++) {
        size_t n = c->principal_count;
        if (n == 0 || policy_view_compare(c->principals[n - 1], c->principals[i]) != 0) {
            c->principals[c->principal_count++] = c->principals[i];
        }
    }
    return OK;
}

static uint32_t principal_number(const struct compiler *c, const struct policy_subject *s)
{
    if (s->any) {
        return 0;
    }
    const struct policy_view *found = bsearch(&s->name, c->principals, c->principal_count,
        sizeof(*c->principals), compare_views);
    INVARIANT(found != NULL);
    return (uint32_t)(found - c->principals) + 1;
}

static uint32_t with_implied(uint32_t bits)
{
    uint32_t describing = POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) |
                          POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER);

    if ((bits & describing) != 0) {
        bits |= POLICY_BIT(POLICY_DESCRIBE);
    }
    if ((bits & POLICY_BIT(POLICY_ALTER_CONFIGS)) != 0) {
        bits |= POLICY_BIT(POLICY_DESCRIBE_CONFIGS);
    }
    return bits;
}

static size_t expand_rule(struct compiler *c, uint32_t rule, size_t count)
{
    const struct policy_statement *s = &c->parsed.statements[rule];

    for (uint32_t i = 0; i < s->subjects; i++) {
        uint32_t principal =
            principal_number(c, &c->parsed.subjects[s->first_subject + i]);
        for (uint32_t k = 0; k < s->targets; k++) {
            const struct policy_target *t = &c->parsed.targets[s->first_target + k];
            c->items[count++] = (struct item){
                .pattern = {.resource = t->resource,
                    .is_prefix = t->is_prefix ? 1 : 0,
                    .name = t->name},
                .principal = principal,
                .rule = rule,
                .operations = s->deny ? t->operations : with_implied(t->operations),
                .deny = s->deny,
            };
        }
    }
    return count;
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    int c = policy_pattern_compare(&x->pattern, &y->pattern);

    if (c != 0) {
        return c;
    }
    if (x->principal != y->principal) {
        return x->principal < y->principal ? -1 : 1;
    }
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static enum err expand(struct compiler *c)
{
    size_t count = 0;

    c->items = mem_alloc(c->item_count, sizeof(*c->items));
    if (c->items == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < c->parsed.statement_count; i++) {
        count = expand_rule(c, (uint32_t)i, count);
    }
    INVARIANT(count == c->item_count);
    qsort(c->items, count, sizeof(*c->items), compare_items);
    return OK;
}

/* --- bytes --- */

static void add_word(struct buf *b, uint32_t word)
{
    const uint8_t bytes[4] = {(uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
        (uint8_t)(word >> 24)};

    buf_add(b, bytes, sizeof(bytes));
}

/* The string goes to the strings, where it is to the section. */
static void add_string(
    struct compiler *c, struct buf *section, const void *text, size_t length)
{
    add_word(section, (uint32_t)c->strings.length);
    add_word(section, (uint32_t)length);
    buf_add(&c->strings, text, length);
    buf_add(&c->strings, "", 1);
}

static uint32_t emit_entries(struct compiler *c, const struct item *items, size_t count)
{
    uint32_t seen[2] = {0, 0};
    uint32_t emitted = 0;
    size_t i = 0;

    while (i < count) {
        const struct item *first = &items[i];
        uint32_t operations = 0;
        for (; i < count && items[i].rule == first->rule; i++) {
            operations |= items[i].operations;
        }
        operations &= ~seen[first->deny];
        seen[first->deny] |= operations;
        if (operations != 0) {
            add_word(&c->sections[POLICY_ENTRIES], first->rule);
            add_word(&c->sections[POLICY_ENTRIES], operations);
            emitted++;
        }
    }
    return emitted;
}

static uint32_t emit_cells(struct compiler *c, const struct item *items, size_t count)
{
    uint32_t cells = 0;

    for (size_t i = 0; i < count; cells++) {
        size_t end = i;
        while (end < count && items[end].principal == items[i].principal) {
            end++;
        }
        uint32_t entries = emit_entries(c, &items[i], end - i);
        add_word(&c->sections[POLICY_CELLS], items[i].principal);
        add_word(&c->sections[POLICY_CELLS], entries);
        i = end;
    }
    return cells;
}

static void emit_patterns(struct compiler *c)
{
    struct buf *section = &c->sections[POLICY_PATTERNS];

    for (size_t i = 0; i < c->item_count;) {
        const struct policy_pattern *pattern = &c->items[i].pattern;
        size_t end = i;
        while (end < c->item_count &&
               policy_pattern_compare(pattern, &c->items[end].pattern) == 0) {
            end++;
        }
        uint32_t cells = emit_cells(c, &c->items[i], end - i);
        add_word(section, pattern->resource);
        add_word(section, pattern->is_prefix);
        add_string(c, section, pattern->name.ptr, pattern->name.len);
        add_word(section, cells);
        i = end;
    }
}

/* White space outside quotes counts as one blank: the id survives moves and re-indenting.
 */
static void hash_statement(
    struct policy_view text, uint8_t digest[crypto_hash_sha256_BYTES])
{
    crypto_hash_sha256_state state;
    bool quoted = false;

    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        quoted = quoted != (byte == '"');
        bool blank = !quoted && (byte == ' ' || byte == '\t');
        if (blank && (text.ptr[i - 1] == ' ' || text.ptr[i - 1] == '\t')) {
            continue;
        }
        byte = blank ? ' ' : byte;
        (void)crypto_hash_sha256_update(&state, &byte, 1);
    }
    (void)crypto_hash_sha256_final(&state, digest);
}

static void emit_rules(struct compiler *c)
{
    struct buf *section = &c->sections[POLICY_RULES];

    for (size_t i = 0; i < c->file_count; i++) {
        const char *name = c->files[i].name;
        add_string(c, &c->sections[POLICY_FILES], name, strlen(name));
    }
    for (size_t i = 0; i < c->parsed.statement_count; i++) {
        const struct policy_statement *s = &c->parsed.statements[i];
        add_word(section, s->deny ? 1 : 0);
        add_word(section, s->file);
        add_word(section, s->place.line);
        if (s->label.len > 0) {
            add_string(c, section, s->label.ptr, s->label.len);
        } else {
            uint8_t digest[crypto_hash_sha256_BYTES];
            char id[16];
            hash_statement(s->text, digest);
            (void)snprintf(id, sizeof(id), "r-%02x%02x%02x%02x", digest[0], digest[1],
                digest[2], digest[3]);
            add_string(c, section, id, strlen(id));
        }
    }
}

static void emit_principals(struct compiler *c)
{
    for (size_t i = 0; i < c->principal_count; i++) {
        add_string(c, &c->sections[POLICY_PRINCIPALS], c->principals[i].ptr,
            c->principals[i].len);
    }
}

static enum err assemble(struct compiler *c, struct buf *out)
{
    uint32_t counts[POLICY_SECTIONS];
    struct buf header;
    size_t before = out->length;

    buf_init(&header, POLICY_BLOB_WORDS * 4);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        counts[i] = (uint32_t)(c->sections[i].length / policy_blob_words[i] / 4);
    }
    uint32_t cluster = (uint32_t)c->strings.length;
    buf_add(&c->strings, c->parsed.cluster.ptr, c->parsed.cluster.len);
    buf_add(&c->strings, "", 1);
    add_word(&header, POLICY_BLOB_MAGIC);
    add_word(&header, POLICY_BLOB_VERSION);
    add_word(&header, (uint32_t)c->strings.length);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        add_word(&header, counts[i]);
    }
    add_word(&header, cluster);
    add_word(&header, (uint32_t)c->parsed.cluster.len);
    add_word(&header, (uint32_t)c->parsed.serial);
    add_word(&header, (uint32_t)(c->parsed.serial >> 32));
    add_word(&header, c->parsed.signatures);

    enum err e = buf_error(&header);
    buf_add(out, header.bytes, header.length);
    buf_fini(&header);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        e = e == OK ? buf_error(&c->sections[i]) : e;
        buf_add(out, c->sections[i].bytes, c->sections[i].length);
    }
    e = e == OK ? buf_error(&c->strings) : e;
    buf_add(out, c->strings.bytes, c->strings.length);
    e = e == OK ? buf_error(out) : e;
    out->length = e == OK ? out->length : before;
    return e;
}

static enum err compile(struct compiler *c, struct buf *out)
{
    enum err e = policy_parse(c->files, c->file_count, c->report, &c->parsed);

    if (e == OK) {
        e = check_labels(c);
    }
    if (e != OK) {
        return e;
    }
    check_expansion(c);
    if (c->report->errors > 0) {
        return ERR_INVALID;
    }
    e = collect_principals(c);
    if (e == OK) {
        e = expand(c);
    }
    if (e != OK) {
        return e;
    }
    emit_rules(c);
    emit_principals(c);
    emit_patterns(c);
    return assemble(c, out);
}

enum err policy_compile(
    const struct policy_job *job, struct buf *blob_out, struct buf *errors_out)
{
    struct report report;
    struct compiler c = {
        .files = job->files, .file_count = job->count, .report = &report};

    INVARIANT(job->count > 0);
    report_init(&report, errors_out);
    report.directory = job->directory;
    buf_init(&c.strings, POLICY_BLOB_MAX);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        buf_init(&c.sections[i], POLICY_BLOB_MAX);
    }
    enum err e = compile(&c, blob_out);
    if (e == ERR_INVALID) {
        report_finish(&report, job->files[0].name, "policy not loaded");
    }
    policy_parsed_fini(&c.parsed);
    mem_free(c.principals);
    mem_free(c.items);
    buf_fini(&c.strings);
    for (size_t i = 0; i < POLICY_SECTIONS; i++) {
        buf_fini(&c.sections[i]);
    }
    return e;
}

enum err policy_compile_text(const struct policy_source *files, size_t count,
    struct buf *blob_out, struct buf *errors_out)
{
    const struct policy_job job = {files, count, ""};

    return policy_compile(&job, blob_out, errors_out);
}
