/*
 * acl-vectors - runs a file of cases; each difference is a line, the last one counts.
 *
 * exit: 0 all passed, 1 a difference, 2 usage, 3 the file can not be read or lacks
 * something
 */
#include "acl_vectors.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *vector, const char *key)
{
    const char *text = json_string_value(json_object_get(vector, key));

    return text != NULL ? text : "";
}

void acl_vectors_tell(
    struct acl_vectors *v, const json_t *vector, const char *expected, const char *got)
{
    if (expected != NULL && got != NULL && strcmp(expected, got) == 0) {
        v->passed++;
        return;
    }
    v->failed++;
    (void)printf("%s: expected %s, got %s: %s\n", text_of(vector, "id"),
        expected != NULL ? expected : "(nothing)", got != NULL ? got : "(nothing)",
        text_of(vector, "title"));
}

struct policy_view acl_vectors_text(const json_t *object, const char *key)
{
    const json_t *text = json_object_get(object, key);

    return (struct policy_view){
        (const uint8_t *)json_string_value(text), json_string_length(text)};
}

int8_t acl_vectors_code(
    const struct acl_vectors *v, const char *kind, const json_t *object, const char *key)
{
    const json_t *codes = json_object_get(json_object_get(v->file, "enums"), kind);

    return (int8_t)json_integer_value(json_object_get(codes, text_of(object, key)));
}

struct policy_binding acl_vectors_binding(const struct acl_vectors *v, const json_t *acl)
{
    return (struct policy_binding){
        .resource = acl_vectors_code(v, "resource_type", acl, "resource_type"),
        .pattern = acl_vectors_code(v, "pattern_type", acl, "pattern_type"),
        .operation = acl_vectors_code(v, "operation", acl, "operation"),
        .permission = acl_vectors_code(v, "permission", acl, "permission"),
        .name = acl_vectors_text(acl, "resource_name"),
        .principal = acl_vectors_text(acl, "principal"),
        .host = acl_vectors_text(acl, "host")};
}

void acl_vectors_filters(struct acl_vectors *v)
{
    const json_t *store = json_object_get(v->file, "filter_store");
    const json_t *vector;
    size_t i;

    json_array_foreach(json_object_get(v->file, "filters"), i, vector)
    {
        const struct policy_binding asked =
            acl_vectors_binding(v, json_object_get(vector, "filter"));
        const struct policy_filter filter = {.resource = asked.resource,
            .pattern = asked.pattern,
            .operation = asked.operation,
            .permission = asked.permission,
            .name = asked.name,
            .principal = asked.principal,
            .host = asked.host};
        json_t *found = json_array();
        for (size_t k = 0; k < json_array_size(store); k++) {
            const struct policy_binding rule =
                acl_vectors_binding(v, json_array_get(store, k));
            if (policy_filter_finds(&filter, &rule)) {
                (void)json_array_append_new(found, json_integer((json_int_t)k));
            }
        }
        char *got = json_dumps(found, JSON_COMPACT);
        char *expected =
            json_dumps(json_object_get(vector, "expect_indices"), JSON_COMPACT);
        acl_vectors_tell(v, vector, expected, got);
        free(got);
        free(expected);
        json_decref(found);
    }
}

int main(int argc, char **argv)
{
    struct acl_vectors v = {.ours = argc == 3 && strcmp(argv[1], "--ours") == 0};
    json_error_t error;

    if (argc != (v.ours ? 3 : 2) || argv[argc - 1][0] == '-') {
        (void)fputs(
            "usage: acl-vectors [--ours] FILE\n"
            "  --ours  without policy.kafka.compat: shows what differs by intent\n",
            stderr);
        return 2;
    }
    v.file = json_load_file(argv[argc - 1], JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(v.file)) {
        (void)fprintf(stderr, "%s:%d: %s\n", argv[argc - 1], error.line,
            v.file != NULL ? "not an object" : error.text);
        json_decref(v.file);
        return 3;
    }
    if (!acl_vectors_check(&v, argv[argc - 1])) {
        json_decref(v.file);
        return 3;
    }
    acl_vectors_authorize(&v);
    acl_vectors_by_type(&v);
    acl_vectors_filters(&v);
    acl_vectors_ssl(&v);
    acl_vectors_kerberos(&v);
    json_decref(v.file);
    (void)printf("%zu passed, %zu failed\n", v.passed, v.failed);
    return v.failed == 0 && v.passed > 0 ? 0 : 1;
}
