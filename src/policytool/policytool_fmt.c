#include "policytool_fmt.h"

#include "mem.h"
#include "policytool_lines.h"

#include <stdlib.h>
#include <string.h>

#define INDENT    4
#define STOPS_MAX 3
#define OWNER     "# owner:"

enum layout {
    AS_LINES, /* each line of it stays one */
    ONE_LINE, /* a list, whatever it was */
    BROKEN,   /* a list with one member a line */
};

struct statement {
    size_t first; /* of its lines */
    size_t count;
    enum layout layout;
    bool is_list;    /* team, net or auth = { } */
    bool is_include; /* with a scope */
    bool is_test;
    size_t widest; /* keyword and name, of it and its neighbours */
};

/* Columns at which tokens of a line stand at the earliest, by their number. */
struct stops {
    size_t at[STOPS_MAX];
};

struct fmt {
    struct policytool_lines lines;
    struct statement *statements; /* in order; what is between them are other lines */
    size_t count;
    struct report *report;
    struct buf *out;
    size_t line_start; /* in out */
    bool blank_is_due;
    bool was_code; /* the last line written */
};

/* --- statements --- */

static const struct policy_token *tokens_of(const struct fmt *f, size_t line)
{
    return f->lines.tokens + f->lines.lines[line].first;
}

static size_t token_count(const struct fmt *f, const struct statement *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count; i++) {
        count += f->lines.lines[s->first + i].count;
    }
    return count;
}

static bool is_one_of(
    const struct policy_token *t, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (policy_token_is(t, words[i])) {
            return true;
        }
    }
    return false;
}

/* The text of these is what their ids are made from. */
static bool has_id_of_text(const struct policy_token *first)
{
    static const char *const words[] = {"allow", "deny", "grant", "never", "delegate"};

    return is_one_of(first, words, sizeof(words) / sizeof(words[0]));
}

static bool has_comment_inside(const struct fmt *f, const struct statement *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct policytool_line *line = &f->lines.lines[s->first + i];
        if (line->kind == POLICYTOOL_COMMENT ||
            (line->comment.len > 0 && i + 1 < s->count)) {
            return true;
        }
    }
    return false;
}

/* Between braces that are the only ones; what has others keeps its lines. */
static bool is_in_braces(const struct policy_token *t, size_t count)
{
    for (size_t i = 1; i + 1 < count; i++) {
        if (t[i].kind == POLICY_TOKEN_OPEN || t[i].kind == POLICY_TOKEN_CLOSE) {
            return false;
        }
    }
    return t[0].kind == POLICY_TOKEN_OPEN && t[count - 1].kind == POLICY_TOKEN_CLOSE;
}

static void classify(const struct fmt *f, struct statement *s)
{
    static const char *const lists[] = {"team", "net", "auth"};
    const struct policy_token *t = tokens_of(f, s->first);
    const size_t count = token_count(f, s);

    s->is_test = policy_token_is(t, "test");
    s->is_include =
        count > 2 && policy_token_is(t, "include") && policy_token_is(t + 2, "scope");
    s->is_list = count > 3 && is_one_of(t, lists, sizeof(lists) / sizeof(lists[0])) &&
                 t[2].kind == POLICY_TOKEN_EQUALS && is_in_braces(t + 3, count - 3);
    s->layout = s->is_list && !has_comment_inside(f, s) ? ONE_LINE : AS_LINES;
}

static bool fail(
    struct fmt *f, size_t line, const char *code, const char *help, const char *message)
{
    const struct report_place place = {
        .file = f->lines.file, .line = f->lines.lines[line].number};

    report_error(f->report, &place, code, help, "%s", message);
    return false;
}

/* From that line to the one that closes all its braces. */
static bool find_end(struct fmt *f, struct statement *s)
{
    size_t depth = 0;

    for (size_t i = s->first; i < f->lines.count; i++) {
        const struct policy_token *t = tokens_of(f, i);
        for (size_t k = 0; k < f->lines.lines[i].count; k++) {
            if (t[k].kind == POLICY_TOKEN_CLOSE && depth == 0) {
                return fail(f, i, "POL004", "remove it", "'}' closes nothing");
            }
            depth += t[k].kind == POLICY_TOKEN_OPEN ? 1 : 0;
            depth -= t[k].kind == POLICY_TOKEN_CLOSE ? 1 : 0;
        }
        if (depth == 0) {
            s->count = i + 1 - s->first;
            return true;
        }
    }
    return fail(f, s->first, "POL003", "add a closing }", "'{' is not closed");
}

