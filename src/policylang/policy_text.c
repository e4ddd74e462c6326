#include "policy_text.h"

#include <stdio.h>
#include <string.h>

int policy_text_compare(struct policy_view a, struct policy_view b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int c = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

bool policy_text_starts(struct policy_view name, struct policy_view prefix)
{
    return name.len >= prefix.len &&
           (prefix.len == 0 || memcmp(name.ptr, prefix.ptr, prefix.len) == 0);
}

/* The longest beginning of up to max bytes that ends between two characters. */
static size_t cut(struct policy_view text, size_t max)
{
    if (text.len <= max) {
        return text.len;
    }
    while (max > 0 && (text.ptr[max] & 0xc0) == 0x80) {
        max--;
    }
    return max;
}

void policy_text_put(char *out, size_t size, const char *before, struct policy_view name,
    const char *after)
{
    size_t around = strlen(before) + strlen(after) + 4; /* ... and the NUL */
    size_t length = cut(name, size > around ? size - around : 0);

    (void)snprintf(out, size, "%s%.*s%s%s", before, (int)length, (const char *)name.ptr,
        length < name.len ? "..." : "", after);
}

static void put_pattern(
    const struct policy_model_target *t, const char *before, char *out, size_t size)
{
    bool quoted = t->is_quoted && !t->is_prefix;
    char start[32];

    (void)snprintf(start, sizeof(start), "%s%s", before, quoted ? "\"" : "");
    policy_text_put(out, size, start, t->name, t->is_prefix ? "*" : quoted ? "\"" : "");
}

void policy_text_target(const struct policy_model_target *t, char *out, size_t size)
{
    char kind[24];

    if (t->resource == POLICY_CLUSTER) {
        (void)snprintf(out, size, "%s", policy_resource_name(t->resource));
        return;
    }
    (void)snprintf(kind, sizeof(kind), "%s ", policy_resource_name(t->resource));
    put_pattern(t, kind, out, size);
}

void policy_text_targets(
    const struct policy_model *m, struct policy_range targets, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < targets.count; i++) {
        const struct policy_model_target *t = &m->targets[targets.first + i];
        char one[POLICY_SHOWN_MAX];
        bool same = i > 0 && t[-1].resource == t->resource;
        if (same) {
            put_pattern(t, ", ", one, sizeof(one));
        } else {
            policy_text_target(t, one, sizeof(one));
        }
        const char *space = i == 0 || same ? "" : " ";
        if (length + strlen(space) + strlen(one) + 5 > size) {
            (void)snprintf(out + length, size - length, " ...");
            return;
        }
        length += (size_t)snprintf(out + length, size - length, "%s%s", space, one);
    }
}

void policy_text_place(
    const struct report *report, const struct report_place *place, char *out, size_t size)
{
    (void)snprintf(out, size, "%s%s:%u", report->directory, place->file, place->line);
}
