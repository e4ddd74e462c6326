/* Files to a model: read one after the other, then names are looked up. */
#include "policy_model.h"

#include "policy_include.h"
#include "policy_resolve.h"
#include "policy_statement.h"

static enum err parse_file(
    struct policy_cursor *c, struct policy_include *in, uint32_t file)
{
    const struct policy_source *source = policy_include_source(in, file);
    bool is_first = true;

    c->file = file;
    c->is_pending = false;
    c->error = policy_lexer_init(&c->lexer, source->name, source->text, source->length);
    while (c->error == OK && (c->is_pending || policy_lexer_next(&c->lexer, c->report))) {
        policy_statement_parse(c, in, is_first);
        is_first = false;
    }
    policy_lexer_fini(&c->lexer);
    return c->error;
}

static enum err parse_files(
    struct policy_cursor *c, const struct policy_source *sources, size_t count)
{
    struct policy_include in;
    enum err e = policy_include_init(&in, sources, count, c);

    /* reading a file may add others behind it */
    for (uint32_t i = 0; e == OK && i < c->model->files_count; i++) {
        e = parse_file(c, &in, i);
    }
    policy_include_fini(&in);
    return e;
}

enum err policy_model_parse(const struct policy_source *sources, size_t count,
    struct report *report, struct policy_model *out)
{
    struct policy_cursor c = {.report = report, .model = out};

    INVARIANT(count > 0);
    *out = (struct policy_model){.serial = 0};
    enum err e = parse_files(&c, sources, count);
    if (e == ERR_FULL) {
        return OK; /* reported; what is behind it was not read, names neither */
    }
    if (e == OK && !out->has_header && out->files_count > 0) {
        const struct report_place place = {.file = sources[0].name, .line = 1};
        report_error(report, &place, "POL007", "begin the file with: policy 1",
            "the header is missing");
    }
    return e == OK ? policy_resolve_names(out, report) : e;
}