static enum err find_statements(struct fmt *f)
{
    f->statements = mem_alloc(f->lines.count + 1, sizeof(*f->statements));
    if (f->statements == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < f->lines.count; i++) {
        struct statement s = {.first = i};
        if (f->lines.lines[i].kind != POLICYTOOL_CODE) {
            continue;
        }
        if (!find_end(f, &s)) {
            return ERR_INVALID;
        }
        classify(f, &s);
        f->statements[f->count++] = s;
        i += s.count - 1;
    }
    return OK;
}

/* --- sorted lists --- */

static int compare_tokens(const void *a, const void *b)
{
    const struct policy_token *x = a;
    const struct policy_token *y = b;
    const size_t shorter = x->text.len < y->text.len ? x->text.len : y->text.len;
    int c = shorter == 0 ? 0 : memcmp(x->text.ptr, y->text.ptr, shorter);

    if (c == 0 && x->text.len != y->text.len) {
        c = x->text.len < y->text.len ? -1 : 1;
    }
    return c != 0 ? c : (int)x->kind - (int)y->kind;
}

static bool is_name(const struct policy_token *t)
{
    return t->kind == POLICY_TOKEN_WORD || t->kind == POLICY_TOKEN_QUOTED;
}

/* Members stand at every other place from t on, commas between them. */
static void sort_members(
    struct policy_token *t, size_t members, struct policy_token *scratch)
{
    for (size_t i = 0; i < members; i++) {
        scratch[i] = t[2 * i];
    }
    qsort(scratch, members, sizeof(*scratch), compare_tokens);
    for (size_t i = 0; i < members; i++) {
        t[2 * i] = scratch[i];
    }
}

/* Networks stay as they are written: their order is not that of their text, and the
 * compiled policy keeps it. */
static bool are_networks(const struct policy_token *first, size_t before)
{
    return (before > 0 && policy_token_is(first - 1, "from")) ||
           (before > 1 && policy_token_is(first - 1, "not") &&
               policy_token_is(first - 2, "from"));
}

static void sort_lists(struct policy_token *t, size_t count, struct policy_token *scratch)
{
    for (size_t i = 0; i < count;) {
        size_t members = 1;
        while (is_name(&t[i]) && i + 2 * members < count &&
               t[i + 2 * members - 1].kind == POLICY_TOKEN_COMMA &&
               is_name(&t[i + 2 * members])) {
            members++;
        }
        if (members > 1 && !are_networks(&t[i], i)) {
            sort_members(&t[i], members, scratch);
        }
        i += 2 * members - 1;
    }
}

static enum err sort_all(struct fmt *f)
{
    struct policy_token *scratch = mem_alloc(f->lines.tokens_count + 1, sizeof(*scratch));

    if (scratch == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct statement *s = &f->statements[i];
        const struct policytool_line *line = &f->lines.lines[s->first];
        struct policy_token *t = f->lines.tokens + line->first;
        if (has_id_of_text(t) || policy_token_is(t, "net")) {
            continue;
        }
        if (s->layout == ONE_LINE) {
            sort_lists(t, token_count(f, s), scratch);
            continue;
        }
        for (size_t k = 0; k < s->count && !s->is_list; k++) {
            sort_lists(f->lines.tokens + line[k].first, line[k].count, scratch);
        }
    }
    mem_free(scratch);
    return OK;
}

/* --- columns --- */

static size_t width_of(const struct policy_token *t)
{
    size_t width = t->kind == POLICY_TOKEN_QUOTED ? 2 : 0;

    for (size_t i = 0; i < t->text.len; i++) {
        width += (t->text.ptr[i] & 0xc0) == 0x80 ? 0 : 1;
    }
    return width;
}

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bool is_neighbour(const struct statement *s, const struct statement *before)
{
    return before->first + before->count == s->first && s->is_list == before->is_list &&
           s->is_include == before->is_include;
}

