#include "policy_compile.h"

#include "arena.h"
#include "mem.h"
#include "policy_blob.h"
#include "policy_build.h"
#include "policy_parser.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compiler {
    const struct policy_source *files;
    size_t file_count;
    struct report *report;
    struct policy_parsed parsed;
    struct arena arena;
    bool failed; /* out of memory */
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
}

/* --- what the builder is given --- */

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

/* Principals of the language have the type `User:` there. */
static struct policy_view typed(struct compiler *c, struct policy_view name)
{
    static const char type[] = "User:";
    uint8_t *text = arena_alloc(&c->arena, sizeof(type) + name.len, 1);

    if (text == NULL) {
        return (struct policy_view){(const uint8_t *)"", 0};
    }
    memcpy(text, type, sizeof(type) - 1);
    memcpy(text + sizeof(type) - 1, name.ptr, name.len);
    return (struct policy_view){text, sizeof(type) - 1 + name.len};
}

static void build_rule(
    struct compiler *c, struct policy_build *b, const struct policy_statement *s)
{
    struct policy_build_subject *subjects =
        arena_alloc(&c->arena, s->subjects, sizeof(*subjects));
    struct policy_build_target *targets =
        arena_alloc(&c->arena, s->targets, sizeof(*targets));
    uint8_t digest[crypto_hash_sha256_BYTES];
    char id[16];

    if (subjects == NULL || targets == NULL) {
        c->failed = true;
        return;
    }
    for (uint32_t i = 0; i < s->subjects; i++) {
        const struct policy_subject *from = &c->parsed.subjects[s->first_subject + i];
        subjects[i].kind = from->any ? POLICY_SUBJECT_ANY : POLICY_SUBJECT_PRINCIPAL;
        if (!from->any) {
            subjects[i].name = typed(c, from->name);
            c->failed = c->failed || subjects[i].name.len == 0;
        }
    }
    for (uint32_t i = 0; i < s->targets; i++) {
        const struct policy_target *from = &c->parsed.targets[s->first_target + i];
        targets[i] = (struct policy_build_target){
            from->resource, from->is_prefix, from->name, from->operations};
    }
    hash_statement(s->text, digest);
    (void)snprintf(
        id, sizeof(id), "r-%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]);
    const struct policy_view made = {(const uint8_t *)id, strlen(id)};
    const struct policy_build_rule rule = {.effect = s->deny ? POLICY_DENY : POLICY_ALLOW,
        .file = s->file,
        .line = s->place.line,
        .id = s->label.len > 0 ? s->label : made,
        .subjects = subjects,
        .subject_count = s->subjects,
        .targets = targets,
        .target_count = s->targets};
    if (!c->failed) {
        policy_build_rule(b, &rule);
    }
}

static enum err build(struct compiler *c, struct policy_build *b, struct buf *out)
{
    const char *too_many = NULL;

    for (size_t i = 0; i < c->file_count; i++) {
        (void)policy_build_file(b, c->files[i].name);
    }
    for (size_t i = 0; i < c->parsed.statement_count && !c->failed; i++) {
        build_rule(c, b, &c->parsed.statements[i]);
    }
    policy_build_header(b, c->parsed.cluster, c->parsed.serial, c->parsed.signatures);
    if (c->failed) {
        return ERR_NOMEM;
    }
    enum err e = policy_build_finish(b, out, &too_many);
    /* The parser lets nothing through that the builder would not take. */
    return e == ERR_INVALID ? ERR_UNSUPPORTED : e;
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
    struct policy_build *b = policy_build_new();
    if (b == NULL) {
        return ERR_NOMEM;
    }
    e = build(c, b, out);
    policy_build_free(&b);
    return e;
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
    arena_init(&c.arena, POLICY_BLOB_MAX);
    enum err e = compile(&c, blob_out);
    if (e == ERR_INVALID) {
        report_finish(&report, job->files[0].name, "policy not loaded");
    }
    policy_parsed_fini(&c.parsed);
    arena_fini(&c.arena);
    return e;
}

enum err policy_compile_text(const struct policy_source *files, size_t count,
    struct buf *blob_out, struct buf *errors_out)
{
    const struct policy_job job = {files, count, ""};

    return policy_compile(&job, blob_out, errors_out);
}
