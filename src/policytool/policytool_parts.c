#include "policytool_parts.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

void policytool_parts_init(struct policytool_parts *p, size_t most)
{
    *p = (struct policytool_parts){.error = OK};
    buf_init(&p->text, most);
}

void policytool_parts_fini(struct policytool_parts *p)
{
    buf_fini(&p->text);
    mem_free(p->starts);
    *p = (struct policytool_parts){.error = OK};
}

enum err policytool_parts_error(const struct policytool_parts *p)
{
    return p->error != OK ? p->error : buf_error(&p->text);
}

void policytool_parts_reset(struct policytool_parts *p)
{
    p->error = policytool_parts_error(p);
    buf_reset(&p->text);
    p->count = 0;
    p->start = 0;
}

struct buf *policytool_parts_text(struct policytool_parts *p)
{
    return &p->text;
}

void policytool_parts_next(struct policytool_parts *p)
{
    buf_add(&p->text, "", 1);
    if (p->count == p->capacity) {
        const size_t capacity = p->capacity == 0 ? 16 : p->capacity * 2;
        void *moved = mem_resize(p->starts, capacity, sizeof(*p->starts));
        if (moved == NULL) {
            p->error = ERR_NOMEM;
            return;
        }
        p->starts = moved;
        p->capacity = capacity;
    }
    if (policytool_parts_error(p) == OK) {
        p->starts[p->count++] = p->start;
        p->start = p->text.length;
    }
}

void policytool_parts_add(struct policytool_parts *p, const char *text)
{
    buf_add_text(&p->text, text);
    policytool_parts_next(p);
}

static const char *part(const struct policytool_parts *p, size_t i)
{
    return (const char *)p->text.bytes + p->starts[i];
}

static int compare(const void *a, const void *b, void *text)
{
    const char *bytes = text;

    return strcmp(bytes + *(const size_t *)a, bytes + *(const size_t *)b);
}

void policytool_parts_sort(struct policytool_parts *p)
{
    size_t kept = 0;

    if (p->count == 0) {
        return;
    }
    qsort_r(p->starts, p->count, sizeof(*p->starts), compare, p->text.bytes);
    for (size_t i = 0; i < p->count; i++) {
        if (kept == 0 || strcmp(part(p, i), part(p, kept - 1)) != 0) {
            p->starts[kept++] = p->starts[i];
        }
    }
    p->count = kept;
}

void policytool_parts_join(
    struct policytool_parts *p, const char *between, struct buf *out)
{
    policytool_parts_sort(p);
    for (size_t i = 0; i < p->count; i++) {
        buf_add_text(out, i > 0 ? between : "");
        buf_add_text(out, part(p, i));
    }
}

void policytool_parts_join_without(const struct policytool_parts *p,
    const struct policytool_parts *other, const char *between, struct buf *out)
{
    const char *first = "";
    size_t k = 0;

    for (size_t i = 0; i < p->count; i++) {
        while (k < other->count && strcmp(part(other, k), part(p, i)) < 0) {
            k++;
        }
        if (k == other->count || strcmp(part(other, k), part(p, i)) != 0) {
            buf_add_text(out, first);
            buf_add_text(out, part(p, i));
            first = between;
        }
    }
}
