#include "wire_codec.h"

#include "text.h"
#include "wire_value.h"
#include "wire_writer.h"

#include <string.h>

#define TAG_SIZE_MIN 2 /* the tag and its size, one byte each */
#define UVARINT_MAX  5 /* bytes */

/* The byte before a struct that may be null. */
enum presence {
    ABSENT = -1,
    PRESENT = 1,
};

/* How a message is laid out. */
struct form {
    int16_t version;
    bool flexible;
};

static bool is_tagged(const struct wire_field *field, struct form form)
{
    return form.flexible && wire_versions_include(field->versions, form.version) &&
           wire_versions_include(field->tagged, form.version);
}

static bool is_inline(const struct wire_field *field, struct form form)
{
    return wire_versions_include(field->versions, form.version) &&
           !wire_versions_include(field->tagged, form.version);
}

/* The least that a value can take on the wire. */
static size_t size_min(
    enum wire_type type, const struct wire_schema *nested, struct form form)
{
    switch (type) {
    case WIRE_TYPE_STRING:
        return form.flexible ? 1 : 2;
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
    case WIRE_TYPE_ARRAY:
        return form.flexible ? 1 : 4;
    case WIRE_TYPE_OPTIONAL:
        return 1;
    case WIRE_TYPE_STRUCT:
        break;
    default:
        return wire_value_width(type);
    }
    size_t sum = form.flexible ? 1 : 0;
    for (size_t i = 0; i < nested->count; i++) {
        const struct wire_field *field = &nested->fields[i];
        sum += is_inline(field, form) ? size_min(field->type, field->nested, form) : 0;
    }
    return sum > 0 ? sum : 1;
}

/* --- decoding --- */

struct decoder {
    struct form form;
    struct wire_reader *r;
    struct arena *arena;
};

static void decode_struct(
    const struct decoder *d, const struct wire_schema *schema, uint8_t *out);

static struct wire_view decode_string(const struct decoder *d, bool nullable)
{
    struct wire_view view = wire_read_string(d->r, d->form.flexible, nullable);

    if (!text_is_utf8(view.ptr, view.len)) {
        wire_reader_fail(d->r, WIRE_ERR_UTF8);
    }
    return view;
}

static void decode_optional(
    const struct decoder *d, const struct wire_schema *schema, void *out)
{
    int8_t presence = wire_read_i8(d->r);

    if (presence == ABSENT) {
        return;
    }
    if (presence != PRESENT) {
        wire_reader_fail(d->r, WIRE_ERR_VALUE);
        return;
    }
    uint8_t *target = arena_alloc(d->arena, 1, schema->struct_size);
    if (target == NULL) {
        wire_reader_fail(d->r, WIRE_ERR_MEMORY);
        return;
    }
    decode_struct(d, schema, target);
    wire_optional_set(out, target);
}

/* Any value but an array. */
static void decode_plain(const struct decoder *d, enum wire_type type,
    const struct wire_schema *nested, bool nullable, void *out)
{
    switch (type) {
    case WIRE_TYPE_STRING:
        *(struct wire_view *)out = decode_string(d, nullable);
        return;
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        *(struct wire_view *)out = wire_read_bytes(d->r, d->form.flexible, nullable);
        return;
    case WIRE_TYPE_STRUCT:
        decode_struct(d, nested, out);
        return;
    case WIRE_TYPE_OPTIONAL:
        decode_optional(d, nested, out);
        return;
    default:
        wire_value_read(type, d->r, out);
    }
}

static struct wire_array decode_array(
    const struct decoder *d, const struct wire_field *field, bool nullable)
{
    size_t element_min = size_min(field->element, field->nested, d->form);
    size_t element_size = wire_element_size(field);
    int32_t count = wire_read_count(d->r, d->form.flexible, nullable, element_min);

    if (count <= 0) {
        return (struct wire_array){NULL, count};
    }
    uint8_t *items = arena_alloc(d->arena, (size_t)count, element_size);
    if (items == NULL) {
        wire_reader_fail(d->r, WIRE_ERR_MEMORY);
        return (struct wire_array){NULL, 0};
    }
    for (int32_t i = 0; i < count && d->r->err == WIRE_OK; i++) {
        uint8_t *item = items + (size_t)i * element_size;
        decode_plain(d, field->element, field->nested, false, item);
    }
    return (struct wire_array){items, count};
}

