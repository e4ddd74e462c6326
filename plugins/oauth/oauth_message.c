#include "oauth_message.h"

#include "text.h"

#include <string.h>
#include <strings.h>

#define SEPARATOR 1
#define SCHEME    "Bearer "

struct cursor {
    const char *pos;
    const char *end;
};

/* The bytes before the next `mark`, which is stepped over; false: there is none. */
static bool take_until(struct cursor *c, char mark, struct schloss_auth_bytes *out)
{
    const size_t left = (size_t)(c->end - c->pos);
    const char *at = left == 0 ? NULL : memchr(c->pos, mark, left);

    if (at == NULL) {
        return false;
    }
    *out = (struct schloss_auth_bytes){c->pos, (size_t)(at - c->pos)};
    c->pos = at + 1;
    return true;
}

/* "=2C" and "=3D" stand for ',' and '='; nothing else begins with '='. 0: neither. */
static char unescaped(const char *p, size_t left)
{
    if (left >= 3 && memcmp(p, "=2C", 3) == 0) {
        return ',';
    }
    return left >= 3 && memcmp(p, "=3D", 3) == 0 ? '=' : '\0';
}

/* RFC 5801: "a=" and a name, which is not empty. */
static bool take_user(struct oauth_message *m, struct schloss_auth_bytes field)
{
    const char *p = field.bytes;

    if (field.length == 0) {
        return true;
    }
    if (field.length < 3 || memcmp(p, "a=", 2) != 0) {
        return false;
    }
    for (size_t i = 2; i < field.length; i++) {
        char c = p[i];
        if (c == '=') {
            c = unescaped(p + i, field.length - i);
            i += 2;
        }
        if (c == '\0' || m->user_length == sizeof(m->user)) {
            return false;
        }
        m->user[m->user_length] = c;
        m->user_length++;
    }
    return text_is_utf8(m->user, m->user_length);
}

static bool is_key(struct schloss_auth_bytes key)
{
    const char *p = key.bytes;

    for (size_t i = 0; i < key.length; i++) {
        const char lower = (char)(p[i] | 0x20);
        if (lower < 'a' || lower > 'z') {
            return false;
        }
    }
    return key.length > 0;
}

static bool is_value(struct schloss_auth_bytes value)
{
    const char *p = value.bytes;

    for (size_t i = 0; i < value.length; i++) {
        if ((p[i] < 0x20 || p[i] > 0x7e) && p[i] != '\t' && p[i] != '\r' &&
            p[i] != '\n') {
            return false;
        }
    }
    return true;
}

/* What stands behind the scheme; empty where the whole value is (RFC 7628 4.3: a client
 * that wants to see the error first). */
static bool take_token(struct oauth_message *m, struct schloss_auth_bytes value)
{
    const size_t scheme = sizeof(SCHEME) - 1;
    const char *p = value.bytes;

    if (m->token.bytes != NULL) {
        return false; /* a second one */
    }
    m->token = value;
    if (value.length == 0) {
        return true;
    }
    if (value.length < scheme || strncasecmp(p, SCHEME, scheme) != 0) {
        return false;
    }
    size_t start = scheme;
    while (start < value.length && p[start] == ' ') {
        start++;
    }
    m->token = (struct schloss_auth_bytes){p + start, value.length - start};
    return true;
}

static bool take_pair(struct oauth_message *m, struct schloss_auth_bytes pair)
{
    struct cursor c = {pair.bytes, (const char *)pair.bytes + pair.length};
    struct schloss_auth_bytes key;

    if (!take_until(&c, '=', &key)) {
        return false;
    }
    const struct schloss_auth_bytes value = {c.pos, (size_t)(c.end - c.pos)};
    if (!is_key(key) || !is_value(value)) {
        return false;
    }
    if (key.length == 4 && memcmp(key.bytes, "auth", 4) == 0) {
        return take_token(m, value);
    }
    return true;
}

/* Each ends with a separator, and one more ends them all and the message. */
static bool take_pairs(struct oauth_message *m, struct cursor *c)
{
    struct schloss_auth_bytes pair;

    while (take_until(c, SEPARATOR, &pair)) {
        if (pair.length == 0) {
            return c->pos == c->end && m->token.bytes != NULL;
        }
        if (!take_pair(m, pair)) {
            return false;
        }
    }
    return false;
}

enum schloss_auth_reason oauth_message_parse(
    struct oauth_message *out, const void *bytes, size_t length)
{
    struct oauth_message m = {.user_length = 0};
    struct schloss_auth_bytes binding;
    struct schloss_auth_bytes user;
    struct schloss_auth_bytes nothing;

    if (length > OAUTH_MESSAGE_MAX) {
        return SCHLOSS_AUTH_REASON_TOO_LONG;
    }
    if (length == 0) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    struct cursor c = {bytes, (const char *)bytes + length};
    bool good =
        take_until(&c, ',', &binding) && binding.length == 1 &&
        (*(const char *)binding.bytes == 'n' || *(const char *)binding.bytes == 'y') &&
        take_until(&c, ',', &user) && take_user(&m, user) &&
        take_until(&c, SEPARATOR, &nothing) && nothing.length == 0 && take_pairs(&m, &c);
    if (!good) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    *out = m;
    return SCHLOSS_AUTH_REASON_NONE;
}
