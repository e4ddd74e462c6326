#include "exchange_list.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static const char head_begins[] =
    "Current ACLs for resource `ResourcePattern(resourceType=";
static const char entry_begins[] = "(principal=";

struct reading {
    struct exchange_set *set;
    size_t line;
    bool has_resource;
    struct exchange_acl at; /* its resource */
};

static struct policy_view trimmed(struct policy_view v)
{
    while (v.len > 0 && (v.ptr[0] == ' ' || v.ptr[0] == '\t')) {
        v.ptr++;
        v.len--;
    }
    while (v.len > 0 && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\r')) {
        v.len--;
    }
    return v;
}

/* Drops it from the front. */
static bool take_front(struct policy_view *v, const char *text)
{
    size_t length = strlen(text);

    if (v->len < length || memcmp(v->ptr, text, length) != 0) {
        return false;
    }
    v->ptr += length;
    v->len -= length;
    return true;
}

static bool take_back(struct policy_view *v, const char *text)
{
    size_t length = strlen(text);

    if (v->len < length || memcmp(v->ptr + v->len - length, text, length) != 0) {
        return false;
    }
    v->len -= length;
    return true;
}

/* What stands behind the last `separator`, which leaves v with what stands before it. */
static bool take_last(
    struct policy_view *v, const char *separator, struct policy_view *out)
{
    size_t length = strlen(separator);

    for (size_t i = v->len; i >= length; i--) {
        if (memcmp(v->ptr + i - length, separator, length) == 0) {
            *out = (struct policy_view){v->ptr + i, v->len - i};
            v->len = i - length;
            return true;
        }
    }
    return false;
}

static bool take_until(
    struct policy_view *v, const char *separator, struct policy_view *out)
{
    const uint8_t *at =
        v->len == 0 ? NULL : memmem(v->ptr, v->len, separator, strlen(separator));

    if (at == NULL) {
        return false;
    }
    *out = (struct policy_view){v->ptr, (size_t)(at - v->ptr)};
    v->len -= out->len + strlen(separator);
    v->ptr = at + strlen(separator);
    return true;
}

static bool read_head(struct reading *r, struct policy_view line)
{
    struct policy_view type;
    struct policy_view pattern;
    struct exchange_acl at = {0};

    if (!take_back(&line, ")`:") || !take_until(&line, ", name=", &type) ||
        !take_last(&line, ", patternType=", &pattern) || line.len == 0 ||
        !exchange_resource_of(type, &at.resource) ||
        !exchange_pattern_of(pattern, &at.is_prefix)) {
        return false;
    }
    at.name = line;
    r->at = at;
    return true;
}

static bool read_entry(struct reading *r, struct policy_view line)
{
    struct exchange_acl acl = r->at;
    struct policy_view permission;
    struct policy_view operation;

    if (!r->has_resource || !take_back(&line, ")") ||
        !take_last(&line, ", permissionType=", &permission) ||
        !take_last(&line, ", operation=", &operation) ||
        !take_last(&line, ", host=", &acl.host) || line.len == 0 || acl.host.len == 0 ||
        !exchange_permission_of(permission, &acl.is_deny) ||
        !exchange_operation_of(operation, &acl.operation)) {
        return false;
    }
    acl.principal = line;
    exchange_set_add(r->set, &acl);
    return true;
}

static void read_line(struct reading *r, struct policy_view line)
{
    char shown[EXCHANGE_SHOWN];
    struct policy_view rest = trimmed(line);
    bool good = false;

    if (rest.len == 0) {
        return;
    }
    bool has_nul = memchr(rest.ptr, '\0', rest.len) != NULL;
    if (!has_nul && take_front(&rest, head_begins)) {
        good = read_head(r, rest);
        r->has_resource = good; /* entries below a head that was not read are not taken */
    } else if (!has_nul && take_front(&rest, entry_begins)) {
        good = read_entry(r, rest);
    }
    if (!good) {
        line = trimmed(line);
        exchange_set_note(r->set, "line %zu: %s", r->line,
            text_escape(shown, sizeof(shown), line.ptr, line.len));
    }
}

void exchange_list_read(struct policy_view text, struct exchange_set *out)
{
    struct reading r = {.set = out};

    while (text.len > 0 && out->error == OK) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t length = end == NULL ? text.len : (size_t)(end - text.ptr);
        size_t used = end == NULL ? length : length + 1;
        r.line++;
        read_line(&r, (struct policy_view){text.ptr, length});
        text.ptr += used;
        text.len -= used;
    }
}

static bool same_resource(const struct exchange_acl *a, const struct exchange_acl *b)
{
    return a->resource == b->resource && a->is_prefix == b->is_prefix &&
           exchange_view_compare(a->name, b->name) == 0;
}

static void write_head(const struct exchange_acl *a, struct buf *out)
{
    buf_add_format(
        out, "%s%s, name=", head_begins, exchange_resource_word(a->resource, false));
    buf_add(out, a->name.ptr, a->name.len);
    buf_add_format(out, ", patternType=%s)`: \n", a->is_prefix ? "PREFIXED" : "LITERAL");
}

static void write_entry(const struct exchange_acl *a, struct buf *out)
{
    buf_add_format(out, " \t%s", entry_begins);
    buf_add(out, a->principal.ptr, a->principal.len);
    buf_add_text(out, ", host=");
    buf_add(out, a->host.ptr, a->host.len);
    buf_add_format(out, ", operation=%s, permissionType=%s)\n",
        exchange_operation_word(a->operation, false), a->is_deny ? "DENY" : "ALLOW");
}

void exchange_list_write(struct exchange_set *s, struct buf *out)
{
    exchange_set_sort_by_resource(s);
    for (size_t i = 0; i < s->count; i++) {
        if (i == 0 || !same_resource(&s->acls[i - 1], &s->acls[i])) {
            buf_add_text(out, i == 0 ? "" : "\n");
            write_head(&s->acls[i], out);
        }
        write_entry(&s->acls[i], out);
    }
}
