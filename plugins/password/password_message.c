#include "password_message.h"

#include <string.h>

/* The bytes before the next NUL, which is stepped over; NULL: there is no NUL. */
static const char *take_field(const char **pos, const char *end, size_t *length_out)
{
    const char *start = *pos;
    const char *nul = memchr(start, '\0', (size_t)(end - start));

    if (nul == NULL) {
        return NULL;
    }
    *length_out = (size_t)(nul - start);
    *pos = nul + 1;
    return start;
}

enum schloss_auth_reason password_message_parse(
    struct password_message *out, const void *bytes, size_t length)
{
    struct password_message m;
    size_t asked_length = 0;
    size_t at;

    if (length == 0) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    if (length > PASSWORD_MESSAGE_MAX) {
        return SCHLOSS_AUTH_REASON_TOO_LONG;
    }
    const char *pos = bytes;
    const char *end = pos + length;
    const char *asked = take_field(&pos, end, &asked_length);
    if (asked == NULL) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    m.name = take_field(&pos, end, &m.name_length);
    if (m.name == NULL) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    m.password = pos;
    m.password_length = (size_t)(end - pos);
    if (m.password_length == 0 || m.password_length > USERS_PASSWORD_MAX ||
        memchr(m.password, '\0', m.password_length) != NULL ||
        users_name_problem(m.name, m.name_length, &at) != NULL) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    /* Nobody acts for another, whatever is asked for (CVE-2017-12610). */
    if (asked_length != 0 &&
        (asked_length != m.name_length || memcmp(asked, m.name, asked_length) != 0)) {
        return SCHLOSS_AUTH_REASON_OTHER_IDENTITY;
    }
    *out = m;
    return SCHLOSS_AUTH_REASON_NONE;
}
