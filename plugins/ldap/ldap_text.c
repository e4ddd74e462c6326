#include "ldap_text.h"

#include <string.h>

static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@";

bool ldap_text_is_template(const char *text)
{
    bool has_name = false;

    for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at + 2, '%')) {
        if (at[1] != 'u' && at[1] != '%') {
            return false;
        }
        has_name |= at[1] == 'u';
    }
    return has_name;
}

static void add_escaped(struct buf *out, const char *name, size_t length)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        const uint8_t byte = (uint8_t)name[i];
        if (byte != 0 && strchr(plain, byte) != NULL) {
            buf_add(out, &name[i], 1);
        } else {
            const char hex[3] = {'\\', digits[byte >> 4], digits[byte & 0xf]};
            buf_add(out, hex, sizeof(hex));
        }
    }
}

void ldap_text_expand(struct buf *out, const char *text, const char *name, size_t length)
{
    while (*text != '\0') {
        size_t part = strcspn(text, "%");
        buf_add(out, text, part);
        text += part;
        if (*text == '%') {
            if (text[1] == 'u') {
                add_escaped(out, name, length);
            } else {
                buf_add(out, "%", 1);
            }
            text += 2;
        }
    }
}

bool ldap_text_has_one_spelling(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const uint8_t byte = (uint8_t)name[i];
        if (byte <= ' ' || byte >= 0x7f || (byte >= 'A' && byte <= 'Z')) {
            return false;
        }
    }
    return length > 0;
}
