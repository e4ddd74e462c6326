#include "auditlog_text.h"

#include <string.h>

static unsigned hex_of(const char *at)
{
    unsigned value = 0;

    for (size_t i = 0; i < 4; i++) {
        char c = at[i];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
                                              : (unsigned)((c | 0x20) - 'a') + 10u;
        value = value << 4 | digit;
    }
    return value;
}

/* The trail escapes what is below 0x20; of others we make what they are, no pairs. */
static void add_code(struct buf *out, unsigned code)
{
    uint8_t bytes[3];
    size_t length = 1;

    if (code < 0x80) {
        bytes[0] = (uint8_t)code;
    } else if (code < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | code >> 6);
        bytes[1] = (uint8_t)(0x80 | (code & 0x3f));
        length = 2;
    } else {
        bytes[0] = (uint8_t)(0xe0 | code >> 12);
        bytes[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (code & 0x3f));
        length = 3;
    }
    buf_add(out, bytes, length);
}

void auditlog_unescape(struct auditlog_view value, struct buf *out)
{
    static const char from[] = "bfnrt";
    static const char to[] = "\b\f\n\r\t";

    for (size_t i = 0; i < value.len;) {
        size_t step = auditlog_escape_length(value.ptr + i, value.len - i);
        if (step == 0) {
            buf_add(out, value.ptr + i, 1);
            i++;
            continue;
        }
        const char *named = strchr(from, value.ptr[i + 1]);
        if (step == 6) {
            add_code(out, hex_of(value.ptr + i + 2));
        } else {
            buf_add(out, named == NULL ? value.ptr + i + 1 : to + (named - from), 1);
        }
        i += step;
    }
}
