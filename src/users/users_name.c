#include "users_name.h"

#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Characters that a reader can not see or that turn the text around them: two names that
 * look the same must be the same. C0 and DEL are caught before; this is what is longer
 * than one byte.
 */
static bool is_invisible(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t bytes[3];
        uint8_t length;
        uint8_t last_max;
    } ranges[] = {
        {{0xc2, 0x80}, 2, 0xa0},       /* C1 controls, no-break space */
        {{0xc2, 0xad}, 2, 0xad},       /* soft hyphen */
        {{0xe2, 0x80, 0x80}, 3, 0x8f}, /* wide and zero-width spaces, direction marks */
        {{0xe2, 0x80, 0xa8}, 3, 0xaf}, /* line ends, embeddings, overrides */
        {{0xe2, 0x81, 0x9f}, 3, 0xaf}, /* invisible operators, isolates */
        {{0xe3, 0x80, 0x80}, 3, 0x80}, /* ideographic space */
        {{0xef, 0xbb, 0xbf}, 3, 0xbf}, /* byte order mark */
        {{0xef, 0xbf, 0xb0}, 3, 0xbb}, /* specials */
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const size_t last = (size_t)ranges[i].length - 1;
        if (left > last && memcmp(p, ranges[i].bytes, last) == 0 &&
            p[last] >= ranges[i].bytes[last] && p[last] <= ranges[i].last_max) {
            return true;
        }
    }
    return false;
}

const char *users_name_problem(const char *name, size_t length, size_t *at_out)
{
    const uint8_t *p = (const uint8_t *)name;

    *at_out = 0;
    if (length == 0) {
        return "the name is empty";
    }
    if (length > USERS_NAME_MAX) {
        *at_out = USERS_NAME_MAX;
        return "the name is longer than 255 bytes";
    }
    if (!text_is_utf8(name, length)) {
        return "the name is not UTF-8";
    }
    for (size_t i = 0; i < length; i++) {
        *at_out = i;
        if (p[i] == ':') {
            return "the name holds a ':'";
        }
        if (p[i] < 0x20 || p[i] == 0x7f || is_invisible(p + i, length - i)) {
            return "the name holds a control or invisible character";
        }
        if (p[i] == ' ' && (i == 0 || i + 1 == length)) {
            return "the name begins or ends with a blank";
        }
    }
    return NULL;
}
