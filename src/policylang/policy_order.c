#include "policy_order.h"

#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_SIZE  2
#define NAME_SIZE    (POLICY_SOURCE_NAME_MAX + 1)
#define REQUIRED_MAX POLICY_SIGNATURES_MAX

/* --- writing --- */

struct packing {
    struct policy_source sources[POLICY_SOURCES_MAX];
    char names[POLICY_SOURCES_MAX][NAME_SIZE];
    size_t count;
    enum err error;
};

static void pack(struct packing *p, char kind, const char *name, struct policy_view bytes)
{
    if (p->error != OK) {
        return;
    }
    if (p->count == POLICY_SOURCES_MAX) {
        p->error = ERR_FULL;
        return;
    }
    char *to = p->names[p->count];
    int n = snprintf(to, NAME_SIZE, "%c/%s", kind, name);
    if (n < 0 || n >= NAME_SIZE) {
        p->error = ERR_INVALID;
        return;
    }
    p->sources[p->count++] = (struct policy_source){to, bytes.ptr, bytes.len};
}

static void pack_parts(
    struct packing *p, char kind, const struct policy_signed_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        pack(p, kind, parts->items[i].name, parts->items[i].bytes);
    }
}

enum err policy_order_encode(const struct policy_signed_order *o, struct buf *out)
{
    struct packing *p = mem_alloc(1, sizeof(*p));
    char required[16];
    int n = snprintf(required, sizeof(required), "%u", o->required);

    if (p == NULL || n < 0) {
        mem_free(p);
        return ERR_NOMEM;
    }
    pack(p, 'o', "cluster", o->cluster);
    pack(p, 'o', "required", (struct policy_view){(const uint8_t *)required, (size_t)n});
    pack(p, 'o', "last", o->last);
    pack(p, 'm', o->manifest.name, o->manifest.bytes);
    pack_parts(p, 's', &o->signatures);
    pack_parts(p, 'k', &o->keys);
    pack_parts(p, 'f', &o->files);
    enum err e = p->error;
    if (e == OK) {
        e = policy_bundle_encode(p->sources, p->count, out);
    }
    mem_free(p);
    return e;
}

/* --- reading --- */

static struct policy_view text_of(const struct policy_source *s)
{
    return (struct policy_view){s->text, s->length};
}

/* Each of the three stands there at most once, since no name comes twice. */
static bool take_value(struct policy_order *o, const struct policy_source *s)
{
    int64_t required = 0;

    if (strcmp(s->name, "o/cluster") == 0) {
        o->order.cluster = text_of(s);
    } else if (strcmp(s->name, "o/last") == 0) {
        o->order.last = text_of(s);
    } else if (strcmp(s->name, "o/required") == 0 &&
               text_to_i64(
                   (const char *)s->text, s->length, 1, REQUIRED_MAX, &required) == OK) {
        o->order.required = (uint32_t)required;
    } else {
        return false;
    }
    return true;
}

static bool has_kind(const struct policy_source *s, char kind)
{
    return s->name[0] == kind && s->name[1] == '/';
}

/* Those of a kind, one behind the other in parts; how many. */
static size_t gather(struct policy_order *o, char kind, size_t at)
{
    size_t count = 0;

    for (size_t i = 0; i < o->bundle.count; i++) {
        const struct policy_source *s = &o->bundle.files[i];
        if (has_kind(s, kind)) {
            o->parts[at + count++] =
                (struct policy_signed_part){s->name + PREFIX_SIZE, text_of(s)};
        }
    }
    return count;
}

static bool take_all(struct policy_order *o)
{
    struct policy_signed_order *order = &o->order;
    size_t values = 0;
    size_t at = gather(o, 'm', 0);

    if (at != 1) {
        return false;
    }
    order->manifest = o->parts[0];
    order->signatures = (struct policy_signed_parts){o->parts + at, gather(o, 's', at)};
    at += order->signatures.count;
    order->keys = (struct policy_signed_parts){o->parts + at, gather(o, 'k', at)};
    at += order->keys.count;
    order->files = (struct policy_signed_parts){o->parts + at, gather(o, 'f', at)};
    at += order->files.count;
    for (size_t i = 0; i < o->bundle.count; i++) {
        if (has_kind(&o->bundle.files[i], 'o')) {
            if (!take_value(o, &o->bundle.files[i])) {
                return false;
            }
            values++;
        }
    }
    /* a check that asks for no signature, or for no cluster, is none */
    return values == 3 && at + values == o->bundle.count && order->required > 0 &&
           order->cluster.len > 0;
}

enum err policy_order_decode(
    const uint8_t *bytes, size_t length, struct policy_order *out)
{
    struct policy_order o = {.parts = NULL};
    enum err e = policy_bundle_decode(bytes, length, &o.bundle);

    if (e != OK) {
        return e;
    }
    o.parts = mem_alloc(o.bundle.count, sizeof(*o.parts));
    if (o.parts == NULL) {
        policy_bundle_fini(&o.bundle);
        return ERR_NOMEM;
    }
    if (!take_all(&o)) {
        policy_order_fini(&o);
        return ERR_INVALID;
    }
    *out = o;
    return OK;
}

void policy_order_fini(struct policy_order *o)
{
    mem_free(o->parts);
    policy_bundle_fini(&o->bundle);
    *o = (struct policy_order){.parts = NULL};
}
