#include "wire_fixed.h"

#include "text.h"
#include "wire_value.h"
#include "wire_writer.h"

#define LENGTH_SIZE 4 /* bytes of a length or count */

/* The least that a value can take in this form. */
static size_t size_min(enum wire_type type, const struct wire_schema *nested)
{
    switch (type) {
    case WIRE_TYPE_STRING:
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
    case WIRE_TYPE_ARRAY:
        return LENGTH_SIZE;
    case WIRE_TYPE_OPTIONAL:
        return 1;
    case WIRE_TYPE_STRUCT:
        break;
    default:
        return wire_value_width(type);
    }
    size_t sum = 0;
    for (size_t i = 0; i < nested->count; i++) {
        sum += size_min(nested->fields[i].type, nested->fields[i].nested);
    }
    return sum;
}

static bool is_nullable(const struct wire_field *field)
{
    return wire_versions_any(field->nullable);
}

/* --- decoding --- */

static void decode_struct(const struct wire_schema *schema, struct wire_reader *r,
    struct arena *a, uint8_t *out);

static bool decode_bool(struct wire_reader *r)
{
    int8_t byte = wire_read_i8(r);

    if (byte != 0 && byte != 1) {
        wire_reader_fail(r, WIRE_ERR_VALUE);
    }
    return byte == 1;
}

static struct wire_view decode_string(struct wire_reader *r, bool nullable)
{
    struct wire_view view = wire_read_bytes(r, false, nullable);

    if (view.len > WIRE_STRING_MAX) {
        wire_reader_fail(r, WIRE_ERR_LIMIT);
    } else if (!text_is_utf8(view.ptr, view.len)) {
        wire_reader_fail(r, WIRE_ERR_UTF8);
    }
    return view;
}

static void decode_optional(
    const struct wire_schema *schema, struct wire_reader *r, struct arena *a, void *out)
{
    if (!decode_bool(r)) {
        return;
    }
    uint8_t *target = arena_alloc(a, 1, schema->struct_size);
    if (target == NULL) {
        wire_reader_fail(r, WIRE_ERR_MEMORY);
        return;
    }
    decode_struct(schema, r, a, target);
    wire_optional_set(out, target);
}

/* Any value but an array. */
static void decode_plain(enum wire_type type, const struct wire_schema *nested,
    bool nullable, struct wire_reader *r, struct arena *a, void *out)
{
    switch (type) {
    case WIRE_TYPE_BOOL:
        *(bool *)out = decode_bool(r);
        return;
    case WIRE_TYPE_STRING:
        *(struct wire_view *)out = decode_string(r, nullable);
        return;
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        *(struct wire_view *)out = wire_read_bytes(r, false, nullable);
        return;
    case WIRE_TYPE_STRUCT:
        decode_struct(nested, r, a, out);
        return;
    case WIRE_TYPE_OPTIONAL:
        decode_optional(nested, r, a, out);
        return;
    default:
        wire_value_read(type, r, out);
    }
}

static struct wire_array decode_array(
    const struct wire_field *field, struct wire_reader *r, struct arena *a)
{
    size_t element_size = wire_element_size(field);
    int32_t count = wire_read_count(
        r, false, is_nullable(field), size_min(field->element, field->nested));

    if (count <= 0) {
        return (struct wire_array){NULL, count};
    }
    uint8_t *items = arena_alloc(a, (size_t)count, element_size);
    if (items == NULL) {
        wire_reader_fail(r, WIRE_ERR_MEMORY);
        return (struct wire_array){NULL, 0};
    }
    for (int32_t i = 0; i < count && r->err == WIRE_OK; i++) {
        uint8_t *item = items + (size_t)i * element_size;
        decode_plain(field->element, field->nested, false, r, a, item);
    }
    return (struct wire_array){items, count};
}

static void decode_struct(const struct wire_schema *schema, struct wire_reader *r,
    struct arena *a, uint8_t *out)
{
    wire_set_defaults(schema, out);
    for (size_t i = 0; i < schema->count && r->err == WIRE_OK; i++) {
        const struct wire_field *field = &schema->fields[i];
        void *value = out + field->offset;
        if (field->type == WIRE_TYPE_ARRAY) {
            *(struct wire_array *)value = decode_array(field, r, a);
        } else {
            decode_plain(field->type, field->nested, is_nullable(field), r, a, value);
        }
    }
}

enum wire_err wire_fixed_decode(const struct wire_schema *schema, struct wire_reader *r,
    struct arena *a, void *message_out)
{
    decode_struct(schema, r, a, message_out);
    return wire_reader_finish(r);
}

/* --- encoding --- */

static void encode_struct(
    const struct wire_schema *schema, const uint8_t *message, struct buf *out);

static void refuse_null(struct buf *out)
{
    out->error = out->error == OK ? ERR_INVALID : out->error;
}

static void encode_optional(
    const struct wire_schema *schema, const void *value, struct buf *out)
{
    const void *target = wire_optional_get(value);

    wire_write_bool(out, target != NULL);
    if (target != NULL) {
        encode_struct(schema, target, out);
    }
}

/* Any value but an array. */
static void encode_plain(enum wire_type type, const struct wire_schema *nested,
    bool nullable, const void *value, struct buf *out)
{
    const struct wire_view *view = value;

    switch (type) {
    case WIRE_TYPE_STRING:
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        INVARIANT(type != WIRE_TYPE_STRING || view->len <= WIRE_STRING_MAX);
        if (view->ptr == NULL && !nullable) {
            refuse_null(out);
        }
        wire_write_bytes(out, *view, false);
        return;
    case WIRE_TYPE_STRUCT:
        encode_struct(nested, value, out);
        return;
    case WIRE_TYPE_OPTIONAL:
        encode_optional(nested, value, out);
        return;
    default:
        wire_value_write(type, value, out);
    }
}

static void encode_array(
    const struct wire_field *field, const struct wire_array *array, struct buf *out)
{
    size_t size = wire_element_size(field);

    if (array->count < 0 && !is_nullable(field)) {
        refuse_null(out);
    }
    wire_write_count(out, array->count, false);
    for (int32_t i = 0; i < array->count && out->error == OK; i++) {
        const uint8_t *item = (const uint8_t *)array->items + (size_t)i * size;
        encode_plain(field->element, field->nested, false, item, out);
    }
}

static void encode_struct(
    const struct wire_schema *schema, const uint8_t *message, struct buf *out)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        const void *value = message + field->offset;
        if (field->type == WIRE_TYPE_ARRAY) {
            encode_array(field, value, out);
        } else {
            encode_plain(field->type, field->nested, is_nullable(field), value, out);
        }
    }
}

void wire_fixed_encode(
    const struct wire_schema *schema, const void *message, struct buf *out)
{
    encode_struct(schema, message, out);
}
