#include "exchange_yaml.h"

#include "text.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct reading {
    struct arena *arena;
    struct buf *why;
    struct exchange_yaml *open[EXCHANGE_YAML_DEPTH + 1]; /* those that are not closed */
    size_t depth;                                        /* of them; the list of documents
                                                            is the first */
    const char *key; /* of the member that comes next; NULL: none was read */
    size_t nodes;
    enum err error;
};

static void fail(struct reading *r, const yaml_event_t *event, const char *what)
{
    buf_add_format(r->why, "line %zu: %s", event->start_mark.line + 1, what);
    r->error = ERR_INVALID;
}

static struct exchange_yaml *top(const struct reading *r)
{
    return r->open[r->depth - 1];
}

static struct exchange_yaml *add_node(
    struct reading *r, const yaml_event_t *event, enum exchange_yaml_kind kind)
{
    struct exchange_yaml *parent = top(r);
    struct exchange_yaml *node = NULL;

    if (parent->kind == EXCHANGE_YAML_MAP && r->key == NULL) {
        fail(r, event, "a key is no text");
        return NULL;
    }
    bool is_full =
        parent->kind == EXCHANGE_YAML_MAP && parent->count == EXCHANGE_YAML_KEYS;
    if (++r->nodes <= EXCHANGE_YAML_NODES && !is_full) {
        node = arena_alloc(r->arena, 1, sizeof(*node));
    }
    if (node == NULL) {
        fail(r, event, "too large");
        return NULL;
    }
    *node = (struct exchange_yaml){
        .kind = kind, .key = r->key, .line = event->start_mark.line + 1};
    r->key = NULL;
    parent->count++;
    if (parent->last == NULL) {
        parent->first = node;
    } else {
        parent->last->next = node;
    }
    parent->last = node;
    return node;
}

static void open_node(
    struct reading *r, const yaml_event_t *event, enum exchange_yaml_kind kind)
{
    if (r->depth == EXCHANGE_YAML_DEPTH) {
        fail(r, event, "nested too deep");
        return;
    }
    struct exchange_yaml *node = add_node(r, event, kind);
    if (node != NULL) {
        r->open[r->depth++] = node;
    }
}

static bool has_key(const struct exchange_yaml *map, const char *key)
{
    for (const struct exchange_yaml *n = map->first; n != NULL; n = n->next) {
        if (strcmp(n->key, key) == 0) {
            return true;
        }
    }
    return false;
}

static const char *copy_scalar(struct reading *r, const yaml_event_t *event)
{
    const yaml_char_t *value = event->data.scalar.value;
    size_t length = event->data.scalar.length;
    char *copy = NULL;

    if (length > 0 && memchr(value, '\0', length) != NULL) {
        fail(r, event, "a text holds a NUL");
        return NULL;
    }
    copy = arena_copy_text(r->arena, value, length);
    if (copy == NULL) {
        fail(r, event, "too large");
    }
    return copy;
}

static bool is_null(const yaml_event_t *event, const char *text)
{
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static void read_scalar(struct reading *r, const yaml_event_t *event)
{
    const char *text = copy_scalar(r, event);

    if (text == NULL) {
        return;
    }
    if (top(r)->kind == EXCHANGE_YAML_MAP && r->key == NULL) {
        r->key = text;
        if (has_key(top(r), text)) {
            fail(r, event, "a key comes twice");
        }
        return;
    }
    struct exchange_yaml *node = add_node(r, event, EXCHANGE_YAML_TEXT);
    if (node != NULL) {
        node->text = text;
        node->is_null = is_null(event, text);
    }
}

static bool is_decorated(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return true;
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL ||
               event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL ||
               event->data.mapping_start.tag != NULL;
    default:
        return false;
    }
}

static void read_event(struct reading *r, const yaml_event_t *event)
{
    if (is_decorated(event)) {
        fail(r, event, "anchors, aliases and tags are not read");
        return;
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        read_scalar(r, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_node(r, event, EXCHANGE_YAML_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        open_node(r, event, EXCHANGE_YAML_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--; /* the library pairs them */
        break;
    default:
        break;
    }
}

static void fail_syntax(struct reading *r, const yaml_parser_t *parser)
{
    char shown[120];
    const char *problem = parser->problem == NULL ? "memory" : parser->problem;

    buf_add_format(r->why, "line %zu: this is no YAML: %s", parser->problem_mark.line + 1,
        text_escape(shown, sizeof(shown), problem, strlen(problem)));
    r->error = ERR_INVALID;
}

static void read_events(struct reading *r, yaml_parser_t *parser)
{
    bool more = true;

    while (more && r->error == OK) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            fail_syntax(r, parser);
            return;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        read_event(r, &event);
        yaml_event_delete(&event);
    }
}

enum err exchange_yaml_read(struct policy_view text, struct arena *arena,
    struct exchange_yaml **out, struct buf *why_out)
{
    struct reading r = {.arena = arena, .why = why_out, .depth = 1};
    yaml_parser_t parser;

    r.open[0] = arena_alloc(arena, 1, sizeof(**out));
    if (r.open[0] == NULL || yaml_parser_initialize(&parser) == 0) {
        return ERR_NOMEM;
    }
    r.open[0]->kind = EXCHANGE_YAML_LIST;
    yaml_parser_set_input_string(&parser, text.ptr, text.len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    read_events(&r, &parser);
    yaml_parser_delete(&parser);
    if (r.error == OK) {
        *out = r.open[0];
    }
    return r.error;
}

const struct exchange_yaml *exchange_yaml_get(
    const struct exchange_yaml *node, const char *key)
{
    if (node == NULL || node->kind != EXCHANGE_YAML_MAP) {
        return NULL;
    }
    for (const struct exchange_yaml *n = node->first; n != NULL; n = n->next) {
        if (strcmp(n->key, key) == 0) {
            return n->is_null ? NULL : n;
        }
    }
    return NULL;
}

const char *exchange_yaml_text(const struct exchange_yaml *node, const char *key)
{
    const struct exchange_yaml *n = exchange_yaml_get(node, key);

    return n != NULL && n->kind == EXCHANGE_YAML_TEXT ? n->text : NULL;
}
