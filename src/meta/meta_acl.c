#include "meta_acl.h"

#include "mem.h"
#include "meta_name.h"

#include <string.h>

/* The four codes, two lengths, and the three texts. */
struct key {
    uint8_t
        bytes[4 + 2 * 2 + META_ACL_NAME_MAX + META_ACL_PRINCIPAL_MAX + META_ACL_HOST_MAX];
    size_t length;
};

static bool is_between(int8_t code, int8_t first, int8_t last)
{
    return code >= first && code <= last;
}

static const char *code_error(const struct meta_acl *acl)
{
    if (!is_between(acl->resource, META_ACL_TOPIC, META_ACL_USER) ||
        !is_between(acl->operation, META_ACL_ALL, META_ACL_TWO_PHASE_COMMIT)) {
        return "a rule names one type of resource and one operation";
    }
    if (!is_between(acl->pattern, META_ACL_LITERAL, META_ACL_PREFIXED)) {
        return "a pattern is literal or prefixed";
    }
    if (!is_between(acl->permission, META_ACL_DENY, META_ACL_ALLOW)) {
        return "a rule allows or denies";
    }
    return NULL;
}

static const char *text_error(const struct meta_acl *acl)
{
    if (acl->name.len == 0) {
        return "the resource has no name";
    }
    if (acl->name.len > META_ACL_NAME_MAX) {
        return "the name of the resource is longer than 512 bytes";
    }
    if (acl->resource == META_ACL_OF_CLUSTER &&
        !meta_view_equal(acl->name, meta_view(META_ACL_CLUSTER))) {
        return "the cluster is named " META_ACL_CLUSTER;
    }
    if (acl->principal.len == 0 ||
        memchr(acl->principal.ptr, ':', acl->principal.len) == NULL) {
        return "a principal is written User:NAME";
    }
    if (acl->principal.len > META_ACL_PRINCIPAL_MAX) {
        return "the principal is longer than 260 bytes";
    }
    return acl->host.len == 0 || acl->host.len > META_ACL_HOST_MAX
               ? "a host has 1 to 64 bytes"
               : NULL;
}

const char *meta_acl_error(const struct meta_acl *acl)
{
    const char *wrong = code_error(acl);

    return wrong == NULL ? text_error(acl) : wrong;
}

int meta_acl_compare(const struct meta_acl *a, const struct meta_acl *b)
{
    const int order[] = {
        a->resource - b->resource,
        meta_view_compare(a->name, b->name),
        a->pattern - b->pattern,
        meta_view_compare(a->principal, b->principal),
        meta_view_compare(a->host, b->host),
        a->operation - b->operation,
        a->permission - b->permission,
    };
    size_t i = 0;

    while (i < sizeof(order) / sizeof(order[0]) - 1 && order[i] == 0) {
        i++;
    }
    return order[i];
}

void meta_acls_init(struct meta_acls *all)
{
    table_init(&all->by_values, META_ACLS_MAX);
    table_init(&all->by_id, META_ACLS_MAX);
}

void meta_acls_fini(struct meta_acls *all)
{
    struct meta_acl *row;

    for (size_t cursor = 0; (row = table_next(&all->by_id, &cursor)) != NULL;) {
        mem_free(row);
    }
    table_fini(&all->by_values);
    table_fini(&all->by_id);
}

static void add_text(struct key *key, struct wire_view text)
{
    memcpy(key->bytes + key->length, text.ptr, text.len);
    key->length += text.len;
}

static void add_number(struct key *key, size_t number)
{
    key->bytes[key->length++] = (uint8_t)(number >> 8);
    key->bytes[key->length++] = (uint8_t)number;
}

/* False: there can be no such rule. */
static bool make_key(struct key *key, const struct meta_acl *acl)
{
    if (meta_acl_error(acl) != NULL) {
        return false;
    }
    key->bytes[0] = (uint8_t)acl->resource;
    key->bytes[1] = (uint8_t)acl->pattern;
    key->bytes[2] = (uint8_t)acl->operation;
    key->bytes[3] = (uint8_t)acl->permission;
    key->length = 4;
    add_number(key, acl->name.len);
    add_number(key, acl->principal.len);
    add_text(key, acl->name);
    add_text(key, acl->principal);
    add_text(key, acl->host);
    return true;
}

const struct meta_acl *meta_acl_find(
    const struct meta_acls *all, const struct meta_acl *like)
{
    struct key key;

    return make_key(&key, like) ? table_get(&all->by_values, key.bytes, key.length)
                                : NULL;
}

const struct meta_acl *meta_acl_by_id(const struct meta_acls *all, struct wire_uuid id)
{
    return table_get(&all->by_id, id.bytes, sizeof(id.bytes));
}

const struct meta_acl *meta_acl_next(const struct meta_acls *all, size_t *cursor)
{
    return table_next(&all->by_id, cursor);
}

static struct wire_view place(uint8_t **at, struct wire_view text)
{
    struct wire_view placed = {.ptr = *at, .len = text.len};

    memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return placed;
}

/* One piece of memory: the row, and behind it what its views look at. */
static struct meta_acl *copy(const struct meta_acl *acl)
{
    struct meta_acl *row =
        mem_alloc(1, sizeof(*row) + acl->name.len + acl->principal.len + acl->host.len);

    if (row == NULL) {
        return NULL;
    }
    uint8_t *at = (uint8_t *)(row + 1);
    *row = *acl;
    row->name = place(&at, acl->name);
    row->principal = place(&at, acl->principal);
    row->host = place(&at, acl->host);
    return row;
}

enum err meta_acl_add(struct meta_acls *all, const struct meta_acl *acl)
{
    struct key key;

    if (!make_key(&key, acl) || meta_acl_by_id(all, acl->id) != NULL ||
        table_get(&all->by_values, key.bytes, key.length) != NULL) {
        return ERR_CORRUPT;
    }
    struct meta_acl *row = copy(acl);
    if (row == NULL) {
        return ERR_NOMEM;
    }
    enum err e = table_put(&all->by_values, key.bytes, key.length, row);
    if (e == OK) {
        e = table_put(&all->by_id, row->id.bytes, sizeof(row->id.bytes), row);
        if (e != OK) {
            (void)table_remove(&all->by_values, key.bytes, key.length);
        }
    }
    if (e != OK) {
        mem_free(row);
    }
    return e;
}

enum err meta_acl_remove(struct meta_acls *all, struct wire_uuid id)
{
    struct meta_acl *row = table_remove(&all->by_id, id.bytes, sizeof(id.bytes));
    struct key key;

    if (row == NULL) {
        return ERR_CORRUPT;
    }
    INVARIANT(make_key(&key, row));
    (void)table_remove(&all->by_values, key.bytes, key.length);
    mem_free(row);
    return OK;
}
