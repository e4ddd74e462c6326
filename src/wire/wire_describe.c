#include "wire_describe.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>

static const char *type_name(enum wire_type type, const struct wire_schema *nested)
{
    static const char *const names[] = {
        [WIRE_TYPE_BOOL] = "bool",
        [WIRE_TYPE_INT8] = "int8",
        [WIRE_TYPE_INT16] = "int16",
        [WIRE_TYPE_UINT16] = "uint16",
        [WIRE_TYPE_INT32] = "int32",
        [WIRE_TYPE_UINT32] = "uint32",
        [WIRE_TYPE_INT64] = "int64",
        [WIRE_TYPE_FLOAT64] = "float64",
        [WIRE_TYPE_UUID] = "uuid",
        [WIRE_TYPE_STRING] = "string",
        [WIRE_TYPE_BYTES] = "bytes",
        [WIRE_TYPE_RECORDS] = "records",
    };

    return nested != NULL ? nested->name : names[type];
}

static void add_string(struct buf *out, const char *key, const char *value)
{
    buf_add_format(out, "\"%s\": ", key);
    text_add_json(out, value, strlen(value));
}

static void add_versions(struct buf *out, const char *key, struct wire_versions versions)
{
    if (!wire_versions_any(versions)) {
        return;
    }
    if (versions.end == WIRE_VERSIONS_OPEN) {
        buf_add_format(out, ", \"%s\": \"%d+\"", key, versions.first);
    } else if (versions.end == versions.first + 1) {
        buf_add_format(out, ", \"%s\": \"%d\"", key, versions.first);
    } else {
        buf_add_format(out, ", \"%s\": \"%d-%d\"", key, versions.first, versions.end - 1);
    }
}

static void add_default(struct buf *out, const struct wire_field *field)
{
    switch (field->default_kind) {
    case WIRE_DEFAULT_NONE:
        return;
    case WIRE_DEFAULT_EMPTY:
        buf_add_text(out, ", \"default\": \"\"");
        return;
    case WIRE_DEFAULT_NULL:
        buf_add_text(out, ", \"default\": \"null\"");
        return;
    case WIRE_DEFAULT_NUMBER:
        break;
    }
    if (field->type == WIRE_TYPE_BOOL) {
        buf_add_text(out,
            field->default_number != 0 ? ", \"default\": true" : ", \"default\": false");
    } else {
        buf_add_format(out, ", \"default\": %" PRId64, field->default_number);
    }
}

static void add_fields(struct buf *out, const struct wire_schema *schema);

static void add_field(struct buf *out, const struct wire_field *field)
{
    bool array = field->type == WIRE_TYPE_ARRAY;
    enum wire_type type = array ? field->element : field->type;

    buf_add_text(out, "{");
    add_string(out, "name", field->name);
    buf_add_format(
        out, ", \"type\": \"%s%s\"", array ? "[]" : "", type_name(type, field->nested));
    add_versions(out, "versions", field->versions);
    add_versions(out, "nullableVersions", field->nullable);
    add_versions(out, "taggedVersions", field->tagged);
    if (wire_versions_any(field->tagged)) {
        buf_add_format(out, ", \"tag\": %" PRIu32, field->tag);
    }
    add_default(out, field);
    if (field->nested != NULL) {
        add_fields(out, field->nested);
    }
    buf_add_text(out, "}");
}

static void add_fields(struct buf *out, const struct wire_schema *schema)
{
    buf_add_text(out, ", \"fields\": [");
    for (size_t i = 0; i < schema->count; i++) {
        buf_add_text(out, i > 0 ? ", " : "");
        add_field(out, &schema->fields[i]);
    }
    buf_add_text(out, "]");
}

static void add_message(
    struct buf *out, const struct wire_api *api, const struct wire_schema *schema)
{
    struct wire_versions versions = {api->min, (int16_t)(api->max + 1)};
    struct wire_versions flexible = {api->flexible_from, WIRE_VERSIONS_OPEN};

    buf_add_text(out, "{");
    add_string(out, "name", schema->name);
    add_versions(out, "versions", versions);
    if (wire_versions_any(flexible)) {
        add_versions(out, "flexibleVersions", flexible);
    } else {
        buf_add_text(out, ", \"flexibleVersions\": \"none\"");
    }
    add_fields(out, schema);
    buf_add_text(out, "}");
}

void wire_describe_api(const struct wire_api *api, struct buf *out)
{
    buf_add_text(out, "{\"request\": ");
    add_message(out, api, api->request);
    buf_add_text(out, ", \"response\": ");
    add_message(out, api, api->response);
    buf_add_text(out, "}");
}
