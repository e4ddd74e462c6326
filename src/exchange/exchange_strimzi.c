#include "exchange_strimzi.h"

#include "exchange_yaml.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define WHERE_MAX     64
#define PRINCIPAL_MAX 512
#define NAME_MAX      253 /* of an object of Kubernetes */
#define TLS           "User:CN="
#define OTHER         "User:"

struct reading {
    struct exchange_set *set;
    bool has_objects; /* some document says of what kind it is, or is a list */
    char principal[PRINCIPAL_MAX];
};

static void note(
    struct reading *r, const struct exchange_yaml *at, const char *what, const char *word)
{
    char shown[EXCHANGE_SHOWN];

    exchange_set_note(r->set, "line %zu: %s '%s'", at->line, what,
        text_escape(shown, sizeof(shown), word, strlen(word)));
}

/* --- reading --- */

/* False: a key that is none of these was noted. */
static bool has_only(struct reading *r, const struct exchange_yaml *map,
    const char *const *keys, size_t count)
{
    for (const struct exchange_yaml *n = map->first; n != NULL; n = n->next) {
        size_t i = 0;
        while (i < count && strcmp(keys[i], n->key) != 0) {
            i++;
        }
        if (i == count) {
            note(r, n, "a rule with an unknown key", n->key);
            return false;
        }
    }
    return true;
}

static void add_operation(struct reading *r, const struct exchange_yaml *rule,
    struct exchange_words words, const char *operation)
{
    char where[WHERE_MAX];

    (void)snprintf(where, sizeof(where), "line %zu", rule->line);
    words.operation = operation;
    exchange_set_add_words(r->set, where, &words);
}

static void read_operations(struct reading *r, const struct exchange_yaml *rule,
    const struct exchange_words *words)
{
    const struct exchange_yaml *list = exchange_yaml_get(rule, "operations");
    const char *one = exchange_yaml_text(rule, "operation");

    if (list != NULL && one == NULL && list->kind == EXCHANGE_YAML_LIST) {
        for (const struct exchange_yaml *n = list->first; n != NULL; n = n->next) {
            add_operation(r, rule, *words, n->text);
        }
    } else if (list == NULL && one != NULL) {
        add_operation(r, rule, *words, one);
    } else {
        note(r, rule, "a rule without operations", r->principal);
    }
}

/* As text; absent is NULL, what is no text "", which nothing takes for a word. */
static const char *word_of(const struct exchange_yaml *map, const char *key)
{
    const struct exchange_yaml *n = exchange_yaml_get(map, key);

    if (n == NULL) {
        return NULL;
    }
    return n->kind == EXCHANGE_YAML_TEXT ? n->text : "";
}

static void read_rule(struct reading *r, const struct exchange_yaml *rule)
{
    static const char *const rule_keys[] = {
        "resource", "operations", "operation", "host", "type"};
    static const char *const resource_keys[] = {"type", "name", "patternType"};
    const struct exchange_yaml *resource = exchange_yaml_get(rule, "resource");

    if (rule->kind != EXCHANGE_YAML_MAP || resource == NULL ||
        resource->kind != EXCHANGE_YAML_MAP) {
        note(r, rule, "a rule without a resource, of", r->principal);
        return;
    }
    if (!has_only(r, rule, rule_keys, 5) || !has_only(r, resource, resource_keys, 3)) {
        return;
    }
    struct exchange_words words = {.resource = word_of(resource, "type"),
        .name = word_of(resource, "name"),
        .pattern = word_of(resource, "patternType"),
        .principal = r->principal,
        .host = word_of(rule, "host"),
        .permission = word_of(rule, "type")};
    if (words.name == NULL && words.resource != NULL &&
        strcmp(words.resource, "cluster") == 0) {
        words.name = POLICY_CLUSTER_NAME;
    }
    read_operations(r, rule, &words);
}

/* False: it has no name that a principal can be made of. */
static bool read_principal(struct reading *r, const struct exchange_yaml *user)
{
    const char *name = exchange_yaml_text(exchange_yaml_get(user, "metadata"), "name");
    const struct exchange_yaml *spec = exchange_yaml_get(user, "spec");
    const char *type =
        exchange_yaml_text(exchange_yaml_get(spec, "authentication"), "type");
    bool tls = type != NULL && strncmp(type, "tls", 3) == 0;

    if (name == NULL || name[0] == '\0' || strlen(name) > NAME_MAX) {
        return false;
    }
    (void)snprintf(r->principal, sizeof(r->principal), "%s%s", tls ? TLS : OTHER, name);
    return true;
}

static void read_user(struct reading *r, const struct exchange_yaml *user)
{
    const struct exchange_yaml *authorization =
        exchange_yaml_get(exchange_yaml_get(user, "spec"), "authorization");
    const struct exchange_yaml *acls = exchange_yaml_get(authorization, "acls");
    const char *type = exchange_yaml_text(authorization, "type");

    if (!read_principal(r, user)) {
        note(r, user, "a user without a name", "");
        return;
    }
    if (authorization == NULL) {
        return; /* nothing is allowed to him */
    }
    if (type == NULL || strcmp(type, "simple") != 0) {
        note(r, authorization, "authorization of another type than simple, of",
            r->principal);
        return;
    }
    if (acls == NULL || acls->kind != EXCHANGE_YAML_LIST) {
        note(r, authorization, "authorization without acls, of", r->principal);
        return;
    }
    for (const struct exchange_yaml *n = acls->first; n != NULL; n = n->next) {
        read_rule(r, n);
    }
}