/* Of lists, or of includes, that follow each other without a line between. */
static void measure_neighbours(struct fmt *f)
{
    for (size_t i = 0; i < f->count;) {
        struct statement *group = &f->statements[i];
        size_t count = 0;
        size_t widest = 0;
        do {
            const struct policy_token *t = tokens_of(f, group[count].first);
            if (group->is_list || group->is_include) {
                widest = greater(widest, width_of(t) + 1 + width_of(t + 1));
            }
            count++;
        } while (i + count < f->count && is_neighbour(&group[count], &group[count - 1]));
        for (size_t k = 0; k < count; k++) {
            group[k].widest = widest;
        }
        i += count;
    }
}

/* The lines of a test, between its braces. */
static struct stops stops_of_test(const struct fmt *f, const struct statement *s)
{
    size_t principal = 0;
    size_t word = 0;

    for (size_t i = 1; i + 1 < s->count; i++) {
        const struct policy_token *t = tokens_of(f, s->first + i);
        const size_t count = f->lines.lines[s->first + i].count;
        if (count > 1 && is_name(t)) {
            principal = greater(principal, width_of(t));
            word = greater(word, width_of(t + 1));
        }
    }
    return (struct stops){
        .at = {0, INDENT + principal + 1, INDENT + principal + 1 + word + 1}};
}

/* --- writing --- */

static size_t column(const struct fmt *f)
{
    size_t n = 0;

    for (size_t i = f->line_start; i < f->out->length; i++) {
        n += (f->out->bytes[i] & 0xc0) == 0x80 ? 0 : 1;
    }
    return n;
}

static void pad_to(struct fmt *f, size_t stop)
{
    for (size_t at = column(f); at < stop; at++) {
        buf_add(f->out, " ", 1);
    }
}

static void begin_line(struct fmt *f, size_t indent)
{
    if (f->blank_is_due && f->out->length > 0) {
        buf_add(f->out, "\n", 1);
    }
    f->blank_is_due = false;
    f->line_start = f->out->length;
    pad_to(f, indent);
}

static void add_token(struct fmt *f, const struct policy_token *t)
{
    const bool quoted = t->kind == POLICY_TOKEN_QUOTED;

    buf_add_text(f->out, quoted ? "\"" : "");
    buf_add(f->out, t->text.ptr, t->text.len);
    buf_add_text(f->out, quoted ? "\"" : "");
}

static void add_tokens(
    struct fmt *f, const struct policy_token *t, size_t count, const struct stops *stops)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && t[i].kind != POLICY_TOKEN_COMMA) {
            buf_add(f->out, " ", 1);
        }
        if (i < STOPS_MAX) {
            pad_to(f, stops->at[i]);
        }
        add_token(f, &t[i]);
    }
}

static bool end_line(struct fmt *f, size_t line, struct policy_view comment)
{
    if (comment.len > 0) {
        buf_add_text(f->out, column(f) > 0 ? "  " : "");
        buf_add(f->out, comment.ptr, comment.len);
    }
    if (f->out->length - f->line_start > POLICY_LINE_MAX) {
        return fail(f, line, "POL090", "use several statements, or a list by a name",
            "laid out, the line is longer than 4096 bytes");
    }
    buf_add(f->out, "\n", 1);
    f->was_code = true;
    return true;
}

static void write_comment(
    struct fmt *f, const struct policytool_line *line, size_t indent)
{
    const bool names_owner = indent == 0 && line->comment.len >= strlen(OWNER) &&
                             memcmp(line->comment.ptr, OWNER, strlen(OWNER)) == 0;

    f->blank_is_due = f->blank_is_due || (names_owner && f->was_code);
    begin_line(f, indent);
    buf_add(f->out, line->comment.ptr, line->comment.len);
    buf_add(f->out, "\n", 1);
    f->was_code = false;
}

