#include "conf_build.h"
#include "conf_schema.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 256

/* --- shared helpers --- */

const char *conf_text(const struct conf_builder *b, const char *key)
{
    return b->conf->memory->values[conf_schema_find(key)];
}

bool conf_is_set(const struct conf_builder *b, const char *key)
{
    return b->set[conf_schema_find(key)] != NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool conf_piece_next(const char **cursor, char separator, struct conf_piece *out)
{
    while (**cursor != '\0') {
        const char *start = *cursor;
        const char *end = strchr(start, separator);
        size_t length = end != NULL ? (size_t)(end - start) : strlen(start);
        *cursor = end != NULL ? end + 1 : start + length;
        while (length > 0 && is_blank(*start)) {
            start++;
            length--;
        }
        while (length > 0 && is_blank(start[length - 1])) {
            length--;
        }
        if (length > 0) {
            *out = (struct conf_piece){start, length};
            return true;
        }
    }
    return false;
}

bool conf_piece_is(const struct conf_piece *piece, const char *text)
{
    return piece->length == strlen(text) && memcmp(piece->text, text, piece->length) == 0;
}

const char *conf_copy(struct conf_builder *b, const char *text, size_t length)
{
    const char *copy = arena_copy_text(b->arena, text, length);

    if (copy == NULL) {
        b->error = ERR_NOMEM;
    }
    return copy;
}

const char *conf_quote(char *out, size_t size, const char *text, size_t length)
{
    out[0] = '\'';
    (void)text_escape(out + 1, size - 2, text, length);
    size_t used = strlen(out);
    out[used] = '\'';
    out[used + 1] = '\0';
    return out;
}

/* A value without escapes stands in its line as it is: then the caret goes under the
 * piece. */
static void narrow(
    struct report_place *place, const char *value, const struct conf_piece *piece)
{
    size_t shift = (size_t)(piece->text - value);
    size_t at = place->offset + shift;

    if (place->text != NULL && at + piece->length <= place->length &&
        memcmp(place->text + place->offset, value, shift) == 0 &&
        memcmp(place->text + at, piece->text, piece->length) == 0) {
        place->offset = at;
        place->span = piece->length;
    }
}

void conf_fail_property(struct conf_builder *b, const struct conf_property *p,
    const struct conf_piece *piece, const char *code, const char *help,
    const char *message)
{
    struct report_place place = {.file = b->files[0].name, .line = 1};

    if (p != NULL && strncmp(p->key, conf_key_plugin, strlen(conf_key_plugin)) == 0) {
        place = p->key_place; /* whose value is the plugin's, and may be its secret */
    } else if (p != NULL) {
        place = p->value_place;
        if (piece != NULL) {
            narrow(&place, p->value, piece);
        }
    }
    report_error(b->report, &place, code, help, "%s", message);
}

void conf_fail(struct conf_builder *b, const char *key, const struct conf_piece *piece,
    const char *code, const char *help, const char *format, ...)
{
    char message[384];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    conf_fail_property(b, b->set[conf_schema_find(key)], piece, code, help, message);
}

/* --- values of one key --- */

static void store(
    struct conf_builder *b, const struct conf_key *key, const void *value, size_t size)
{
    if (key->offset != SIZE_MAX) {
        memcpy((char *)b->conf + key->offset, value, size);
    }
}

static void read_bool(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    bool value = strcmp(text, "true") == 0;
    char quoted[80];

    if (!value && strcmp(text, "false") != 0) {
        conf_fail(b, key->name, NULL, "CONF022", "write true or false",
            "%s is neither true nor false",
            conf_quote(quoted, sizeof(quoted), text, strlen(text)));
        return;
    }
    store(b, key, &value, sizeof(value));
}

static const char *unit_text(enum conf_unit unit)
{
    return unit == CONF_BYTES ? " bytes" : unit == CONF_MS ? " milliseconds" : "";
}

bool conf_number_read(struct conf_builder *b, const struct conf_property *p,
    const struct conf_key *key, const char *text, int64_t *value_out)
{
    char quoted[80];
    char help[160];
    char message[160];

    if (text_to_i64(text, strlen(text), key->min, key->max, value_out) == OK) {
        return true;
    }
    if (key->min == key->max) {
        (void)snprintf(
            help, sizeof(help), "this version accepts %lld only", (long long)key->min);
    } else {
        (void)snprintf(help, sizeof(help), "write a number from %lld to %lld%s",
            (long long)key->min, (long long)key->max, unit_text(key->unit));
    }
    (void)snprintf(message, sizeof(message), "%s is not a number in range",
        conf_quote(quoted, sizeof(quoted), text, strlen(text)));
    conf_fail_property(b, p, NULL, "CONF020", help, message);
    return false;
}

static void read_number(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    int64_t value = 0;

    if (!conf_number_read(b, b->set[conf_schema_find(key->name)], key, text, &value)) {
        return;
    }
    int32_t small = (int32_t)value;
    if (key->type == CONF_INT) {
        store(b, key, &small, sizeof(small));
    } else {
        store(b, key, &value, sizeof(value));
    }
}

static void read_string(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    static const char good[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    if (text[0] == '\0' || strlen(text) > 64 || strspn(text, good) != strlen(text)) {
        conf_fail(b, key->name, NULL, "CONF021",
            "use 1 to 64 letters, digits, '.', '_' and '-'", "this is not a name");
        return;
    }
    store(b, key, &text, sizeof(text));
}

static void read_path(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    char quoted[160];

    if (text[0] != '/') {
        conf_fail(b, key->name, NULL, "CONF024", "write the path from the root on: /...",
            "%s is not an absolute path",
            conf_quote(quoted, sizeof(quoted), text, strlen(text)));
        return;
    }
    if (strchr(text, ',') != NULL) {
        conf_fail(b, key->name, NULL, "CONF025", "write one path",
            "more than one path is not supported by this version");
        return;
    }
    store(b, key, &text, sizeof(text));
}

/* Number of the word, or -1 after an error. */
static int read_word(
    struct conf_builder *b, const struct conf_key *key, const struct conf_piece *piece)
{
    char quoted[80];
    char help[160] = "write one of:";
    char word[64];

    (void)conf_quote(quoted, sizeof(quoted), piece->text, piece->length);
    (void)snprintf(word, sizeof(word), "%.*s", (int)piece->length, piece->text);
    int found = conf_word_find(key->words, word);
    if (found >= 0 && strlen(word) == piece->length) {
        return found;
    }
    for (size_t i = 0; key->words[i] != NULL; i++) {
        size_t used = strlen(help);
        (void)snprintf(help + used, sizeof(help) - used, " %s", key->words[i]);
    }
    bool later = conf_word_find(key->later, word) >= 0;
    conf_fail(b, key->name, piece, later ? "CONF025" : "CONF023", help,
        later ? "%s is not supported by this version" : "unknown value %s", quoted);
    return -1;
}

static void read_enum(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    const struct conf_piece piece = {text, strlen(text)};
    int word = read_word(b, key, &piece);
    unsigned value = (unsigned)word;

    if (word >= 0) {
        store(b, key, &value, sizeof(value));
    }
}

static void add_item(struct conf_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], item) == 0) {
            return;
        }
    }
    list->items[list->count++] = item;
}