static void read_document(struct reading *r, const struct exchange_yaml *document)
{
    const char *kind = exchange_yaml_text(document, "kind");
    const struct exchange_yaml *items = exchange_yaml_get(document, "items");

    if (document->is_null) {
        return;
    }
    r->has_objects = r->has_objects || kind != NULL || items != NULL;
    if (kind != NULL && strcmp(kind, "KafkaUser") == 0) {
        read_user(r, document);
    } else if (items != NULL && items->kind == EXCHANGE_YAML_LIST) {
        for (const struct exchange_yaml *n = items->first; n != NULL; n = n->next) {
            const char *its = exchange_yaml_text(n, "kind");
            if (its != NULL && strcmp(its, "KafkaUser") == 0) {
                read_user(r, n);
            } else {
                note(r, n, "not a KafkaUser:", its == NULL ? "" : its);
            }
        }
    } else {
        note(r, document, "not a KafkaUser:", kind == NULL ? "" : kind);
    }
}

enum err exchange_strimzi_read(
    struct policy_view text, struct exchange_set *out, struct buf *why_out)
{
    struct reading r = {.set = out};
    struct exchange_yaml *documents = NULL;
    struct arena arena;

    arena_init(&arena, EXCHANGE_TEXT_MAX);
    enum err e = exchange_yaml_read(text, &arena, &documents, why_out);
    if (e == OK) {
        for (struct exchange_yaml *n = documents->first; n != NULL; n = n->next) {
            read_document(&r, n);
        }
    }
    if (e == OK && !r.has_objects && out->note_count > 0) {
        buf_add_text(why_out, "neither a list of ACLs, nor YAML of KafkaUsers, nor JSON");
        e = ERR_INVALID;
    }
    arena_fini(&arena);
    return e;
}

/* --- writing --- */

static bool is_object_name(struct policy_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool inside = i > 0 && i + 1 < name.len && (c == '-' || c == '.');
        if (!plain && !inside) {
            return false;
        }
    }
    return name.len > 0 && name.len <= NAME_MAX;
}

/* The name of its KafkaUser; false: none can stand for it. */
static bool split_principal(
    struct policy_view principal, bool *tls_out, struct policy_view *name_out)
{
    size_t tls = strlen(TLS);
    size_t other = strlen(OTHER);

    *tls_out = principal.len >= tls && memcmp(principal.ptr, TLS, tls) == 0;
    size_t length = *tls_out ? tls : other;
    if (principal.len < length || memcmp(principal.ptr, OTHER, other) != 0) {
        return false;
    }
    *name_out = (struct policy_view){principal.ptr + length, principal.len - length};
    return is_object_name(*name_out);
}

bool exchange_strimzi_can_hold(const struct exchange_acl *a)
{
    struct policy_view name;
    bool tls = false;

    return split_principal(a->principal, &tls, &name) &&
           (a->resource == POLICY_TOPIC || a->resource == POLICY_GROUP ||
               a->resource == POLICY_CLUSTER || a->resource == POLICY_TXN) &&
           a->operation != POLICY_TWO_PHASE_COMMIT &&
           a->operation != POLICY_CREATE_TOKENS && a->operation != POLICY_DESCRIBE_TOKENS;
}

/* A string of JSON is one of YAML too. */
static void add_text(struct buf *out, const char *before, struct policy_view text)
{
    buf_add_text(out, before);
    text_add_json(out, text.ptr, text.len);
    buf_add_text(out, "\n");
}

static void add_user(struct buf *out, struct policy_view principal)
{
    struct policy_view name;
    bool tls = false;

    if (!split_principal(principal, &tls, &name)) {
        return;
    }
    buf_add_text(out, out->length > 0 ? "---\n" : "");
    buf_add_text(
        out, "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nmetadata:\n");
    add_text(out, "  name: ", name);
    buf_add_format(out,
        "spec:\n  authentication:\n    type: %s\n  authorization:\n    type: simple\n"
        "    acls:\n",
        tls ? "tls" : "scram-sha-512");
}

static const char *kind_word(enum policy_resource resource)
{
    switch (resource) {
    case POLICY_TOPIC:
        return "topic";
    case POLICY_GROUP:
        return "group";
    case POLICY_TXN:
        return "transactionalId";
    default:
        return "cluster";
    }
}

static bool same_rule(const struct exchange_acl *a, const struct exchange_acl *b)
{
    return a->is_deny == b->is_deny && a->resource == b->resource &&
           a->is_prefix == b->is_prefix && exchange_view_compare(a->name, b->name) == 0 &&
           exchange_view_compare(a->principal, b->principal) == 0 &&
           exchange_view_compare(a->host, b->host) == 0;
}

static void add_rule(struct buf *out, const struct exchange_acl *a)
{
    buf_add_format(
        out, "      - resource:\n          type: %s\n", kind_word(a->resource));
    if (a->resource != POLICY_CLUSTER) {
        add_text(out, "          name: ", a->name);
        buf_add_format(
            out, "          patternType: %s\n", a->is_prefix ? "prefix" : "literal");
    }
    add_text(out, "        host: ", a->host);
    buf_add_format(
        out, "        type: %s\n        operations:\n", a->is_deny ? "deny" : "allow");
}

void exchange_strimzi_write(struct exchange_set *s, struct buf *out)
{
    const struct exchange_acl *last = NULL;

    exchange_set_sort_by_principal(s);
    for (size_t i = 0; i < s->count; i++) {
        const struct exchange_acl *a = &s->acls[i];
        if (!exchange_strimzi_can_hold(a)) {
            continue;
        }
        if (last == NULL || exchange_view_compare(last->principal, a->principal) != 0) {
            add_user(out, a->principal);
        }
        if (last == NULL || !same_rule(last, a)) {
            add_rule(out, a);
        }
        buf_add_format(
            out, "          - %s\n", exchange_operation_word(a->operation, true));
        last = a;
    }
}
