#include "exchange_json.h"

#include "exchange_fold.h"
#include "text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define WHERE_MAX 200

/* NULL: not there, null, or no string. */
static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *first_of(const json_t *object, const char *const keys[3])
{
    const char *text = NULL;

    for (size_t i = 0; i < 3 && keys[i] != NULL && text == NULL; i++) {
        text = text_of(object, keys[i]);
    }
    return text;
}

/* --- Terraform --- */

static struct exchange_words terraform_words(const json_t *a)
{
    static const char *const patterns[3] = {
        "resource_pattern_type_filter", "pattern_type", "resource_pattern_type"};
    static const char *const principals[3] = {"acl_principal", "principal"};
    static const char *const hosts[3] = {"acl_host", "host"};
    static const char *const operations[3] = {"acl_operation", "operation"};
    static const char *const permissions[3] = {"acl_permission_type", "permission"};
    struct exchange_words w = {.resource = text_of(a, "resource_type"),
        .name = text_of(a, "resource_name"),
        .pattern = first_of(a, patterns),
        .principal = first_of(a, principals),
        .host = first_of(a, hosts),
        .operation = first_of(a, operations),
        .permission = first_of(a, permissions)};

    /* What is missing here was not written by that provider: no guess. */
    w.host = w.host == NULL ? "" : w.host;
    w.permission = w.permission == NULL ? "" : w.permission;
    return w;
}

static bool is_acl(const char *type)
{
    return type != NULL &&
           (strcmp(type, "kafka_acl") == 0 || strcmp(type, "confluent_kafka_acl") == 0);
}

static void read_resource(const json_t *resource, struct exchange_set *out)
{
    const json_t *instances = json_object_get(resource, "instances");
    const char *name = text_of(resource, "name");
    char shown[EXCHANGE_SHOWN];
    char where[WHERE_MAX];

    name = name == NULL ? "" : name;
    for (size_t i = 0; i < json_array_size(instances); i++) {
        struct exchange_words w =
            terraform_words(json_object_get(json_array_get(instances, i), "attributes"));
        (void)snprintf(where, sizeof(where), "%s.%s[%zu]", "kafka_acl",
            text_escape(shown, sizeof(shown), name, strlen(name)), i);
        exchange_set_add_words(out, where, &w);
    }
}

static void read_terraform(const json_t *root, struct exchange_set *out)
{
    const json_t *resources = json_object_get(root, "resources");

    for (size_t i = 0; i < json_array_size(resources); i++) {
        const json_t *resource = json_array_get(resources, i);
        const char *mode = text_of(resource, "mode");
        if (is_acl(text_of(resource, "type")) &&
            (mode == NULL || strcmp(mode, "managed") == 0)) {
            read_resource(resource, out);
        }
    }
}

/* --- Redpanda --- */

static void read_permissions(const json_t *list, struct exchange_set *out)
{
    char where[WHERE_MAX];

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *a = json_array_get(list, i);
        static const char *const permissions[3] = {"permission", "permission_type"};
        struct exchange_words w = {.resource = text_of(a, "resource_type"),
            .name = text_of(a, "resource_name"),
            .pattern = text_of(a, "resource_pattern_type"),
            .principal = text_of(a, "principal"),
            .host = text_of(a, "host"),
            .operation = text_of(a, "operation"),
            .permission = first_of(a, permissions)};
        w.permission = w.permission == NULL ? "" : w.permission;
        (void)snprintf(where, sizeof(where), "permission %zu", i + 1);
        exchange_set_add_words(out, where, &w);
    }
}

/* The member as a principal, in out; false: noted. */
static bool member_name(
    const json_t *member, struct exchange_set *set, char *out, size_t size)
{
    const char *type = text_of(member, "principal_type");
    const char *name =
        json_is_string(member) ? json_string_value(member) : text_of(member, "name");
    char shown[EXCHANGE_SHOWN];

    name = name == NULL ? "" : name;
    bool has_type = json_is_string(member) && strncmp(name, "User:", 5) == 0;
    int n = snprintf(out, size, "%s%s", has_type ? "" : "User:", name);
    if ((type != NULL && strcmp(type, "User") != 0) || name[0] == '\0' || n < 0 ||
        (size_t)n >= size) {
        exchange_set_note(set, "the member '%s' of a role",
            text_escape(shown, sizeof(shown), name, strlen(name)));
        return false;
    }
    return true;
}

/* Whether it can stand in a list of members. */
static bool can_be_member(const char *name, struct exchange_set *set)
{
    char shown[EXCHANGE_SHOWN];
    struct buf word;

    buf_init(&word, 4096);
    bool good = exchange_word_member(exchange_view(name), &word);
    buf_fini(&word);
    if (!good) {
        exchange_set_note(set, "the member '%s' of a role",
            text_escape(shown, sizeof(shown), name, strlen(name)));
    }
    return good;
}

static void read_members(
    const json_t *members, const char *role, struct exchange_set *out)
{
    struct exchange_team *t = NULL;
    char name[512];

    if (!json_is_array(members) || json_array_size(members) == 0) {
        return;
    }
    if (role == NULL) {
        exchange_set_note(out, "the members of a role without a name");
        return;
    }
    t = exchange_set_add_team(out, exchange_view(role), json_array_size(members));
    for (size_t i = 0; t != NULL && i < json_array_size(members); i++) {
        if (member_name(json_array_get(members, i), out, name, sizeof(name)) &&
            can_be_member(name, out)) {
            t->members[t->count++] = exchange_set_copy(out, exchange_view(name));
        }
    }
}

