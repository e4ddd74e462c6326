#include "policy_include.h"

#include "mem.h"
#include "policy_array.h"
#include "policy_blob.h"
#include "policy_nearest.h"
#include "policy_target.h"
#include "policy_value.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the files --- */

static int compare_sources(const void *a, const void *b)
{
    const struct policy_source *x = *(const struct policy_source *const *)a;
    const struct policy_source *y = *(const struct policy_source *const *)b;

    return strcmp(x->name, y->name);
}

static enum err add_file(struct policy_include *in, struct policy_cursor *c,
    uint32_t source, uint32_t depth, const struct policy_model_file *file)
{
    enum err e = policy_array_add_file(c->model, *file);

    if (e != OK) {
        return e;
    }
    uint32_t number = (uint32_t)c->model->files_count - 1;
    in->files[number] = (struct policy_include_file){source, depth};
    in->read_as[source] = number;
    in->text_left -= in->sources[source]->length;
    return OK;
}

static enum err add_main(struct policy_include *in, struct policy_cursor *c)
{
    const struct policy_model_file file = {.name = in->main->name};

    for (size_t i = 0; i < in->count; i++) {
        if (in->sources[i] != in->main) {
            continue;
        }
        if (in->main->length > in->text_left) {
            const struct report_place place = {.file = in->main->name, .line = 1};
            report_error(c->report, &place, "POL093", "use prefixes, or lists of names",
                "the policy is larger than 4 MiB");
            return OK;
        }
        return add_file(in, c, (uint32_t)i, 0, &file);
    }
    return OK;
}

enum err policy_include_init(struct policy_include *in,
    const struct policy_source *sources, size_t count, struct policy_cursor *c)
{
    *in = (struct policy_include){
        .main = sources, .count = count, .text_left = POLICY_TEXT_MAX};
    in->sources = mem_alloc(count, sizeof(*in->sources));
    in->read_as = mem_alloc(count, sizeof(*in->read_as));
    in->files = mem_alloc(POLICY_FILES_MAX, sizeof(*in->files));
    if (in->sources == NULL || in->read_as == NULL || in->files == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        in->sources[i] = &sources[i];
        in->read_as[i] = POLICY_UNRESOLVED;
    }
    qsort(in->sources, count, sizeof(*in->sources), compare_sources);
    return add_main(in, c);
}

void policy_include_fini(struct policy_include *in)
{
    mem_free(in->sources);
    mem_free(in->read_as);
    mem_free(in->files);
    *in = (struct policy_include){.count = 0};
}

const struct policy_source *policy_include_source(
    const struct policy_include *in, uint32_t file)
{
    return in->sources[in->files[file].source];
}

/* --- names --- */

/* Where nothing matches behind the last star, the star takes one byte more. */
bool policy_include_matches(
    struct policy_view pattern, const char *name, size_t name_length)
{
    size_t p = 0;
    size_t n = 0;
    size_t star = SIZE_MAX;
    size_t star_name = 0;

    while (n < name_length) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_name = n;
        } else if (p < pattern.len && (pattern.ptr[p] == (uint8_t)name[n] ||
                                          (pattern.ptr[p] == '?' && name[n] != '/'))) {
            p++;
            n++;
        } else if (star != SIZE_MAX && name[star_name] != '/') {
            p = star + 1;
            n = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

/* No empty part, no `.` and no `..`. */
static bool stays_inside(struct policy_view path)
{
    size_t start = 0;

    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.ptr[i] != '/') {
            continue;
        }
        const struct policy_view part = {path.ptr + start, i - start};
        if (part.len == 0 || policy_value_is(part, ".") || policy_value_is(part, "..")) {
            return false;
        }
        start = i + 1;
    }
    return true;
}

static size_t directory_length(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash != NULL ? (size_t)(slash - name) + 1 : 0;
}

/* --- one statement --- */

struct include {
    const struct policy_token *t;  /* the name */
    struct policy_model_file file; /* all but its name */
    size_t directory;              /* length, of the name of the file that includes */
    uint32_t depth;
};

static bool fail_source(struct policy_cursor *c, const struct include *i,
    const char *code, const char *help, const char *before, const char *name,
    const char *after)
{
    char word[160];
    char message[256];

    (void)text_escape(word, sizeof(word), name, strlen(name));
    (void)snprintf(message, sizeof(message), "%s'%s'%s", before, word, after);
    return policy_cursor_fail(c, i->t, code, help, message);
}

static bool is_above(const struct policy_cursor *c, uint32_t candidate)
{
    uint32_t file = c->file;

    while (file != candidate && file != 0) {
        file = c->model->files[file].parent;
    }
    return file == candidate;
}

