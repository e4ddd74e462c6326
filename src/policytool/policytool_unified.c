#include "policytool_unified.h"

#include "mem.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>

#define CONTEXT   3
#define CELLS_MAX ((size_t)4 * 1024 * 1024)

struct side {
    struct policy_view *lines; /* with their ends */
    size_t count;
};

enum change { KEPT, REMOVED, ADDED };

struct step {
    enum change change;
    size_t was; /* lines of each side in front of it */
    size_t is;
};

struct unified {
    struct side was;
    struct side is;
    struct step *steps;
    size_t count;
    struct buf *out;
};

static enum err split(struct policy_view text, struct side *out)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n' ? 1 : 0;
    }
    out->lines = mem_alloc(lines, sizeof(*out->lines));
    if (out->lines == NULL) {
        return ERR_NOMEM;
    }
    while (text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        const size_t length = end != NULL ? (size_t)(end - text.ptr) + 1 : text.len;
        out->lines[out->count++] = (struct policy_view){text.ptr, length};
        text.ptr += length;
        text.len -= length;
    }
    return OK;
}

static bool is_same(const struct unified *u, size_t was, size_t is)
{
    const struct policy_view a = u->was.lines[was];
    const struct policy_view b = u->is.lines[is];

    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static void add_step(struct unified *u, enum change change, size_t *was, size_t *is)
{
    u->steps[u->count++] = (struct step){change, *was, *is};
    *was += change != ADDED ? 1 : 0;
    *is += change != REMOVED ? 1 : 0;
}

/* How many lines the rest of both sides has in common, by dynamic programming. */
static void fill(
    const struct unified *u, size_t head, size_t was, size_t is, uint32_t *cells)
{
    const size_t row = is + 1;

    for (size_t i = was; i-- > 0;) {
        for (size_t k = is; k-- > 0;) {
            const uint32_t down = cells[(i + 1) * row + k];
            const uint32_t right = cells[i * row + k + 1];
            cells[i * row + k] = is_same(u, head + i, head + k)
                                     ? cells[(i + 1) * row + k + 1] + 1
                                 : down > right ? down
                                                : right;
        }
    }
}

/* The middle: `was` and `is` lines behind the first `head` of each side. */
static enum err compare_middle(struct unified *u, size_t head, size_t was, size_t is)
{
    const bool is_small = was < CELLS_MAX && is < CELLS_MAX / (was + 1);
    uint32_t *cells = is_small ? mem_alloc((was + 1) * (is + 1), sizeof(*cells)) : NULL;
    size_t i = head;
    size_t k = head;

    if (is_small && cells == NULL) {
        return ERR_NOMEM;
    }
    if (is_small) {
        fill(u, head, was, is, cells);
    }
    while (i < head + was || k < head + is) {
        const size_t at = (i - head) * (is + 1) + (k - head);
        if (is_small && i < head + was && k < head + is && is_same(u, i, k)) {
            add_step(u, KEPT, &i, &k);
        } else if (i < head + was &&
                   (!is_small || k == head + is || cells[at + is + 1] >= cells[at + 1])) {
            add_step(u, REMOVED, &i, &k);
        } else {
            add_step(u, ADDED, &i, &k);
        }
    }
    mem_free(cells);
    return OK;
}

static enum err compare(struct unified *u)
{
    const size_t shorter = u->was.count < u->is.count ? u->was.count : u->is.count;
    size_t head = 0;
    size_t tail = 0;
    size_t i = 0;
    size_t k = 0;

    u->steps = mem_alloc(u->was.count + u->is.count + 1, sizeof(*u->steps));
    if (u->steps == NULL) {
        return ERR_NOMEM;
    }
    while (head < shorter && is_same(u, head, head)) {
        head++;
    }
    while (tail < shorter - head &&
           is_same(u, u->was.count - tail - 1, u->is.count - tail - 1)) {
        tail++;
    }
    while (i < head) {
        add_step(u, KEPT, &i, &k);
    }
    enum err e =
        compare_middle(u, head, u->was.count - head - tail, u->is.count - head - tail);
    i = u->was.count - tail;
    k = u->is.count - tail;
    while (e == OK && i < u->was.count) {
        add_step(u, KEPT, &i, &k);
    }
    return e;
}

static void add_line(struct unified *u, const struct step *s)
{
    static const char *const marks[] = {[KEPT] = " ", [REMOVED] = "-", [ADDED] = "+"};
    const struct policy_view line =
        s->change == ADDED ? u->is.lines[s->is] : u->was.lines[s->was];
    const bool is_ended = line.ptr[line.len - 1] == '\n';

    buf_add_text(u->out, marks[s->change]);
    text_add_safe(u->out, line.ptr, line.len - (is_ended ? 1 : 0), false);
    buf_add_text(u->out, is_ended ? "\n" : "\n\\ No newline at end of file\n");
}

/* Steps from first to the last that is near enough to a change; how many. */
static size_t hunk_at(const struct unified *u, size_t first)
{
    size_t end = first;
    size_t last_change = first;

    for (size_t i = first; i < u->count && i - last_change <= 2 * CONTEXT + 1; i++) {
        if (u->steps[i].change != KEPT) {
            last_change = i;
        }
    }
    end = last_change + 1 + CONTEXT;
    return (end < u->count ? end : u->count) - first;
}

static void add_hunk(struct unified *u, const struct step *steps, size_t count)
{
    size_t was = 0;
    size_t is = 0;

    for (size_t i = 0; i < count; i++) {
        was += steps[i].change != ADDED ? 1 : 0;
        is += steps[i].change != REMOVED ? 1 : 0;
    }
    buf_add_format(u->out, "@@ -%zu,%zu +%zu,%zu @@\n", steps->was + (was > 0 ? 1 : 0),
        was, steps->is + (is > 0 ? 1 : 0), is);
    for (size_t i = 0; i < count; i++) {
        add_line(u, &steps[i]);
    }
}

static void add_name(struct unified *u, const char *mark, const char *name)
{
    buf_add_text(u->out, mark);
    text_add_safe(u->out, name, strlen(name), false);
    buf_add_text(u->out, "\n");
}

static void write_hunks(struct unified *u, const char *name)
{
    bool is_first = true;

    for (size_t i = 0; i < u->count;) {
        if (u->steps[i].change == KEPT) {
            i++;
            continue;
        }
        if (is_first) {
            add_name(u, "--- ", name);
            add_name(u, "+++ ", name);
            is_first = false;
        }
        const size_t count = hunk_at(u, i);
        size_t before = 0;
        while (
            before < CONTEXT && before < i && u->steps[i - before - 1].change == KEPT) {
            before++;
        }
        add_hunk(u, &u->steps[i - before], before + count);
        i += count;
    }
}

enum err policytool_unified(
    const char *name, struct policy_view was, struct policy_view is, struct buf *out)
{
    struct unified u = {.out = out};

    enum err e = split(was, &u.was);
    if (e == OK) {
        e = split(is, &u.is);
    }
    if (e == OK) {
        e = compare(&u);
    }
    if (e == OK) {
        write_hunks(&u, name);
        e = buf_error(out);
    }
    mem_free(u.was.lines);
    mem_free(u.is.lines);
    mem_free(u.steps);
    return e;
}
