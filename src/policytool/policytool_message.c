#include "policytool_message.h"

#include "text.h"

#include <string.h>

#define ITEMS_MAX ((size_t)8 << 20)

static const char *const forms[] = {[POLICYTOOL_TEXT] = "text",
    [POLICYTOOL_JSON] = "json",
    [POLICYTOOL_SARIF] = "sarif",
    [POLICYTOOL_GITHUB] = "github"};

bool policytool_form_of(const char *word, enum policytool_form *out)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(word, forms[i]) == 0) {
            *out = (enum policytool_form)i;
            return true;
        }
    }
    return false;
}

/* --- one message --- */

static void add_path(struct buf *b, const struct report_message *m)
{
    struct buf path;

    buf_init(&path, 65536);
    buf_add_text(&path, m->directory);
    buf_add_text(&path, m->file);
    text_add_json(b, path.bytes, path.length);
    buf_fini(&path);
}

static void add_string(struct buf *b, const char *key, const char *text)
{
    buf_add_format(b, ", \"%s\": ", key);
    text_add_json(b, text, strlen(text));
}

static void add_json(struct buf *b, const struct report_message *m)
{
    buf_add_text(b, "{\"file\": ");
    add_path(b, m);
    buf_add_format(
        b, ", \"line\": %u, \"column\": %zu, \"span\": %zu", m->line, m->column, m->span);
    add_string(b, "severity", m->severity);
    add_string(b, "code", m->code);
    add_string(b, "message", m->message);
    add_string(b, "help", m->help);
    buf_add_text(b, "}");
}

/* As a reference that is relative or has no scheme: all but plain characters as %NN. */
static void add_uri(struct buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        const uint8_t c = (uint8_t)*text;
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || strchr("/._-~", c) != NULL;
        if (plain) {
            buf_add(b, &c, 1);
        } else {
            buf_add_format(b, "%%%02X", c);
        }
    }
}

static void add_sarif(struct buf *b, const struct report_message *m)
{
    buf_add_text(b, "{\"ruleId\": ");
    text_add_json(b, m->code[0] == '\0' ? "test" : m->code,
        m->code[0] == '\0' ? 4 : strlen(m->code));
    add_string(b, "level", m->severity);
    buf_add_text(b, ", \"message\": {\"text\": ");
    struct buf text;
    buf_init(&text, 65536);
    buf_add_text(&text, m->message);
    buf_add_text(&text, m->help[0] == '\0' ? "" : "; ");
    buf_add_text(&text, m->help);
    text_add_json(b, text.bytes, text.length);
    buf_fini(&text);
    buf_add_text(b, "}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": "
                    "{\"uri\": \"");
    add_uri(b, m->directory);
    add_uri(b, m->file);
    buf_add_format(b, "\"}, \"region\": {\"startLine\": %u", m->line);
    if (m->column > 0) {
        buf_add_format(b, ", \"startColumn\": %zu, \"endColumn\": %zu", m->column,
            m->column + m->span);
    }
    buf_add_text(b, "}}}]}");
}

/* A value of a command, or what is behind it, in which : and , mean nothing. */
static void add_command_text(struct buf *b, const char *text, bool is_value)
{
    for (; *text != '\0'; text++) {
        const uint8_t c = (uint8_t)*text;
        if (c < 0x20 || c == '%' || c == 0x7f || (is_value && (c == ':' || c == ','))) {
            buf_add_format(b, "%%%02X", c);
        } else {
            buf_add(b, &c, 1);
        }
    }
}

static void add_github(struct buf *b, const struct report_message *m)
{
    buf_add_format(b, "::%s file=", m->severity);
    add_command_text(b, m->directory, true);
    add_command_text(b, m->file, true);
    buf_add_format(b, ",line=%u", m->line);
    if (m->column > 0) {
        buf_add_format(b, ",col=%zu,endColumn=%zu", m->column, m->column + m->span);
    }
    buf_add_text(b, ",title=");
    add_command_text(b, m->code[0] == '\0' ? "test" : m->code, true);
    buf_add_text(b, "::");
    add_command_text(b, m->message, false);
    buf_add_text(b, m->help[0] == '\0' ? "" : "%0A");
    add_command_text(b, m->help, false);
    buf_add_text(b, "\n");
}

static void on_message(void *context, const struct report_message *message)
{
    struct policytool_messages *m = context;

    switch (m->form) {
    case POLICYTOOL_TEXT:
        break;
    case POLICYTOOL_JSON:
        buf_add_text(&m->items, m->count == 0 ? "\n  " : ",\n  ");
        add_json(&m->items, message);
        break;
    case POLICYTOOL_SARIF:
        buf_add_text(&m->items, m->count == 0 ? "\n  " : ",\n  ");
        add_sarif(&m->items, message);
        break;
    case POLICYTOOL_GITHUB:
        add_github(&m->items, message);
        break;
    }
    m->count++;
}

/* --- all of them --- */

void policytool_messages_init(
    struct policytool_messages *m, enum policytool_form form, struct report *report)
{
    *m = (struct policytool_messages){.form = form};
    buf_init(&m->items, ITEMS_MAX);
    report->on_message = on_message;
    report->context = m;
}

void policytool_messages_fini(struct policytool_messages *m)
{
    buf_fini(&m->items);
}

enum err policytool_messages_write(
    const struct policytool_messages *m, const char *summary, struct buf *out)
{
    const char *end = m->count == 0 ? "" : "\n";

    if (buf_error(&m->items) != OK) {
        return buf_error(&m->items);
    }
    if (m->form == POLICYTOOL_JSON) {
        buf_add_format(out, "{%s, \"messages\": [", summary);
        buf_add(out, m->items.bytes, m->items.length);
        buf_add_format(out, "%s]}\n", end);
    } else if (m->form == POLICYTOOL_SARIF) {
        buf_add_text(out,
            "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", "
            "\"version\": \"2.1.0\", \"runs\": [{\"tool\": {\"driver\": {\"name\": "
            "\"schloss policy check\"}}, \"columnKind\": \"unicodeCodePoints\", "
            "\"results\": [");
        buf_add(out, m->items.bytes, m->items.length);
        buf_add_format(out, "%s]}]}\n", end);
    } else if (m->form == POLICYTOOL_GITHUB) {
        buf_add(out, m->items.bytes, m->items.length);
    }
    return buf_error(out);
}
