#include "wire_generate.h"

#include "err.h"
#include "wire_value.h"

#include <string.h>

#define COUNT_MAX  2
#define STRING_LEN 9

struct generator {
    uint64_t state;
    int16_t version;
    struct arena *arena;
};

/* splitmix64 */
static uint64_t next(struct generator *g)
{
    g->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = g->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void *take(struct generator *g, size_t count, size_t size)
{
    void *p = arena_alloc(g->arena, count, size);

    INVARIANT(p != NULL);
    return p;
}

static struct wire_view make_view(struct generator *g, bool text, bool nullable)
{
    if (nullable && next(g) % 4 == 0) {
        return (struct wire_view){NULL, 0};
    }
    size_t len = next(g) % STRING_LEN;
    uint8_t *bytes = take(g, len + 1, 1);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)next(g);
        bytes[i] = text ? 'a' + byte % 26 : byte;
    }
    if (text && len >= 3) {
        memcpy(bytes, "\xe2\x82\xac", 3);
    }
    return (struct wire_view){bytes, len};
}

static void make_struct(
    struct generator *g, const struct wire_schema *schema, uint8_t *out);

static void make_optional(
    struct generator *g, const struct wire_schema *schema, void *out)
{
    if (next(g) % 4 == 0) {
        return;
    }
    uint8_t *target = take(g, 1, schema->struct_size);
    make_struct(g, schema, target);
    wire_optional_set(out, target);
}

static void make_plain(struct generator *g, enum wire_type type,
    const struct wire_schema *nested, bool nullable, void *out)
{
    uint8_t raw[sizeof(struct wire_uuid)];

    if (type == WIRE_TYPE_STRUCT) {
        make_struct(g, nested, out);
        return;
    }
    if (type == WIRE_TYPE_OPTIONAL) {
        make_optional(g, nested, out);
        return;
    }
    if (type == WIRE_TYPE_STRING || type == WIRE_TYPE_BYTES ||
        type == WIRE_TYPE_RECORDS) {
        *(struct wire_view *)out = make_view(g, type == WIRE_TYPE_STRING, nullable);
        return;
    }
    for (size_t i = 0; i < sizeof(raw); i++) {
        raw[i] = (uint8_t)next(g);
    }
    if (type == WIRE_TYPE_BOOL) {
        raw[0] &= 1;
    }
    memcpy(out, raw, wire_value_width(type));
}

static struct wire_array make_array(
    struct generator *g, const struct wire_field *field, bool nullable)
{
    size_t size = wire_element_size(field);

    if (nullable && next(g) % 4 == 0) {
        return (struct wire_array){NULL, -1};
    }
    size_t count = next(g) % (COUNT_MAX + 1);
    uint8_t *items = take(g, count + 1, size);
    for (size_t i = 0; i < count; i++) {
        make_plain(g, field->element, field->nested, false, items + i * size);
    }
    return (struct wire_array){items, (int32_t)count};
}

static void make_struct(
    struct generator *g, const struct wire_schema *schema, uint8_t *out)
{
    wire_set_defaults(schema, out);
    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        void *value = out + field->offset;
        bool nullable = wire_versions_include(field->nullable, g->version);
        bool tagged = wire_versions_include(field->tagged, g->version);
        if (!wire_versions_include(field->versions, g->version) ||
            (tagged && next(g) % 4 == 0)) {
            continue;
        }
        if (field->type == WIRE_TYPE_ARRAY) {
            *(struct wire_array *)value = make_array(g, field, nullable);
        } else {
            make_plain(g, field->type, field->nested, nullable, value);
        }
    }
}

void wire_generate(const struct wire_schema *schema, int16_t version, uint64_t seed,
    struct arena *a, void *message_out)
{
    struct generator g = {.state = seed, .version = version, .arena = a};

    make_struct(&g, schema, message_out);
}
