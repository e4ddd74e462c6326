#include "text.h"

#include <string.h>

#define DISTANCE_MAX 32

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

/* Whether all of it, escaped, and a NUL fit into size bytes. */
static bool fits_escaped(const uint8_t *p, size_t length, size_t size)
{
    size_t needed = 1;

    for (size_t i = 0; i < length && needed <= size; i++) {
        needed += is_plain(p[i]) ? 1 : 4;
    }
    return needed <= size;
}

const char *text_escape(char *out, size_t size, const void *bytes, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *p = bytes;
    size_t used = 0;

    INVARIANT(size >= 8);
    size_t reserve = fits_escaped(p, length, size) ? 0 : 3; /* room for "..." */
    for (size_t i = 0; i < length; i++) {
        bool plain = is_plain(p[i]);
        size_t needed = plain ? 1 : 4;
        if (used + needed + reserve + 1 > size) {
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (plain) {
            out[used++] = (char)p[i];
        } else {
            out[used++] = '\\';
            out[used++] = 'x';
            out[used++] = hex[p[i] >> 4];
            out[used++] = hex[p[i] & 15];
        }
    }
    out[used] = '\0';
    return out;
}

enum err text_to_i64(
    const char *text, size_t length, int64_t min, int64_t max, int64_t *out)
{
    bool negative = length > 0 && text[0] == '-';
    int64_t value = 0;

    if (length == (negative ? 1u : 0u)) {
        return ERR_INVALID;
    }
    for (size_t i = negative ? 1 : 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return ERR_INVALID;
        }
        int64_t digit = text[i] - '0';
        if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value)) {
            return ERR_INVALID;
        }
    }
    if (value < min || value > max) {
        return ERR_INVALID;
    }
    *out = value;
    return OK;
}

/* Length of the well-formed sequence at p (RFC 3629, table 3-7 of Unicode), or 0. */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t first_min, first_max, second_min, second_max, length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},
        {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (p[0] < forms[i].first_min || p[0] > forms[i].first_max) {
            continue;
        }
        size_t length = forms[i].length;
        if (length > left) {
            return 0;
        }
        if (length > 1 && (p[1] < forms[i].second_min || p[1] > forms[i].second_max)) {
            return 0;
        }
        for (size_t k = 2; k < length; k++) {
            if ((p[k] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
    return 0;
}

bool text_is_utf8(const void *bytes, size_t length)
{
    const uint8_t *p = bytes;

    while (length > 0) {
        size_t n = utf8_sequence(p, length);
        if (n == 0) {
            return false;
        }
        p += n;
        length -= n;
    }
    return true;
}

size_t text_control(const void *bytes, size_t length)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {
        {0x00, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c}, /* Arabic letter mark */
        {0x200e, 0x200f}, /* left-to-right and right-to-left mark */
        {0x2028, 0x202e}, /* separators, embeddings, overrides */
        {0x2066, 0x2069}, /* isolates */
        {0xfeff, 0xfeff}, /* byte order mark */
    };
    const uint8_t *p = bytes;
    size_t n = length > 0 ? utf8_sequence(p, length) : 0;
    uint32_t point = n == 1 ? p[0] : 0;

    if (n == 0 || n == 4) {
        return 0;
    }
    if (n > 1) {
        point = p[0] & (n == 2 ? 0x1fU : 0x0fU);
    }
    for (size_t i = 1; i < n; i++) {
        point = point << 6 | (p[i] & 0x3fU);
    }
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return n;
        }
    }
    return 0;
}

size_t text_distance(const char *a, const char *b)
{
    size_t row[DISTANCE_MAX + 1];
    size_t length_a = strnlen(a, DISTANCE_MAX);
    size_t length_b = strnlen(b, DISTANCE_MAX);

    for (size_t j = 0; j <= length_b; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[length_b];
}

void text_add_json(struct buf *b, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;

    buf_add(b, "\"", 1);
    while (length > 0) {
        size_t n = utf8_sequence(p, length);
        if (n == 0) {
            buf_add_text(b, "\xef\xbf\xbd");
            n = 1;
        } else if (*p == '"' || *p == '\\') {
            buf_add(b, "\\", 1);
            buf_add(b, p, 1);
        } else if (*p < 0x20 || *p == 0x7f) {
            buf_add_format(b, "\\u%04x", *p);
        } else if (*p == 0xc2 && p[1] < 0xa0) {
            buf_add_format(b, "\\u%04x", p[1]); /* C1 controls: a terminal obeys them */
        } else {
            buf_add(b, p, n);
        }
        p += n;
        length -= n;
    }
    buf_add(b, "\"", 1);
}

static const char *short_escape(uint8_t c)
{
    switch (c) {
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\\':
        return "\\\\";
    default:
        return NULL;
    }
}

void text_add_safe(struct buf *b, const void *bytes, size_t length, bool reversible)
{
    const uint8_t *p = bytes;

    while (length > 0) {
        size_t n = utf8_sequence(p, length);
        const char *escape = reversible ? short_escape(*p) : NULL;
        if (escape != NULL) {
            buf_add_text(b, escape);
        } else if (!reversible && *p == '\t') {
            buf_add(b, p, 1);
        } else if (n == 0 || text_control(p, n) > 0) {
            n = n == 0 ? 1 : n;
            for (size_t i = 0; i < n; i++) {
                buf_add_format(b, "\\x%02x", p[i]);
            }
        } else {
            buf_add(b, p, n);
        }
        p += n;
        length -= n;
    }
}
