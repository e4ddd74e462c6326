#include "gssapi_rules.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* Twice, because what is found must not depend on what was looked at before. */
static void apply(struct gssapi_rules *rules, const uint8_t *bytes, size_t length)
{
    struct gssapi_name first = {.length = 0};
    struct gssapi_name second = {.length = 0};
    char *copy = calloc(length > 0 ? length : 1, 1);

    demand(copy != NULL);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    enum gssapi_rules_answer answer = gssapi_rules_apply(rules, copy, length, &first);
    demand(gssapi_rules_apply(rules, copy, length, &second) == answer);
    demand(first.length == second.length);
    demand(memcmp(first.bytes, second.bytes, first.length) == 0);
    if (answer == GSSAPI_RULES_NAMED) {
        demand(first.length >= 1 && first.length <= GSSAPI_NAME_MAX);
        demand(text_is_utf8(first.bytes, first.length));
        demand(memchr(first.bytes, '@', first.length) == NULL);
        demand(memchr(first.bytes, '/', first.length) == NULL);
        demand(first.length > 1 || first.bytes[0] != '*');
    } else {
        demand(answer == GSSAPI_RULES_NONE || answer == GSSAPI_RULES_REFUSED);
        demand(first.length == 0);
    }
    free(copy);
}

/* The first line is the rules, each further one a principal. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gssapi_rules_problem problem = {0, NULL};
    struct gssapi_rules *rules = NULL;
    const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = newline != NULL ? (size_t)(newline - data) : size;
    char *text = calloc(length > 0 ? length : 1, 1);

    demand(text != NULL);
    if (length > 0) {
        memcpy(text, data, length);
    }
    enum err e = gssapi_rules_new(&rules, text, length, "EXAMPLE.TEST", &problem);
    free(text);
    if (e != OK) {
        demand(e == ERR_INVALID && rules == NULL && problem.message != NULL);
        demand(problem.at >= 1 && problem.at <= length + 1);
        return 0;
    }
    const uint8_t *end = data + size;
    while (newline != NULL) {
        const uint8_t *line = newline + 1;
        newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
        apply(rules, line, (size_t)((newline != NULL ? newline : end) - line));
    }
    gssapi_rules_free(&rules);
    return 0;
}
