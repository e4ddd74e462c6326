#include "policytool_table.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

#define TEXT_MAX    ((size_t)256 << 20)
#define COLUMNS_MAX 16

void policytool_table_init(
    struct policytool_table *t, const char *const *columns, size_t width)
{
    INVARIANT(width <= COLUMNS_MAX);
    *t = (struct policytool_table){.columns = columns, .width = width};
    buf_init(&t->text, TEXT_MAX);
}

void policytool_table_fini(struct policytool_table *t)
{
    buf_fini(&t->text);
}

struct buf *policytool_table_cell(struct policytool_table *t)
{
    return &t->text;
}

void policytool_table_next(struct policytool_table *t)
{
    buf_add(&t->text, "", 1);
    t->cells++;
}

void policytool_table_add(struct policytool_table *t, const char *cell)
{
    text_add_safe(&t->text, cell, strlen(cell), false);
    policytool_table_next(t);
}

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += ((uint8_t)*text & 0xc0) == 0x80 ? 0 : 1;
    }
    return n;
}

static void add_padded(struct buf *out, const char *text, size_t width)
{
    buf_add_text(out, text);
    for (size_t n = characters(text); n < width; n++) {
        buf_add(out, " ", 1);
    }
}

static void write_text(const struct policytool_table *t, struct buf *out)
{
    const char *cell = (const char *)t->text.bytes;
    size_t widths[COLUMNS_MAX] = {0};

    for (size_t i = 0; i < t->width; i++) {
        widths[i] = strlen(t->columns[i]);
    }
    for (size_t i = 0; i < t->cells; i++) {
        const size_t n = characters(cell[0] == '\0' ? "-" : cell);
        const size_t k = i % t->width;
        widths[k] = n > widths[k] ? n : widths[k];
        cell += strlen(cell) + 1;
    }
    cell = (const char *)t->text.bytes;
    for (size_t i = 0; i < t->width + t->cells; i++) {
        const bool is_last = (i + 1) % t->width == 0;
        const char *text = i < t->width ? t->columns[i] : cell;
        add_padded(
            out, text[0] == '\0' ? "-" : text, is_last ? 0 : widths[i % t->width] + 2);
        buf_add_text(out, is_last ? "\n" : "");
        cell += i < t->width ? 0 : strlen(cell) + 1;
    }
}

static void add_key(struct buf *out, const char *name)
{
    buf_add_text(out, "\"");
    for (; *name != '\0'; name++) {
        const char c = (char)tolower((unsigned char)*name);
        buf_add(out, &c, 1);
    }
    buf_add_text(out, "\": ");
}

static void write_json(const struct policytool_table *t, struct buf *out)
{
    const char *cell = (const char *)t->text.bytes;

    buf_add_text(out, "[");
    for (size_t i = 0; i < t->cells; i++) {
        if (i % t->width == 0) {
            buf_add_text(out, i == 0 ? "\n  {" : ",\n  {");
        } else {
            buf_add_text(out, ", ");
        }
        add_key(out, t->columns[i % t->width]);
        text_add_json(out, cell, strlen(cell));
        buf_add_text(out, (i + 1) % t->width == 0 ? "}" : "");
        cell += strlen(cell) + 1;
    }
    buf_add_text(out, t->cells == 0 ? "]\n" : "\n]\n");
}

enum err policytool_table_write(
    const struct policytool_table *t, bool as_json, struct buf *out)
{
    if (buf_error(&t->text) != OK) {
        return buf_error(&t->text);
    }
    INVARIANT(t->cells % t->width == 0);
    if (as_json) {
        write_json(t, out);
    } else {
        write_text(t, out);
    }
    return buf_error(out);
}

enum err policytool_table_write_or(
    const struct policytool_table *t, bool as_json, const char *nothing, struct buf *out)
{
    if (t->cells == 0 && !as_json) {
        buf_add_text(out, nothing);
        return buf_error(&t->text) != OK ? buf_error(&t->text) : buf_error(out);
    }
    return policytool_table_write(t, as_json, out);
}
