#include "exchange_export.h"

#include "exchange_expand.h"
#include "exchange_json.h"
#include "exchange_list.h"
#include "exchange_strimzi.h"
#include "text.h"

#include <string.h>

bool exchange_export_format(const char *word, enum exchange_format *out)
{
    static const struct {
        const char *word;
        enum exchange_format format;
    } rows[] = {
        {"kafka-acls", EXCHANGE_FORMAT_KAFKA_ACLS},
        {"strimzi", EXCHANGE_FORMAT_STRIMZI},
        {"terraform", EXCHANGE_FORMAT_TERRAFORM},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(word, rows[i].word) == 0) {
            *out = rows[i].format;
            return true;
        }
    }
    return false;
}

/* One note for a principal and a kind of resource, not one for each entry. */
static void note_what_strimzi_lacks(struct exchange_set *s)
{
    const struct exchange_acl *last = NULL;
    char principal[EXCHANGE_SHOWN];

    exchange_set_sort(s);
    for (size_t i = 0; i < s->count; i++) {
        const struct exchange_acl *a = &s->acls[i];
        if (exchange_strimzi_can_hold(a)) {
            continue;
        }
        if (last == NULL || last->resource != a->resource ||
            exchange_view_compare(last->principal, a->principal) != 0) {
            exchange_set_note(s, "%s on %s: no KafkaUser can hold it",
                text_escape(
                    principal, sizeof(principal), a->principal.ptr, a->principal.len),
                exchange_resource_word(a->resource, false));
        }
        last = a;
    }
}

/* A backtick or a newline in a name would end the line of a list early. */
static bool list_can_hold(const struct exchange_acl *a)
{
    return memchr(a->name.ptr, '`', a->name.len) == NULL;
}

static void drop_what_lists_lack(struct exchange_set *s)
{
    char name[EXCHANGE_SHOWN];
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (list_can_hold(&s->acls[i])) {
            s->acls[kept++] = s->acls[i];
            continue;
        }
        exchange_set_note(s, "%s: the list can not hold a backtick",
            text_escape(name, sizeof(name), s->acls[i].name.ptr, s->acls[i].name.len));
    }
    s->count = kept;
}

static void add_notes(const struct exchange_set *s, struct buf *out)
{
    buf_add(out, s->notes.bytes, s->notes.length);
    if (s->note_count > EXCHANGE_NOTES_MAX) {
        buf_add_format(
            out, "# and %zu more\n", s->note_count - (size_t)EXCHANGE_NOTES_MAX);
    }
}

static void write_set(
    enum exchange_format format, struct exchange_set *s, struct buf *out)
{
    switch (format) {
    case EXCHANGE_FORMAT_STRIMZI:
        exchange_strimzi_write(s, out);
        add_notes(s, out);
        break;
    case EXCHANGE_FORMAT_TERRAFORM:
        exchange_terraform_write(s, out);
        break;
    default:
        exchange_list_write(s, out);
        add_notes(s, out);
        break;
    }
}

enum err exchange_export(enum exchange_format format, const struct policy_model *m,
    bool lossy, struct buf *out, size_t *left_out)
{
    struct exchange_set *s = exchange_set_new();

    if (s == NULL) {
        return ERR_NOMEM;
    }
    exchange_expand(m, s);
    exchange_set_sort(s);
    if (format == EXCHANGE_FORMAT_STRIMZI) {
        note_what_strimzi_lacks(s);
    } else if (format == EXCHANGE_FORMAT_KAFKA_ACLS) {
        drop_what_lists_lack(s);
    }
    *left_out = s->note_count;
    enum err e = s->error;
    if (e == OK && s->note_count > 0 && !lossy) {
        add_notes(s, out);
        e = ERR_UNSUPPORTED;
    } else if (e == OK) {
        write_set(format, s, out);
        e = buf_error(out);
    }
    exchange_set_free(&s);
    return e;
}
