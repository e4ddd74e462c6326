#include "oauth_json.h"

#include "mem.h"
#include "rand.h"

#include <string.h>

/* Out of memory, jansson may report a mistake in the text, or leave bytes of it out and
 * go on: so each document is asked for this. Its allocator takes no context. */
static bool out_of_memory;

static void *json_alloc(size_t size)
{
    void *p = mem_alloc(1, size);

    out_of_memory |= p == NULL;
    return p;
}

void oauth_json_start(void)
{
    size_t seed = 0;

    while (seed == 0) { /* jansson reads 0 as: find one yourself */
        rand_bytes(&seed, sizeof(seed));
    }
    json_set_alloc_funcs(json_alloc, mem_free);
    json_object_seed(seed);
}

/* Up to the first error of syntax this sees strings where jansson sees them; what is
 * behind that error jansson never reads. */
static bool is_shallow(const char *p, size_t length)
{
    bool in_string = false;
    size_t depth = 0;

    for (size_t i = 0; i < length; i++) {
        if (p[i] == '"') {
            in_string = !in_string;
        }
        if (in_string) {
            i += p[i] == '\\' ? 1 : 0; /* what is escaped ends nothing */
            continue;
        }
        if (p[i] == '{' || p[i] == '[') {
            depth++;
        } else if ((p[i] == '}' || p[i] == ']') && depth > 0) {
            depth--;
        }
        if (depth > OAUTH_JSON_DEPTH_MAX) {
            return false;
        }
    }
    return true;
}

enum err oauth_json_parse(const void *bytes, size_t length, json_t **out)
{
    if (length == 0 || !is_shallow(bytes, length)) {
        return ERR_INVALID;
    }
    out_of_memory = false;
    json_t *json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
    if (!out_of_memory && json_is_object(json)) {
        *out = json;
        return OK;
    }
    json_decref(json);
    return out_of_memory ? ERR_NOMEM : ERR_INVALID;
}

bool oauth_json_text(
    const json_t *object, const char *name, struct schloss_auth_bytes *out)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value)) {
        return false;
    }
    *out =
        (struct schloss_auth_bytes){json_string_value(value), json_string_length(value)};
    return true;
}

bool oauth_json_is(struct schloss_auth_bytes text, const char *expected)
{
    return text.length == strlen(expected) &&
           memcmp(text.bytes, expected, text.length) == 0;
}
