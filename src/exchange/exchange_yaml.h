/*
 * exchange_yaml - YAML as a tree: mappings, lists and plain text, nothing more.
 *
 * Anchors, aliases, tags, keys that are no text or come twice are refused: what a person
 * reads is what is there.
 *
 * Trust: the text may hold any bytes. Limits: 16 deep, 200,000 nodes, 1,000 keys in a
 * mapping.
 *
 * Ownership: nodes live in the arena.
 */
#ifndef EXCHANGE_YAML_H
#define EXCHANGE_YAML_H

#include "arena.h"
#include "buf.h"
#include "policy.h"

#define EXCHANGE_YAML_DEPTH 16
#define EXCHANGE_YAML_NODES 200000
#define EXCHANGE_YAML_KEYS  1000 /* of one mapping */

enum exchange_yaml_kind { EXCHANGE_YAML_TEXT, EXCHANGE_YAML_MAP, EXCHANGE_YAML_LIST };

struct exchange_yaml {
    enum exchange_yaml_kind kind;
    bool is_null;     /* `null`, `~` or nothing */
    const char *key;  /* of a member of a mapping */
    const char *text; /* NUL-terminated, no NUL within; of a text only */
    size_t line;
    size_t count;                /* members */
    struct exchange_yaml *first; /* of its members */
    struct exchange_yaml *last;
    struct exchange_yaml *next; /* behind it in what it is a member of */
};

/* A list of all documents. ERR_INVALID: why_out says what is wrong and where. */
enum err exchange_yaml_read(struct policy_view text, struct arena *arena,
    struct exchange_yaml **out, struct buf *why_out) MUST_CHECK;
/* NULL: node is no mapping, or has no such key, or the value is null. */
const struct exchange_yaml *exchange_yaml_get(
    const struct exchange_yaml *node, const char *key);
/* NULL: no text. */
const char *exchange_yaml_text(const struct exchange_yaml *node, const char *key);

#endif