/* The first line and the one that closes the braces stand at the margin. */
static bool write_lines(struct fmt *f, const struct statement *s)
{
    const struct stops none = {.at = {0}};
    const struct stops in_test = s->is_test ? stops_of_test(f, s) : none;
    const size_t last = s->first + s->count - 1;
    bool is_empty = true;

    for (size_t i = s->first; i <= last; i++) {
        const struct policytool_line *line = &f->lines.lines[i];
        const struct policy_token *t = tokens_of(f, i);
        if (line->kind == POLICYTOOL_BLANK) {
            f->blank_is_due = !is_empty;
            continue;
        }
        is_empty = i == s->first;
        if (line->kind == POLICYTOOL_COMMENT) {
            write_comment(f, line, INDENT);
            continue;
        }
        const bool closes = i == last && t->kind == POLICY_TOKEN_CLOSE;
        const bool inside = i > s->first && !closes;
        f->blank_is_due = f->blank_is_due && !closes;
        begin_line(f, inside ? INDENT : 0);
        add_tokens(f, t, line->count, inside ? &in_test : &none);
        if (!end_line(f, i, line->comment)) {
            return false;
        }
    }
    return true;
}

/* team NAME = {, a member a line, }. */
static bool write_broken(
    struct fmt *f, const struct statement *s, const struct stops *stops)
{
    const struct policy_view comment = f->lines.lines[s->first + s->count - 1].comment;
    const struct policy_view none = {.ptr = NULL};
    const struct policy_token *t = tokens_of(f, s->first);
    const size_t count = token_count(f, s);
    bool good = true;

    begin_line(f, 0);
    add_tokens(f, t, 4, stops);
    good = end_line(f, s->first, none);
    for (size_t i = 4; i + 1 < count && good;) {
        begin_line(f, INDENT);
        do {
            add_tokens(f, &t[i], 1, &(struct stops){.at = {0}});
            i++;
        } while (i + 1 < count && t[i].kind == POLICY_TOKEN_COMMA);
        good = end_line(f, s->first, none);
    }
    begin_line(f, 0);
    add_token(f, &t[count - 1]);
    return good && end_line(f, s->first, comment);
}

static size_t width_in_line(const struct policy_token *t, size_t count)
{
    size_t width = 0;

    for (size_t i = 0; i < count; i++) {
        width += width_of(&t[i]) + (i > 0 && t[i].kind != POLICY_TOKEN_COMMA ? 1 : 0);
    }
    return width;
}

static bool write_statement(struct fmt *f, size_t index)
{
    struct statement *s = &f->statements[index];
    const struct policy_token *t = tokens_of(f, s->first);
    const size_t count = token_count(f, s);
    struct stops stops = {.at = {0}};

    if (!s->is_list && !s->is_include) {
        return write_lines(f, s);
    }
    stops.at[2] = s->widest + 1;
    if (s->layout == AS_LINES && s->count > 1) {
        return write_lines(f, s);
    }
    const size_t padding = s->widest - (width_of(t) + 1 + width_of(t + 1));
    if (s->layout == ONE_LINE &&
        padding + width_in_line(t, count) > POLICYTOOL_FMT_WIDTH) {
        s->layout = BROKEN;
        return write_broken(f, s, &stops);
    }
    begin_line(f, 0);
    add_tokens(f, t, count, &stops);
    return end_line(f, s->first, f->lines.lines[s->first + s->count - 1].comment);
}

static enum err write_all(struct fmt *f)
{
    size_t next = 0;

    for (size_t i = 0; i < f->lines.count; i++) {
        const struct policytool_line *line = &f->lines.lines[i];
        if (line->kind == POLICYTOOL_BLANK) {
            f->blank_is_due = true;
        } else if (line->kind == POLICYTOOL_COMMENT) {
            write_comment(f, line, 0);
        } else {
            const struct statement *s = &f->statements[next];
            INVARIANT(next < f->count && s->first == i);
            if (!write_statement(f, next)) {
                return ERR_INVALID;
            }
            i += s->count - 1;
            next++;
        }
        if (buf_error(f->out) != OK) {
            return buf_error(f->out);
        }
    }
    return buf_error(f->out);
}

enum err policytool_fmt(
    const char *file, struct policy_view text, struct report *report, struct buf *out)
{
    struct fmt f = {.report = report, .out = out};

    buf_reset(out);
    enum err e = policytool_lines_read(file, text, report, &f.lines);
    if (e == OK) {
        e = find_statements(&f);
    }
    if (e == OK) {
        e = sort_all(&f);
    }
    if (e == OK) {
        measure_neighbours(&f);
        e = write_all(&f);
    }
    mem_free(f.statements);
    policytool_lines_fini(&f.lines);
    return e;
}
