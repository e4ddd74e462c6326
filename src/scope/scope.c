#include "scope.h"

#include <string.h>

#define PREFIX "User:"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

const char *scope_next(const char **cursor, size_t *length_out)
{
    while (**cursor != '\0') {
        const char *start = *cursor;
        size_t length = strcspn(start, ";");
        *cursor = start + length + (start[length] == ';' ? 1 : 0);
        while (length > 0 && is_blank(*start)) {
            start++;
            length--;
        }
        while (length > 0 && is_blank(start[length - 1])) {
            length--;
        }
        if (length > 0) {
            *length_out = length;
            return start;
        }
    }
    return NULL;
}

bool scope_is_pattern(const char *text, size_t length)
{
    if (length > 0 && text[0] == '!') {
        text++;
        length--;
    }
    if (length <= strlen(PREFIX) || memcmp(text, PREFIX, strlen(PREFIX)) != 0) {
        return false;
    }
    const char *star = memchr(text, '*', length);
    return star == NULL ||
           memchr(star + 1, '*', (size_t)(text + length - star - 1)) == NULL;
}

bool scope_is_valid(const char *patterns)
{
    const char *cursor = patterns;
    const char *pattern;
    size_t length = 0;

    if (strlen(patterns) > SCOPE_LENGTH_MAX) {
        return false;
    }
    while ((pattern = scope_next(&cursor, &length)) != NULL) {
        if (!scope_is_pattern(pattern, length)) {
            return false;
        }
    }
    return true;
}

static bool fits(const char *pattern, size_t length, const char *name)
{
    const char *star = memchr(pattern, '*', length);
    size_t name_length = strlen(name);

    if (star == NULL) {
        return length == name_length && memcmp(pattern, name, length) == 0;
    }
    size_t before = (size_t)(star - pattern);
    size_t after = length - before - 1;
    return name_length >= before + after && memcmp(name, pattern, before) == 0 &&
           memcmp(name + name_length - after, star + 1, after) == 0;
}

bool scope_allows(const char *patterns, const char *principal)
{
    const char *cursor = patterns;
    const char *pattern;
    size_t length = 0;
    bool allowed = false;

    if (strlen(principal) <= strlen(PREFIX)) {
        return false;
    }
    while ((pattern = scope_next(&cursor, &length)) != NULL) {
        bool is_taken_away = pattern[0] == '!';
        if (is_taken_away && fits(pattern + 1, length - 1, principal)) {
            return false;
        }
        allowed = allowed || (!is_taken_away && fits(pattern, length, principal));
    }
    return allowed;
}