static void decode_field(
    const struct decoder *d, const struct wire_field *field, uint8_t *message)
{
    bool nullable = wire_versions_include(field->nullable, d->form.version);
    void *out = message + field->offset;

    if (field->type == WIRE_TYPE_ARRAY) {
        *(struct wire_array *)out = decode_array(d, field, nullable);
    } else {
        decode_plain(d, field->type, field->nested, nullable, out);
    }
}

static const struct wire_field *find_tag(
    const struct wire_schema *schema, struct form form, uint32_t tag)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (schema->fields[i].tag == tag && is_tagged(&schema->fields[i], form)) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

/* A known field must fill its section exactly; an unknown one is stepped over. */
static void decode_tagged_field(
    const struct decoder *d, const struct wire_schema *schema, uint32_t tag, uint8_t *out)
{
    struct wire_view section = wire_read_raw(d->r, wire_read_uvarint(d->r));
    const struct wire_field *field = find_tag(schema, d->form, tag);

    if (field == NULL || d->r->err != WIRE_OK) {
        return;
    }
    struct wire_reader r = wire_reader_init(section.ptr, section.len);
    struct decoder inner = {.form = d->form, .r = &r, .arena = d->arena};
    decode_field(&inner, field, out);
    enum wire_err err = wire_reader_finish(&r);
    if (err != WIRE_OK) {
        wire_reader_fail(d->r, err);
    }
}

static void decode_tags(
    const struct decoder *d, const struct wire_schema *schema, uint8_t *out)
{
    int64_t last = -1;
    uint32_t count = wire_read_uvarint(d->r);

    if (count > d->r->left / TAG_SIZE_MIN) {
        wire_reader_fail(d->r, WIRE_ERR_SHORT);
    }
    for (uint32_t i = 0; i < count && d->r->err == WIRE_OK; i++) {
        uint32_t tag = wire_read_uvarint(d->r);
        if (tag <= last) {
            wire_reader_fail(d->r, WIRE_ERR_VALUE);
        }
        last = tag;
        decode_tagged_field(d, schema, tag, out);
    }
}

static void decode_struct(
    const struct decoder *d, const struct wire_schema *schema, uint8_t *out)
{
    wire_set_defaults(schema, out);
    for (size_t i = 0; i < schema->count && d->r->err == WIRE_OK; i++) {
        if (is_inline(&schema->fields[i], d->form)) {
            decode_field(d, &schema->fields[i], out);
        }
    }
    if (d->form.flexible) {
        decode_tags(d, schema, out);
    }
}

enum wire_err wire_decode(const struct wire_schema *schema, int16_t version,
    bool flexible, struct wire_reader *r, struct arena *a, void *message_out)
{
    struct decoder d = {.form = {version, flexible}, .r = r, .arena = a};

    decode_struct(&d, schema, message_out);
    return wire_reader_finish(r);
}

/* --- encoding --- */

static void encode_struct(const struct wire_schema *schema, struct form form,
    const uint8_t *message, struct buf *out);

/* A sibling may have put a null where only later versions know one: an error, not our
 * fault. */
static void refuse_null(struct buf *out)
{
    out->error = out->error == OK ? ERR_INVALID : out->error;
}

static void encode_optional(const struct wire_schema *schema, struct form form,
    const void *value, struct buf *out)
{
    const void *target = wire_optional_get(value);

    wire_write_i8(out, target != NULL ? PRESENT : ABSENT);
    if (target != NULL) {
        encode_struct(schema, form, target, out);
    }
}

/* Any value but an array. */
static void encode_plain(enum wire_type type, const struct wire_schema *nested,
    struct form form, bool nullable, const void *value, struct buf *out)
{
    const struct wire_view *view = value;

