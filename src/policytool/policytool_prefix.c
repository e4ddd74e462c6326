#include "policytool_prefix.h"

#include <string.h>

static bool separates(uint8_t c)
{
    return c == '.' || c == '-' || c == '_';
}

/* Bytes up to and with the first separator behind `from` that has a word before it;
 * 0: none. */
static size_t next_part(struct policy_view name, size_t from)
{
    size_t i = from;

    while (i < name.len && separates(name.ptr[i])) {
        i++;
    }
    while (i < name.len && !separates(name.ptr[i])) {
        i++;
    }
    return i < name.len ? i + 1 : 0;
}

/* How many names from the first on have its first `length` bytes. */
static size_t count_alike(struct policytool_span s, size_t length)
{
    size_t n = 1;

    while (n < s.count && s.names[n].len >= length &&
           memcmp(s.names[n].ptr, s.names[0].ptr, length) == 0) {
        n++;
    }
    return n;
}

bool policytool_prefix_is_plain(struct policy_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                (c >= '0' && c <= '9') || separates(c))) {
            return false;
        }
    }
    return true;
}

void policytool_items_add(struct policytool_items *out, struct policy_view name)
{
    out->items[out->count++] = (struct policytool_item){name, 0};
}

/* `length`: what all of the span have alike; 0: nothing, and then no prefix is proposed for
 * all. What longer ones leave over is counted anew. */
static void reduce(
    struct policytool_span s, size_t length, size_t enough, struct policytool_items *out)
{
    const size_t before = out->count;
    size_t exact = 0;

    for (size_t i = 0; i < s.count;) {
        const struct policytool_span rest = {s.names + i, s.count - i};
        const size_t part = next_part(rest.names[0], length);
        const size_t alike = part == 0 ? 1 : count_alike(rest, part);
        if (part != 0 && alike >= enough) {
            reduce((struct policytool_span){rest.names, alike}, part, enough, out);
        } else {
            for (size_t k = 0; k < alike; k++) {
                policytool_items_add(out, rest.names[k]);
            }
            exact += alike;
        }
        i += alike;
    }
    /* In quotes a '*' is none. */
    if (length > 0 && exact >= enough &&
        policytool_prefix_is_plain((struct policy_view){s.names[0].ptr, length})) {
        out->count = before;
        out->items[out->count++] =
            (struct policytool_item){{s.names[0].ptr, length}, s.count};
    }
}

void policytool_prefix_find(
    struct policytool_span s, size_t enough, struct policytool_items *out)
{
    reduce(s, 0, enough, out);
}
