#include "policy_filter.h"

#include <string.h>

static bool is_code(int8_t code, int8_t last)
{
    return code >= POLICY_CODE_ANY && code <= last;
}

bool policy_filter_is_good(const struct policy_filter *f)
{
    return is_code(f->resource, POLICY_CODE_RESOURCE_MAX) &&
           is_code(f->pattern, POLICY_CODE_PREFIXED) &&
           is_code(f->operation, POLICY_CODE_OPERATION_MAX) &&
           is_code(f->permission, POLICY_CODE_ALLOW);
}

static bool code_fits(int8_t wanted, int8_t code)
{
    return wanted == POLICY_CODE_ANY || wanted == code;
}

static bool is_same(struct policy_view a, struct policy_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool text_fits(struct policy_view wanted, struct policy_view text)
{
    return wanted.ptr == NULL || is_same(wanted, text);
}

/* The rule says something about a resource of that name. */
static bool bears_upon(const struct policy_binding *b, struct policy_view name)
{
    static const struct policy_view every = {.ptr = (const uint8_t *)"*", .len = 1};

    if (b->pattern == POLICY_CODE_PREFIXED) {
        return b->name.len <= name.len &&
               (b->name.len == 0 || memcmp(b->name.ptr, name.ptr, b->name.len) == 0);
    }
    return is_same(b->name, name) || is_same(b->name, every);
}

static bool name_fits(const struct policy_filter *f, const struct policy_binding *b)
{
    if (f->pattern == POLICY_CODE_MATCH) {
        return f->name.ptr == NULL || bears_upon(b, f->name);
    }
    return code_fits(f->pattern, b->pattern) && text_fits(f->name, b->name);
}

bool policy_filter_finds(
    const struct policy_filter *f, const struct policy_binding *binding)
{
    return code_fits(f->resource, binding->resource) &&
           code_fits(f->operation, binding->operation) &&
           code_fits(f->permission, binding->permission) &&
           text_fits(f->principal, binding->principal) &&
           text_fits(f->host, binding->host) && name_fits(f, binding);
}