    switch (type) {
    case WIRE_TYPE_STRING:
        if (view->ptr == NULL && !nullable) {
            refuse_null(out);
        }
        wire_write_string(out, *view, form.flexible);
        return;
    case WIRE_TYPE_BYTES:
    case WIRE_TYPE_RECORDS:
        if (view->ptr == NULL && !nullable) {
            refuse_null(out);
        }
        wire_write_bytes(out, *view, form.flexible);
        return;
    case WIRE_TYPE_STRUCT:
        encode_struct(nested, form, value, out);
        return;
    case WIRE_TYPE_OPTIONAL:
        encode_optional(nested, form, value, out);
        return;
    default:
        wire_value_write(type, value, out);
    }
}

static void encode_array(const struct wire_field *field, struct form form, bool nullable,
    const struct wire_array *array, struct buf *out)
{
    size_t size = wire_element_size(field);

    if (array->count < 0 && !nullable) {
        refuse_null(out);
    }
    wire_write_count(out, array->count, form.flexible);
    for (int32_t i = 0; i < array->count && out->error == OK; i++) {
        const uint8_t *item = (const uint8_t *)array->items + (size_t)i * size;
        encode_plain(field->element, field->nested, form, false, item, out);
    }
}

static void encode_field(const struct wire_field *field, struct form form,
    const uint8_t *message, struct buf *out)
{
    bool nullable = wire_versions_include(field->nullable, form.version);
    const void *value = message + field->offset;

    if (field->type == WIRE_TYPE_ARRAY) {
        encode_array(field, form, nullable, value, out);
    } else {
        encode_plain(field->type, field->nested, form, nullable, value, out);
    }
}

/* A tagged field's size stands before it, but is known after it: write it behind, move it
 * up. */
static void encode_sized(const struct wire_field *field, struct form form,
    const uint8_t *message, struct buf *out)
{
    uint8_t prefix[UVARINT_MAX];
    size_t start = out->length;

    encode_field(field, form, message, out);
    size_t size = out->length - start;
    wire_write_uvarint(out, (uint32_t)size);
    if (out->error != OK) {
        return;
    }
    size_t width = out->length - start - size;
    memcpy(prefix, out->bytes + start + size, width);
    memmove(out->bytes + start + width, out->bytes + start, size);
    memcpy(out->bytes + start, prefix, width);
}

static bool is_written_tag(
    const struct wire_field *field, struct form form, const uint8_t *message)
{
    return is_tagged(field, form) && !wire_is_default(field, message + field->offset);
}

/* The written tagged field with the lowest tag above `last`, or NULL. */
static const struct wire_field *next_tag(const struct wire_schema *schema,
    struct form form, const uint8_t *message, int64_t last)
{
    const struct wire_field *next = NULL;

    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        if (is_written_tag(field, form, message) && field->tag > last &&
            (next == NULL || field->tag < next->tag)) {
            next = field;
        }
    }
    return next;
}

static void encode_tags(const struct wire_schema *schema, struct form form,
    const uint8_t *message, struct buf *out)
{
    uint32_t count = 0;

    for (size_t i = 0; i < schema->count; i++) {
        count += is_written_tag(&schema->fields[i], form, message) ? 1 : 0;
    }
    wire_write_uvarint(out, count);
    int64_t last = -1;
    for (uint32_t i = 0; i < count; i++) {
        const struct wire_field *field = next_tag(schema, form, message, last);
        INVARIANT(field != NULL);
        wire_write_uvarint(out, field->tag);
        encode_sized(field, form, message, out);
        last = field->tag;
    }
}

static void encode_struct(const struct wire_schema *schema, struct form form,
    const uint8_t *message, struct buf *out)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (is_inline(&schema->fields[i], form)) {
            encode_field(&schema->fields[i], form, message, out);
        }
    }
    if (form.flexible) {
        encode_tags(schema, form, message, out);
    }
}

void wire_encode(const struct wire_schema *schema, int16_t version, bool flexible,
    const void *message, struct buf *out)
{
    encode_struct(schema, (struct form){version, flexible}, message, out);
}
