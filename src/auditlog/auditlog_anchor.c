#include "auditlog_anchor.h"

#include "auditlog_line.h"

#include <string.h>

enum err auditlog_anchor_write(
    const void *line, size_t length, uint8_t out[AUDITLOG_ANCHOR])
{
    if (length == 0 || length > AUDITLOG_ANCHOR) {
        return ERR_FULL;
    }
    memset(out, ' ', AUDITLOG_ANCHOR);
    memcpy(out, line, length - 1);
    out[AUDITLOG_ANCHOR - 1] = '\n';
    return OK;
}

static bool read_line(const char *line, size_t length, struct auditlog_chain *out)
{
    struct auditlog_record r;
    const char *start = memchr(line, '{', length);

    if (start == NULL) {
        return false;
    }
    length -= (size_t)(start - line);
    while (length > 0 && (start[length - 1] == ' ' || start[length - 1] == '\r')) {
        length--;
    }
    if (auditlog_record_read(start, length, &r) != OK || !auditlog_record_is_own(&r) ||
        !auditlog_line_is_signed_kind(r.event)) {
        return false;
    }
    out->seq = r.seq;
    memcpy(out->hash, r.hash, sizeof(r.hash));
    return true;
}

bool auditlog_anchor_next(const char **text, size_t *length, struct auditlog_chain *out)
{
    bool found = false;

    while (!found && *length > 0) {
        const char *end = memchr(*text, '\n', *length);
        size_t line = end == NULL ? *length : (size_t)(end - *text);
        size_t step = end == NULL ? *length : line + 1;
        found = read_line(*text, line, out);
        *text += step;
        *length -= step;
    }
    return found;
}

enum err auditlog_anchor_find(const void *text, size_t length, struct auditlog_chain *out)
{
    struct auditlog_chain newest = {.seq = 0};
    struct auditlog_chain one;
    const char *at = text;

    while (auditlog_anchor_next(&at, &length, &one)) {
        newest = one.seq >= newest.seq ? one : newest;
    }
    if (newest.seq == 0) {
        return ERR_NOT_FOUND;
    }
    *out = newest;
    return OK;
}
