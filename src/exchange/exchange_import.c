#include "exchange_import.h"

#include "exchange_fold.h"
#include "exchange_json.h"
#include "exchange_list.h"
#include "exchange_strimzi.h"

#include <string.h>

static enum exchange_format guess(struct policy_view text)
{
    static const char list[] = "Current ACLs for ";
    size_t i = 0;

    while (
        i < text.len && strchr(" \t\r\n", text.ptr[i]) != NULL && text.ptr[i] != '\0') {
        i++;
    }
    if (i < text.len && (text.ptr[i] == '{' || text.ptr[i] == '[')) {
        return EXCHANGE_FORMAT_REDPANDA; /* JSON: what it is shows itself */
    }
    return memmem(text.ptr, text.len, list, sizeof(list) - 1) != NULL || i == text.len
               ? EXCHANGE_FORMAT_KAFKA_ACLS
               : EXCHANGE_FORMAT_STRIMZI;
}

enum err exchange_read(enum exchange_format format, struct policy_view text,
    struct exchange_set *out, struct buf *why_out)
{
    enum err e = OK;

    if (text.len > EXCHANGE_INPUT_MAX) {
        buf_add_text(why_out, "the input is larger than 16 MiB");
        return ERR_FULL;
    }
    if (text.len == 0) {
        return OK; /* nobody has any rule */
    }
    switch (format == EXCHANGE_FORMAT_GUESS ? guess(text) : format) {
    case EXCHANGE_FORMAT_TERRAFORM:
    case EXCHANGE_FORMAT_REDPANDA:
        e = exchange_json_read(text, out, why_out);
        break;
    case EXCHANGE_FORMAT_STRIMZI:
        e = exchange_strimzi_read(text, out, why_out);
        break;
    default:
        exchange_list_read(text, out);
        break;
    }
    if (e == OK && out->error != OK) {
        e = out->error;
        buf_add_format(why_out, "too many rules or too much text: %s", err_text(e));
    }
    return e;
}

static void add_notes(const struct exchange_set *s, struct buf *out)
{
    buf_add(out, s->notes.bytes, s->notes.length);
    if (s->note_count > EXCHANGE_NOTES_MAX) {
        buf_add_format(
            out, "# and %zu more\n", s->note_count - (size_t)EXCHANGE_NOTES_MAX);
    }
}

/* An empty line stands between the header and what follows, if something does. */
enum err exchange_write_policy(struct exchange_set *s, struct buf *out)
{
    buf_add_text(out, EXCHANGE_POLICY_HEADER);
    const size_t header = out->length;
    buf_add_text(out, "\n");
    const size_t before = out->length;
    const enum err e = exchange_fold(s, out);
    if (e != OK) {
        return e;
    }
    add_notes(s, out);
    if (buf_error(out) == OK && out->length == before) {
        out->length = header;
    }
    return buf_error(out);
}

enum err exchange_import(enum exchange_format format, struct policy_view text,
    struct buf *out, size_t *left_out, struct buf *why_out)
{
    struct exchange_set *s = exchange_set_new();

    if (s == NULL) {
        return ERR_NOMEM;
    }
    enum err e = exchange_read(format, text, s, why_out);
    if (e == OK) {
        e = exchange_write_policy(s, out);
    }
    *left_out = s->note_count;
    exchange_set_free(&s);
    return e;
}
