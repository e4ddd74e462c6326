#include "conf_properties.h"

#include "text.h"

#include <string.h>

#define END_OF_LINE (-1)

struct reader {
    const char *text;
    size_t length;
    size_t at;
    size_t line_start; /* of the natural line */
    uint32_t line;
    const char *file;
    struct report *report;
    bool failed;         /* this logical line was reported */
    uint32_t value_line; /* where its value begins; 0: that is not known yet */
    size_t value_start;
};

/* One decoded text with a limit; filled past it, it says so. */
struct word {
    char *bytes;
    size_t length;
    size_t max;
    bool full;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static struct report_place place_at(const struct reader *r, size_t at)
{
    const char *start = r->text + r->line_start;
    const char *end = memchr(start, '\n', r->length - r->line_start);
    size_t length = end != NULL ? (size_t)(end - start) : r->length - r->line_start;

    if (length > 0 && start[length - 1] == '\r') {
        length--;
    }
    return (struct report_place){.file = r->file,
        .line = r->line,
        .text = length <= CONF_VALUE_MAX ? start : NULL,
        .length = length,
        .offset = at - r->line_start,
        .span = 1};
}

/* What begins at that byte of the line is not shown: it may be somebody's secret. */
static void hide_from(struct report_place *place, size_t byte)
{
    if (byte < place->length) {
        place->length = byte;
    }
}

static void fail(
    struct reader *r, size_t at, const char *code, const char *help, const char *message)
{
    if (!r->failed) {
        struct report_place place = place_at(r, at);
        if (r->value_line == 0) {
            hide_from(&place, place.offset + 1);
        } else {
            hide_from(&place, r->value_line == r->line ? r->value_start : 0);
        }
        report_error(r->report, &place, code, help, "%s", message);
    }
    r->failed = true;
}

/* Length of a line end at this place: 0, 1 or 2. */
static size_t line_end(const struct reader *r, size_t at)
{
    if (at < r->length && r->text[at] == '\n') {
        return 1;
    }
    return at + 1 < r->length && r->text[at] == '\r' && r->text[at + 1] == '\n' ? 2 : 0;
}

static void skip_blanks_raw(struct reader *r)
{
    while (r->at < r->length && is_blank(r->text[r->at])) {
        r->at++;
    }
}

static void next_natural_line(struct reader *r)
{
    r->at += line_end(r, r->at);
    r->line_start = r->at;
    r->line++;
}

/* The next character of the logical line, not yet decoded; joins continued lines. */
static int peek(struct reader *r)
{
    while (r->at < r->length && r->text[r->at] == '\\' && line_end(r, r->at + 1) > 0) {
        r->at++;
        next_natural_line(r);
        skip_blanks_raw(r);
    }
    if (r->at >= r->length || line_end(r, r->at) > 0) {
        return END_OF_LINE;
    }
    return (uint8_t)r->text[r->at];
}

static void skip_blanks(struct reader *r)
{
    for (int c = peek(r); c != END_OF_LINE && is_blank((char)c); c = peek(r)) {
        r->at++;
    }
}

static void word_add(struct word *w, const char *bytes, size_t length)
{
    if (length > w->max - w->length) {
        w->full = true;
        return;
    }
    memcpy(w->bytes + w->length, bytes, length);
    w->length += length;
}

static void word_add_code_point(struct word *w, uint32_t c)
{
    char out[4];

    if (c < 0x80) {
        out[0] = (char)c;
        word_add(w, out, 1);
    } else if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        word_add(w, out, 2);
    } else if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        word_add(w, out, 3);
    } else {
        out[0] = (char)(0xf0 | c >> 18);
        out[1] = (char)(0x80 | (c >> 12 & 0x3f));
        out[2] = (char)(0x80 | (c >> 6 & 0x3f));
        out[3] = (char)(0x80 | (c & 0x3f));
        word_add(w, out, 4);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits at the place of reading. */
static bool read_unit(struct reader *r, uint32_t *unit_out)
{
    uint32_t unit = 0;

    if (r->length - r->at < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        int digit = hex_digit(r->text[r->at + i]);
        if (digit < 0) {
            return false;
        }
        unit = unit << 4 | (uint32_t)digit;
    }
    r->at += 4;
    *unit_out = unit;
    return true;
}

/* Behind `\u`. Above U+FFFF two of them make one character. */
static void read_unicode(struct reader *r, struct word *w, size_t start)
{
    uint32_t unit = 0;
    uint32_t low = 0;
    bool good = read_unit(r, &unit);

    if (good && unit >= 0xd800 && unit <= 0xdfff) {
        good = unit <= 0xdbff && r->length - r->at >= 2 && r->text[r->at] == '\\' &&
               r->text[r->at + 1] == 'u';
        r->at += good ? 2 : 0;
        good = good && read_unit(r, &low) && low >= 0xdc00 && low <= 0xdfff;
        unit = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
    }
    if (!good) {
        fail(r, start, "CONF002", "write \\u and four hexadecimal digits",
            "broken \\u escape");
        return;
    }
    word_add_code_point(w, unit);
}

static void read_escape(struct reader *r, struct word *w)
{
    static const char names[] = "tnrf";
    static const char meanings[] = "\t\n\r\f";
    size_t start = r->at++;

    if (r->at >= r->length) { /* a backslash at the very end of the file */
        return;
    }
    int c = (uint8_t)r->text[r->at++]; /* not the end of a line: peek() joined those */
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (c == 'u') {
        read_unicode(r, w, start);
    } else if (name != NULL) {
        word_add(w, &meanings[name - names], 1);
    } else {
        char itself = (char)c;
        word_add(w, &itself, 1);
    }
}

static bool ends_key(int c)
{
    return c == END_OF_LINE || c == '=' || c == ':' || is_blank((char)c);
}

static void read_word(struct reader *r, struct word *w, bool is_key)
{
    for (int c = peek(r); is_key ? !ends_key(c) : c != END_OF_LINE; c = peek(r)) {
        if (c == '\\') {
            read_escape(r, w);
        } else {
            char plain = (char)c;
            word_add(w, &plain, 1);
            r->at++;
        }
    }
}

static void check_word(struct reader *r, const struct word *w, size_t at)
{
    if (w->full) {
        fail(r, at, "CONF090", "keys have at most 255 bytes, values 4095",
            "the key or value is too long");
    }
    if (!text_is_utf8(w->bytes, w->length)) {
        fail(r, at, "CONF001", "save the file as UTF-8", "the line is not UTF-8");
    }
    for (size_t i = 0; i < w->length; i++) {
        if (((uint8_t)w->bytes[i] < 0x20 && w->bytes[i] != '\t') || w->bytes[i] == 0x7f) {
            fail(r, at, "CONF003", "remove it", "a control character in a key or value");
        }
    }
}

/* The span a word has in its first line, for the caret. */
static void set_span(struct report_place *place, const struct reader *r)
{
    size_t end = place->line == r->line ? r->at - r->line_start : place->length;

    while (end > place->offset + 1 && place->text != NULL &&
           is_blank(place->text[end - 1])) {
        end--;
    }
    place->span = end > place->offset ? end - place->offset : 1;
}

static enum err add_property(struct conf_properties *p, struct conf_property property,
    const struct word *key, const struct word *value, struct arena *arena)
{
    property.key = arena_copy_text(arena, key->bytes, key->length);
    property.value = arena_copy_text(arena, value->bytes, value->length);
    if (property.key == NULL || property.value == NULL) {
        return ERR_NOMEM;
    }
    p->items[p->count++] = property;
    return OK;
}

static enum err read_logical_line(
    struct reader *r, struct conf_properties *p, size_t number, struct arena *arena)
{
    char key_bytes[CONF_KEY_MAX];
    char value_bytes[CONF_VALUE_MAX];
    struct word key = {.bytes = key_bytes, .max = sizeof(key_bytes)};
    struct word value = {.bytes = value_bytes, .max = sizeof(value_bytes)};
    struct conf_property property = {.source = number};

    r->failed = false;
    r->value_line = 0;
    property.key_place = place_at(r, r->at);
    read_word(r, &key, true);
    set_span(&property.key_place, r);
    check_word(r, &key, r->at);
    skip_blanks(r);
    int c = peek(r);
    if (c == '=' || c == ':') {
        r->at++;
        skip_blanks(r);
        (void)peek(r);
    }
    property.value_place = place_at(r, r->at);
    r->value_start = property.value_place.offset;
    r->value_line = property.value_place.line;
    if (r->value_line == property.key_place.line) {
        hide_from(&property.key_place, r->value_start);
    }
    read_word(r, &value, false);
    set_span(&property.value_place, r);
    check_word(r, &value, r->at);
    while (value.length > 0 && is_blank(value.bytes[value.length - 1])) {
        value.length--;
    }
    if (!r->failed && p->count == CONF_PROPERTIES_MAX) {
        fail(r, r->at, "CONF090", NULL, "more than 1024 settings");
    }
    return r->failed ? OK : add_property(p, property, &key, &value, arena);
}

static void skip_natural_line(struct reader *r)
{
    while (r->at < r->length && line_end(r, r->at) == 0) {
        r->at++;
    }
}

enum err conf_properties_read(struct conf_properties *p, const struct conf_source *file,
    size_t number, struct arena *arena, struct report *report)
{
    struct reader r = {.text = (const char *)file->text,
        .length = file->length,
        .line = 1,
        .file = file->name,
        .report = report};

    if (file->length > CONF_FILE_MAX) {
        const struct report_place place = {.file = file->name, .line = 1};
        report_error(report, &place, "CONF090", NULL, "the file is larger than 1 MiB");
        return OK;
    }
    while (r.at < r.length) {
        enum err e = OK;
        skip_blanks_raw(&r);
        if (r.at < r.length && (r.text[r.at] == '#' || r.text[r.at] == '!')) {
            skip_natural_line(&r);
        } else if (peek(&r) != END_OF_LINE) {
            e = read_logical_line(&r, p, number, arena);
        }
        if (e != OK) {
            return e;
        }
        next_natural_line(&r);
    }
    return OK;
}