static enum err make_list(struct conf_builder *b, struct conf_list *list)
{
    list->items = arena_alloc(b->arena, LIST_MAX, sizeof(*list->items));
    if (list->items == NULL) {
        b->error = ERR_NOMEM;
    }
    return b->error;
}

static void read_list(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    struct conf_list list = {.items = NULL};
    struct conf_piece piece;

    if (make_list(b, &list) != OK) {
        return;
    }
    while (conf_piece_next(&text, ',', &piece)) {
        int word = read_word(b, key, &piece);
        if (word >= 0) {
            add_item(&list, key->words[word]);
        }
    }
    store(b, key, &list, sizeof(list));
}

const char *conf_principal_read(
    struct conf_builder *b, const struct conf_property *p, const struct conf_piece *piece)
{
    char message[160];
    char quoted[100];

    if (piece->length > 5 && memcmp(piece->text, "User:", 5) == 0 &&
        !(piece->length == 6 && piece->text[5] == '*')) {
        return conf_copy(b, piece->text + 5, piece->length - 5);
    }
    (void)snprintf(message, sizeof(message), "%s is not a principal",
        conf_quote(quoted, sizeof(quoted), piece->text, piece->length));
    conf_fail_property(
        b, p, piece, "CONF027", "write User:NAME; several are parted by ';'", message);
    return NULL;
}

static void read_principals(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    struct conf_list list = {.items = NULL};
    struct conf_piece piece;

    if (make_list(b, &list) != OK) {
        return;
    }
    while (conf_piece_next(&text, ';', &piece)) {
        const char *name =
            conf_principal_read(b, b->set[conf_schema_find(key->name)], &piece);
        if (name != NULL && list.count < LIST_MAX) {
            add_item(&list, name);
        } else if (name != NULL) {
            conf_fail(b, key->name, &piece, "CONF090", NULL, "more than 256 principals");
            return;
        }
    }
    store(b, key, &list, sizeof(list));
}

static void read_names(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    struct conf_list list = {.items = NULL};

    conf_names_read(b, b->set[conf_schema_find(key->name)], text, &list);
    store(b, key, &list, sizeof(list));
}

static void read_value(
    struct conf_builder *b, const struct conf_key *key, const char *text)
{
    switch (key->type) {
    case CONF_BOOL:
        read_bool(b, key, text);
        return;
    case CONF_INT:
    case CONF_LONG:
        read_number(b, key, text);
        return;
    case CONF_STRING:
        read_string(b, key, text);
        return;
    case CONF_PATH:
        read_path(b, key, text);
        return;
    case CONF_ENUM:
        read_enum(b, key, text);
        return;
    case CONF_LIST:
        if (key->words != NULL) {
            read_list(b, key, text);
        }
        return;
    case CONF_PRINCIPALS:
        read_principals(b, key, text);
        return;
    case CONF_NAMES:
        read_names(b, key, text);
        return;
    case CONF_TEXT:
        if (key->offset != SIZE_MAX) {
            store(b, key, &text, sizeof(text));
        }
        return;
    case CONF_LISTENERS:
    case CONF_PROTOCOLS:
    case CONF_PRINCIPAL:
    case CONF_SCOPE:
        return; /* conf_listeners_read(), conf_auth_read() */
    }
}

void conf_values_read(struct conf_builder *b)
{
    for (size_t i = 0; i < conf_schema_count() && b->error == OK; i++) {
        const struct conf_key *key = conf_key_at(i);
        const char *text = b->conf->memory->values[i];
        if (conf_key_is_of_listener(key)) {
            continue; /* conf_listeners_read() */
        }
        if (text != NULL) {
            read_value(b, key, text);
        } else if (key->required) {
            conf_fail(
                b, key->name, NULL, "CONF013", key->doc, "%s is not set", key->name);
        }
    }
}