/* The role's name: said, or that of the principal of its first permission. */
static const char *role_name(const json_t *role, const json_t *permissions)
{
    static const char *const names[3] = {"name", "role", "role_name"};
    static const char type[] = "RedpandaRole:";
    const char *name = first_of(role, names);
    const char *principal = text_of(json_array_get(permissions, 0), "principal");

    if (name == NULL && principal != NULL &&
        strncmp(principal, type, sizeof(type) - 1) == 0) {
        name = principal + sizeof(type) - 1;
    }
    return name;
}

static const json_t *permissions_of(const json_t *role)
{
    static const char *const keys[] = {"permissions", "matches", "acls"};
    const json_t *list = NULL;

    for (size_t i = 0; i < 3 && list == NULL; i++) {
        list = json_object_get(role, keys[i]);
    }
    return list;
}

static void read_role(const json_t *role, struct exchange_set *out)
{
    const json_t *permissions = permissions_of(role);

    read_members(json_object_get(role, "members"), role_name(role, permissions), out);
    read_permissions(permissions, out);
}

static void read_roles(const json_t *roles, struct exchange_set *out)
{
    if (!json_is_array(roles)) {
        read_role(roles, out);
        return;
    }
    for (size_t i = 0; i < json_array_size(roles); i++) {
        read_role(json_array_get(roles, i), out);
    }
}

/* --- both --- */

static enum exchange_json_kind kind_of(const json_t *root)
{
    const json_t *first = json_is_array(root) ? json_array_get(root, 0) : root;

    if (json_is_array(json_object_get(root, "resources"))) {
        return EXCHANGE_JSON_TERRAFORM;
    }
    if (json_is_array(json_object_get(root, "roles")) ||
        json_is_array(permissions_of(first)) ||
        json_is_array(json_object_get(first, "members"))) {
        return EXCHANGE_JSON_REDPANDA;
    }
    return EXCHANGE_JSON_OTHER;
}

enum err exchange_json_read(
    struct policy_view text, struct exchange_set *out, struct buf *why_out)
{
    char shown[EXCHANGE_SHOWN];
    json_error_t error;
    json_t *root =
        json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL) {
        buf_add_format(why_out, "line %d: this is no JSON: %s", error.line,
            text_escape(shown, sizeof(shown), error.text, strlen(error.text)));
        return ERR_INVALID;
    }
    enum exchange_json_kind kind = kind_of(root);
    if (kind == EXCHANGE_JSON_TERRAFORM) {
        read_terraform(root, out);
    } else if (kind == EXCHANGE_JSON_REDPANDA) {
        const json_t *roles = json_object_get(root, "roles");
        read_roles(roles == NULL ? root : roles, out);
    } else {
        buf_add_text(why_out, "this JSON is neither a state of Terraform nor roles of "
                              "Redpanda");
    }
    json_decref(root);
    return kind == EXCHANGE_JSON_OTHER ? ERR_INVALID : OK;
}

/* --- writing --- */

/* As a string in which Terraform finds nothing to replace. */
static void add_member(
    struct buf *out, const char *key, struct policy_view text, const char *end)
{
    struct buf copy;

    buf_init(&copy, 2 * text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool begins = i + 1 < text.len && text.ptr[i + 1] == '{' &&
                      (text.ptr[i] == '$' || text.ptr[i] == '%');
        buf_add(&copy, &text.ptr[i], 1);
        buf_add(&copy, &text.ptr[i], begins ? 1 : 0);
    }
    buf_add_format(out, "        \"%s\": ", key);
    text_add_json(out, copy.bytes, copy.length);
    buf_add_text(out, end);
    if (buf_error(&copy) != OK) {
        out->error = buf_error(&copy);
    }
    buf_fini(&copy);
}

static void add_resource(struct buf *out, size_t number, const struct exchange_acl *a)
{
    buf_add_format(out, "%s\n      \"acl_%zu\": {\n", number > 1 ? "," : "", number);
    add_member(out, "resource_type",
        exchange_view(exchange_resource_word(a->resource, true)), ",\n");
    add_member(out, "resource_name", a->name, ",\n");
    add_member(out, "resource_pattern_type_filter",
        exchange_view(a->is_prefix ? "Prefixed" : "Literal"), ",\n");
    add_member(out, "acl_principal", a->principal, ",\n");
    add_member(out, "acl_host", a->host, ",\n");
    add_member(out, "acl_operation",
        exchange_view(exchange_operation_word(a->operation, true)), ",\n");
    add_member(out, "acl_permission_type", exchange_view(a->is_deny ? "Deny" : "Allow"),
        "\n      }");
}

void exchange_terraform_write(const struct exchange_set *s, struct buf *out)
{
    buf_add_text(out, "{\n");
    if (s->notes.length > 0) {
        buf_add_text(out, "  \"//\": ");
        text_add_json(out, s->notes.bytes, s->notes.length);
        buf_add_text(out, ",\n");
    }
    buf_add_text(out, "  \"resource\": {\n    \"kafka_acl\": {");
    for (size_t i = 0; i < s->count; i++) {
        add_resource(out, i + 1, &s->acls[i]);
    }
    buf_add_text(out, "\n    }\n  }\n}\n");
}