static bool fail_again(
    struct policy_cursor *c, const struct include *i, const char *name, uint32_t number)
{
    char help[POLICY_HELP_MAX] = "keep one of the two";
    const struct policy_model_file *file = &c->model->files[number];

    if (is_above(c, number)) {
        return fail_source(c, i, "POL023", "take one of them away", "including ", name,
            " again would never end");
    }
    (void)snprintf(help, sizeof(help), "it is included at %.200s:%u", file->included.file,
        file->included.line);
    return fail_source(c, i, "POL024", help, "", name, " is included twice");
}

static bool include_source(struct policy_include *in, struct policy_cursor *c,
    struct include *i, uint32_t source)
{
    const struct policy_source *s = in->sources[source];

    if (in->read_as[source] != POLICY_UNRESOLVED) {
        return fail_again(c, i, s->name, in->read_as[source]);
    }
    if (c->model->files_count == POLICY_FILES_MAX) {
        in->is_full = true;
        return policy_cursor_fail(
            c, i->t, "POL094", "join some of them", "more than 64 files");
    }
    if (s->length > in->text_left) {
        in->is_full = true;
        return policy_cursor_fail(c, i->t, "POL093", "use prefixes, or lists of names",
            "the policy is larger than 4 MiB");
    }
    i->file.name = s->name;
    return policy_cursor_added(c, add_file(in, c, source, i->depth, &i->file));
}

static bool matches(
    const struct policy_cursor *c, const struct include *i, const struct policy_source *s)
{
    const char *directory = c->model->files[c->file].name;

    return strncmp(s->name, directory, i->directory) == 0 &&
           policy_include_matches(
               i->t->text, s->name + i->directory, strlen(s->name + i->directory));
}

static bool fail_nothing(
    const struct policy_include *in, struct policy_cursor *c, const struct include *i)
{
    struct policy_nearest near;
    char help[POLICY_HELP_MAX] = "";
    const char *directory = c->model->files[c->file].name;

    policy_nearest_init(&near, i->t->text);
    for (size_t k = 0; k < in->count && !policy_cursor_is_mute(c); k++) {
        const char *name = in->sources[k]->name;
        if (strncmp(name, directory, i->directory) == 0) {
            name += i->directory;
            policy_nearest_offer(
                &near, (struct policy_view){(const uint8_t *)name, strlen(name)});
        }
    }
    policy_nearest_help(&near, "",
        "names are relative to the directory of this file, and end in .policy", help,
        sizeof(help));
    return policy_cursor_fail_word(c, i->t, "POL022", help, "no file matches ", "");
}

static bool include_all(
    struct policy_include *in, struct policy_cursor *c, struct include *i)
{
    bool is_glob = policy_value_has(i->t->text, '*') || policy_value_has(i->t->text, '?');
    bool found = false;

    for (uint32_t k = 0; k < in->count; k++) {
        if (!matches(c, i, in->sources[k]) || (is_glob && in->read_as[k] == c->file)) {
            continue;
        }
        found = true;
        if (!include_source(in, c, i, k)) {
            return false;
        }
    }
    return found || fail_nothing(in, c, i);
}

static bool check_path(struct policy_cursor *c, const struct policy_token *t)
{
    if (!policy_token_is_name(t) || t->text.len == 0) {
        return policy_cursor_expected(c, "a file name", "write include \"FILE.policy\"");
    }
    if (!stays_inside(t->text)) {
        return policy_cursor_fail_word(c, t, "POL021",
            "name a file in the directory of this one or below, without . and ..", "",
            " is not a file below this one");
    }
    return true;
}

bool policy_include_parse(struct policy_include *in, struct policy_cursor *c)
{
    struct include i = {.t = c->at, .depth = in->files[c->file].depth + 1};

    if (in->is_full) { /* said once: thousands of names against all files take time */
        c->at = &c->lexer.tokens[c->lexer.count];
        return true;
    }
    if (!check_path(c, i.t)) {
        return false;
    }
    c->at++;
    i.file.parent = c->file;
    i.file.included = policy_cursor_place(c, i.t);
    if (policy_cursor_take_word(c, "scope")) {
        i.file.has_scope = true;
        if (!policy_target_parse(c, NULL, &i.file.scope)) {
            return false;
        }
    }
    if (!policy_cursor_need_end(c)) {
        return false;
    }
    if (i.depth > POLICY_INCLUDE_DEPTH_MAX) {
        return policy_cursor_fail(c, i.t, "POL020", "include it from a file further up",
            "includes are nested deeper than 4");
    }
    if (++in->statements > POLICY_FILES_MAX) {
        in->is_full = true;
        return policy_cursor_fail(c, i.t, "POL094", "use a name with *",
            "more than 64 statements that include");
    }
    i.directory = directory_length(c->model->files[c->file].name);
    return include_all(in, c, &i);
}
