#include "wire_schema.h"

#include "err.h"
#include "wire_value.h"

#include <string.h>

/* What empty strings point to, so that empty is never mistaken for null. */
static const uint8_t nothing[1];

bool wire_versions_include(struct wire_versions versions, int16_t version)
{
    return version >= versions.first && version < versions.end;
}

const struct wire_field *wire_field_find(
    const struct wire_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (strcmp(schema->fields[i].name, name) == 0) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

bool wire_versions_any(struct wire_versions versions)
{
    return versions.first < versions.end;
}

size_t wire_type_size(enum wire_type type)
{
    switch (type) {
    case WIRE_TYPE_STRING:
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        return sizeof(struct wire_view);
    case WIRE_TYPE_STRUCT:
    case WIRE_TYPE_OPTIONAL:
    case WIRE_TYPE_ARRAY:
        fatal("wire_type_size: not a plain type");
    default:
        return wire_value_width(type); /* a bool is one byte too */
    }
}

size_t wire_element_size(const struct wire_field *field)
{
    if (field->element == WIRE_TYPE_STRUCT) {
        return field->nested->struct_size;
    }
    return wire_type_size(field->element);
}

static struct wire_view default_view(const struct wire_field *field)
{
    if (field->default_kind == WIRE_DEFAULT_NULL || field->type == WIRE_TYPE_RECORDS) {
        return (struct wire_view){NULL, 0};
    }
    return (struct wire_view){nothing, 0};
}

static void set_default(const struct wire_field *field, void *value)
{
    switch (field->type) {
    case WIRE_TYPE_STRING:
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        *(struct wire_view *)value = default_view(field);
        return;
    case WIRE_TYPE_STRUCT:
        wire_set_defaults(field->nested, value);
        return;
    case WIRE_TYPE_OPTIONAL:
        wire_optional_set(value, NULL);
        return;
    case WIRE_TYPE_ARRAY:
        *(struct wire_array *)value =
            (struct wire_array){NULL, field->default_kind == WIRE_DEFAULT_NULL ? -1 : 0};
        return;
    default:
        wire_value_set(field->type, field->default_number, value);
    }
}

void wire_set_defaults(const struct wire_schema *schema, void *message)
{
    memset(message, 0, schema->struct_size);
    for (size_t i = 0; i < schema->count; i++) {
        set_default(&schema->fields[i], (uint8_t *)message + schema->fields[i].offset);
    }
}

static bool is_default_view(const struct wire_field *field, const struct wire_view *view)
{
    const struct wire_view wanted = default_view(field);

    return view->len == 0 && (view->ptr == NULL) == (wanted.ptr == NULL);
}

static bool is_default_struct(const struct wire_schema *schema, const uint8_t *message)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (!wire_is_default(&schema->fields[i], message + schema->fields[i].offset)) {
            return false;
        }
    }
    return true;
}

bool wire_is_default(const struct wire_field *field, const void *value)
{
    switch (field->type) {
    case WIRE_TYPE_STRING:
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        return is_default_view(field, value);
    case WIRE_TYPE_STRUCT:
        return is_default_struct(field->nested, value);
    case WIRE_TYPE_OPTIONAL:
        return wire_optional_get(value) == NULL;
    case WIRE_TYPE_ARRAY:
        return ((const struct wire_array *)value)->count ==
               (field->default_kind == WIRE_DEFAULT_NULL ? -1 : 0);
    default:
        return wire_value_equals(field->type, field->default_number, value);
    }
}

/* All pointers to structs look alike, but not to the compiler: hence the copies. */
const void *wire_optional_get(const void *value)
{
    const void *target;

    memcpy(&target, value, sizeof(target));
    return target;
}

void wire_optional_set(void *value_out, const void *target)
{
    memcpy(value_out, &target, sizeof(target));
}
