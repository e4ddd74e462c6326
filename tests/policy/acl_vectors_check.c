/* Whether a file says all that its cases need: what it does not is nobody's decision. */
#include "acl_vectors.h"

#include <stdio.h>
#include <string.h>

struct field {
    const char *kind; /* of the enums; NULL: a text */
    const char *key;
    int least; /* codes */
    int most;
};

/* What a rule may hold, a question and a filter. */
static const struct field rule_fields[] = {{"resource_type", "resource_type", 2, 7},
    {"pattern_type", "pattern_type", 3, 4}, {"operation", "operation", 2, 15},
    {"permission", "permission", 2, 3}, {NULL, "resource_name", 0, 0},
    {NULL, "principal", 0, 0}, {NULL, "host", 0, 0}};
static const struct field request_fields[] = {{"resource_type", "resource_type", 2, 7},
    {"operation", "operation", 3, 15}, {NULL, "principal", 0, 0}, {NULL, "host", 0, 0}};
static const struct field filter_fields[] = {{"resource_type", "resource_type", 1, 7},
    {"pattern_type", "pattern_type", 1, 4}, {"operation", "operation", 1, 15},
    {"permission", "permission", 1, 3}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct place {
    const char *path;
    const char *section;
    size_t index;
};

static bool tell(const struct place *at, const char *key, const char *what)
{
    (void)fprintf(
        stderr, "%s: %s[%zu]: %s: %s\n", at->path, at->section, at->index, key, what);
    return false;
}

static bool has_field(const struct acl_vectors *v, const json_t *object,
    const struct field *f, const struct place *at)
{
    const char *word = json_string_value(json_object_get(object, f->key));
    const json_t *codes =
        f->kind == NULL ? NULL
                        : json_object_get(json_object_get(v->file, "enums"), f->kind);

    if (word == NULL) {
        return tell(at, f->key, "is missing, or no text");
    }
    if (f->kind == NULL) {
        return true;
    }
    const json_t *code = json_object_get(codes, word);
    if (!json_is_integer(code)) {
        return tell(at, f->key, "the section enums has no code for its word");
    }
    const json_int_t value = json_integer_value(code);
    return (value >= f->least && value <= f->most) ||
           tell(at, f->key, "has a code that means nothing here");
}

static bool has_fields(const struct acl_vectors *v, const json_t *object,
    const struct field *fields, size_t count, const struct place *at)
{
    bool good = json_is_object(object) || tell(at, "it", "is no object");

    for (size_t i = 0; good && i < count; i++) {
        good = has_field(v, object, &fields[i], at);
    }
    return good;
}

static bool check_decisions(const struct acl_vectors *v, struct place at, bool has_name)
{
    static const struct field name = {NULL, "resource_name", 0, 0};
    const json_t *vector;
    const json_t *acl;
    size_t k;

    json_array_foreach(json_object_get(v->file, at.section), at.index, vector)
    {
        const json_t *request = json_object_get(vector, "request");
        json_array_foreach(json_object_get(vector, "acls"), k, acl)
        {
            if (!has_fields(v, acl, rule_fields, COUNT(rule_fields), &at)) {
                return false;
            }
        }
        if (!has_fields(v, request, request_fields, COUNT(request_fields), &at) ||
            (has_name && !has_field(v, request, &name, &at))) {
            return false;
        }
    }
    return true;
}

static bool check_filters(const struct acl_vectors *v, struct place at)
{
    const json_t *item;

    at.section = "filter_store";
    json_array_foreach(json_object_get(v->file, at.section), at.index, item)
    {
        if (!has_fields(v, item, rule_fields, COUNT(rule_fields), &at)) {
            return false;
        }
    }
    at.section = "filters";
    json_array_foreach(json_object_get(v->file, at.section), at.index, item)
    {
        if (!has_fields(v, json_object_get(item, "filter"), filter_fields,
                COUNT(filter_fields), &at)) {
            return false;
        }
    }
    return true;
}

bool acl_vectors_check(const struct acl_vectors *v, const char *path)
{
    return check_decisions(v, (struct place){path, "authorize", 0}, true) &&
           check_decisions(
               v, (struct place){path, "authorize_by_resource_type", 0}, false) &&
           check_filters(v, (struct place){path, "", 0});
}
