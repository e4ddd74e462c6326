#include "report.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_init(struct report *r, struct buf *out)
{
    *r = (struct report){.out = out, .directory = ""};
}

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

static size_t count_characters(const char *text, size_t length)
{
    size_t n = 0;

    for (size_t i = 0; i < length; i++) {
        n += is_continuation(text[i]) ? 0 : 1;
    }
    return n;
}

/* One column per character, or the caret would point elsewhere. */
static void add_line(struct buf *out, const char *text, size_t length)
{
    bool utf8 = text_is_utf8(text, length);

    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[i];
        size_t control = utf8 ? text_control(text + i, length - i) : 0;
        if (c == '\t') {
            buf_add(out, " ", 1);
        } else if (control > 0) {
            buf_add(out, "?", 1);
            i += control - 1;
        } else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
            buf_add(out, "?", 1);
        } else {
            buf_add(out, &text[i], 1);
        }
    }
}

static void add_repeated(struct buf *out, char c, size_t count)
{
    uint8_t *room = buf_reserve(out, count);

    if (room != NULL) {
        memset(room, c, count);
        buf_grew(out, count);
    }
}

static void add_source(struct buf *out, const struct report_place *place)
{
    size_t offset = place->offset < place->length ? place->offset : place->length;
    size_t left = place->length - offset;
    size_t span = place->span < left ? place->span : left;
    size_t wide = count_characters(place->text + offset, span);

    buf_add_format(out, "%5u | ", place->line);
    add_line(out, place->text, place->length);
    buf_add_text(out, "\n      | ");
    add_repeated(out, ' ', count_characters(place->text, offset));
    buf_add_text(out, "^");
    add_repeated(out, '~', wide > 1 ? wide - 1 : 0);
    buf_add_text(out, "\n");
}

struct entry {
    const char *severity;
    const struct report_place *place;
    const char *code;
    const char *help;
};

static void add_file(struct report *r, const char *file)
{
    buf_add_text(r->out, r->directory);
    buf_add_text(r->out, file);
}

static size_t span_of(const struct report_place *place)
{
    if (place->text == NULL || place->offset >= place->length) {
        return 1;
    }
    const size_t left = place->length - place->offset;
    const size_t span = place->span < left ? place->span : left;
    const size_t n = count_characters(place->text + place->offset, span);
    return n > 0 ? n : 1;
}

static void tell(
    struct report *r, const struct entry *entry, size_t column, const char *message)
{
    const struct report_message m = {.severity = entry->severity,
        .directory = r->directory,
        .file = entry->place->file,
        .line = entry->place->line,
        .column = column,
        .span = column > 0 ? span_of(entry->place) : 0,
        .code = entry->code,
        .message = message,
        .help = entry->help != NULL ? entry->help : ""};

    if (r->on_message != NULL) {
        r->on_message(r->context, &m);
    }
}

__attribute__((format(printf, 3, 0))) static void add_entry(
    struct report *r, const struct entry *entry, const char *format, va_list args)
{
    const struct report_place *place = entry->place;
    char message[512];
    size_t column = place->offset + 1;

    (void)vsnprintf(message, sizeof(message), format, args);
    if (place->text != NULL && place->offset <= place->length) {
        column = count_characters(place->text, place->offset) + 1;
    }
    tell(r, entry, column, message);
    add_file(r, place->file);
    buf_add_format(r->out, ":%u:%zu: %s: %s [%s]\n", place->line, column, entry->severity,
        message, entry->code);
    if (place->text != NULL) {
        add_source(r->out, place);
    }
    if (entry->help != NULL) {
        buf_add_text(r->out, "  help: ");
        buf_add_text(r->out, entry->help);
        buf_add_text(r->out, "\n");
    }
}

void report_error(struct report *r, const struct report_place *place, const char *code,
    const char *help, const char *format, ...)
{
    const struct entry entry = {"error", place, code, help};
    va_list args;

    if (++r->errors > REPORT_SHOWN_MAX) {
        return;
    }
    va_start(args, format);
    add_entry(r, &entry, format, args);
    va_end(args);
}

void report_warning(struct report *r, const struct report_place *place, const char *code,
    const char *help, const char *format, ...)
{
    const struct entry entry = {"warning", place, code, help};
    va_list args;

    if (++r->warnings > REPORT_SHOWN_MAX) {
        return;
    }
    va_start(args, format);
    add_entry(r, &entry, format, args);
    va_end(args);
}

void report_failed(struct report *r, const struct report_place *place, const char *got,
    const char *format, ...)
{
    char message[512];
    va_list args;

    if (++r->errors > REPORT_SHOWN_MAX) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    tell(r, &(struct entry){"error", place, "", got}, 0, message);
    add_file(r, place->file);
    buf_add_format(r->out, ":%u: %s\n%5u | ", place->line, message, place->line);
    add_line(r->out, place->text, place->length);
    buf_add_text(r->out, "\n  got: ");
    buf_add_text(r->out, got);
    buf_add_text(r->out, "\n");
}

void report_finish(struct report *r, const char *file, const char *consequence)
{
    if (r->errors == 0) {
        return;
    }
    add_file(r, file);
    buf_add_format(r->out, ": %zu error(s)", r->errors);
    if (r->errors > REPORT_SHOWN_MAX) {
        buf_add_format(r->out, ", the first %d shown", REPORT_SHOWN_MAX);
    }
    buf_add_format(r->out, "; %s\n", consequence);
}

void report_nearest_offer(struct report_nearest *n, const char *candidate)
{
    size_t length = strlen(n->word);
    size_t other = strlen(candidate);
    size_t gap = length > other ? length - other : other - length;
    size_t limit = 1 + length / 4;

    if (gap > limit) {
        return;
    }
    /* text_distance() looks at the front only: a tail of another length counts too. */
    size_t distance = text_distance(n->word, candidate);
    distance = distance > gap ? distance : gap;
    if (distance <= limit && (n->best == NULL || distance < n->distance)) {
        n->best = candidate;
        n->distance = distance;
    }
}
