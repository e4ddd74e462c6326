#include "coord_hash.h"

#include "err.h"

struct code_point {
    uint32_t value;
    size_t length;
};

#define REPLACEMENT 0xfffd

/* One code point of UTF-8; a byte that does not belong counts as U+FFFD. */
static struct code_point next_code_point(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t mask;
        uint8_t lead;
        uint32_t min;
    } forms[] = {
        {0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t extra = 0; extra < 4; extra++) {
        if ((p[0] & forms[extra].mask) != forms[extra].lead || extra + 1 > left) {
            continue;
        }
        uint32_t value = p[0] & (uint8_t)~forms[extra].mask;
        size_t i = 1;
        while (i <= extra && (p[i] & 0xc0) == 0x80) {
            value = value << 6 | (p[i] & 0x3f);
            i++;
        }
        if (i > extra && value >= forms[extra].min && value <= 0x10ffff) {
            return (struct code_point){value, extra + 1};
        }
    }
    return (struct code_point){REPLACEMENT, 1};
}

/* Java hashes the UTF-16 code units of a string: 31 * hash + unit, modulo 2^32. */
static uint32_t java_hash(struct wire_view text)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < text.len;) {
        struct code_point c = next_code_point(text.ptr + i, text.len - i);
        if (c.value >= 0x10000) {
            hash = 31 * hash + (0xd800 + ((c.value - 0x10000) >> 10));
            hash = 31 * hash + (0xdc00 + ((c.value - 0x10000) & 0x3ff));
        } else {
            hash = 31 * hash + c.value;
        }
        i += c.length;
    }
    return hash;
}

int32_t coord_partition_for(struct wire_view group, int32_t partition_count)
{
    INVARIANT(partition_count > 0);
    uint32_t hash = java_hash(group);

    if (hash == 0x80000000u) {
        return 0; /* the one int without an absolute value */
    }
    uint32_t absolute = hash > 0x80000000u ? 0 - hash : hash;
    return (int32_t)(absolute % (uint32_t)partition_count);
}
