/* Names of certificates and of Kerberos, by the rules of the plugins. */
#include "acl_vectors.h"
#include "buf.h"
#include "gssapi_rules.h"
#include "x509_rules.h"

#include <string.h>

static const char *map_ssl(const json_t *vector, struct buf *out)
{
    const json_t *text = json_object_get(vector, "rules");
    const json_t *input = json_object_get(vector, "input");
    struct x509_rules_problem problem;
    struct x509_rules rules;
    const char *got = "ERROR";

    if (x509_rules_init(
            &rules, json_string_value(text), json_string_length(text), &problem) != OK) {
        return "SYNTAX";
    }
    if (x509_rules_apply(
            &rules, json_string_value(input), json_string_length(input), out) == OK) {
        buf_add(out, "", 1);
        got = buf_error(out) == OK ? (const char *)out->bytes : NULL;
    }
    x509_rules_fini(&rules);
    return got;
}

/* A list in JSON, commas between in the setting. */
static void join(const json_t *list, struct buf *out)
{
    const json_t *rule;
    size_t i;

    json_array_foreach(list, i, rule)
    {
        buf_add_text(out, i > 0 ? "," : "");
        buf_add_text(out, json_string_value(rule));
    }
}

static const char *map_kerberos(const json_t *vector, struct buf *out)
{
    const json_t *input = json_object_get(vector, "input");
    const char *realm = json_string_value(json_object_get(vector, "default_realm"));
    struct gssapi_rules_problem problem;
    struct gssapi_rules *rules = NULL;
    struct gssapi_name name;
    const char *got = "ERROR";

    join(json_object_get(vector, "rules"), out);
    if (gssapi_rules_new(&rules, (const char *)out->bytes, out->length,
            realm != NULL ? realm : "", &problem) != OK) {
        return "SYNTAX";
    }
    buf_reset(out);
    if (gssapi_rules_apply(rules, json_string_value(input), json_string_length(input),
            &name) == GSSAPI_RULES_NAMED) {
        buf_add(out, name.bytes, name.length);
        buf_add(out, "", 1);
        got = buf_error(out) == OK ? (const char *)out->bytes : NULL;
    }
    gssapi_rules_free(&rules);
    return got;
}

static void run(struct acl_vectors *v, const char *section,
    const char *(*map)(const json_t *vector, struct buf *out))
{
    const json_t *vector;
    size_t i;

    json_array_foreach(json_object_get(v->file, section), i, vector)
    {
        struct buf out;
        buf_init(&out, 65536);
        acl_vectors_tell(v, vector, json_string_value(json_object_get(vector, "expect")),
            map(vector, &out));
        buf_fini(&out);
    }
}

void acl_vectors_ssl(struct acl_vectors *v)
{
    run(v, "ssl_principal_mapping", map_ssl);
}

void acl_vectors_kerberos(struct acl_vectors *v)
{
    run(v, "kerberos_principal_to_local", map_kerberos);
}
