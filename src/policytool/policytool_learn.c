#include "policytool_learn.h"

#include "mem.h"

#include <string.h>

#define TYPE      "User:"
#define ANONYMOUS "ANONYMOUS"

void policytool_learn_init(struct policytool_learn *l, const char *who)
{
    const size_t skip = strncmp(who, TYPE, strlen(TYPE)) == 0 ? strlen(TYPE) : 0;

    *l = (struct policytool_learn){.is_anonymous = strcmp(who, "anonymous") == 0};
    l->principal =
        l->is_anonymous
            ? (struct policy_view){(const uint8_t *)ANONYMOUS, strlen(ANONYMOUS)}
            : (struct policy_view){(const uint8_t *)who + skip, strlen(who + skip)};
    table_init(&l->names, POLICYTOOL_LEARN_MAX);
}

void policytool_learn_fini(struct policytool_learn *l)
{
    struct policytool_learned *n = NULL;
    size_t cursor = 0;

    while ((n = table_next(&l->names, &cursor)) != NULL) {
        mem_free(n);
    }
    table_fini(&l->names);
}

static bool is_about(const struct policytool_learn *l, const struct policytool_use *use)
{
    const struct policy_view p = use->principal;

    return use->is_anonymous == l->is_anonymous &&
           p.len == strlen(TYPE) + l->principal.len && l->principal.len > 0 &&
           memcmp(p.ptr + strlen(TYPE), l->principal.ptr, l->principal.len) == 0;
}

static void note_address(struct policytool_learn *l, const uint8_t address[16])
{
    for (size_t i = 0; i < l->address_count; i++) {
        if (memcmp(l->addresses[i], address, 16) == 0) {
            return;
        }
    }
    if (l->address_count == POLICYTOOL_LEARN_ADDRESSES) {
        l->has_more_addresses = true;
        return;
    }
    memcpy(l->addresses[l->address_count++], address, 16);
}

static enum err add_name(
    struct policytool_learn *l, const struct policytool_use *use, const struct buf *key)
{
    struct policytool_learned *n = mem_alloc(1, sizeof(*n) + use->name.len);

    if (n == NULL || table_put(&l->names, key->bytes, key->length, n) != OK) {
        mem_free(n);
        return ERR_NOMEM;
    }
    n->resource = use->resource;
    n->operations = POLICY_BIT(use->operation);
    memcpy(n->bytes, use->name.ptr, use->name.len);
    n->text = (struct policy_view){n->bytes, use->name.len};
    return OK;
}

static enum err note_name(struct policytool_learn *l, const struct policytool_use *use)
{
    struct policytool_learned *n = NULL;
    struct buf key;

    buf_init(&key, use->name.len + sizeof(use->resource));
    buf_add(&key, &use->resource, sizeof(use->resource));
    buf_add(&key, use->name.ptr, use->name.len);
    enum err e = buf_error(&key);
    if (e != OK) {
        /* no memory */
    } else if ((n = table_get(&l->names, key.bytes, key.length)) != NULL) {
        n->operations |= POLICY_BIT(use->operation);
    } else if (l->names.count == POLICYTOOL_LEARN_MAX) {
        l->hidden++;
    } else {
        e = add_name(l, use, &key);
    }
    buf_fini(&key);
    return e;
}

enum err policytool_learn_add(
    struct policytool_learn *l, const struct policytool_event *event)
{
    struct policytool_use use;
    const enum policytool_trail t = policytool_trail_read(event, &use);

    l->bad += t == POLICYTOOL_TRAIL_BAD ? 1 : 0;
    if (t != POLICYTOOL_TRAIL_USE || !is_about(l, &use)) {
        return OK;
    }
    if (!use.was_allowed) {
        l->refusals += use.count;
        return OK;
    }
    l->first_ms = l->uses == 0 || use.first_ms < l->first_ms ? use.first_ms : l->first_ms;
    l->last_ms = use.last_ms > l->last_ms ? use.last_ms : l->last_ms;
    l->uses++;
    l->methods |= UINT32_C(1) << use.context.method;
    note_address(l, use.context.address);
    return note_name(l, &use);
}
